"""The network between the members: when each of its actions is enabled, and what it does.

Rules of this file: a guard gives the reason in words; a step is called on enabled actions only.
"""

from __future__ import annotations

from collections.abc import Sequence

from model.evolve import evolve
from model.faults import fault_rule
from model.raft.group import RaftGroup, absorb
from model.raft.kinds import (
    BreakLink,
    Cut,
    Deliver,
    Drop,
    Duplicate,
    Heal,
    Isolate,
    OnLink,
    Reorder,
)
from model.raft.step import step
from model.world import Action, Rule, Transition

__all__ = ["NETWORK_FAULTS", "NETWORK_RULES", "cannot_receive"]

Moved = Transition[RaftGroup]


def links(group: RaftGroup) -> tuple[Sequence[int], ...]:
    """Every pair of servers."""
    return (group.ids, group.ids)


def _is_quiet(group: RaftGroup) -> bool:
    return not group.network.queues


def _cannot_deliver(group: RaftGroup, action: Deliver) -> str | None:
    return cannot_receive(group, action, 0)


def _cannot_reorder(group: RaftGroup, action: Reorder) -> str | None:
    return cannot_receive(group, action, action.position)


def cannot_receive(group: RaftGroup, action: OnLink, position: int) -> str | None:
    """Why the message at ``position`` of the link cannot be delivered; None when it can."""
    if len(group.network.waiting(action.source, action.target)) <= position:
        return f"message {position} from {action.source} to {action.target} does not exist"
    if group.network.is_cut(action.source, action.target):
        return f"the link from {action.source} to {action.target} is cut"
    if group.members[action.target].memory is None:
        return f"member {action.target} is down"
    return None


def _is_empty(group: RaftGroup, action: OnLink) -> str | None:
    if group.network.waiting(action.source, action.target):
        return None
    return f"nothing is in flight from {action.source} to {action.target}"


def _cannot_cut(group: RaftGroup, action: Cut) -> str | None:
    if action.source == action.target:
        return "a member has no link to itself"
    if group.network.is_cut(action.source, action.target):
        return f"the link from {action.source} to {action.target} is cut already"
    return None


def _cannot_heal(group: RaftGroup, action: Heal) -> str | None:
    return None if len(group.network.cut) > len(group.broken) else "no link is cut"


def _never(group: RaftGroup, action: Action) -> None:
    return None


def _receive(group: RaftGroup, action: OnLink, position: int) -> Moved:
    message, network = group.network.take(action.source, action.target, position)
    node = group.running(action.target)
    return absorb(evolve(group, network=network), step(node, message))


def deliver_message(group: RaftGroup, action: Deliver) -> Moved:
    return _receive(group, action, 0)


def reorder_message(group: RaftGroup, action: Reorder) -> Moved:
    return _receive(group, action, action.position)


def drop_message(group: RaftGroup, action: Drop) -> Moved:
    _, network = group.network.take(action.source, action.target, 0)
    return Transition(evolve(group, network=network))


def duplicate_message(group: RaftGroup, action: Duplicate) -> Moved:
    network = group.network.duplicate(action.source, action.target, 0)
    return Transition(evolve(group, network=network))


def cut_link(group: RaftGroup, action: Cut) -> Moved:
    return Transition(evolve(group, network=group.network.with_cut((action.source, action.target))))


def isolate_member(group: RaftGroup, action: Isolate) -> Moved:
    cut = [
        link
        for other in group.members
        if other != action.member
        for link in ((action.member, other), (other, action.member))
    ]
    return Transition(evolve(group, network=group.network.with_cut(*cut)))


def heal_links(group: RaftGroup, action: Heal) -> Moved:
    return Transition(evolve(group, network=group.network.healed().with_cut(*group.broken)))


def _cannot_break(group: RaftGroup, action: BreakLink) -> str | None:
    if action.source == action.target:
        return "a member has no link to itself"
    if (action.source, action.target) in group.broken:
        return f"the link from {action.source} to {action.target} is broken already"
    return None


def break_link(group: RaftGroup, action: BreakLink) -> Moved:
    link = (action.source, action.target)
    broken = tuple(sorted((*group.broken, link)))
    return Transition(evolve(group, broken=broken, network=group.network.with_cut(link)))


NETWORK_RULES: tuple[Rule[RaftGroup], ...] = (
    Rule(Deliver, deliver_message, links, _cannot_deliver, weight=40, idle=_is_quiet),
)
"""What the network does every day."""

HEAL_RULE: Rule[RaftGroup] = Rule(Heal, heal_links, why_not=_cannot_heal, weight=1)

NETWORK_FAULTS: tuple[Rule[RaftGroup], ...] = (
    fault_rule("drop", Drop, drop_message, links, _is_empty, weight=2, idle=_is_quiet),
    fault_rule(
        "duplicate", Duplicate, duplicate_message, links, _is_empty, weight=1, idle=_is_quiet
    ),
    fault_rule(
        "reorder",
        Reorder,
        reorder_message,
        lambda group: (*links(group), (1, 2)),
        _cannot_reorder,
        weight=2,
        idle=_is_quiet,
    ),
    fault_rule("cut", Cut, cut_link, links, _cannot_cut, weight=1),
    fault_rule("cut", Isolate, isolate_member, lambda g: (g.ids,), _never, weight=1),
    fault_rule("break", BreakLink, break_link, links, _cannot_break, weight=1),
)
"""What the network does on a bad day, each kind within its budget."""
