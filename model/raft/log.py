"""The replicated log (Raft paper, sections 5.3 and 5.4; etcd-io/raft ``log.go``).

Rules of this file: a log is a value. Indexes start at 1 without gaps; index 0 has term 0.
"""

from __future__ import annotations

from attrs import frozen

__all__ = ["Entry", "Log"]


@frozen(cache_hash=True)
class Entry:
    """One entry: the term in which a leader created it, its index, what it carries.

    ``data`` is empty in the entry that a leader appends when it is elected.
    """

    term: int
    index: int
    data: str = ""

    def sentence(self) -> str:
        """``2/4 x``: term, index, data."""
        return f"{self.term}/{self.index} {self.data or '-'}"


@frozen(cache_hash=True)
class Log:
    """The entries of one member, in order without gaps: the entry at index i is number i."""

    entries: tuple[Entry, ...] = ()

    @property
    def last_index(self) -> int:
        """The index of the last entry, 0 when there is none."""
        return len(self.entries)

    @property
    def last_term(self) -> int:
        """The term of the last entry, 0 when there is none."""
        return self.entries[-1].term if self.entries else 0

    def term_at(self, index: int) -> int | None:
        """The term of the entry at ``index``; 0 at index 0, None beyond the end."""
        if index == 0:
            return 0
        return self.entries[index - 1].term if index <= len(self.entries) else None

    def after(self, index: int, limit: int) -> tuple[Entry, ...]:
        """At most ``limit`` entries that follow ``index``."""
        return self.entries[index : index + limit]

    def append(self, *entries: Entry) -> Log:
        """The log with new entries at its end."""
        return Log(self.entries + entries)


def conflicting_position(log: Log, entries: tuple[Entry, ...]) -> int | None:
    """How many of ``entries`` the log has already; None when it has them all (section 5.3)."""
    for position, entry in enumerate(entries):
        if log.term_at(entry.index) != entry.term:
            return position
    return None


def overwrite(log: Log, entries: tuple[Entry, ...]) -> Log:
    """The log with ``entries``, which follow an entry that matches: conflicting ones give way.

    Entries that are there already stay, and so does what follows them: an old message must not
    cut a newer suffix off (Raft paper, figure 2, AppendEntries, steps 3 and 4).
    """
    position = conflicting_position(log, entries)
    if position is None:
        return log
    fresh = entries[position:]
    return Log(log.entries[: fresh[0].index - 1] + fresh)


def is_up_to_date(log: Log, last_term: int, last_index: int) -> bool:
    """Whether a candidate's log is at least as up to date as ``log`` (section 5.4.1)."""
    return last_term > log.last_term or (
        last_term == log.last_term and last_index >= log.last_index
    )
