"""Words for the stories of a group: begin, do this and that, let it come to rest."""

from __future__ import annotations

from typing import Any, TypeVar

from model.raft.actions import Apply, Deliver, HearDisk, Sync, TimeOut
from model.raft.group import Memory, RaftConfig, RaftGroup
from model.raft.node import Node, Role
from model.raft.progress import Progress
from model.world import Action, Observation
from model.worlds.raft import RAFT

__all__ = [
    "after",
    "at_rest",
    "begin",
    "carried",
    "elected",
    "flying",
    "leaders",
    "led",
    "memory",
    "node",
    "only",
    "progress",
    "rested",
    "settled",
    "watched",
    "why_not",
]

O = TypeVar("O", bound=Observation)  # noqa: E741


def begin(**config: Any) -> RaftGroup:
    """A group at its start; what is not said is as in :class:`RaftConfig`."""
    return RAFT.start(RaftConfig(**config))


def watched(group: RaftGroup, *actions: Action) -> tuple[RaftGroup, list[Observation]]:
    """The group after these actions, and all that was observed."""
    seen: list[Observation] = []
    for action in actions:
        moved = RAFT.step(group, action)
        group = moved.world
        seen.extend(moved.observed)
    return group, seen


def after(group: RaftGroup, *actions: Action) -> RaftGroup:
    """The group after these actions."""
    return watched(group, *actions)[0]


def only(kind: type[O], seen: list[Observation]) -> list[O]:
    """What of a kind was observed."""
    return [each for each in seen if isinstance(each, kind)]


def why_not(group: RaftGroup, action: Action) -> str | None:
    """Why an action is not enabled; None when it is."""
    return RAFT.why_not(group, action)


def rested(group: RaftGroup, *asleep: int) -> tuple[RaftGroup, list[Observation]]:
    """Disks sync, messages arrive, entries are applied, until nothing of that is left to do.

    No clock ticks. Who is ``asleep`` takes no part: nothing reaches it, nothing is done by it.
    """
    awake = [i for i in group.ids if i not in asleep]
    links = [Deliver(a, b) for a in awake for b in awake if a != b]
    chores = [kind(i) for kind in (Sync, HearDisk, Apply) for i in awake]
    seen: list[Observation] = []
    for _ in range(1000):
        todo = next((a for a in (*chores, *links) if RAFT.why_not(group, a) is None), None)
        if todo is None:
            return group, seen
        moved = RAFT.step(group, todo)
        group = moved.world
        seen.extend(moved.observed)
    raise AssertionError("the group never comes to rest")


def at_rest(group: RaftGroup, *asleep: int) -> RaftGroup:
    """The group once it has come to rest."""
    return rested(group, *asleep)[0]


def carried(group: RaftGroup, source: int, target: int) -> RaftGroup:
    """The group after all that is in flight from one member to another has arrived, in order."""
    return after(group, *(Deliver(source, target) for _ in group.network.waiting(source, target)))


def elected(group: RaftGroup, candidate: int, voter: int) -> RaftGroup:
    """The group after a member has stood and was elected with the vote of one other."""
    group = carried(after(group, TimeOut(candidate), Sync(candidate)), candidate, voter)
    group = carried(after(group, Sync(voter)), voter, candidate)
    assert node(group, candidate).role is Role.LEADER
    return group


def led(by: int = 1, **config: Any) -> RaftGroup:
    """A group that has elected ``by`` in term 1, and has applied its first entry everywhere."""
    group = at_rest(after(begin(**config), TimeOut(by)))
    assert node(group, by).role is Role.LEADER
    return group


def settled(group: RaftGroup, rounds: int = 12) -> RaftGroup:
    """The group after so many fair rounds."""
    for _ in range(rounds):
        for action in RAFT.calm(group):
            if RAFT.why_not(group, action) is None:
                group = RAFT.step(group, action).world
    return group


def memory(group: RaftGroup, member: int) -> Memory:
    """What a member that is up has in memory."""
    found: Memory | None = group.members[member].memory
    assert found is not None, f"member {member} is down"
    return found


def node(group: RaftGroup, member: int) -> Node:
    """The node of a member that is up."""
    return memory(group, member).node


def progress(group: RaftGroup, leader: int, peer: int) -> Progress:
    """What a leader knows of a follower."""
    known: Progress = node(group, leader).progress[peer]
    return known


def leaders(group: RaftGroup) -> list[int]:
    """Who believes that it leads."""
    up = [i for i in group.ids if group.node(i) is not None]
    return [i for i in up if node(group, i).role is Role.LEADER]


def flying(group: RaftGroup, source: int, target: int) -> list[str]:
    """The types of the messages of a link, oldest first."""
    return [message.type.value for message in group.network.waiting(source, target)]
