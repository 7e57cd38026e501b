"""Stories of a group whose members change: one at a time, and through a joint configuration."""

import pytest

from model.raft.actions import (
    Apply,
    ChangeMember,
    Compact,
    Crash,
    Deliver,
    LeaveJoint,
    Propose,
    ReplaceMember,
    Restart,
    Sync,
    Tick,
    TimeOut,
)
from model.raft.conf_change import Configuration
from model.raft.group import RaftGroup
from model.raft.node import Role
from model.raft.observed import Applied, Restored
from tests.raft.world.driving import (
    after,
    at_rest,
    elected,
    flying,
    leaders,
    led,
    memory,
    node,
    only,
    rested,
    settled,
    why_not,
)


def words(group: RaftGroup, member: int) -> list[str]:
    """A member's log in words."""
    return [entry.sentence() for entry in node(group, member).log.entries]


def configurations(group: RaftGroup) -> set[str]:
    """The configurations in which the running members are."""
    return {node(group, i).configuration.sentence() for i in group.ids if group.node(i)}


# -- one member at a time ---------------------------------------------------------------------


def test_a_spare_server_runs_and_is_no_member() -> None:
    group = led(spares=1)
    assert words(group, 4) == [], "nobody sends it anything"
    assert node(group, 4).configuration == Configuration((1, 2, 3)), "it knows how the group began"
    assert why_not(group, TimeOut(4)) == "member 4 has no vote"


def test_a_new_voter_catches_up_entry_by_entry() -> None:
    group = at_rest(after(led(), Propose(1), ChangeMember(1, "voter", 4)))
    assert words(group, 4) == words(group, 1) == ["1/1 -", "1/2 v1", "1/3 v4"]
    assert configurations(group) == {"voters=(1 2 3 4)"}


def test_a_new_voter_catches_up_by_a_snapshot_where_the_log_is_compacted() -> None:
    group = after(at_rest(after(led(), Propose(1))), Compact(1), ChangeMember(1, "voter", 4))
    group, seen = rested(group)
    (restored,) = only(Restored, seen)
    assert (restored.member, restored.snapshot.data) == (4, ("v1",))
    assert memory(group, 4).state == memory(group, 1).state == ("v1",)
    assert node(group, 4).log.first_index == restored.snapshot.index + 1


def test_the_snapshot_that_is_sent_knows_that_its_receiver_is_a_member() -> None:
    """The one that was saved last is older than the change by which it became one."""
    group = after(at_rest(after(led(), Propose(1))), Compact(1), ChangeMember(1, "voter", 4))
    assert 4 not in node(group, 1).snapshot.configuration.members()
    _, seen = rested(group)
    assert 4 in only(Restored, seen)[0].snapshot.configuration.members()


def test_the_new_majority_counts_as_soon_as_the_change_is_applied() -> None:
    group = at_rest(after(led(), ChangeMember(1, "voter", 4)))
    alone = at_rest(after(group, Propose(1)), 3, 4)
    assert node(alone, 1).commit == 2, "two of four are no majority"
    assert node(at_rest(after(group, Propose(1)), 4), 1).commit == 3


def test_a_learner_receives_everything_and_never_counts() -> None:
    group = at_rest(after(led(members=2, spares=1), ChangeMember(1, "learner", 3)))
    assert configurations(group) == {"voters=(1 2) learners=(3)"}
    assert why_not(group, TimeOut(3)) == "member 3 has no vote"
    proposed = at_rest(after(group, Propose(1)), 2)
    assert words(proposed, 3)[-1] == "1/3 v1"
    assert node(proposed, 1).commit == 2, "the leader and a learner are no majority of (1 2)"


def test_a_learner_is_made_a_voter_and_a_voter_a_learner() -> None:
    group = at_rest(after(led(learners=1, spares=0), ChangeMember(1, "voter", 4)))
    assert configurations(group) == {"voters=(1 2 3 4)"}
    assert why_not(group, TimeOut(4)) is None
    group = at_rest(after(group, ChangeMember(1, "learner", 2)))
    assert configurations(group) == {"voters=(1 3 4) learners=(2)"}


def test_a_removed_member_is_sent_nothing_any_more() -> None:
    group = at_rest(after(led(), ChangeMember(1, "remove", 3)))
    assert configurations(group) == {"voters=(1 2)", "voters=(1 2 3)"}, "spare 4 never hears"
    proposed = after(group, Propose(1), Tick(1))
    assert flying(proposed, 1, 3) == []
    assert "MsgApp" in flying(proposed, 1, 2)


