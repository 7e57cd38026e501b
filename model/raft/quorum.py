"""Quorums of voters: who has won, what is on enough disks (etcd-io/raft ``quorum/``)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

__all__ = ["has_quorum", "quorum_index", "quorum_size"]


def quorum_size(voters: int) -> int:
    """The least number of voters of which any two sets share one: more than half."""
    return voters // 2 + 1


def has_quorum(voters: Collection[int], agree: Collection[int]) -> bool:
    """Whether those who agree, learners and strangers not counted, are a majority of voters."""
    return sum(1 for voter in voters if voter in agree) >= quorum_size(len(voters))


def quorum_index(voters: Collection[int], match: Mapping[int, int]) -> int:
    """The highest index that a majority of voters has acknowledged (section 5.3)."""
    acknowledged = sorted((match.get(voter, 0) for voter in voters), reverse=True)
    return acknowledged[quorum_size(len(voters)) - 1]
