"""What members do by themselves: their clocks, disks and applications, and how they crash.

Rules of this file: a guard gives the reason in words; a step is called on enabled actions only.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve as attrs_evolve

from model.evolve import evolve
from model.faults import fault_rule
from model.raft.group import (
    Member,
    Memory,
    RaftGroup,
    absorb,
    apply_committed,
    hear_disk,
    release,
    snapshot_of,
    start_member,
)
from model.raft.kinds import (
    Apply,
    Compact,
    Crash,
    HearDisk,
    OfMember,
    PassTime,
    Restart,
    Sync,
    Tear,
    Tick,
    TimeOut,
)
from model.raft.observed import Crashed, Ticked
from model.raft.snapshot import compact
from model.raft.storage import Disk, left_after_crash, recovered, torn_by_crash
from model.raft.timers import tick, time_out
from model.world import Observation, Rule, Transition

__all__ = ["CRASHES", "MEMBER_RULES", "RESTART_RULE", "members"]

Moved = Transition[RaftGroup]

KEPT = ("nothing", "part", "everything")


def members(group: RaftGroup) -> tuple[Sequence[int], ...]:
    """Every server."""
    return (group.ids,)


def is_down(group: RaftGroup, action: OfMember) -> str | None:
    """Why a member that is down can do nothing; None when it is up."""
    if group.members[action.member].memory is None:
        return f"member {action.member} is down"
    return None


def _memory(group: RaftGroup, member: int) -> Memory:
    memory: Memory | None = group.members[member].memory
    assert memory is not None
    return memory


def _cannot_time_out(group: RaftGroup, action: TimeOut) -> str | None:
    node = group.node(action.member)
    if node is None:
        return f"member {action.member} is down"
    if node.leader == node.id:
        return f"member {action.member} leads"
    if node.term >= group.config.terms:
        return f"the run is bounded to {group.config.terms} terms"
    if node.id not in node.configuration.all_voters():
        return f"member {action.member} has no vote"
    return None


def _cannot_tick(group: RaftGroup, action: Tick) -> str | None:
    skew = group.config.clock_skew
    if skew is not None and group.members[action.member].memory is not None:
        slowest = min(group.clocks.values())
        if group.clocks[action.member] - slowest >= skew:
            return f"the clock of member {action.member} is {skew} ticks ahead, as far as it may"
    return is_down(group, action)


def _cannot_sync(group: RaftGroup, action: Sync) -> str | None:
    member: Member = group.members[action.member]
    if member.memory is None:
        return f"member {action.member} is down"
    return None if member.memory.writes else f"member {action.member} has nothing to sync"


def _cannot_hear(group: RaftGroup, action: HearDisk) -> str | None:
    memory: Memory | None = group.members[action.member].memory
    if memory is None:
        return f"member {action.member} is down"
    return None if memory.told else f"the disk of member {action.member} has told it nothing"


def _cannot_apply(group: RaftGroup, action: Apply) -> str | None:
    member: Member = group.members[action.member]
    if member.memory is None:
        return f"member {action.member} is down"
    return None if member.memory.to_apply else f"member {action.member} has applied all"


def _cannot_compact(group: RaftGroup, action: Compact) -> str | None:
    member: Member = group.members[action.member]
    memory = member.memory
    if memory is None:
        return f"member {action.member} is down"
    if group.used.get("snapshots", 0) >= group.config.snapshots:
        return f"the run is bounded to {group.config.snapshots} snapshots"
    if memory.writes or memory.told:
        return f"member {action.member} is writing"
    if memory.node.applied <= memory.node.log.compacted:
        return f"member {action.member} has applied nothing since its last snapshot"
    return None


def _is_up(group: RaftGroup, action: Restart) -> str | None:
    up = group.members[action.member].memory is not None
    return f"member {action.member} is up" if up else None


def time_out_member(group: RaftGroup, action: TimeOut) -> Moved:
    return absorb(group, time_out(group.running(action.member)))


def tick_member(group: RaftGroup, action: Tick) -> Moved:
    if not group.clocks:
        return absorb(group, tick(group.running(action.member)))
    clock = group.clocks[action.member] + 1
    group = evolve(group, clocks=group.clocks.set(action.member, clock))
    moved = absorb(group, tick(group.running(action.member)))
    return Transition(moved.world, (Ticked(action.member, clock), *moved.observed))


def _cannot_pass_time(group: RaftGroup, action: PassTime) -> str | None:
    up = any(member.memory is not None for member in group.members.values())
    return None if up else "every member is down"


def pass_time(group: RaftGroup, action: PassTime) -> Moved:
    """The clock of a member that is down goes on too, so that no two come further apart."""
    seen: tuple[Observation, ...] = ()
    for member in group.ids:
        if group.members[member].memory is not None:
            moved = tick_member(group, Tick(member))
            group, seen = moved.world, seen + moved.observed
        elif group.clocks:
            group = evolve(group, clocks=group.clocks.set(member, group.clocks[member] + 1))
    return Transition(group, seen)


def sync_member(group: RaftGroup, action: Sync) -> Moved:
    return release(group, action.member)


def hear_member(group: RaftGroup, action: HearDisk) -> Moved:
    return hear_disk(group, action.member)


def apply_member(group: RaftGroup, action: Apply) -> Moved:
    return apply_committed(group, action.member)


def compact_member(group: RaftGroup, action: Compact) -> Moved:
    """The snapshot is synced before the log is cut, so the disk holds both at once."""
    memory = _memory(group, action.member)
    snapshot = snapshot_of(memory)
    node = compact(memory.node, snapshot, snapshot.index)
    synced = group.members[action.member].disk.synced
    stable = attrs_evolve(synced, log=node.log, snapshot=snapshot)
    member = Member(Disk(stable, stable), evolve(memory, node=node))
    return Transition(group.use("snapshots").with_member(action.member, member))


def _go_down(group: RaftGroup, member: int, disk: Disk) -> Moved:
    group = evolve(group, network=group.network.without(member))
    return Transition(group.with_member(member, Member(disk, None)), (Crashed(member),))


def crash_member(group: RaftGroup, action: Crash) -> Moved:
    disk = left_after_crash(group.members[action.member].disk, action.kept)
    return _go_down(group, action.member, disk)


def tear_member(group: RaftGroup, action: Tear) -> Moved:
    return _go_down(group, action.member, torn_by_crash(group.members[action.member].disk))


def restart_member(group: RaftGroup, action: Restart) -> Moved:
    return start_member(group, action.member, recovered(group.members[action.member].disk))


MEMBER_RULES: tuple[Rule[RaftGroup], ...] = (
    Rule(TimeOut, time_out_member, members, _cannot_time_out, weight=4),
    Rule(Sync, sync_member, members, _cannot_sync, weight=16),
    Rule(
        HearDisk,
        hear_member,
        members,
        _cannot_hear,
        weight=12,
        allowed=lambda group: group.config.async_storage_writes,
    ),
    Rule(Apply, apply_member, members, _cannot_apply, weight=4),
    Rule(Tick, tick_member, members, _cannot_tick, weight=1),
    Rule(
        PassTime,
        pass_time,
        why_not=_cannot_pass_time,
        weight=6,
        allowed=lambda group: group.config.clock_skew is not None,
    ),
)
"""What a member does every day."""

RESTART_RULE: Rule[RaftGroup] = Rule(Restart, restart_member, members, _is_up, weight=6)

COMPACT_RULE: Rule[RaftGroup] = Rule(
    Compact,
    compact_member,
    members,
    _cannot_compact,
    weight=2,
    idle=lambda group: group.used.get("snapshots", 0) >= group.config.snapshots,
    allowed=lambda group: group.config.snapshots > 0,
)

CRASHES: tuple[Rule[RaftGroup], ...] = (
    fault_rule("crash", Crash, crash_member, lambda g: (*members(g), KEPT), is_down, weight=2),
    fault_rule("tear", Tear, tear_member, members, is_down, weight=2),
)
"""How a member goes down; a torn record only where the budget ``tear`` is given."""
