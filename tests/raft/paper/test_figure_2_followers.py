"""Figure 2, rules for followers: they answer, and time out when nobody leads them."""

from collections.abc import Callable

import pytest

from model.raft.message import Message, MessageType
from model.raft.node import Role
from tests.raft.paper.vocabulary import (
    Member,
    append,
    disk,
    follower,
    heartbeat,
    install,
    member,
    only,
    request_vote,
)


def ticks_left(made: Member) -> int:
    """How many ticks it is a follower for."""
    for ticks in range(100):
        if made.node.role is not Role.FOLLOWER:
            return ticks
        made.ticks()
    raise AssertionError("it never stands for election")


def test_figure_2_followers_answer_candidates_and_leaders() -> None:
    """Figure 2, followers: each request gets its answer, to whom has asked."""
    made = follower(disk((1,), term=1), leader=3)
    questions = [append(1, (1, 1), source=3), heartbeat(1, source=3), install(1, 9, 1, source=3)]
    kinds = [only(made.receives(question)).type for question in questions]
    assert kinds == [
        *(MessageType.APP_RESP, MessageType.HEARTBEAT_RESP),
        MessageType.APP_RESP,
    ]
    answer = only(made.receives(request_vote(2, (9, 1), source=2)))
    assert (answer.type, answer.source, answer.target) == (MessageType.VOTE_RESP, 1, 2)


def test_figure_2_followers_time_out_after_the_election_timeout_and_no_tick_before() -> None:
    """Figure 2, followers: as long as the timeout has not elapsed, it stays a follower."""
    made = member(disk((1,)))
    timeout = made.node.timeout
    assert made.ticks(timeout - 1) == []
    assert made.node.role is Role.FOLLOWER
    assert {message.type for message in made.ticks()} == {MessageType.VOTE}
    assert (made.node.role, made.node.term) == (Role.CANDIDATE, 2)


HEARD: dict[str, Message] = {
    "append": append(1, (2, 1)),
    "refused append": append(1, (9, 1)),
    "heartbeat": heartbeat(1),
    "snapshot": install(1, 2, 1),
}


@pytest.mark.parametrize("what", HEARD)
def test_figure_2_followers_wait_anew_after_they_heard_from_the_leader(what: str) -> None:
    """Figure 2, followers: AppendEntries of the current leader restarts the election timer."""
    made = member(disk((1, 1)))
    timeout = made.node.timeout
    made.ticks(timeout - 1)
    made.receives(HEARD[what])
    assert ticks_left(made) == timeout


def test_figure_2_followers_wait_anew_after_they_gave_a_vote() -> None:
    """Figure 2, followers: granting a vote restarts the election timer."""
    made = member(disk((1,), term=2))
    made.ticks(9)
    assert not only(made.receives(request_vote(2, (1, 1)))).reject
    assert made.node.election_elapsed == 0


@pytest.mark.parametrize("last", [(0, 0), (1, 1)])
def test_figure_2_followers_do_not_wait_longer_for_whom_they_refuse(last: tuple[int, int]) -> None:
    """Figure 2, followers: a vote that is refused does not restart the election timer."""
    made = member(disk((1, 1), term=2, vote=3))
    made.ticks(9)
    assert only(made.receives(request_vote(2, last))).reject
    assert made.node.election_elapsed == 9


def test_figure_2_followers_wait_anew_in_a_new_term() -> None:
    """Figure 2, followers (etcd): whoever brought the new term, also one that gets no vote."""
    made = member(disk((1, 1)))
    made.ticks(9)
    assert only(made.receives(request_vote(2, (1, 1)))).reject
    assert made.node.election_elapsed == 0


def test_figure_2_followers_do_not_wait_longer_for_an_older_leader() -> None:
    """Figure 2, followers: only AppendEntries of the *current* leader restarts the timer."""
    made = member(disk((1,), term=3))
    made.ticks(9)
    made.receives(append(2, (1, 1)), heartbeat(2))
    assert made.node.election_elapsed == 9


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7])
def test_5_2_election_timeouts_lie_between_one_and_two_timeouts(size: int) -> None:
    """Section 5.2: timeouts are spread over [T, 2T) (here by member and term, not by chance)."""
    voters = tuple(range(1, size + 1))
    for term in range(1, 9):
        made = [member(disk(voters=voters, term=term), id=peer).node.timeout for peer in voters]
        assert all(10 <= timeout < 20 for timeout in made)
        assert len(set(made)) == size, "so that one stands before the others"


def test_5_2_nobody_is_first_in_every_term() -> None:
    """Section 5.2: who times out first changes from term to term."""
    first = set()
    for term in range(1, 4):
        timeouts = {p: member(disk(term=term), id=p).node.timeout for p in (1, 2, 3)}
        first.add(min(timeouts, key=lambda peer: timeouts[peer]))
    assert first == {1, 2, 3}


def _removed() -> Member:
    return member(disk((1,), voters=(2, 3)))


def _learner() -> Member:
    return member(disk((1,), voters=(2, 3), learners=(1,)))


@pytest.mark.parametrize("make", [_removed, _learner])
def test_figure_2_followers_without_a_vote_never_stand(make: Callable[[], Member]) -> None:
    """Figure 2, followers (section 6): who does not vote in its configuration never times out."""
    made = make()
    assert made.ticks(50) == []
    assert made.campaigns() == []
    assert (made.node.role, made.node.term) == (Role.FOLLOWER, 1)
    assert made.node.election_elapsed == 50, "its patience is over as soon as it votes"
