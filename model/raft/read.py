"""Linearizable reads without a log entry: ReadIndex (dissertation, section 6.4)."""

from __future__ import annotations

from collections.abc import Collection

from attrs import evolve as attrs_evolve

from model.evolve import evolve
from model.raft.conf_change import Configuration
from model.raft.message import Message, MessageType
from model.raft.node import NONE, Node, PendingRead, ReadOnly, ReadState, Role, note, send
from model.raft.notes import INFO
from model.raft.quorum import joint_has_quorum
from model.raft.replication import broadcast_heartbeat

__all__ = [
    "answer_read",
    "begin_read",
    "forward_read_index",
    "is_leadership_confirmed",
    "may_serve_reads",
    "read_index",
    "receive_read_confirmation",
    "receive_read_index",
    "receive_read_index_response",
    "release_postponed_reads",
]


def may_serve_reads(node: Node) -> bool:
    """Whether a leader knows what is committed: only after an entry of its own term is.

    Before that its commit index may be behind what an earlier leader has committed (step 1).
    """
    return node.log.term_at(node.commit) == node.term


def is_leadership_confirmed(configuration: Configuration, acks: Collection[int]) -> bool:
    """Whether enough members have confirmed the leader since the read arrived (step 3)."""
    return joint_has_quorum(configuration, acks)


def is_singleton(configuration: Configuration) -> bool:
    """Whether the leader is the only voter, so that nobody could have replaced it."""
    return len(configuration.voters) == 1 and not configuration.is_joint


def read_index(node: Node, context: str) -> Node:
    """The application asks for a linearizable read, known as ``context``."""
    message = Message(MessageType.READ_INDEX, node.id, node.id, context=context)
    if node.role is Role.LEADER:
        return receive_read_index(node, message)
    if node.role is Role.FOLLOWER:
        return forward_read_index(node, message)
    return node


def forward_read_index(node: Node, message: Message) -> Node:
    """A follower asks its leader; without one the read is dropped."""
    if node.leader == NONE:
        words = "%x no leader at term %d; dropping index reading msg"
        return note(node, INFO, words, node.id, node.term)
    return send(node, attrs_evolve(message, target=node.leader))


def receive_read_index(node: Node, message: Message) -> Node:
    """The leader begins a read; it waits until the leader knows what is committed."""
    if is_singleton(node.configuration):
        return answer_read(node, message.source, message.context, node.commit)
    if not may_serve_reads(node):
        return evolve(node, postponed_reads=(*node.postponed_reads, message))
    return begin_read(node, message.context, message.source)


def begin_read(node: Node, context: str, origin: int) -> Node:
    """The leader notes its commit index and asks everybody to confirm that it still leads."""
    if node.config.read_only is ReadOnly.LEASE_BASED:
        return answer_read(node, origin, context, node.commit)
    read = PendingRead(context, node.commit, origin, (node.id,))
    return broadcast_heartbeat(evolve(node, pending_reads=(*node.pending_reads, read)))


def release_postponed_reads(node: Node) -> Node:
    """Something of the leader's own term is committed: what waited for that goes on."""
    if not node.postponed_reads or not may_serve_reads(node):
        return node
    postponed = node.postponed_reads
    node = evolve(node, postponed_reads=())
    for message in postponed:
        node = begin_read(node, message.context, message.source)
    return node


def receive_read_confirmation(node: Node, message: Message) -> Node:
    """A heartbeat's answer confirms, for its sender, all reads that had begun by then.

    Answers add up: a read is confirmed by one member's answer to it and another's to a later one.
    """
    if not message.context.isdigit() or node.config.read_only is not ReadOnly.SAFE:
        return node
    heard = int(message.context) - node.confirmed_reads
    pending = tuple(
        _acked(read, message.source) if position < heard else read
        for position, read in enumerate(node.pending_reads)
    )
    done = 0
    while done < len(pending) and is_leadership_confirmed(node.configuration, pending[done].acks):
        done += 1
    node = evolve(node, pending_reads=pending[done:], confirmed_reads=node.confirmed_reads + done)
    for read in pending[:done]:
        node = answer_read(node, read.origin, read.context, read.index)
    return node


def _acked(read: PendingRead, member: int) -> PendingRead:
    if member in read.acks:
        return read
    return attrs_evolve(read, acks=tuple(sorted((*read.acks, member))))


def answer_read(node: Node, origin: int, context: str, index: int) -> Node:
    """Tell who asked for a read at which index it may be served."""
    if origin in (NONE, node.id):
        return evolve(node, ready_reads=(*node.ready_reads, ReadState(context, index)))
    answer = Message(
        MessageType.READ_INDEX_RESP, node.id, origin, node.term, index=index, context=context
    )
    return send(node, answer)


def receive_read_index_response(node: Node, message: Message) -> Node:
    """The leader has answered our client's read."""
    state = ReadState(message.context, message.index)
    return evolve(node, ready_reads=(*node.ready_reads, state))
