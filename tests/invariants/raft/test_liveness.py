"""What must come true once the faults have ended: asked directly, and over the calm."""

from typing import Any

import pytest
from attrs import evolve as attrs_evolve

from invariants.checker import Checker
from model.evolve import evolve
from model.frozen_map import FrozenMap
from model.raft.actions import (
    Apply,
    BreakLink,
    Crash,
    Deliver,
    Isolate,
    Propose,
    ReplaceMember,
    Sync,
    TimeOut,
)
from model.raft.conf_change import Configuration
from model.raft.group import RaftGroup
from model.raft.log import Log
from model.worlds.raft import RAFT
from tests.invariants.raft.by_hand import (
    down,
    group_of,
    holds,
    leader,
    log_of,
    member,
    said,
    shipped,
    value_of,
)
from tests.raft.world.driving import after, at_rest, led, node
from wavetank.calm import CalmVerdict, calm_down
from wavetank.defects.bank import defect_named, put_back


def calm(name: str, group: RaftGroup, defect: str = "", **changes: Any) -> CalmVerdict[RaftGroup]:
    """What the calm shows of one invariant, with a defect put back for it or not."""
    checker = Checker.of(RAFT, [attrs_evolve(shipped()[name], **changes)])
    readings, _ = checker.start(group)
    with put_back(defect_named(defect) if defect else None):
        return calm_down(checker, readings, group)


def evidence(verdict: CalmVerdict[RaftGroup]) -> list[str]:
    return [words for finding in verdict.findings for words in finding.evidence]


def follows(member_id: int, whom: int = 1, **more: Any):
    return member(member_id, leader=whom, **{"log": log_of(1), "commit": 1, "applied": 1, **more})


def led_by_hand(*followers, **more: Any) -> RaftGroup:
    """Member 1 leads, with one entry committed and applied."""
    first = leader(1, **{"log": log_of(1), "commit": 1, "applied": 1, **more})
    return group_of(first, *followers)


SAFE = {"pre_vote": True, "check_quorum": True}


def safely(group: RaftGroup) -> RaftGroup:
    return evolve(group, config=attrs_evolve(group.config, **SAFE))


SETTLED = led_by_hand(follows(2), follows(3))
REMOVED = Configuration((1, 2))
OUTSIDER = led_by_hand(
    follows(2, configuration=REMOVED), follows(3, 0, applied=0), configuration=REMOVED
)
"""Member 3 was removed and does not know: it may unseat every leader."""

# -- a_leader_is_elected ----------------------------------------------------------------------


def test_nobody_leads() -> None:
    group = group_of(follows(2, 0), follows(3, 0), ids=(2, 3))
    assert said("a_leader_is_elected", group) == ["nobody leads"]
    asleep = group_of(down(leader(1)), follows(2), follows(3))
    assert said("a_leader_is_elected", asleep) == ["nobody leads"]


@pytest.mark.parametrize(
    "other", [follows(3, 2), follows(3, 0), down(follows(3))], ids=["another", "nobody", "down"]
)
def test_a_member_does_not_follow(other) -> None:
    assert said("a_leader_is_elected", led_by_hand(follows(2), other)) == [
        "member 3 does not follow 1"
    ]


def test_a_learner_must_follow_too_and_a_stranger_need_not() -> None:
    learning = Configuration((1, 2), learners=(3,))
    stray = led_by_hand(
        follows(2, configuration=learning),
        follows(3, 0, configuration=learning),
        configuration=learning,
    )
    assert said("a_leader_is_elected", stray) == ["member 3 does not follow 1"]
    spare = led_by_hand(
        follows(2, configuration=REMOVED),
        follows(3, 0, configuration=REMOVED),
        configuration=REMOVED,
    )
    assert holds("a_leader_is_elected", spare)


def test_the_leader_of_the_latest_term_is_the_one_to_follow() -> None:
    group = group_of(leader(1), leader(2, term=2), member(3, term=2, leader=2))
    assert said("a_leader_is_elected", group) == ["member 1 does not follow 2"]


def test_one_leads_and_all_follow() -> None:
    assert holds("a_leader_is_elected", SETTLED)


@pytest.mark.parametrize("name", ["a_leader_is_elected", "members_converge"])
def test_nothing_is_promised_where_links_are_broken_or_an_outsider_disturbs(name: str) -> None:
    nobody = group_of(follows(1, 0), follows(2, 0), follows(3, 0))
    assert said(name, nobody) == ["nobody leads"]
    assert holds(name, evolve(nobody, broken=((1, 2),)))
    assert holds(name, OUTSIDER)


