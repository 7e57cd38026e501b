"""Log replication (Raft paper, section 5.3; etcd-io/raft ``raft.go``, ``design.md``)."""

from __future__ import annotations

from attrs import evolve as attrs_evolve

from model.evolve import evolve
from model.raft.commit import commit_to
from model.raft.log import (
    Entry,
    Log,
    conflicting_position,
    find_conflict_by_term,
    limit_size,
    payload_size,
)
from model.raft.message import Message, MessageType
from model.raft.node import Node, Unstable, note, send
from model.raft.notes import DEBUG, INFO, WARN
from model.raft.progress import Progress, ProgressState, sent_commit, sent_entries
from model.raft.snapshot import send_snapshot

__all__ = [
    "append_entries",
    "broadcast_append",
    "broadcast_heartbeat",
    "heartbeat_commit",
    "heartbeat_context",
    "maybe_send_append",
    "receive_append",
    "receive_heartbeat",
    "send_append",
]


def exceeds_uncommitted_size(node: Node, size: int) -> bool:
    """Whether ``size`` more bytes would exceed what a leader accepts before they are committed.

    The first proposal always fits, and so does what carries nothing: a new leader's entry, and the
    change that leaves a joint configuration.
    """
    limit = node.config.max_uncommitted_size
    used = node.uncommitted_size
    return limit is not None and used > 0 and size > 0 and used + size > limit


def append_entries(node: Node, entries: tuple[Entry, ...]) -> Node | None:
    """A leader appends to its own log, and acknowledges that to itself once it is on disk.

    The entries get their term and index here. None (with a note lost): over the limit.
    """
    last = node.log.last_index
    placed = tuple(
        Entry(node.term, last + number, entry.data, entry.change)
        for number, entry in enumerate(entries, start=1)
    )
    size = sum(payload_size(entry) for entry in placed)
    if exceeds_uncommitted_size(node, size):
        return None
    log = node.log.append(*placed)
    own = Message(MessageType.APP_RESP, node.id, node.id, node.term, index=log.last_index)
    return evolve(
        node,
        log=log,
        uncommitted_size=node.uncommitted_size + size,
        after_append=(*node.after_append, own),
    )


def refuse_over_limit(node: Node) -> Node:
    """The proposal is dropped: too much waits to be committed."""
    return note(
        node,
        WARN,
        "%x appending new entries to log would exceed uncommitted entry size limit; "
        "dropping proposal",
        node.id,
    )


def broadcast_append(node: Node) -> Node:
    """Send every follower what it lacks, as far as it may be sent now, if only the commit index."""
    for peer in node.progress:
        if peer != node.id:
            node = send_append(node, peer)
    return node


def send_append(node: Node, peer: int) -> Node:
    """Send a MsgApp, if only an empty one, unless the flow to ``peer`` is paused."""
    return maybe_send_append(node, peer, even_empty=True)[0]


def entries_to_send(node: Node, progress: Progress) -> tuple[Entry, ...]:
    """What the next MsgApp carries; nothing when as much as allowed is in flight already."""
    config = node.config
    if progress.state is ProgressState.REPLICATE and progress.is_full(*config.inflight_limits):
        return ()
    last = node.log.last_index
    if config.entries_max is not None:
        last = min(last, progress.next - 1 + config.entries_max)
    return limit_size(node.log.between(progress.next - 1, last), config.max_size_per_msg)


def maybe_send_append(node: Node, peer: int, *, even_empty: bool) -> tuple[Node, bool]:
    """Send a MsgApp, or a snapshot where the log no longer reaches; and whether that was done."""
    progress: Progress = node.progress[peer]
    if progress.is_paused:
        return node, False
    previous = progress.next - 1
    previous_term = node.log.term_at(previous)
    if previous_term is None:
        return send_snapshot(node, peer, progress)
    entries = entries_to_send(node, progress)
    if not entries and not even_empty:
        return node, False
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
    progress = sent_entries(
        progress,
        len(entries),
        sum(payload_size(entry) for entry in entries),
        node.commit,
        node.config.inflight_limits,
    )
    progresses = node.progress.set(peer, progress)
    return evolve(node, progress=progresses, outbox=(*node.outbox, message)), True


def receive_append(node: Node, message: Message) -> Node:
    """Take the entries if the one before them matches, else say where it may (figure 2)."""
    if message.index < node.commit:
        return _acknowledge(node, message.source, node.commit)
    log = node.log
    if log.term_at(message.index) == message.log_term:
        node = take_entries(node, message.entries)
        last_new = message.index + len(message.entries)
        node = commit_to(node, min(message.commit, last_new))
        return _acknowledge(node, message.source, last_new)
    node = note(
        node,
        DEBUG,
        "%x [logterm: %d, index: %d] rejected MsgApp [logterm: %d, index: %d] from %x",
        *(node.id, log.term_at(message.index) or 0, message.index),
        *(message.log_term, message.index, message.source),
    )
    hint, hint_term = rejection_hint(log, message)
    return send(
        node,
        Message(
            MessageType.APP_RESP,
            node.id,
            message.source,
            node.term,
            hint_term,
            message.index,
            reject=True,
            reject_hint=hint,
        ),
    )


