"""Stories of leadership that is handed over, and of leaders that are forgotten."""

from model.evolve import evolve
from model.raft.actions import (
    Crash,
    Deliver,
    Drop,
    ForgetLeader,
    Isolate,
    Propose,
    Tick,
    TimeOut,
    TransferLeadership,
)
from model.raft.node import NONE, ReadOnly, Role
from tests.raft.world.driving import (
    after,
    at_rest,
    carried,
    flying,
    leaders,
    led,
    node,
    why_not,
)

# -- handed over ------------------------------------------------------------------------------


def test_a_member_that_has_all_is_told_to_stand_at_once() -> None:
    group = after(led(), TransferLeadership(1, 2))
    assert flying(group, 1, 2) == ["MsgTimeoutNow"]
    group = at_rest(group)
    assert leaders(group) == [2]
    assert node(group, 2).term == 2


def test_it_stands_without_asking_first_and_against_the_leaders_lease() -> None:
    """PreVote would only lose time, and CheckQuorum's lease would protect who wants to go."""
    group = at_rest(after(led(pre_vote=True, check_quorum=True), TransferLeadership(1, 2)))
    assert leaders(group) == [2]
    unasked = at_rest(after(led(pre_vote=True, check_quorum=True), TimeOut(2)))
    assert leaders(unasked) == [1]


def test_a_member_that_lags_behind_catches_up_first() -> None:
    group = at_rest(after(led(spares=0), Isolate(3), Propose(1)), 3)
    group = after(group, TransferLeadership(1, 3))
    assert "MsgTimeoutNow" not in flying(group, 1, 3)
    assert node(group, 1).transferee == 3
    healed = evolve(group, network=group.network.healed())
    group = at_rest(healed)
    assert leaders(group) == [3]
    assert [entry.data for entry in node(group, 3).log.entries] == ["", "v1", ""]


def test_who_hands_over_takes_no_proposals() -> None:
    group = after(led(), TransferLeadership(1, 2))
    assert node(after(group, Propose(1)), 1).log == node(group, 1).log
    passed_on = after(group, Propose(3))
    dropped = carried(passed_on, 3, 1)
    assert node(dropped, 1).log == node(group, 1).log


def test_a_transfer_that_takes_too_long_is_given_up() -> None:
    group = after(led(), TransferLeadership(1, 2), Drop(1, 2))
    ticks = group.config.election_timeout
    early = after(group, *(Tick(1) for _ in range(ticks - 1)))
    assert node(early, 1).transferee == 2
    late = after(early, Tick(1))
    assert node(late, 1).transferee == NONE
    assert node(after(late, Propose(1)), 1).log.last_index == 2, "it takes proposals again"


def test_a_wish_for_another_takes_the_place_of_the_first() -> None:
    group = after(led(transfers=2), TransferLeadership(1, 2), TransferLeadership(1, 3))
    assert node(group, 1).transferee == 3


def test_a_follower_passes_the_wish_on() -> None:
    group = after(led(), TransferLeadership(2, 3))
    assert flying(group, 2, 1) == ["MsgTransferLeader"]
    assert leaders(at_rest(group)) == [3]


def test_leadership_is_not_handed_to_learners_strangers_or_oneself() -> None:
    group = led(learners=1, spares=1)
    assert node(after(group, TransferLeadership(1, 4)), 1).transferee == NONE
    assert node(after(group, TransferLeadership(1, 5)), 1).transferee == NONE
    assert why_not(group, TransferLeadership(1, 1)) == "member 1 leads"
    assert why_not(group, TransferLeadership(2, 1)) == "member 1 leads"


def test_a_transferee_that_crashes_ends_nothing() -> None:
    group = after(led(), TransferLeadership(1, 2), Crash(2))
    assert leaders(at_rest(group)) == [1]
    assert node(group, 1).transferee == 2, "until its time is over"


# -- forgotten --------------------------------------------------------------------------------


def test_a_follower_forgets_its_leader_and_hears_of_it_again() -> None:
    group = after(led(forgets=1), ForgetLeader(2))
    assert node(group, 2).leader == NONE
    assert why_not(group, Propose(2)) == "member 2 knows no leader"
    assert node(after(group, Tick(1), Deliver(1, 2)), 2).leader == 1


def test_who_has_forgotten_its_leader_helps_another_to_ask() -> None:
    """With PreVote and CheckQuorum nobody else would (etcd-io/raft ``ForgetLeader``)."""
    remembers = after(led(forgets=2, pre_vote=True, check_quorum=True, spares=0), Crash(1))
    assert leaders(at_rest(after(remembers, TimeOut(2)))) == []
    forgets = after(remembers, ForgetLeader(3), TimeOut(2))
    assert leaders(at_rest(forgets)) == [2]


def test_with_lease_reads_a_leader_is_not_forgotten() -> None:
    group = led(forgets=1, check_quorum=True, read_only=ReadOnly.LEASE_BASED)
    assert node(after(group, ForgetLeader(2)), 2).leader == 1


def test_only_followers_forget() -> None:
    group = led(forgets=1)
    assert why_not(group, ForgetLeader(1)) == "member 1 does not follow"
    assert why_not(after(group, TimeOut(2)), ForgetLeader(2)) == "member 2 knows no leader"
    assert node(group, 1).role is Role.LEADER