def test_an_outsider_is_no_excuse_with_pre_vote_and_check_quorum() -> None:
    protected = attrs_evolve(OUTSIDER.config, pre_vote=True, check_quorum=True)
    stray = led_by_hand(
        follows(2, 3, configuration=REMOVED), follows(3, 0, applied=0), configuration=REMOVED
    )
    assert holds("a_leader_is_elected", stray)
    assert said("a_leader_is_elected", evolve(stray, config=protected)) == [
        "member 2 does not follow 1"
    ]


@pytest.mark.parametrize("alone", ["pre_vote", "check_quorum"])
def test_an_outsider_is_an_excuse_with_only_one_of_the_two(alone: str) -> None:
    half = attrs_evolve(OUTSIDER.config, **{alone: True})
    nobody = evolve(OUTSIDER, members=OUTSIDER.members.discard(1), config=half)
    assert holds("a_leader_is_elected", nobody)
    assert said("a_leader_is_elected", safely(nobody)) == ["nobody leads"]


def test_a_spare_that_knows_it_is_none_is_no_excuse() -> None:
    group = led_by_hand(
        follows(2, 0, configuration=REMOVED),
        follows(3, 0, configuration=REMOVED),
        configuration=REMOVED,
    )
    assert said("a_leader_is_elected", group) == ["member 2 does not follow 1"]


def run_ahead() -> RaftGroup:
    """Member 3 was cut off, and has stood for election again and again meanwhile."""
    return after(led(check_quorum=True, spares=0, terms=5), Isolate(3), TimeOut(3), TimeOut(3))


def test_a_member_that_ran_ahead_is_taken_back() -> None:
    verdict = calm("a_leader_is_elected", run_ahead())
    assert verdict.verdict == "reached"
    assert holds("a_leader_is_elected", verdict.world)


def test_a_member_that_ran_ahead_stays_outside_when_its_leader_is_never_told() -> None:
    verdict = calm("a_leader_is_elected", run_ahead(), "R14")
    assert (verdict.verdict, verdict.rounds) == ("not_reached", 40)
    assert evidence(verdict) == ["member 3 does not follow 1"]


# -- a_leader_stays ---------------------------------------------------------------------------


def test_a_leader_that_stays_has_committed_something_of_its_term() -> None:
    assert holds("a_leader_stays", safely(SETTLED))
    assert value_of("a_leader_stays", safely(SETTLED)) == "member 1 in term 1"
    fresh = led_by_hand(follows(2), follows(3), term=2, log=log_of(1, 2))
    assert said("a_leader_stays", safely(fresh)) == [
        "member 1 leads term 2 and has committed nothing in it"
    ]


def test_nobody_stays_where_nobody_leads() -> None:
    group = safely(group_of(follows(1, 0), follows(2, 0), follows(3, 0)))
    assert said("a_leader_stays", group) == ["nobody leads"]
    assert value_of("a_leader_stays", group) is None


@pytest.mark.parametrize("lacks", ["pre_vote", "check_quorum"])
def test_a_leader_need_not_stay_without_pre_vote_and_check_quorum(lacks: str) -> None:
    nobody = group_of(follows(1, 0), follows(2, 0), **{**SAFE, lacks: False})
    assert holds("a_leader_stays", nobody)
    assert value_of("a_leader_stays", nobody) is None


def test_who_stays_is_part_of_what_must_stay() -> None:
    other = group_of(follows(1, 2), leader(2, term=3, log=log_of(3), commit=1), **SAFE)
    assert value_of("a_leader_stays", other) == "member 2 in term 3"


def broken() -> RaftGroup:
    """Member 2 does not hear its leader 1, nor member 3 member 2; for good."""
    group = led(spares=0, faults=FrozenMap({"break": 2}), **SAFE)
    return after(group, BreakLink(1, 2), BreakLink(2, 3))


def test_a_leader_is_found_that_stays_although_links_are_broken() -> None:
    assert calm("a_leader_stays", broken()).verdict == "reached"


def test_a_leader_need_not_stay_where_no_quorum_is_connected() -> None:
    apart = evolve(safely(SETTLED), broken=((1, 2), (1, 3), (2, 3)))
    assert holds("a_leader_stays", apart)
    assert value_of("a_leader_stays", apart) is None
    pair = evolve(safely(SETTLED), broken=((1, 2), (3, 2)))
    assert value_of("a_leader_stays", pair) == "member 1 in term 1", "1 and 3 reach each other"


def test_without_pre_vote_and_a_lease_leadership_moves_for_ever() -> None:
    verdict = calm("a_leader_stays", broken(), "R13")
    assert verdict.verdict in ("livelock", "not_reached")
    assert evidence(verdict), "it says what is missing"


def test_a_leader_must_stay_for_more_than_two_election_timeouts() -> None:
    """For shorter, a leader is mistaken for one that stays before the next one stands."""
    assert shipped()["a_leader_stays"].lasting > 2 * broken().config.election_timeout
    assert calm("a_leader_stays", broken(), "R13", lasting=2).verdict == "reached"