def rejection_hint(log: Log, message: Message) -> tuple[int, int]:
    """Where our log may match the leader's: an index, and our term there."""
    return find_conflict_by_term(log, min(message.index, log.last_index), message.log_term)


def take_entries(node: Node, entries: tuple[Entry, ...]) -> Node:
    """The node with ``entries``, which follow an entry that matches; conflicting ones give way.

    What is there already stays, and so does what follows it: an old message must not cut a newer
    suffix off (figure 2, AppendEntries, steps 3 and 4). What is committed never gives way.
    """
    position = conflicting_position(node.log, entries)
    if position is None:
        return node
    fresh = entries[position:]
    first = fresh[0].index
    log = node.log
    if first > log.last_index:
        return evolve(node, log=log.append(*fresh))
    node = note(
        node,
        INFO,
        "found conflict at index %d [existing term: %d, conflicting term: %d]",
        *(first, log.term_at(first) or 0, fresh[0].term),
    )
    unstable = node.unstable
    if first <= unstable.offset:
        node = note(node, INFO, "replace the unstable entries from index %d", first)
        unstable = attrs_evolve(unstable, offset=first, in_progress=first)
    else:
        node = note(node, INFO, "truncate the unstable entries before index %d", first)
        unstable = attrs_evolve(unstable, in_progress=min(unstable.in_progress, first))
    return evolve(node, log=log.overwritten(fresh), unstable=unstable)


def _acknowledge(node: Node, leader: int, index: int) -> Node:
    answer = Message(MessageType.APP_RESP, node.id, leader, node.term, index=index)
    return evolve(node, after_append=(*node.after_append, answer))


def heartbeat_commit(match: int, commit: int) -> int:
    """The commit index that a heartbeat may carry: no further than the follower is known to match.

    Its log may diverge from ours beyond that (etcd-io/raft ``sendHeartbeat``).
    """
    return min(match, commit)


def heartbeat_context(node: Node) -> str:
    """How many of the leader's reads are confirmed once a quorum answers; empty: none waits.

    A number and not the read's own name, so that reads of the same name do not get mixed up
    (etcd-io/raft ``read_only.go``).
    """
    pending = node.pending_reads
    return str(node.confirmed_reads + len(pending)) if pending else ""


def broadcast_heartbeat(node: Node) -> Node:
    """Tell every follower that we still lead, which by the way confirms all reads that wait."""
    context = heartbeat_context(node)
    progress = node.progress
    outbox = node.outbox
    for peer, each in node.progress.items():
        if peer != node.id:
            commit = heartbeat_commit(each.match, node.commit)
            message = Message(
                MessageType.HEARTBEAT, node.id, peer, node.term, commit=commit, context=context
            )
            outbox = (*outbox, message)
            progress = progress.set(peer, sent_commit(each, commit))
    return evolve(node, outbox=outbox, progress=progress)


def receive_heartbeat(node: Node, message: Message) -> Node:
    """Commit as far as the leader says, and answer."""
    return send(
        commit_to(node, message.commit),
        Message(
            MessageType.HEARTBEAT_RESP,
            node.id,
            message.source,
            node.term,
            context=message.context,
        ),
    )


def stable_to(node: Node, term: int, index: int) -> Node:
    """The disk has caught up to ``index``, whose entry then was of ``term``.

    An entry that was overwritten in the meantime is not on disk, whatever its index says.
    """
    unstable = node.unstable
    ours = node.log.term_at(index)
    if index < unstable.offset or ours is None:
        snapshot = unstable.snapshot
        if snapshot is not None and snapshot.index == index:
            words = "entry at index %d matched unstable snapshot; ignoring"
        else:
            words = "entry at index %d missing from unstable log; ignoring"
        return note(node, INFO, words, index)
    if not is_same_append(ours, term):
        return note(
            node,
            INFO,
            "entry at (index,term)=(%d,%d) mismatched with entry at (%d,%d) in unstable log; "
            "ignoring",
            *(index, term, index, ours),
        )
    following = index + 1
    moved = Unstable(
        following,
        max(unstable.in_progress, following),
        unstable.snapshot,
        unstable.snapshot_in_progress,
    )
    return evolve(node, unstable=moved)


def is_same_append(ours: int, acknowledged: int) -> bool:
    """Whether what the disk has acknowledged is what the log has there now, by their terms."""
    return ours == acknowledged
