"""However a group is set up, and whatever has happened to it: in the calm it comes to one end."""

from typing import Any

import pytest

from invariants.checker import Checker
from invariants.invariant import Kind
from model.frozen_map import FrozenMap
from model.raft.actions import (
    BreakLink,
    ChangeMember,
    Compact,
    Crash,
    Cut,
    Isolate,
    Propose,
    ReadIndex,
    ReplaceMember,
    Sync,
    Tick,
    TimeOut,
    TransferLeadership,
)
from model.raft.group import REPLICATION_ONLY, RaftConfig, RaftGroup
from model.raft.node import ReadOnly
from model.raft.observed import ReadConfirmed
from model.world import Action
from model.worlds.raft import RAFT
from tests.raft.world.driving import (
    after,
    at_rest,
    begin,
    leaders,
    led,
    memory,
    node,
    only,
    rested,
    settled,
    why_not,
)
from wavetank.calm import calm_down
from wavetank.extensions import invariants_for

OURS = tuple(
    inv for inv in invariants_for(RAFT) if inv.check.__module__.startswith("invariants.raft.")
)

SETUPS: dict[str, dict[str, Any]] = {
    "plain": {},
    "one member": {"members": 1, "spares": 0},
    "two members": {"members": 2},
    "five members": {"members": 5},
    "seven members": {"members": 7, "spares": 0},
    "learners": {"learners": 2},
    "pre-vote": {"pre_vote": True},
    "check-quorum": {"check_quorum": True},
    "pre-vote and check-quorum": {"pre_vote": True, "check_quorum": True},
    "lease": {"check_quorum": True, "read_only": ReadOnly.LEASE_BASED},
    "slow disks": {"async_storage_writes": True},
    "slow disks, pre-vote": {"async_storage_writes": True, "pre_vote": True, "check_quorum": True},
    "large messages": {"entries_max": 8},
    "one message in flight": {"max_inflight": 1},
    "short links": {"link_capacity": 2},
    "little may be uncommitted": {"max_uncommitted_size": 2},
    "patient": {"election_timeout": 6},
    "clocks in step": {"clock_skew": 1},
    "removed leaders stay": {"step_down_on_removal": False},
}


def clean(**config: Any) -> tuple[Checker[RaftGroup], Any, RaftGroup]:
    checker = Checker.of(RAFT, OURS)
    group = begin(**config)
    readings, findings = checker.start(group)
    assert not findings
    return checker, readings, group


def driven(config: dict[str, Any], *actions: Action) -> Any:
    """What the calm shows after these actions, of which those not enabled are passed over.

    Every invariant is asked after every step, as a driver does.
    """
    checker, readings, group = clean(**config)
    for action in actions:
        if why_not(group, action) is None:
            moved = RAFT.step(group, action)
            readings, findings = checker.read(readings, group, action, moved)
            assert not findings
            group = moved.world
    return calm_down(checker, readings, group)


@pytest.mark.parametrize("setup", SETUPS.values(), ids=list(SETUPS))
def test_a_group_that_nothing_happens_to_finds_a_leader(setup: dict[str, Any]) -> None:
    verdict = driven(setup)
    assert (verdict.verdict, verdict.findings) == ("reached", ())
    assert len(leaders(verdict.world)) == 1


SEVERAL = {name: setup for name, setup in SETUPS.items() if setup.get("members") != 1}


@pytest.mark.parametrize("setup", SEVERAL.values(), ids=list(SEVERAL))
def test_a_group_that_has_been_through_much_converges(setup: dict[str, Any]) -> None:
    """A leader that has not replicated crashes, a link is cut, another has stood meanwhile."""
    verdict = driven(
        setup,
        *(TimeOut(1), Sync(1), Tick(1), Tick(2), Propose(1), Cut(1, 2), Crash(1, "everything")),
        *(TimeOut(2), Sync(2), Tick(2), Isolate(2)),
    )
    assert (verdict.verdict, verdict.findings) == ("reached", ())
    states = {memory(verdict.world, i).state for i in _members(verdict.world)}
    assert len(states) == 1


def _members(group: RaftGroup) -> tuple[int, ...]:
    (leader,) = leaders(group)
    return node(group, leader).configuration.members()


@pytest.mark.parametrize("setup", SETUPS.values(), ids=list(SETUPS))
def test_what_was_proposed_to_a_leader_is_applied_everywhere(setup: dict[str, Any]) -> None:
    group = settled(after(led(**setup), Propose(1)), rounds=4)
    assert {memory(group, i).state for i in _members(group)} == {("v1",)}


@pytest.mark.parametrize("setup", SETUPS.values(), ids=list(SETUPS))
def test_a_read_is_served_whoever_is_asked(setup: dict[str, Any]) -> None:
    group = led(**{**setup, "reads": 9})
    for member in _members(group):
        group, seen = rested(after(group, ReadIndex(member)))
        if not only(ReadConfirmed, seen):
            assert setup.get("read_only") is ReadOnly.LEASE_BASED or setup.get("members") == 1
    assert all(len(memory(group, i).asked) == 0 for i in _members(group))


@pytest.mark.parametrize(
    "changes",
    [
        (ChangeMember(1, "voter", 4),),
        (ChangeMember(1, "learner", 4),),
        (ChangeMember(1, "remove", 1),),
        (ChangeMember(1, "remove", 3), Crash(1)),
        (ReplaceMember(1, 4, 3), Crash(1)),
        (ReplaceMember(1, 4, 1, "JointImplicit"),),
        (ReplaceMember(1, 4, 2, "JointExplicit"), TimeOut(3)),
        (TransferLeadership(1, 2), Crash(2)),
        (TransferLeadership(1, 3), Isolate(1)),
        (Compact(1), ChangeMember(1, "voter", 4), Crash(4)),
        (Propose(1), Compact(2), Crash(2, "part"), TimeOut(3)),
    ],
    ids=lambda each: ", ".join(action.sentence() for action in each),
)
@pytest.mark.parametrize(
    "setup", [{}, {"pre_vote": True, "check_quorum": True}, {"async_storage_writes": True}]
)
def test_a_change_that_is_under_way_comes_to_its_end(
    setup: dict[str, Any], changes: tuple[Action, ...]
) -> None:
    group = at_rest(after(led(**setup), Propose(1)))
    unwatched = [inv for inv in OURS if inv.kind is not Kind.HISTORY]
    checker = Checker.of(RAFT, unwatched)  # monitors would have to see all from the start
    for action in changes:
        group = after(group, action)
    readings, findings = checker.start(group)
    assert not findings
    verdict = calm_down(checker, readings, group)
    assert (verdict.verdict, verdict.findings) == ("reached", ())


def test_the_calm_restarts_heals_and_ticks_everybody() -> None:
    group = after(led(), Crash(2), Isolate(3))
    once = settled(group, rounds=1)
    assert once.node(2) is not None
    assert once.network.cut == ()


def test_a_group_without_a_quorum_comes_to_no_end() -> None:
    """Nothing is rounded up: what is never healed keeps a group from its end."""
    config = {"members": 2, "spares": 0, "faults": FrozenMap({"break": 2})}
    group = after(begin(**config), BreakLink(1, 2), BreakLink(2, 1))
    assert leaders(settled(group, rounds=20)) == []


def test_replication_only_and_the_default_settle_alike() -> None:
    for config in (REPLICATION_ONLY, RaftConfig()):
        group = settled(RAFT.start(config), rounds=20)
        assert len(leaders(group)) == 1
