"""Figure 2, RequestVote RPC: what its receiver does, step by step."""

import pytest

from model.raft.message import MessageType
from model.raft.node import Role
from tests.raft.paper.vocabulary import (
    candidate,
    disk,
    follower,
    leader,
    member,
    only,
    request_vote,
)


def test_figure_2_vote_1_an_older_term_gets_no_vote() -> None:
    """Figure 2, RequestVote, step 1: no vote below currentTerm (etcd: no answer either)."""
    made = member(disk((1,), term=3))
    assert made.receives(request_vote(2, (9, 2))) == []
    assert (made.node.term, made.node.vote) == (3, 0)


def test_figure_2_vote_1_the_term_it_is_in_already_may_get_one() -> None:
    """Figure 2, RequestVote, step 1: an equal term is not an older one."""
    made = member(disk((1,), term=3))
    answer = only(made.receives(request_vote(3, (1, 1))))
    assert (answer.type, answer.target, answer.term, answer.reject) == (
        *(MessageType.VOTE_RESP, 2, 3),
        False,
    )
    assert made.node.vote == 2


@pytest.mark.parametrize(("voted", "granted"), [(0, True), (2, True), (3, False), (1, False)])
def test_figure_2_vote_2_only_who_has_not_voted_for_another_in_this_term(
    voted: int, granted: bool
) -> None:
    """Figure 2, RequestVote, step 2: votedFor is null or the candidate."""
    made = member(disk((1,), term=3, vote=voted))
    answer = only(made.receives(request_vote(3, (1, 1))))
    assert answer.reject is not granted
    assert answer.term == 3
    assert made.node.vote == (2 if granted else voted)


def test_figure_2_vote_2_a_new_term_is_a_new_vote() -> None:
    """Figure 2, RequestVote, step 2: votedFor is of the current term only."""
    made = member(disk((1,), term=3, vote=3))
    assert not only(made.receives(request_vote(4, (1, 1)))).reject
    assert (made.node.term, made.node.vote) == (4, 2)


LAST_IS_3_OF_TERM_2 = [
    *(((3, 2), True), ((4, 2), True), ((2, 2), False)),
    *(((1, 3), True), ((3, 3), True), ((9, 1), False), ((3, 1), False), ((0, 0), False)),
]


@pytest.mark.parametrize(("last", "granted"), LAST_IS_3_OF_TERM_2)
def test_figure_2_vote_2_only_for_a_log_at_least_as_up_to_date(
    last: tuple[int, int], granted: bool
) -> None:
    """Figure 2, RequestVote, step 2: the candidate's log is as up to date as the receiver's."""
    made = member(disk((1, 1, 2), term=4))
    answer = only(made.receives(request_vote(5, last)))
    assert answer.reject is not granted
    assert (made.node.term, made.node.vote) == (5, 2 if granted else 0)


def test_figure_2_vote_2_who_has_voted_for_it_does_not_vote_again_for_a_shorter_log() -> None:
    """Figure 2, RequestVote, step 2: the log is looked at each time, also of whom we voted for."""
    made = member(disk((1, 1), term=3, vote=2))
    assert only(made.receives(request_vote(3, (1, 1)))).reject


def test_figure_2_vote_2_a_refused_candidate_leaves_the_vote_to_the_next_one() -> None:
    """Figure 2, RequestVote, step 2: a refusal is not a vote."""
    made = member(disk((1, 1)))
    assert only(made.receives(request_vote(2, (1, 1), source=2))).reject
    assert not only(made.receives(request_vote(2, (2, 1), source=3))).reject
    assert made.node.vote == 3


def test_figure_2_vote_a_doubled_request_gets_the_same_answer_twice() -> None:
    """Figure 2, RequestVote, step 2: RPCs may be repeated (section 5.5)."""
    made = member(disk((1,)))
    request = request_vote(2, (1, 1))
    first, second = only(made.receives(request)), only(made.receives(request))
    assert first == second
    assert not first.reject


def test_figure_2_vote_no_vote_in_a_term_whose_leader_is_known() -> None:
    """Figure 2, RequestVote, step 2 (etcd: a known leader is as good as a vote for it)."""
    made = follower(disk((1,), term=3), leader=3)
    assert made.node.vote == 0
    assert only(made.receives(request_vote(3, (1, 1)))).reject


@pytest.mark.parametrize("make", [candidate, leader])
def test_figure_2_vote_who_stood_in_this_term_refuses_others(make: type) -> None:
    """Figure 2, RequestVote, step 2: a candidate, and so a leader, has voted for itself."""
    made = make(disk((1,), term=1))
    role = made.node.role
    answer = only(made.receives(request_vote(2, (9, 1))))
    assert (answer.reject, answer.term) == (True, 2)
    assert made.node.role is role


def test_figure_2_vote_everybody_asked_votes_whatever_its_configuration_says() -> None:
    """Figure 2, RequestVote (section 6: one votes for servers outside one's configuration)."""
    stranger = member(disk((1,), voters=(2, 3), learners=(1,)))
    assert not only(stranger.receives(request_vote(2, (1, 1), source=9))).reject
    assert (stranger.node.vote, stranger.node.role) == (9, Role.FOLLOWER)