def test_a_leader_that_stays_is_watched_for_that_long() -> None:
    lasting = shipped()["a_leader_stays"].lasting
    assert calm("a_leader_stays", broken()).rounds >= lasting


# -- members_converge -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (follows(3, log=Log(), commit=0, applied=0), "member 3 has 0 entries, its leader 1"),
        (follows(3, log=log_of(2)), "member 3 has 1 entries, its leader 1"),
        (follows(3, log=log_of(1, 1)), "member 3 has 2 entries, its leader 1"),
        (follows(3, applied=0), "member 3 has applied 0 of 1 entries"),
        (down(follows(3)), "member 3 has nothing, its leader 1"),
    ],
    ids=["lacks one", "has another", "has one more", "has not applied it", "is down"],
)
def test_a_member_does_not_converge(other, words: str) -> None:
    assert said("members_converge", led_by_hand(follows(2), other)) == [words]


def test_a_leader_must_apply_all_itself() -> None:
    group = led_by_hand(follows(2), follows(3), applied=0, commit=0)
    assert said("members_converge", group) == ["member 1 has applied 0 of 1 entries"]


def test_members_that_have_all_and_have_applied_it() -> None:
    assert holds("members_converge", SETTLED)
    restored = follows(3, log=log_of(after=(1, 1)))
    assert holds("members_converge", led_by_hand(follows(2), restored))
    stranger = led_by_hand(
        follows(2, configuration=REMOVED),
        member(3, configuration=REMOVED),
        configuration=REMOVED,
    )
    assert holds("members_converge", stranger)


def test_a_follower_that_lost_all_converges_in_the_calm() -> None:
    group = after(led(spares=0), Isolate(3), Propose(1), Sync(1), Deliver(1, 2), Sync(2), Crash(3))
    assert "member 3 has nothing, its leader 2" in said("members_converge", group)
    verdict = calm("members_converge", group)
    assert verdict.verdict == "reached"
    assert holds("members_converge", verdict.world)
    assert node(verdict.world, 3).log == node(verdict.world, 1).log


# -- joint_configurations_are_left ------------------------------------------------------------

JOINT = Configuration((1, 2, 4), outgoing=(1, 2, 3), auto_leave=True)


def test_a_leader_in_a_joint_configuration_that_is_to_be_left() -> None:
    group = led_by_hand(follows(2), follows(3), configuration=JOINT)
    assert said("joint_configurations_are_left", group) == [
        "member 1 leads in voters=(1 2 4)&&(1 2 3) autoleave"
    ]


@pytest.mark.parametrize(
    "group",
    [
        SETTLED,
        led_by_hand(follows(2), configuration=Configuration((1, 2, 4), outgoing=(1, 2, 3))),
        group_of(follows(1, 0, configuration=JOINT), follows(2, 0, configuration=JOINT)),
        led_by_hand(follows(2), configuration=JOINT).use("transfers"),
        evolve(led_by_hand(follows(2), configuration=JOINT), broken=((1, 2),)),
    ],
    ids=[
        "not joint",
        "waits to be told",
        "nobody leads",
        "a transfer was asked for",
        "a link is broken",
    ],
)
def test_a_joint_configuration_that_need_not_be_left(group: RaftGroup) -> None:
    assert holds("joint_configurations_are_left", group)


def elected_while_joint() -> RaftGroup:
    """Member 1 has entered a joint configuration, and crashed; member 2 stands."""
    return after(
        after(led(), ReplaceMember(1, 4, 3, "Auto"), Sync(1), Deliver(1, 2), Sync(2)),
        *(Deliver(2, 1), Deliver(1, 2), Apply(2), Crash(1), TimeOut(2)),
    )


def test_a_leader_that_was_elected_while_joint_leaves() -> None:
    verdict = calm("joint_configurations_are_left", elected_while_joint())
    assert verdict.verdict == "reached"
    assert node(verdict.world, 2).configuration == Configuration((1, 2, 4))


def test_it_stays_joint_for_ever_when_only_who_entered_would_leave() -> None:
    verdict = calm("joint_configurations_are_left", elected_while_joint(), "R27")
    assert verdict.verdict == "livelock"
    assert evidence(verdict) == ["member 2 leads in voters=(1 2 4)&&(1 2 3) autoleave"]


# -- their bounds -----------------------------------------------------------------------------


def test_every_bound_leaves_room_for_several_elections() -> None:
    """A term without a winner takes at most the longest timeout and a round of votes."""
    config = at_rest(led()).config
    longest = config.election_timeout + len(config.ids())
    for name in ("a_leader_is_elected", "members_converge", "joint_configurations_are_left"):
        assert shipped()[name].within >= 5 * longest
