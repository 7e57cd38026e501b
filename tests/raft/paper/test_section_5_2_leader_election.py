"""Section 5.2: leader election; figure 3, election safety."""

from itertools import permutations

import pytest

from model.raft.node import Role
from tests.raft.paper.vocabulary import (
    Group,
    append,
    candidate,
    disk,
    heartbeat,
    member,
    only,
    pre_vote,
    request_vote,
    vote,
)


def a_group(size: int) -> Group:
    voters = tuple(range(1, size + 1))
    return Group({id: disk((1,), voters=voters) for id in voters})


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_5_2_a_server_is_elected_by_the_others_and_they_follow_it(size: int) -> None:
    """Section 5.2: request, votes, leadership, and a first AppendEntries that everybody obeys."""
    group = a_group(size)
    group.elect(1)
    assert group.leaders() == [1]
    for id in range(1, size + 1):
        node = group[id].node
        assert (node.term, node.leader, node.vote, node.log.last_index) == (2, 1, 1, 2)


@pytest.mark.parametrize(("size", "up"), [(2, 1), (3, 1), (4, 2), (5, 2)])
def test_5_2_no_leader_without_a_majority_of_all_servers(size: int, up: int) -> None:
    """Section 5.2: half of an even group is no majority, nor is a majority of those that are up."""
    group = a_group(size)
    group.elect(1, among=range(1, up + 1))
    assert group.leaders() == []
    assert group[1].node.role is Role.CANDIDATE
    group.elect(1, among=range(1, up + 2))
    assert group.leaders() == [1]


def test_5_2_a_split_vote_elects_nobody_until_somebody_stands_again() -> None:
    """Section 5.2: two of four for each candidate: no leader in this term, one in the next."""
    group = a_group(4)
    group[1].campaigns()
    group[2].campaigns()
    for one, other in ((1, 3), (2, 4)):
        answers = group[other].receives(request_vote(2, (1, 1), source=one))
        group.sends(answers)
        group.deliver()
    assert group.leaders() == []
    for one in (1, 2):
        assert group[one].node.role is Role.CANDIDATE
        refused = group[3 - one].receives(request_vote(2, (1, 1), source=one))
        assert only(refused).reject
    group.elect(2)
    assert group.leaders() == [2]
    assert {group[id].node.term for id in (1, 2, 3, 4)} == {3}


@pytest.mark.parametrize("order", list(permutations([(1, 3), (2, 3), (1, 4), (2, 4), (1, 5)], 4)))
def test_figure_3_election_safety(order: tuple[tuple[int, int], ...]) -> None:
    """Figure 3, election safety: whatever order votes are asked for in, one leader a term."""
    group = a_group(5)
    group[1].campaigns()
    group[2].campaigns()
    asked = [(2, 1), (1, 2), *order, *((c, v) for c in (2, 1) for v in (3, 4, 5))]
    for standing, voter in asked:
        request = request_vote(2, (1, 1), source=standing)
        for answer in group[voter].receives(request):
            group[standing].receives(answer)
    assert len(group.leaders()) == 1
    won = group.leaders()[0]
    assert sum(group[id].node.vote == won for id in range(1, 6)) >= 3


def test_5_2_votes_are_given_first_come_first_served() -> None:
    """Section 5.2: each server votes for at most one candidate in a term, the first that asks."""
    made = member(disk((1,)))
    assert not only(made.receives(request_vote(2, (1, 1), source=3))).reject
    assert only(made.receives(request_vote(2, (5, 1), source=2))).reject
    assert not only(made.receives(request_vote(3, (1, 1), source=2))).reject


def test_5_2_a_vote_that_arrives_twice_is_one_vote() -> None:
    """Section 5.2: a majority of servers, not of messages."""
    made = candidate(disk((1,), voters=(1, 2, 3, 4, 5)))
    made.receives(vote(2, 2), vote(2, 2), vote(2, 2))
    assert made.node.role is Role.CANDIDATE
    made.receives(vote(3, 2))
    assert made.node.role is Role.LEADER


