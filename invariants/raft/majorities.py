"""Quorums by their definition, for invariants to hold the model's arithmetic against."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from model.frozen_map import FrozenMap
from model.raft.conf_change import Configuration
from model.raft.group import Member, RaftGroup
from model.raft.log import Log
from model.raft.node import Node, Role

__all__ = [
    "Members",
    "changed",
    "every_quorum_meets",
    "has",
    "is_quorum",
    "leads_within",
    "members_of",
    "nodes_changed",
    "nodes_of",
]

Members = FrozenMap[int, Member]


def members_of(group: RaftGroup) -> Members:
    """What most of the invariants read."""
    return group.members


def nodes_of(members: Members) -> list[Node]:
    """The running nodes, ascending by id."""
    return [m.memory.node for m in members.values() if m.memory is not None]


def changed(before: Members, after: Members) -> Iterator[tuple[int, Member, Member]]:
    """(id, before, after) of each member that the step has changed."""
    for member_id, now in after.items():
        was = before[member_id]
        if was is not now:
            yield member_id, was, now


def nodes_changed(before: Members, after: Members) -> Iterator[tuple[int, Node, Node]]:
    """(id, before, after) of each node that ran before the step, and that the step has changed."""
    for member_id, was, now in changed(before, after):
        if was.memory is not None and now.memory is not None and was.memory is not now.memory:
            yield member_id, was.memory.node, now.memory.node


def _is_majority(voters: Collection[int], among: Collection[int]) -> bool:
    return 2 * sum(voter in among for voter in voters) > len(voters)


def is_quorum(configuration: Configuration, among: Collection[int]) -> bool:
    """Whether ``among`` holds more than half of the voters, of both halves when joint."""
    return _is_majority(configuration.voters, among) and (
        not configuration.outgoing or _is_majority(configuration.outgoing, among)
    )


def every_quorum_meets(configuration: Configuration, holders: Collection[int]) -> bool:
    """Whether no quorum can be found that has none of ``holders``."""
    others = [i for i in configuration.all_voters() if i not in holders]
    return not is_quorum(configuration, others)


def has(log: Log, index: int, term: int) -> bool:
    """Whether the log has the entry of that index and term, or a snapshot in the place of it."""
    return index < log.compacted or log.term_at(index) == term


def leads_within(node: Node) -> bool:
    """Whether the node leads and is a voter of its own configuration (not removed)."""
    return node.role is Role.LEADER and node.id in node.configuration.all_voters()
