"""Log replication (Raft paper, section 5.3; etcd-io/raft ``raft.go``, ``design.md``)."""

from __future__ import annotations

from attrs import evolve

from model.raft.commit import commit_after_acknowledgement
from model.raft.log import Entry, overwrite
from model.raft.message import Message, MessageType
from model.raft.node import Node, Progress, Role, send

__all__ = [
    "append_entries",
    "broadcast_append",
    "broadcast_heartbeat",
    "heartbeat_commit",
    "propose",
    "receive_append",
    "receive_append_response",
    "receive_heartbeat",
    "receive_heartbeat_response",
    "send_append",
]


def append_entries(node: Node, entries: tuple[Entry, ...]) -> Node:
    """A leader appends to its own log, acknowledges that to itself (once synced), and sends."""
    node = evolve(node, log=node.log.append(*entries))
    own = Message(MessageType.APP_RESP, node.id, node.id, node.term, index=node.log.last_index)
    return broadcast_append(send(node, own))


def propose(node: Node, data: str) -> Node | None:
    """A leader appends ``data``; None (dropped) when the node does not lead."""
    if node.role is not Role.LEADER:
        return None
    return append_entries(node, (Entry(node.term, node.log.last_index + 1, data),))


def broadcast_append(node: Node) -> Node:
    """Send every follower what it lacks, as far as it may be sent now."""
    for peer in node.progress:
        if peer != node.id:
            node = send_append(node, peer)
    return node


def send_append(node: Node, peer: int) -> Node:
    """Send a MsgApp with what ``peer`` lacks, unless a probe is on its way already."""
    progress: Progress = node.progress[peer]
    if progress.probing and progress.paused:
        return node
    log = node.log
    previous = progress.next - 1
    previous_term = log.term_at(previous) or 0
    entries = log.after(previous, node.config.entries_max)
    message = Message(
        MessageType.APP,
        node.id,
        peer,
        node.term,
        previous_term,
        previous,
        entries,
        node.commit,
    )
    if progress.probing:
        progress = evolve(progress, paused=True)
    elif entries:
        progress = evolve(progress, next=entries[-1].index + 1)
    return evolve(node, progress=node.progress.set(peer, progress), outbox=(*node.outbox, message))


def receive_append(node: Node, message: Message) -> Node:
    """Take the entries if the one before them matches, else say where it may (figure 2)."""
    if message.index < node.commit:
        return _acknowledge(node, message.source, node.commit)
    log = node.log
    if log.term_at(message.index) != message.log_term:
        hint = min(message.index, log.last_index)
        return send(
            node,
            Message(
                MessageType.APP_RESP,
                node.id,
                message.source,
                node.term,
                log.term_at(hint) or 0,
                message.index,
                reject=True,
                reject_hint=hint,
            ),
        )
    last_new = message.index + len(message.entries)
    log = overwrite(log, message.entries)
    commit = max(node.commit, min(message.commit, last_new))
    return _acknowledge(evolve(node, log=log, commit=commit), message.source, last_new)


def _acknowledge(node: Node, leader: int, index: int) -> Node:
    return send(node, Message(MessageType.APP_RESP, node.id, leader, node.term, index=index))


def receive_append_response(node: Node, message: Message) -> Node:
    """Learn what a follower has, or where its log parts from ours; commit and send on."""
    if node.role is not Role.LEADER:
        return node
    progress: Progress = node.progress[message.source]
    if message.reject:
        return _decrease(node, message, evolve(progress, active=True))
    if message.index <= progress.match and not progress.probing:
        return node
    progress = evolve(
        progress,
        match=max(progress.match, message.index),
        next=max(progress.next, message.index + 1),
        probing=False,
        paused=False,
        active=True,
    )
    node = evolve(node, progress=node.progress.set(message.source, progress))
    committed = maybe_commit(node)
    if committed is not node:
        return broadcast_append(committed)
    behind = message.source != node.id and progress.next <= node.log.last_index
    return send_append(node, message.source) if behind else node


def _decrease(node: Node, message: Message, progress: Progress) -> Node:
    """A follower refused: try again further back, unless the answer is stale."""
    stale = (
        message.index <= progress.match
        if not progress.probing
        else (message.index != progress.next - 1)
    )
    if stale:
        return evolve(node, progress=node.progress.set(message.source, progress))
    following = max(min(message.index, message.reject_hint + 1), progress.match + 1)
    progress = evolve(progress, next=following, probing=True, paused=False)
    return send_append(
        evolve(node, progress=node.progress.set(message.source, progress)), message.source
    )


def maybe_commit(node: Node) -> Node:
    """The node with its commit index advanced as far as the acknowledgements allow."""
    match = {peer: progress.match for peer, progress in node.progress.items()}
    index = commit_after_acknowledgement(
        node.log, node.config.voters, match, node.commit, node.term
    )
    return node if index == node.commit else evolve(node, commit=index)


def heartbeat_commit(match: int, commit: int) -> int:
    """The commit index that a heartbeat may carry: no further than the follower is known to match.

    Its log may diverge from ours beyond that (etcd-io/raft ``sendHeartbeat``).
    """
    return min(match, commit)


def broadcast_heartbeat(node: Node, context: str = "") -> Node:
    """Tell every follower that we still lead; ``context`` asks to confirm a read by the way."""
    if not context and node.pending_reads:
        context = node.pending_reads[-1].context
    return send(
        node,
        *(
            Message(
                MessageType.HEARTBEAT,
                node.id,
                peer,
                node.term,
                commit=heartbeat_commit(progress.match, node.commit),
                context=context,
            )
            for peer, progress in node.progress.items()
            if peer != node.id
        ),
    )


def receive_heartbeat(node: Node, message: Message) -> Node:
    """Commit as far as the leader says, and answer."""
    if message.commit > node.commit:
        node = evolve(node, commit=min(message.commit, node.log.last_index))
    return send(
        node,
        Message(
            MessageType.HEARTBEAT_RESP,
            node.id,
            message.source,
            node.term,
            context=message.context,
        ),
    )


def receive_heartbeat_response(node: Node, message: Message) -> Node:
    """The follower is alive: resume a paused probe, and send what it still lacks."""
    if node.role is not Role.LEADER:
        return node
    progress = evolve(node.progress[message.source], active=True, paused=False)
    node = evolve(node, progress=node.progress.set(message.source, progress))
    if progress.match < node.log.last_index or progress.probing:
        return send_append(node, message.source)
    return node
