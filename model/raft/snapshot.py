"""Snapshots and compaction (Raft paper, section 7; dissertation, chapter 5; etcd-io/raft)."""

from __future__ import annotations

from attrs import evolve as attrs_evolve

from model.evolve import evolve
from model.raft.log import Log, Snapshot
from model.raft.membership import restore as restore_roster
from model.raft.message import Message, MessageType
from model.raft.node import Node, Role, Unstable, note, send
from model.raft.notes import DEBUG, INFO, WARN
from model.raft.progress import Progress, ProgressState, become_probe, become_snapshot
from model.raft.roles import become_follower

__all__ = [
    "compact",
    "receive_snapshot",
    "receive_snapshot_status",
    "restore_snapshot",
    "send_snapshot",
]


def send_snapshot(node: Node, peer: int, progress: Progress) -> tuple[Node, bool]:
    """Send the application's snapshot to a follower that the log no longer reaches.

    And whether that was done: not to one that was not heard from lately, nor without a snapshot.
    """
    if not progress.active:
        words = "ignore sending snapshot to %x since it is not recently active"
        return note(node, DEBUG, words, peer), False
    snapshot = node.snapshot
    if snapshot.index == 0:
        words = "%x failed to send snapshot to %x because snapshot is temporarily unavailable"
        return note(node, DEBUG, words, node.id, peer), False
    limits = node.config.inflight_limits
    if node.config.logs:
        node = note(
            node,
            DEBUG,
            "%x [firstindex: %d, commit: %d] sent snapshot[index: %d, term: %d] to %x [%s]",
            *(node.id, node.log.first_index, node.commit, snapshot.index, snapshot.term, peer),
            progress.sentence(*limits),
        )
    progress = become_snapshot(progress, snapshot.index)
    if node.config.logs:
        node = note(
            node,
            DEBUG,
            "%x paused sending replication messages to %x [%s]",
            *(node.id, peer, progress.sentence(*limits)),
        )
    message = Message(MessageType.SNAP, node.id, peer, node.term, snapshot=snapshot)
    progresses = node.progress.set(peer, progress)
    return evolve(node, progress=progresses, outbox=(*node.outbox, message)), True


def receive_snapshot(node: Node, message: Message) -> Node:
    """Take over the leader's snapshot if it is ahead of us; say how far we are then."""
    snapshot = message.snapshot or Snapshot()
    restored = restore_snapshot(node, snapshot)
    taken = restored.unstable is not node.unstable
    node = note(
        restored,
        INFO,
        f"%x [commit: %d] {'restored' if taken else 'ignored'} snapshot [index: %d, term: %d]",
        *(node.id, restored.commit, snapshot.index, snapshot.term),
    )
    index = node.log.last_index if taken else node.commit
    return send(
        node, Message(MessageType.APP_RESP, node.id, message.source, node.term, index=index)
    )


def is_fast_forward(log: Log, snapshot: Snapshot) -> bool:
    """Whether the log has all that the snapshot stands for: it is then only news of a commit."""
    return log.term_at(snapshot.index) == snapshot.term


def restore_snapshot(node: Node, snapshot: Snapshot) -> Node:
    """The log and the configuration begin anew with the snapshot, where it is of any use."""
    if snapshot.index <= node.commit:
        return node
    if node.role is not Role.FOLLOWER:
        words = "%x attempted to restore snapshot as leader; should never happen"
        return become_follower(note(node, WARN, words, node.id), node.term + 1, 0)
    there = snapshot.configuration
    if node.id not in there.members():
        return note(
            node,
            WARN,
            "%x attempted to restore snapshot but it is not in the ConfState %s; "
            "should never happen",
            *(node.id, there.protobuf_sentence()),
        )
    if is_fast_forward(node.log, snapshot):
        node = _noted(node, "fast-forwarded commit to snapshot", snapshot)
        return evolve(node, commit=snapshot.index)
    unstable = node.unstable
    following = snapshot.index + 1
    node = note(
        node,
        INFO,
        "log [committed=%d, applied=%d, applying=%d, unstable.offset=%d, "
        "unstable.offsetInProgress=%d, len(unstable.Entries)=%d] starts to restore snapshot "
        "[index: %d, term: %d]",
        *(node.commit, node.applied, node.applying.index, unstable.offset, unstable.in_progress),
        *(node.log.last_index + 1 - unstable.offset, snapshot.index, snapshot.term),
    )
    roster = restore_roster(there, snapshot.index)
    node = evolve(
        node,
        log=Log((), snapshot.index, snapshot.term),
        unstable=Unstable(following, following, snapshot),
        commit=snapshot.index,
        configuration=there,
        progress=roster.progress,
    )
    if node.config.logs:
        node = note(node, INFO, "%x switched to configuration %s", node.id, there.sentence())
    return _noted(node, "restored snapshot", snapshot)


def _noted(node: Node, what: str, snapshot: Snapshot) -> Node:
    return note(
        node,
        INFO,
        f"%x [commit: %d, lastindex: %d, lastterm: %d] {what} [index: %d, term: %d]",
        *(node.id, node.commit, node.log.last_index, node.log.last_term),
        *(snapshot.index, snapshot.term),
    )


def receive_snapshot_status(node: Node, message: Message) -> Node:
    """The application reports that a snapshot has arrived, or that it was lost."""
    progress: Progress | None = node.progress.get(message.source)
    if progress is None or progress.state is not ProgressState.SNAPSHOT:
        return node
    if message.reject:
        # Nothing was received: probe from what was known before, not from the snapshot on.
        progress = become_probe(evolve(progress, pending_snapshot=0))
    else:
        progress = become_probe(progress)
    if node.config.logs:
        node = note(
            node,
            DEBUG,
            f"%x snapshot {'failed' if message.reject else 'succeeded'}, "
            "resumed sending replication messages to %x [%s]",
            *(node.id, message.source, progress.sentence(*node.config.inflight_limits)),
        )
    # The follower's own answer, or a heartbeat's, resumes the flow.
    progress = evolve(progress, paused=True)
    return evolve(node, progress=node.progress.set(message.source, progress))


def stable_snapshot_to(node: Node, index: int) -> Node:
    """The snapshot that was received is on disk."""
    snapshot = node.unstable.snapshot
    if snapshot is None or snapshot.index != index:
        return node
    unstable = attrs_evolve(node.unstable, snapshot=None, snapshot_in_progress=False)
    return evolve(node, unstable=unstable)


def compact(node: Node, snapshot: Snapshot, upto: int) -> Node:
    """The application has saved ``snapshot``, and what it applied up to ``upto`` may go."""
    log = node.log.compact(min(upto, node.applied, node.unstable.offset - 1))
    return evolve(node, log=log, snapshot=snapshot)
