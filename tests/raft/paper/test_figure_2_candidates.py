"""Figure 2, rules for candidates."""

import pytest

from model.raft.message import Message, MessageType
from model.raft.node import Role
from model.raft.step import step
from model.raft.timers import time_out
from tests.raft.paper.vocabulary import (
    CAMPAIGN,
    append,
    candidate,
    disk,
    follower,
    heartbeat,
    install,
    member,
    only,
    vote,
)


def test_figure_2_candidates_begin_with_a_new_term_and_their_own_vote() -> None:
    """Figure 2, candidates: on conversion, increment the term, vote for self, reset the timer."""
    made = follower(disk((1, 1), term=3, vote=2))
    made.ticks(5)
    made.does(time_out)
    node = made.node
    assert (node.role, node.term, node.vote, node.leader) == (Role.CANDIDATE, 4, 1, 0)
    assert (node.election_elapsed, len(node.votes)) == (0, 0)


@pytest.mark.parametrize("voters", [(1, 2), (1, 2, 3), (1, 2, 3, 4, 5)])
def test_figure_2_candidates_ask_all_others_for_a_vote(voters: tuple[int, ...]) -> None:
    """Figure 2, candidates: RequestVote with term and last entry goes to all other servers."""
    made = follower(disk((1, 1, 2), term=4, voters=voters), leader=2)
    sent = made.campaigns()
    assert sent == [
        Message(MessageType.VOTE, 1, peer, term=5, log_term=2, index=3) for peer in voters[1:]
    ]


def test_figure_2_candidates_ask_no_learner() -> None:
    """Figure 2, candidates (section 6): who does not vote is not asked to."""
    made = member(disk((1,), voters=(1, 2), learners=(3,)))
    assert [message.target for message in made.campaigns()] == [2]


def test_figure_2_candidates_count_their_own_vote_once_it_is_on_disk() -> None:
    """Figure 2, candidates: their own vote is one like any other, so it is durable first."""
    made = member(disk((1,), voters=(1,)))
    made.does(lambda node: step(node, CAMPAIGN))
    assert (made.node.role, len(made.node.votes)) == (Role.CANDIDATE, 0)
    made.ready()
    assert made.node.role is Role.LEADER


@pytest.mark.parametrize(
    ("size", "others"), [(1, 0), (2, 1), (3, 1), (4, 2), (5, 2), (6, 3), (7, 3)]
)
def test_figure_2_candidates_lead_with_a_majority_of_votes_and_no_vote_before(
    size: int, others: int
) -> None:
    """Figure 2, candidates: votes of more than half of the servers, one's own among them."""
    made = candidate(disk((1,), voters=tuple(range(1, size + 1))))
    for peer in range(2, 2 + others):
        assert made.node.role is Role.CANDIDATE
        made.receives(vote(peer, 2))
    assert (made.node.role, made.node.leader, made.node.term) == (Role.LEADER, 1, 2)


@pytest.mark.parametrize(("size", "against"), [(2, 1), (3, 2), (4, 2), (5, 3), (6, 3), (7, 4)])
def test_figure_2_candidates_give_up_once_they_cannot_win(size: int, against: int) -> None:
    """Figure 2, candidates (etcd: follower of nobody once a majority can no longer be had)."""
    made = candidate(disk((1,), voters=tuple(range(1, size + 1))))
    for peer in range(2, 2 + against):
        assert made.node.role is Role.CANDIDATE
        made.receives(vote(peer, 2, granted=False))
    node = made.node
    assert (node.role, node.term, node.vote, node.leader) == (Role.FOLLOWER, 2, 1, 0)


@pytest.mark.parametrize("message", [append(2, (1, 1), source=3), heartbeat(2, source=3)])
def test_figure_2_candidates_follow_a_leader_of_their_term(message: Message) -> None:
    """Figure 2, candidates: AppendEntries of a new leader, also of the same term, ends it."""
    made = candidate(disk((1,)))
    assert only(made.receives(message)).target == 3
    node = made.node
    assert (node.role, node.leader, node.term, node.vote) == (Role.FOLLOWER, 3, 2, 1)


def test_figure_2_candidates_follow_a_leader_that_sends_a_snapshot() -> None:
    """Figure 2, candidates: InstallSnapshot is from a leader, too, and is taken."""
    made = candidate(disk((1,)))
    assert only(made.receives(install(2, 5, 2, source=3))).index == 5
    assert (made.node.role, made.node.leader) == (Role.FOLLOWER, 3)


def test_figure_2_candidates_ignore_an_older_leader() -> None:
    """Section 5.2: a candidate rejects a leader of a smaller term and goes on."""
    made = candidate(disk((1,)))
    assert made.receives(append(1, (1, 1), (1,)), heartbeat(1)) == []
    assert (made.node.role, made.node.log.last_index) == (Role.CANDIDATE, 1)


def test_figure_2_candidates_stand_again_when_the_timeout_elapses() -> None:
    """Figure 2, candidates: a split vote ends with a new election in the next term."""
    made = candidate(disk((1,)))
    made.receives(vote(2, 2, granted=False))
    assert made.ticks(made.node.timeout - 1) == []
    sent = made.ticks()
    assert [(m.type, m.target, m.term) for m in sent] == [
        *((MessageType.VOTE, 2, 3), (MessageType.VOTE, 3, 3)),
    ]
    assert dict(made.node.votes) == {1: True}, "the answers of the last election are void"


def test_figure_2_candidates_take_no_proposals() -> None:
    """Figure 2, leaders (etcd): a candidate has nobody to pass a command to, and drops it."""
    made = candidate(disk((1,)))
    assert not made.accepts("x")
    assert (made.settles(), made.node.log.last_index) == ([], 1)
