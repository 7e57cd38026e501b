"""What is not enabled says why: each reason of each guard, once."""

import pytest

from model.frozen_map import FrozenMap
from model.raft.actions import (
    RULES,
    Apply,
    BreakLink,
    ChangeMember,
    Compact,
    Crash,
    Cut,
    Deliver,
    Drop,
    Duplicate,
    ForgetLeader,
    Heal,
    HearDisk,
    Isolate,
    LeaveJoint,
    PassTime,
    Propose,
    ReadIndex,
    Reorder,
    ReplaceMember,
    ReportSnapshot,
    ReportUnreachable,
    Restart,
    RetryRead,
    Sync,
    Tear,
    Tick,
    TimeOut,
    TransferLeadership,
)
from model.raft.group import RaftGroup
from model.world import Action, NotEnabled
from tests.raft.world.driving import after, at_rest, begin, led, why_not

WILD = FrozenMap(
    dict.fromkeys(("break", "crash", "cut", "drop", "duplicate", "reorder", "tear"), 3)
)
PLENTY = {
    "faults": WILD,
    "changes": 3,
    "forgets": 1,
    "proposals": 1,
    "reads": 1,
    "snapshots": 1,
    "transfers": 1,
    "learners": 1,
    "spares": 1,
}
"""Members 1 to 3 vote, 4 learns, 5 is a spare."""

LED = led(**PLENTY)
DOWN_2 = after(LED, Crash(2))
ALL_DOWN = after(begin(members=1, spares=0, learners=0, faults=WILD), Crash(1))
JOINT = at_rest(after(LED, ReplaceMember(1, 5, 3, "JointExplicit")))
LEAVING = at_rest(after(LED, ReplaceMember(1, 5, 3)))
SPENT = after(LED, *(Crash(2), Restart(2)) * 3)

IS_DOWN = "member 2 is down"
NO_LEADER = "member 5 knows no leader"

REASONS: list[tuple[RaftGroup, Action, str]] = [
    # members
    (DOWN_2, TimeOut(2), IS_DOWN),
    (LED, TimeOut(1), "member 1 leads"),
    (LED, TimeOut(4), "member 4 has no vote"),
    (LED, TimeOut(5), "member 5 has no vote"),
    (led(terms=1), TimeOut(2), "the run is bounded to 1 terms"),
    (DOWN_2, Tick(2), IS_DOWN),
    (
        after(begin(clock_skew=1), Tick(1)),
        Tick(1),
        "the clock of member 1 is 1 ticks ahead, as far as it may",
    ),
    (after(begin(clock_skew=1), Tick(1), Crash(1)), Tick(1), "member 1 is down"),
    (ALL_DOWN, PassTime(), "every member is down"),
    (DOWN_2, Sync(2), IS_DOWN),
    (LED, Sync(1), "member 1 has nothing to sync"),
    (DOWN_2, HearDisk(2), IS_DOWN),
    (LED, HearDisk(1), "the disk of member 1 has told it nothing"),
    (DOWN_2, Apply(2), IS_DOWN),
    (LED, Apply(1), "member 1 has applied all"),
    (DOWN_2, Compact(2), IS_DOWN),
    (after(LED, Compact(1)), Compact(2), "the run is bounded to 1 snapshots"),
    (after(LED, Propose(1)), Compact(1), "member 1 is writing"),
    (LED, Compact(5), "member 5 has applied nothing since its last snapshot"),
    (
        after(led(snapshots=2), Compact(1)),
        Compact(1),
        "member 1 has applied nothing since its last snapshot",
    ),
    (LED, Restart(1), "member 1 is up"),
    # clients
    (DOWN_2, Propose(2), IS_DOWN),
    (LED, Propose(5), NO_LEADER),
    (after(LED, Propose(1)), Propose(2), "the run is bounded to 1 proposals"),
    (DOWN_2, ReadIndex(2), IS_DOWN),
    (LED, ReadIndex(5), NO_LEADER),
    (after(LED, ReadIndex(1)), ReadIndex(1), "the run is bounded to 1 reads"),
    (DOWN_2, RetryRead(2), IS_DOWN),
    (LED, RetryRead(1), "member 1 waits for no read"),
    (after(LED, ReadIndex(1)), RetryRead(1), "the run is bounded to 1 reads"),
    (
        after(led(reads=2), ReadIndex(2), TimeOut(2)),
        RetryRead(2),
        "member 2 knows no leader",
    ),
    # operators
    (DOWN_2, ChangeMember(2, "remove", 3), IS_DOWN),
    (LED, ChangeMember(5, "remove", 3), NO_LEADER),
    (
        after(LED, *(ChangeMember(1, "remove", 3),) * 3),
        ChangeMember(1, "remove", 3),
        "the run is bounded to 3 changes",
    ),
    (LED, ChangeMember(1, "voter", 3), "3 is a voter"),
    (LED, ChangeMember(1, "learner", 4), "4 is a learner"),
    (LED, ChangeMember(1, "remove", 5), "5 is no member"),
    (DOWN_2, ReplaceMember(2, 5, 3), IS_DOWN),
    (LED, ReplaceMember(5, 5, 3), NO_LEADER),
    (LED, ReplaceMember(1, 2, 3), "2 is a voter"),
    (LED, ReplaceMember(1, 5, 4), "4 is no voter"),
    (DOWN_2, LeaveJoint(2), IS_DOWN),
    (LED, LeaveJoint(1), "member 1 is in no joint configuration that waits to be left"),
    (LEAVING, LeaveJoint(1), "member 1 is in no joint configuration that waits to be left"),
    (after(JOINT, TimeOut(2)), LeaveJoint(2), "member 2 knows no leader"),
    (
        after(JOINT, *(LeaveJoint(1),) * JOINT.config.changes),
        LeaveJoint(1),
        f"the run is bounded to {JOINT.config.changes} changes",
    ),
    (DOWN_2, TransferLeadership(2, 3), IS_DOWN),
    (LED, TransferLeadership(5, 3), NO_LEADER),
    (LED, TransferLeadership(2, 1), "member 1 leads"),
    (
        after(LED, TransferLeadership(1, 2)),
        TransferLeadership(1, 3),
        "the run is bounded to 1 transfers",
    ),
    (DOWN_2, ForgetLeader(2), IS_DOWN),
    (LED, ForgetLeader(5), NO_LEADER),
    (LED, ForgetLeader(1), "member 1 does not follow"),
    (after(LED, ForgetLeader(2)), ForgetLeader(3), "the run is bounded to 1 forgets"),
    # the transport
    (LED, ReportUnreachable(2, 1), "member 2 does not replicate to 1"),
    (LED, ReportUnreachable(1, 5), "member 1 does not replicate to 5"),
    (LED, ReportUnreachable(1, 2), "2 can be reached"),
    (LED, ReportSnapshot(1, 2), "member 1 has sent no snapshot to 2"),
    (LED, ReportSnapshot(2, 1), "member 2 has sent no snapshot to 1"),
    # links
    (LED, Deliver(1, 2), "message 0 from 1 to 2 does not exist"),
    (after(LED, Propose(1), Cut(1, 2)), Deliver(1, 2), "the link from 1 to 2 is cut"),
    (after(DOWN_2, Propose(1)), Deliver(1, 2), IS_DOWN),
    (after(LED, Propose(1)), Reorder(1, 2, 1), "message 1 from 1 to 2 does not exist"),
    (LED, Drop(1, 2), "nothing is in flight from 1 to 2"),
    (LED, Duplicate(1, 2), "nothing is in flight from 1 to 2"),
    (LED, Cut(2, 2), "a member has no link to itself"),
    (after(LED, Cut(1, 2)), Cut(1, 2), "the link from 1 to 2 is cut already"),
    (LED, BreakLink(2, 2), "a member has no link to itself"),
    (after(LED, BreakLink(1, 2)), BreakLink(1, 2), "the link from 1 to 2 is broken already"),
    (LED, Heal(), "no link is cut"),
    (after(LED, BreakLink(1, 2)), Heal(), "no link is cut"),
    # faults
    (DOWN_2, Crash(2), IS_DOWN),
    (DOWN_2, Tear(2), IS_DOWN),
    (SPENT, Crash(1), "the budget of 'crash' faults is spent"),
]

