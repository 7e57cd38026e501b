"""Lets the servers work until nothing moves any more: what often happens without interference.

Rules of this file: a sequence of the group's own small steps (deliver, sync, apply) and nothing
else. No clock ticks and no timer fires, so what needs a new leader goes on waiting.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from model.etcd.cluster import EtcdWorld, react
from model.raft.actions import RULES, Apply, Deliver, Sync
from model.raft.group import RaftGroup
from model.world import Action, Observation, Rule, Transition

__all__ = ["is_quiet", "work_off"]

PASSES_MOST = 12
"""Passes over all members of one :func:`work_off` at most; a write takes about three."""

_RULES: dict[type[Action], Rule[RaftGroup]] = {
    rule.action: rule for rule in RULES if rule.action in (Deliver, Sync, Apply)
}


def _turns(group: RaftGroup) -> Iterator[Action]:
    """What may move now: each link's oldest message, each disk, each state machine."""
    for source, target in group.network.queues:
        yield Deliver(source, target)
    for member in group.members:
        yield Sync(member)
    for member in group.members:
        yield Apply(member)


def _possible(group: RaftGroup, action: Any) -> bool:
    return _RULES[type(action)].why_not(group, action) is None


def is_quiet(world: EtcdWorld) -> bool:
    """Whether nothing moves without a clock, a client or a fault."""
    return not any(_possible(world.group, action) for action in _turns(world.group))


def work_off(world: EtcdWorld) -> Transition[EtcdWorld]:
    """Deliver, sync and apply in turn until all is quiet (or for so many passes)."""
    seen: list[Observation] = []
    for _ in range(PASSES_MOST):
        moved = False
        for action in tuple(_turns(world.group)):
            if not _possible(world.group, action):
                continue
            done = react(world, _RULES[type(action)].step(world.group, action))
            world, moved = done.world, True
            seen.extend(done.observed)
        if not moved:
            break
    return Transition(world, tuple(seen))