def test_a_removed_member_that_never_hears_of_it_may_disturb() -> None:
    """Dissertation, section 4.2.3: without PreVote and CheckQuorum it unseats the leader."""
    group = at_rest(after(led(), ChangeMember(1, "remove", 3)), 3)
    unseated = at_rest(after(group, Crash(3), Restart(3), TimeOut(3)))
    assert leaders(unseated) == []
    assert node(unseated, 1).term == 2
    asks_first = led(pre_vote=True, check_quorum=True)
    group = at_rest(after(asks_first, ChangeMember(1, "remove", 3)), 3)
    assert leaders(at_rest(after(group, Crash(3), Restart(3), TimeOut(3)))) == [1]


def test_a_leader_that_is_removed_steps_down_once_that_is_committed() -> None:
    asked = after(led(), ChangeMember(1, "remove", 1), Sync(1))
    assert leaders(asked) == [1], "it manages the group until then"
    group = at_rest(asked)
    assert leaders(group) == []
    assert why_not(group, Propose(1)) == "member 1 knows no leader"
    assert leaders(at_rest(after(group, TimeOut(2)))) == [2]


def test_a_removed_leader_may_stay_in_office_and_then_takes_no_proposals() -> None:
    group = at_rest(after(led(step_down_on_removal=False), ChangeMember(1, "remove", 1)))
    assert leaders(group) == [1]
    assert words(after(group, Propose(1)), 1) == words(group, 1)


def test_a_leader_that_becomes_a_learner_steps_down() -> None:
    group = at_rest(after(led(), ChangeMember(1, "learner", 1)))
    assert leaders(group) == []
    assert node(group, 1).is_learner


def test_the_only_voter_cannot_be_removed() -> None:
    group = at_rest(after(led(members=1, spares=0), ChangeMember(1, "remove", 1)))
    assert words(group, 1) == ["1/1 -", "1/2 r1"], "the change is in the log"
    assert configurations(group) == {"voters=(1)"}, "and has no meaning where it is applied"


# -- changes that are refused -----------------------------------------------------------------


def test_a_second_change_is_refused_until_the_first_is_applied() -> None:
    asked = after(led(changes=3), ChangeMember(1, "voter", 4), ChangeMember(1, "remove", 3))
    assert words(asked, 1) == ["1/1 -", "1/2 v4", "1/3 -"], "an empty entry takes its place"
    group = at_rest(after(at_rest(asked), ChangeMember(1, "remove", 3)))
    assert configurations(group) == {"voters=(1 2 4)"}


def test_a_new_leader_refuses_changes_until_it_has_applied_what_it_inherited() -> None:
    """Ongaro on raft-dev, July 2015: what it has inherited may hold a change."""
    group = after(led(changes=3), ChangeMember(1, "voter", 4), Sync(1), Deliver(1, 2), Sync(2))
    group = elected(after(group, Crash(1)), 2, 3)
    early = after(group, ChangeMember(2, "remove", 1))
    assert words(early, 2) == ["1/1 -", "1/2 v4", "2/3 -", "2/4 -"]
    late = after(at_rest(group), ChangeMember(2, "remove", 1))
    assert words(late, 2) == ["1/1 -", "1/2 v4", "2/3 -", "2/4 r1"]


def test_in_a_joint_configuration_only_the_way_out_is_accepted() -> None:
    group = at_rest(after(led(changes=3), ReplaceMember(1, 4, 3, "JointExplicit")))
    refused = at_rest(after(group, ChangeMember(1, "remove", 2)))
    assert words(refused, 1)[-1] == "1/3 -"
    assert configurations(refused) == {"voters=(1 2 4)&&(1 2 3)"}


def test_the_way_out_is_proposed_once() -> None:
    group = at_rest(after(led(), ReplaceMember(1, 4, 3, "JointExplicit")))
    twice = after(group, LeaveJoint(1), LeaveJoint(1))
    assert words(twice, 1)[-2:] == ["1/3 leave joint", "1/4 -"]
    assert "1/4 -" in words(at_rest(twice), 2)


# -- through a joint configuration ------------------------------------------------------------


