"""Quorums of voters: who has won, what is on enough disks (etcd-io/raft ``quorum/``).

Rules of this file: arithmetic only. A joint configuration needs both its majorities
(Raft paper, section 6); an empty majority agrees to everything.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import Enum

from model.raft.conf_change import Configuration

__all__ = [
    "UNBOUNDED",
    "VoteResult",
    "committed_index",
    "has_quorum",
    "joint_committed_index",
    "joint_has_quorum",
    "joint_vote_result",
    "quorum_size",
    "vote_result",
]

UNBOUNDED = 2**64 - 1
"""What a majority of nobody has acknowledged: as much as you like."""


class VoteResult(Enum):
    """How an election stands; the value is etcd's name for it."""

    PENDING = "VotePending"
    LOST = "VoteLost"
    WON = "VoteWon"

    __hash__ = object.__hash__


def quorum_size(voters: int) -> int:
    """The least number of voters of which any two sets share one: more than half."""
    return voters // 2 + 1


def has_quorum(voters: Collection[int], agree: Collection[int]) -> bool:
    """Whether those who agree, learners and strangers not counted, are a majority of voters."""
    return not voters or sum(voter in agree for voter in voters) >= quorum_size(len(voters))


def joint_has_quorum(configuration: Configuration, agree: Collection[int]) -> bool:
    """Whether those who agree are a majority of each half."""
    return has_quorum(configuration.voters, agree) and has_quorum(configuration.outgoing, agree)


def vote_result(voters: Collection[int], votes: Mapping[int, bool]) -> VoteResult:
    """Won with a majority of yes, lost when that can no longer be had, else pending."""
    if not voters:
        return VoteResult.WON
    granted = refused = 0
    for voter in voters:
        if voter in votes:
            if votes[voter]:
                granted += 1
            else:
                refused += 1
    needed = quorum_size(len(voters))
    if granted >= needed:
        return VoteResult.WON
    return VoteResult.PENDING if len(voters) - refused >= needed else VoteResult.LOST


def joint_vote_result(configuration: Configuration, votes: Mapping[int, bool]) -> VoteResult:
    """Won when both halves are won, lost when one is."""
    incoming = vote_result(configuration.voters, votes)
    if not configuration.outgoing:
        return incoming
    outgoing = vote_result(configuration.outgoing, votes)
    if VoteResult.LOST in (incoming, outgoing):
        return VoteResult.LOST
    return incoming if incoming is outgoing else VoteResult.PENDING


def committed_index(voters: Collection[int], match: Mapping[int, int]) -> int:
    """The highest index that a majority of voters has acknowledged (section 5.3)."""
    if not voters:
        return UNBOUNDED
    acknowledged = sorted((match.get(voter, 0) for voter in voters), reverse=True)
    return acknowledged[quorum_size(len(voters)) - 1]


def joint_committed_index(configuration: Configuration, match: Mapping[int, int]) -> int:
    """The highest index that both majorities have acknowledged."""
    incoming = committed_index(configuration.voters, match)
    if not configuration.outgoing:
        return incoming
    return min(incoming, committed_index(configuration.outgoing, match))
