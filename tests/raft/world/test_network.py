"""Stories of links and clocks: cut one way, broken for good, healed; messages lost and doubled."""

import pytest

from model.frozen_map import FrozenMap
from model.raft.actions import (
    BreakLink,
    Crash,
    Cut,
    Deliver,
    Drop,
    Duplicate,
    Heal,
    Isolate,
    PassTime,
    Propose,
    Reorder,
    ReportUnreachable,
    Restart,
    Sync,
    Tick,
    TimeOut,
)
from model.raft.node import Role
from model.raft.observed import Ticked
from model.raft.progress import ProgressState
from tests.raft.world.driving import (
    after,
    at_rest,
    begin,
    carried,
    flying,
    leaders,
    led,
    node,
    only,
    progress,
    settled,
    watched,
    why_not,
)

# -- links ------------------------------------------------------------------------------------


def test_a_link_is_cut_in_one_direction_and_keeps_what_is_on_it() -> None:
    group = after(led(), Propose(1), Cut(1, 2))
    assert flying(group, 1, 2) == ["MsgApp"]
    assert why_not(group, Deliver(1, 2)) == "the link from 1 to 2 is cut"
    assert node(at_rest(group), 1).commit == 2, "3 has acknowledged"
    assert why_not(after(group, Heal()), Deliver(1, 2)) is None


def test_a_member_that_does_not_hear_its_leader_still_answers_for_what_it_has() -> None:
    group = after(led(), Propose(1), Deliver(1, 2), Cut(1, 2), Sync(2))
    assert flying(group, 2, 1) == ["MsgAppResp"]
    assert node(after(group, Deliver(2, 1)), 1).progress[2].match == 2


def test_a_member_is_cut_off_both_ways() -> None:
    group = after(led(spares=0), Isolate(1))
    assert group.network.cut == ((1, 2), (1, 3), (2, 1), (3, 1))
    group = at_rest(after(group, TimeOut(2)), 1)
    assert leaders(group) == [1, 2]
    assert leaders(at_rest(after(group, Heal(), Tick(2)))) == [2]


def test_a_broken_link_is_never_healed() -> None:
    group = after(led(faults=FrozenMap({"break": 1, "cut": 1})), BreakLink(1, 2))
    assert why_not(group, Heal()) == "no link is cut"
    group = after(group, Cut(1, 3), Heal())
    assert group.network.cut == ((1, 2),)
    assert settled(group, rounds=2).network.cut == ((1, 2),)


def test_a_link_that_is_cut_may_break_for_good() -> None:
    group = after(led(faults=FrozenMap({"break": 1, "cut": 1})), Cut(1, 2), BreakLink(1, 2))
    assert why_not(group, Heal()) == "no link is cut"


def test_a_full_link_loses_what_is_sent_next() -> None:
    group = led(link_capacity=2, spares=0)
    group = after(group, Tick(1), Tick(1), Tick(1))
    assert flying(group, 1, 2) == ["MsgHeartbeat", "MsgHeartbeat"]


def test_a_message_overtakes_another() -> None:
    group = after(led(spares=0), Propose(1), Propose(1))
    group = after(group, Reorder(1, 2, 1))
    assert [m.entries[0].data for m in group.network.waiting(1, 2)] == ["v1"]
    assert node(group, 2).log.last_index == 1, "it refuses what does not follow its log"
    assert node(after(group, Deliver(1, 2)), 2).log.last_index == 2


def test_a_doubled_message_changes_nothing_the_second_time() -> None:
    group = after(led(spares=0), Propose(1), Duplicate(1, 2))
    assert flying(group, 1, 2) == ["MsgApp", "MsgApp"]
    once = after(group, Deliver(1, 2), Sync(2))
    twice = after(once, Deliver(1, 2))
    assert node(twice, 2).log == node(once, 2).log
    assert node(at_rest(twice), 1).commit == 2


def test_a_lost_message_is_sent_again_when_the_follower_answers_a_heartbeat() -> None:
    group = at_rest(after(led(spares=0), Propose(1), Drop(1, 2)), 3)
    assert node(group, 2).log.last_index == 1
    group = at_rest(after(group, Propose(1)))
    assert node(group, 2).log.last_index == 3, "its refusal says what it lacks"


# -- the transport reports --------------------------------------------------------------------


