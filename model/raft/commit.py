"""When an entry is committed (Raft paper, sections 5.3 and 5.4.2)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from model.raft.log import Log
from model.raft.quorum import quorum_index

__all__ = ["commit_after_acknowledgement", "may_commit_by_counting"]


def may_commit_by_counting(log: Log, index: int, term: int) -> bool:
    """Whether a leader of ``term`` may commit ``index`` because a quorum has it.

    Only entries of its own term: an older one can be on a majority and still be overwritten
    (figure 8). It is committed with the first entry of the leader's term above it.
    """
    return log.term_at(index) == term


def commit_after_acknowledgement(
    log: Log, voters: Collection[int], match: Mapping[int, int], commit: int, term: int
) -> int:
    """The commit index of a leader of ``term`` when the members have acknowledged ``match``."""
    index = quorum_index(voters, match)
    return index if index > commit and may_commit_by_counting(log, index, term) else commit
