"""The table of the raft layer: when each action is enabled, and what it does to the group.

Rules of this file: a guard gives the reason in words; a step is called on enabled actions only.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve

from model.faults import fault_rule
from model.raft.group import Disk, Member, Memory, RaftGroup, absorb, release
from model.raft.kinds import (
    Apply,
    Crash,
    Cut,
    Deliver,
    Drop,
    Duplicate,
    Heal,
    Isolate,
    OfMember,
    OnLink,
    Propose,
    ReadIndex,
    Reorder,
    Restart,
    Sync,
    Tick,
    TimeOut,
)
from model.raft.node import NONE, Node, Stable, start_node
from model.raft.observed import Applied, Crashed, ReadInvoked, Restarted
from model.raft.read import read_index
from model.raft.replication import propose
from model.raft.step import step, tick, time_out
from model.world import Action, Rule, Transition

__all__ = [
    "RULES",
    "Apply",
    "Crash",
    "Cut",
    "Deliver",
    "Drop",
    "Duplicate",
    "Heal",
    "Isolate",
    "Propose",
    "ReadIndex",
    "Reorder",
    "Restart",
    "Sync",
    "Tick",
    "TimeOut",
]

Moved = Transition[RaftGroup]
POSITIONS = (0, 1, 2)
KEPT = ("nothing", "part", "everything")


def _is_down(group: RaftGroup, action: OfMember) -> str | None:
    if group.members[action.member].memory is None:
        return f"member {action.member} is down"
    return None


def _running(group: RaftGroup, member: int) -> Node:
    node = group.node(member)
    assert node is not None
    return node


def _cannot_time_out(group: RaftGroup, action: TimeOut) -> str | None:
    node = group.node(action.member)
    if node is None:
        return f"member {action.member} is down"
    if node.leader == node.id:
        return f"member {action.member} leads"
    if node.term >= group.config.terms:
        return f"the run is bounded to {group.config.terms} terms"
    return None


def _cannot_sync(group: RaftGroup, action: Sync) -> str | None:
    member: Member = group.members[action.member]
    if member.memory is None:
        return f"member {action.member} is down"
    if member.disk.synced is member.disk.written and not member.memory.held:
        return f"member {action.member} has nothing to sync"
    return None


def _cannot_apply(group: RaftGroup, action: Apply) -> str | None:
    node = group.node(action.member)
    if node is None:
        return f"member {action.member} is down"
    return None if node.commit > node.applied else f"member {action.member} has applied all"


def _cannot_propose(group: RaftGroup, action: Propose) -> str | None:
    node = group.node(action.member)
    if node is None or node.leader != node.id:
        return f"member {action.member} does not lead"
    if group.proposed >= group.config.proposals:
        return f"the run is bounded to {group.config.proposals} proposals"
    return None


def _cannot_read(group: RaftGroup, action: ReadIndex) -> str | None:
    node = group.node(action.member)
    if node is None:
        return f"member {action.member} is down"
    if node.leader == NONE:
        return f"member {action.member} knows no leader to ask"
    if group.reads >= group.config.reads:
        return f"the run is bounded to {group.config.reads} reads"
    return None


def _is_up(group: RaftGroup, action: Restart) -> str | None:
    up = group.members[action.member].memory is not None
    return f"member {action.member} is up" if up else None


def _cannot_receive(group: RaftGroup, action: OnLink) -> str | None:
    position = action.position if isinstance(action, Reorder) else 0
    return cannot_receive(group, action, position)


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


def time_out_member(group: RaftGroup, action: TimeOut) -> Moved:
    return absorb(group, time_out(_running(group, action.member)))


def tick_member(group: RaftGroup, action: Tick) -> Moved:
    return absorb(group, tick(_running(group, action.member)))


def sync_member(group: RaftGroup, action: Sync) -> Moved:
    return release(group, action.member)


def apply_committed(group: RaftGroup, action: Apply) -> Moved:
    node = _running(group, action.member)
    entries = node.log.entries[node.applied : node.commit]
    moved = absorb(group, evolve(node, applied=node.commit))
    return Transition(moved.world, (Applied(action.member, entries), *moved.observed))


def propose_value(group: RaftGroup, action: Propose) -> Moved:
    value = f"v{group.proposed + 1}"
    node = propose(_running(group, action.member), value)
    group = evolve(group, proposed=group.proposed + 1)
    return Transition(group) if node is None else absorb(group, node)


def read_at(group: RaftGroup, action: ReadIndex) -> Moved:
    context = f"r{group.reads + 1}"
    invoked = ReadInvoked(action.member, context)
    group = evolve(group, reads=group.reads + 1)
    node = read_index(_running(group, action.member), context)
    if node is None:
        return Transition(group, (invoked,))
    moved = absorb(group, node)
    return Transition(moved.world, (invoked, *moved.observed))


def deliver_message(group: RaftGroup, action: OnLink) -> Moved:
    position = action.position if isinstance(action, Reorder) else 0
    message, network = group.network.take(action.source, action.target, position)
    group = evolve(group, network=network)
    return absorb(group, step(_running(group, action.target), message))


def drop_message(group: RaftGroup, action: Drop) -> Moved:
    _, network = group.network.take(action.source, action.target, 0)
    return Transition(evolve(group, network=network))


def duplicate_message(group: RaftGroup, action: Duplicate) -> Moved:
    return Transition(
        evolve(group, network=group.network.duplicate(action.source, action.target, 0))
    )


def cut_link(group: RaftGroup, action: Cut) -> Moved:
    return Transition(evolve(group, network=group.network.with_cut((action.source, action.target))))


def isolate_member(group: RaftGroup, action: Isolate) -> Moved:
    links = [
        link
        for other in group.members
        if other != action.member
        for link in ((action.member, other), (other, action.member))
    ]
    return Transition(evolve(group, network=group.network.with_cut(*links)))


def heal_links(group: RaftGroup, action: Heal) -> Moved:
    return Transition(evolve(group, network=group.network.healed()))


def kept_after_crash(disk: Disk, kept: str) -> Stable:
    """What is on the disk after a crash, when ``kept`` of the unsynced writes has reached it.

    ``part``: half of the new entries, and not the term and vote that were written after them
    (etcd writes the entries of a Ready before its HardState, server/storage/wal).
    """
    if kept == "everything":
        return disk.written
    if kept == "part":
        synced, written = disk.synced, disk.written.log.entries
        same = 0
        for old, new in zip(synced.log.entries, written, strict=False):
            if old is not new and old != new:
                break
            same += 1
        fresh = len(written) - same
        if fresh > 1:
            return evolve(synced, log=evolve(synced.log, entries=written[: same + fresh // 2]))
    return disk.synced


def crash_member(group: RaftGroup, action: Crash) -> Moved:
    left = kept_after_crash(group.members[action.member].disk, action.kept)
    members = group.members.set(action.member, Member(Disk(left, left), None))
    network = group.network.without(action.member)
    return Transition(evolve(group, members=members, network=network), (Crashed(action.member),))


def restart_member(group: RaftGroup, action: Restart) -> Moved:
    disk = group.members[action.member].disk
    node = start_node(action.member, group.config.node_config(), disk.synced)
    members = group.members.set(action.member, Member(disk, Memory(node)))
    return Transition(evolve(group, members=members), (Restarted(action.member),))


def _members(group: RaftGroup) -> tuple[Sequence[int], ...]:
    return (tuple(group.members),)


def _links(group: RaftGroup) -> tuple[Sequence[int], ...]:
    ids = tuple(group.members)
    return (ids, ids)


def _never(group: RaftGroup, action: Action) -> None:
    return None


RULES: tuple[Rule[RaftGroup], ...] = (
    Rule(TimeOut, time_out_member, _members, _cannot_time_out, weight=4),
    Rule(Propose, propose_value, _members, _cannot_propose, weight=6),
    Rule(ReadIndex, read_at, _members, _cannot_read, weight=4),
    Rule(Deliver, deliver_message, _links, _cannot_receive, weight=40),
    Rule(Sync, sync_member, _members, _cannot_sync, weight=16),
    Rule(Apply, apply_committed, _members, _cannot_apply, weight=4),
    Rule(Tick, tick_member, _members, _is_down, weight=1),
    Rule(Restart, restart_member, _members, _is_up, weight=6),
    Rule(
        Heal, heal_links, why_not=lambda g, _: None if g.network.cut else "no link is cut", weight=1
    ),
    fault_rule("crash", Crash, crash_member, lambda g: (*_members(g), KEPT), _is_down, weight=2),
    fault_rule("drop", Drop, drop_message, _links, _is_empty, weight=2),
    fault_rule("duplicate", Duplicate, duplicate_message, _links, _is_empty, weight=1),
    fault_rule(
        "reorder",
        Reorder,
        deliver_message,
        lambda g: (*_links(g), (1, 2)),
        _cannot_receive,
        weight=2,
    ),
    fault_rule("cut", Cut, cut_link, _links, _cannot_cut, weight=1),
    fault_rule("cut", Isolate, isolate_member, _members, _never, weight=1),
)
"""The table of the raft layer, the everyday first, then the faults."""