def test_a_leader_that_is_told_of_an_unreachable_follower_sends_one_message_at_a_time() -> None:
    group = at_rest(after(led(spares=0), Propose(1)))
    assert progress(group, 1, 2).state is ProgressState.REPLICATE
    group = after(group, Cut(1, 2), ReportUnreachable(1, 2))
    assert progress(group, 1, 2).state is ProgressState.PROBE
    group = after(group, Propose(1), Propose(1))
    assert flying(group, 1, 2) == ["MsgApp"]
    assert flying(group, 1, 3) == ["MsgApp", "MsgApp"]


def test_a_follower_that_is_down_is_unreachable_too() -> None:
    group = after(led(spares=0), Crash(2))
    assert why_not(group, ReportUnreachable(1, 2)) is None
    assert progress(after(group, ReportUnreachable(1, 2)), 1, 2).state is ProgressState.PROBE


# -- who is heard -----------------------------------------------------------------------------


def test_a_leader_that_hears_from_no_quorum_steps_down() -> None:
    group = after(led(check_quorum=True, spares=0), Isolate(1))
    ticks = group.config.election_timeout
    assert leaders(after(group, *(Tick(1) for _ in range(ticks)))) == [1], "it was heard before"
    assert leaders(after(group, *(Tick(1) for _ in range(2 * ticks)))) == []


def test_a_leader_that_is_only_not_heard_stays_without_check_quorum() -> None:
    group = after(led(spares=0), Isolate(1), *(Tick(1) for _ in range(9)))
    assert leaders(group) == [1]


def test_nobody_helps_to_unseat_a_leader_that_it_has_just_heard() -> None:
    group = at_rest(after(led(check_quorum=True, spares=0), TimeOut(3)))
    assert leaders(group) == [1], "nobody has voted"
    assert node(group, 3).term == 2
    assert leaders(at_rest(after(group, Tick(1)))) == [], "it hears of a later term all the same"


def test_who_asks_first_does_not_even_enter_a_later_term() -> None:
    group = at_rest(after(led(check_quorum=True, pre_vote=True, spares=0), TimeOut(3), Tick(1)))
    assert leaders(group) == [1]
    assert node(group, 3).term == 1


# -- clocks -----------------------------------------------------------------------------------


def test_clocks_drift_as_they_like_where_nothing_bounds_them() -> None:
    group = after(begin(), *(Tick(1) for _ in range(20)))
    assert len(group.clocks) == 0
    assert node(group, 1).role is Role.CANDIDATE


@pytest.mark.parametrize("skew", [1, 2])
def test_no_clock_is_further_ahead_than_the_bound(skew: int) -> None:
    group, seen = watched(begin(clock_skew=skew, spares=0), *(Tick(1) for _ in range(skew)))
    assert [(each.member, each.clock) for each in only(Ticked, seen)] == [
        (1, tick) for tick in range(1, skew + 1)
    ]
    assert why_not(group, Tick(1)) == (
        f"the clock of member 1 is {skew} ticks ahead, as far as it may"
    )
    assert why_not(after(group, Tick(2)), Tick(1)) is not None, "3 is still behind"
    assert why_not(after(group, Tick(2), Tick(3)), Tick(1)) is None


def test_a_tick_passes_everywhere_at_once() -> None:
    group, seen = watched(begin(clock_skew=1, spares=0), PassTime(), PassTime())
    assert dict(group.clocks) == {1: 2, 2: 2, 3: 2}
    assert [each.member for each in only(Ticked, seen)] == [1, 2, 3, 1, 2, 3]


def test_a_tick_everywhere_takes_no_clocks_further_apart_also_not_from_one_that_is_down() -> None:
    group = after(begin(clock_skew=1, spares=0), Crash(2), PassTime(), PassTime(), Restart(2))
    assert set(group.clocks.values()) == {2}
    assert why_not(group, Tick(1)) is None


def test_a_tick_that_passes_everywhere_elects_and_keeps_a_leader() -> None:
    group = begin(clock_skew=1, spares=0)
    for _ in range(12):
        group = at_rest(after(group, PassTime()))
    (leader,) = leaders(group)
    assert all(node(group, i).leader == leader for i in group.ids)


def test_a_message_of_the_future_makes_a_leader_step_down() -> None:
    group = after(led(spares=0), TimeOut(2), Sync(2))
    group = carried(group, 2, 1)
    assert leaders(group) == []
    assert node(group, 1).term == 2