@pytest.mark.parametrize("transition", ["Auto", "JointImplicit"])
def test_one_member_takes_the_place_of_another_without_being_told_to_leave(transition: str) -> None:
    asked = after(led(), ReplaceMember(1, 4, 3, transition))
    joint = after(asked, Sync(1), Deliver(1, 2), Sync(2), Deliver(2, 1), Apply(1))
    assert node(joint, 1).configuration.sentence() == "voters=(1 2 4)&&(1 2 3) autoleave"
    group, seen = rested(joint)
    assert words(group, 1) == ["1/1 -", "1/2 v4 r3", "1/3 leave joint"]
    assert configurations(group) == {"voters=(1 2 4)"}, "member 3 has heard that it is none"
    assert {each.member for each in only(Applied, seen)} == {1, 2, 3, 4}


def test_with_an_explicit_transition_it_stays_joint_until_told() -> None:
    group = at_rest(after(led(), ReplaceMember(1, 4, 3, "JointExplicit")))
    assert configurations(group) == {"voters=(1 2 4)&&(1 2 3)"}
    assert configurations(settled(group, rounds=3)) == {"voters=(1 2 4)&&(1 2 3)"}
    left = at_rest(after(group, LeaveJoint(1)))
    assert node(left, 1).configuration == Configuration((1, 2, 4))


def test_while_joint_both_majorities_must_have_an_entry() -> None:
    group = at_rest(after(led(spares=2, changes=1), ReplaceMember(1, 4, 3, "JointExplicit")), 5)
    proposed = after(group, Propose(1))
    assert node(at_rest(proposed, 2, 3), 1).commit == 2, "the old half lacks a majority"
    assert node(at_rest(proposed, 2, 4), 1).commit == 2, "the new half lacks a majority"
    assert node(at_rest(proposed, 3, 4), 1).commit == 3, "1 and 2 are a majority of both"


def test_a_leader_may_replace_itself() -> None:
    group = settled(after(led(), ReplaceMember(1, 4, 1)), rounds=12)
    (leader,) = leaders(group)
    assert leader in (2, 3, 4)
    assert node(group, leader).configuration == Configuration((2, 3, 4))


def test_a_leader_that_is_elected_while_joint_proposes_the_way_out() -> None:
    group = after(led(), ReplaceMember(1, 4, 3), Sync(1), Deliver(1, 2), Sync(2), Deliver(2, 1))
    group = after(group, Deliver(1, 2), Apply(2), Crash(1))
    assert node(group, 2).configuration.is_joint
    assert not node(group, 4).configuration.is_joint
    group = at_rest(after(group, TimeOut(2)))
    assert leaders(group) == [2]
    assert words(group, 2) == ["1/1 -", "1/2 v4 r3", "2/3 -", "2/4 leave joint"]
    assert node(group, 2).configuration == Configuration((1, 2, 4))


def test_who_has_a_change_to_apply_does_not_stand() -> None:
    group = after(led(), ChangeMember(1, "voter", 4), Sync(1), Deliver(1, 2), Sync(2))
    group = after(group, Deliver(2, 1), Deliver(1, 2))
    assert node(group, 2).commit == 2
    assert node(group, 2).applied == 1
    assert node(after(group, TimeOut(2)), 2).role is Role.FOLLOWER
    assert node(after(group, Apply(2), TimeOut(2)), 2).role is Role.CANDIDATE


# -- passed on --------------------------------------------------------------------------------


def test_a_follower_passes_changes_on_to_its_leader() -> None:
    group = after(led(), ChangeMember(2, "voter", 4))
    assert flying(group, 2, 1) == ["MsgProp"]
    assert configurations(at_rest(group)) == {"voters=(1 2 3 4)"}
    joint = at_rest(after(led(), ReplaceMember(3, 4, 2, "JointExplicit")))
    left = after(joint, LeaveJoint(3))
    assert flying(left, 3, 1) == ["MsgProp"]
    assert node(at_rest(left), 1).configuration == Configuration((1, 3, 4))


def test_a_member_that_restarts_applies_its_changes_anew() -> None:
    group = at_rest(after(led(), ChangeMember(1, "voter", 4)))
    group = after(group, Crash(2), Restart(2))
    assert node(group, 2).configuration == Configuration((1, 2, 3)), "as its snapshot has it"
    assert node(at_rest(after(group, Tick(1))), 2).configuration == Configuration((1, 2, 3, 4))
