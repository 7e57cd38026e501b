"""Linearizable reads without a log entry: ReadIndex (dissertation, section 6.4)."""

from __future__ import annotations

from collections.abc import Collection

from attrs import evolve

from model.raft.message import Message, MessageType
from model.raft.node import NONE, Node, PendingRead, ReadState, Role, send
from model.raft.quorum import has_quorum
from model.raft.replication import broadcast_heartbeat

__all__ = [
    "is_leadership_confirmed",
    "may_serve_reads",
    "read_index",
    "receive_read_confirmation",
    "receive_read_index",
    "receive_read_index_response",
]


def may_serve_reads(node: Node) -> bool:
    """Whether a leader knows what is committed: only after an entry of its own term is.

    Before that its commit index may be behind what an earlier leader has committed (step 1).
    """
    return node.log.term_at(node.commit) == node.term


def is_leadership_confirmed(voters: Collection[int], acks: Collection[int]) -> bool:
    """Whether enough members have confirmed the leader since the read arrived (step 3)."""
    return has_quorum(voters, acks)


def read_index(node: Node, context: str) -> Node | None:
    """Begin a linearizable read; None (dropped) when no leader is known, or it may not serve."""
    if node.role is Role.LEADER:
        return begin_read(node, context, node.id) if may_serve_reads(node) else None
    if node.leader == NONE:
        return None
    return send(
        node, Message(MessageType.READ_INDEX, node.id, node.leader, node.term, context=context)
    )


def begin_read(node: Node, context: str, origin: int) -> Node:
    """The leader notes its commit index and asks everybody to confirm that it still leads."""
    read = PendingRead(context, node.commit, origin, (node.id,))
    if is_leadership_confirmed(node.config.voters, read.acks):
        return _answer(node, read)
    node = evolve(node, pending_reads=(*node.pending_reads, read))
    return broadcast_heartbeat(node, context)


def receive_read_index(node: Node, message: Message) -> Node:
    """A follower asks on behalf of its client; dropped where it cannot be served."""
    if node.role is not Role.LEADER or not may_serve_reads(node):
        return node
    return begin_read(node, message.context, message.source)


def receive_read_confirmation(node: Node, message: Message) -> Node:
    """A heartbeat's answer confirms the read it names, and with it all that came before."""
    contexts = [read.context for read in node.pending_reads]
    if not message.context or message.context not in contexts:
        return node
    position = contexts.index(message.context)
    read = node.pending_reads[position]
    acks = tuple(sorted({*read.acks, message.source}))
    if not is_leadership_confirmed(node.config.voters, acks):
        waiting = (
            *node.pending_reads[:position],
            evolve(read, acks=acks),
            *node.pending_reads[position + 1 :],
        )
        return evolve(node, pending_reads=waiting)
    confirmed = node.pending_reads[: position + 1]
    node = evolve(node, pending_reads=node.pending_reads[position + 1 :])
    for each in confirmed:
        node = _answer(node, each)
    return node


def _answer(node: Node, read: PendingRead) -> Node:
    if read.origin == node.id:
        return evolve(node, ready_reads=(*node.ready_reads, ReadState(read.context, read.index)))
    return send(
        node,
        Message(
            MessageType.READ_INDEX_RESP,
            node.id,
            read.origin,
            node.term,
            index=read.index,
            context=read.context,
        ),
    )


def receive_read_index_response(node: Node, message: Message) -> Node:
    """The leader has answered our client's read."""
    state = ReadState(message.context, message.index)
    return evolve(node, ready_reads=(*node.ready_reads, state))