def test_5_2_a_refusal_that_arrives_twice_is_one_refusal() -> None:
    """Section 5.2: nor does a doubled refusal end the candidacy."""
    made = candidate(disk((1,), voters=(1, 2, 3, 4, 5)))
    made.receives(*[vote(2, 2, granted=False)] * 3)
    made.receives(vote(3, 2, granted=False))
    assert made.node.role is Role.CANDIDATE
    made.receives(vote(4, 2), vote(5, 2))
    assert made.node.role is Role.LEADER


def test_5_2_the_first_answer_of_a_server_is_the_one_that_counts() -> None:
    """Section 5.2: a server answers a candidate once a term; what contradicts it is a duplicate."""
    made = candidate(disk((1,), voters=(1, 2, 3, 4, 5)))
    made.receives(vote(2, 2, granted=False), vote(2, 2), vote(3, 2))
    assert made.node.role is Role.CANDIDATE
    made.receives(vote(4, 2), vote(4, 2, granted=False))
    assert made.node.role is Role.LEADER


def test_5_2_a_vote_of_an_older_election_does_not_count() -> None:
    """Section 5.2: votes are for one term."""
    made = candidate(disk((1,)))
    made.campaigns()
    made.receives(vote(2, 2), vote(3, 2))
    assert (made.node.role, made.node.term) == (Role.CANDIDATE, 3)
    made.receives(vote(3, 3))
    assert made.node.role is Role.LEADER


def test_5_2_votes_of_strangers_and_learners_do_not_count() -> None:
    """Section 5.2: a majority of the full cluster's voters."""
    made = candidate(disk((1,), voters=(1, 2, 3), learners=(4,)))
    made.receives(vote(4, 2), vote(9, 2))
    assert made.node.role is Role.CANDIDATE
    made.receives(vote(2, 2))
    assert made.node.role is Role.LEADER


def test_5_2_refusals_of_strangers_and_learners_do_not_count() -> None:
    """Section 5.2: nor do theirs against."""
    made = candidate(disk((1,), voters=(1, 2, 3), learners=(4,)))
    made.receives(vote(4, 2, granted=False), vote(9, 2, granted=False))
    made.receives(vote(2, 2, granted=False))
    assert made.node.role is Role.CANDIDATE


def test_5_2_an_opinion_is_no_vote() -> None:
    """Section 5.2: the answer to a PreVote does not elect a leader."""
    made = candidate(disk((1,)))
    made.receives(pre_vote(2, 2), pre_vote(3, 2))
    assert made.node.role is Role.CANDIDATE


def test_5_2_a_follower_does_not_count_votes() -> None:
    """Section 5.2: votes for a candidacy that is over are void."""
    made = candidate(disk((1,)))
    made.receives(heartbeat(2, source=3), vote(2, 2), vote(3, 2))
    assert (made.node.role, made.node.leader) == (Role.FOLLOWER, 3)


def test_5_2_a_leader_that_was_cut_off_follows_the_new_one() -> None:
    """Section 5.2: it learns of the newer term and steps down."""
    group = a_group(3)
    group.elect(1)
    group.elect(2, among=(2, 3))
    assert group.leaders() == [1, 2]
    group.sends(group[2].ticks())
    group.deliver()
    assert group.leaders() == [2]
    node = group[1].node
    assert (node.term, node.leader, node.log.last_term) == (3, 2, 3)


def test_5_2_a_candidate_that_lost_takes_over_the_winners_log() -> None:
    """Section 5.2: another server establishes itself as leader."""
    made = candidate(disk((1,)))
    made.receives(append(2, (1, 1), (2,), source=2))
    assert (made.node.role, made.node.log.last_term) == (Role.FOLLOWER, 2)
    assert made.ticks(made.node.timeout - 1) == []
