"""A member's disk: what it has been asked to write, and what a crash leaves of it.

Rules of this file: what is on disk and what is in memory are values of different types. A write
is asked for, later synced; a crash keeps what was synced, and of what was asked for as much as
luck has it (the page cache reaches the disk in order, entries before the hard state, as etcd's
write-ahead log has them: ``server/storage/wal``).
"""

from __future__ import annotations

from attrs import evolve, frozen

from model.raft.log import Entry, Log
from model.raft.message import Message
from model.raft.node import Node, Stable

__all__ = ["Disk", "Record", "Write", "left_after_crash", "recovered", "stable_of", "torn_by_crash"]


@frozen
class Record:
    """A record of the write-ahead log as it is ``found``; its checksum is that of ``meant``."""

    found: Entry
    meant: Entry


@frozen
class Disk:
    """What survives a crash: ``synced`` for certain, ``written`` (the page cache) perhaps.

    ``torn``: the record that was being written when the member crashed.
    """

    synced: Stable = Stable()
    written: Stable = Stable()
    torn: Record | None = None


@frozen
class Write:
    """What the disk is asked to hold, and the messages that must wait until it does.

    ``stable``: all that is on disk once this write is synced. Messages to the member itself are
    what its own disk tells it.
    """

    stable: Stable
    messages: tuple[Message, ...] = ()


def stable_of(node: Node) -> Stable:
    """What the node wants on its disk."""
    snapshot = node.unstable.snapshot or node.snapshot
    return Stable(node.term, node.vote, node.commit, node.log, snapshot)


def _common(one: Log, two: Log) -> int:
    """The last index up to which two logs have the same entries."""
    index = max(one.compacted, two.compacted)
    while index < min(one.last_index, two.last_index) and one.at(index + 1) == two.at(index + 1):
        index += 1
    return index


def left_after_crash(disk: Disk, kept: str) -> Disk:
    """The disk after a crash, when ``kept`` of the unsynced writes has reached it.

    ``nothing``, ``everything``, or ``part``: half of the new entries, and not the term and vote
    that were written after them. An asynchronous disk has begun only the oldest of its writes.
    """
    left = disk.synced
    if kept == "everything":
        left = disk.written
    elif kept == "part":
        same = _common(disk.synced.log, disk.written.log)
        fresh = disk.written.log.last_index - same
        if fresh > 1 and disk.written.snapshot is disk.synced.snapshot:
            left = evolve(disk.synced, log=disk.written.log.truncated(same + fresh // 2))
    return Disk(left, left)


def torn_by_crash(disk: Disk) -> Disk:
    """The disk after a crash in the middle of writing its last new entry.

    All before it has reached the disk. The log is append-only: an entry that was to be overwritten
    is still there while the one that takes its place is not whole.
    """
    log = disk.written.log
    fresh = log.last_index - _common(disk.synced.log, log)
    if fresh <= 0 or disk.written.snapshot is not disk.synced.snapshot:
        return Disk(disk.synced, disk.synced)
    left = disk.synced
    if fresh > 1:
        left = evolve(left, log=log.truncated(log.last_index - 1))
    last = log.entries[-1]
    return Disk(left, left, Record(evolve(last, data="", change=None), last))


def is_whole(record: Record) -> bool:
    """Whether what is found has the checksum that was written with it."""
    return record.found == record.meant


def recovered(disk: Disk) -> Stable:
    """What a member that starts again finds: a torn record that has lost something is cut off."""
    if disk.torn is None or not is_whole(disk.torn):
        return disk.synced
    return evolve(disk.synced, log=disk.synced.log.overwritten((disk.torn.found,)))