NO_BUDGET = [
    *(Crash(1), Tear(1), Drop(1, 2), Duplicate(1, 2), Reorder(1, 2)),
    *(Cut(1, 2), Isolate(1), BreakLink(1, 2)),
]


@pytest.mark.parametrize(
    ("group", "action", "words"),
    REASONS,
    ids=[f"{action.kind()}: {words}" for _, action, words in REASONS],
)
def test_the_reason_why_not(group: RaftGroup, action: Action, words: str) -> None:
    assert why_not(group, action) == words
    with pytest.raises(NotEnabled) as refused:
        after(group, action)
    assert (refused.value.action, refused.value.why) == (action, words)


@pytest.mark.parametrize("fault", NO_BUDGET, ids=lambda action: action.kind())
def test_a_fault_without_a_budget_never_strikes(fault: Action) -> None:
    safe = after(led(faults=FrozenMap()), Propose(1), Propose(1))
    assert "faults is spent" in (why_not(safe, fault) or "")


def test_every_kind_of_action_is_refused_in_some_group() -> None:
    refused = {type(action) for _, action, _ in REASONS} | {type(each) for each in NO_BUDGET}
    assert refused == {rule.action for rule in RULES}


@pytest.mark.parametrize(
    ("what", "first", "second", "third"),
    [
        ("proposals", Propose(1), Propose(2), Propose(3)),
        ("reads", ReadIndex(1), ReadIndex(1), ReadIndex(2)),
        (
            "changes",
            ChangeMember(1, "voter", 5),
            ChangeMember(2, "remove", 3),
            ReplaceMember(1, 5, 3),
        ),
        ("transfers", TransferLeadership(1, 2), TransferLeadership(3, 2), TransferLeadership(2, 3)),
        ("forgets", ForgetLeader(2), ForgetLeader(3), ForgetLeader(4)),
        ("snapshots", Compact(1), Compact(2), Compact(3)),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_bound_is_used_up_and_not_exceeded(
    what: str, first: Action, second: Action, third: Action
) -> None:
    group = led(**{**PLENTY, what: 2})
    group = after(group, first)
    assert group.used[what] == 1
    group = after(group, second)
    assert group.used[what] == 2
    assert why_not(group, third) == f"the run is bounded to 2 {what}"


def test_a_fault_spends_its_budget_and_no_other() -> None:
    group = after(LED, Crash(2), Cut(1, 3))
    assert dict(group.faults.left) == {**dict(WILD), "crash": 2, "cut": 2}
