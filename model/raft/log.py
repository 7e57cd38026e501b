"""The replicated log (Raft paper, sections 5.3, 5.4 and 7; etcd-io/raft ``log.go``).

Rules of this file: a log is a value. Indexes start at 1 without gaps. What was compacted is
known by the index and term of its last entry; index 0 has term 0.
"""

from __future__ import annotations

from collections.abc import Hashable

from attrs import frozen

from model.raft.conf_change import ConfChange, Configuration

__all__ = ["Entry", "Log", "Snapshot", "entry_size", "find_conflict_by_term", "limit_size"]


@frozen(cache_hash=True)
class Entry:
    """One entry: the term in which a leader created it, its index, what it carries.

    ``data`` is empty in the entry that a leader appends when it is elected; ``change`` is a
    change of the configuration, or None.
    """

    term: int
    index: int
    data: str = ""
    change: ConfChange | None = None

    def sentence(self) -> str:
        """``2/4 x``: term, index, data."""
        if self.change is not None:
            return f"{self.term}/{self.index} {self.change.sentence() or 'leave joint'}"
        return f"{self.term}/{self.index} {self.data or '-'}"


@frozen(cache_hash=True)
class Snapshot:
    """All that was applied up to ``index``: the configuration then, and the application's data."""

    index: int = 0
    term: int = 0
    configuration: Configuration = Configuration()
    data: Hashable = ""


def _varint(value: int) -> int:
    """Bytes of an unsigned integer in protobuf's variable-length form."""
    return max(1, (value.bit_length() + 6) // 7)


def payload_size(entry: Entry) -> int:
    """Bytes of what the entry carries (etcd-io/raft ``payloadSize``, ``raftpb/confchange.go``).

    A change is a protobuf message: its kind of transition, then each single change with a length
    before it; in the older form the one change alone. The way out of a joint configuration that
    a leader proposes by itself carries nothing, so that no limit can refuse it.
    """
    change = entry.change
    if change is None:
        return len(entry.data.encode())
    singles = [2 + 1 + _varint(single.node) for single in change.changes]
    if change.v1:
        return singles[0]
    if change.leaves_joint:
        return 0
    return 2 + sum(1 + _varint(size) + size for size in singles)


def entry_size(entry: Entry) -> int:
    """Bytes of the entry on the wire (``raftpb/raft.proto``; a tag is one byte).

    Only what is set is written: always term and index, data where there is any, and the type of
    a change of the configuration, which an ordinary entry leaves out.
    """
    size = 2 + _varint(entry.term) + _varint(entry.index)
    if entry.change is not None:
        size += 2
    payload = payload_size(entry)
    return size + (1 + payload + _varint(payload) if payload else 0)


def limit_size(entries: tuple[Entry, ...], limit: int | None) -> tuple[Entry, ...]:
    """As many entries from the first as fit in ``limit`` bytes, at least one (``limitSize``)."""
    if limit is None or not entries:
        return entries
    size = entry_size(entries[0])
    for position in range(1, len(entries)):
        size += entry_size(entries[position])
        if size > limit:
            return entries[:position]
    return entries


@frozen(cache_hash=True)
class Log:
    """The entries of one member, in order without gaps.

    ``compacted`` and ``compacted_term``: the index and term of the last entry that a snapshot has
    taken the place of; the entry at index i is number i - compacted.
    """

    entries: tuple[Entry, ...] = ()
    compacted: int = 0
    compacted_term: int = 0

    @property
    def first_index(self) -> int:
        """The index of the first entry that is still there, or of the next one."""
        return self.compacted + 1

    @property
    def last_index(self) -> int:
        """The index of the last entry; that of the snapshot when there is none."""
        return self.compacted + len(self.entries)

    @property
    def last_term(self) -> int:
        """The term of the last entry; that of the snapshot when there is none."""
        return self.entries[-1].term if self.entries else self.compacted_term

    def term_at(self, index: int) -> int | None:
        """The term of the entry at ``index``; None when it is compacted or beyond the end."""
        position = index - self.compacted
        if position == 0:
            return self.compacted_term
        if 0 < position <= len(self.entries):
            return self.entries[position - 1].term
        return None

    def at(self, index: int) -> Entry | None:
        """The entry at ``index``; None when it is compacted or beyond the end."""
        position = index - self.compacted
        return self.entries[position - 1] if 0 < position <= len(self.entries) else None

    def between(self, after: int, upto: int) -> tuple[Entry, ...]:
        """The entries that follow ``after``, up to and with ``upto``."""
        return self.entries[max(0, after - self.compacted) : max(0, upto - self.compacted)]

    def entries_after(self, index: int) -> tuple[Entry, ...]:
        """The entries that follow ``index``."""
        return self.entries[max(0, index - self.compacted) :]

    def append(self, *entries: Entry) -> Log:
        """The log with new entries at its end."""
        return Log(self.entries + entries, self.compacted, self.compacted_term)

    def overwritten(self, entries: tuple[Entry, ...]) -> Log:
        """The log up to the first of ``entries``, then those; what followed is gone."""
        kept = self.entries[: entries[0].index - 1 - self.compacted]
        return Log(kept + entries, self.compacted, self.compacted_term)

    def truncated(self, upto: int) -> Log:
        """The log without what follows ``upto``."""
        return Log(
            self.entries[: max(0, upto - self.compacted)], self.compacted, self.compacted_term
        )

    def compact(self, upto: int) -> Log:
        """The log without its entries up to ``upto``, which must be there."""
        term = self.term_at(upto)
        if upto <= self.compacted or term is None:
            return self
        return Log(self.entries[upto - self.compacted :], upto, term)


def conflicting_position(log: Log, entries: tuple[Entry, ...]) -> int | None:
    """How many of ``entries`` the log has already; None when it has them all (section 5.3)."""
    for position, entry in enumerate(entries):
        if log.term_at(entry.index) != entry.term:
            return position
    return None


def is_up_to_date(log: Log, last_term: int, last_index: int) -> bool:
    """Whether a candidate's log is at least as up to date as ``log`` (section 5.4.1)."""
    return last_term > log.last_term or (
        last_term == log.last_term and last_index >= log.last_index
    )


def find_conflict_by_term(log: Log, index: int, term: int) -> tuple[int, int]:
    """The highest index at or below ``index`` where the log's term is at most ``term``, and that.

    The term is 0 where the log no longer knows it. Both sides of a rejection skip whole terms with
    it, instead of one entry a round trip (etcd-io/raft ``findConflictByTerm``; section 5.3).
    """
    while index > 0:
        ours = log.term_at(index)
        if ours is None:
            return index, 0
        if ours <= term:
            return index, ours
        index -= 1
    return 0, 0
