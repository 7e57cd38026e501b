"""Dissertation, section 9.6: PreVote, lest a server that comes back disrupts the others."""

import pytest

from model.raft.message import Message, MessageType
from model.raft.node import Role
from tests.raft.paper.vocabulary import (
    Group,
    Member,
    append,
    candidate,
    disk,
    follower,
    heartbeat,
    install,
    member,
    only,
    pre_vote,
    request_pre_vote,
    request_vote,
    vote,
)


def pre_candidate(stable=None, **config) -> Member:
    return candidate(disk((1,)) if stable is None else stable, pre_vote=True, **config)


def test_9_6_a_pre_candidate_changes_neither_its_term_nor_its_vote() -> None:
    """Dissertation, 9.6: first it asks whether it could win, at no cost for anybody."""
    made = follower(disk((1, 1), term=2, vote=2), leader=2, pre_vote=True)
    sent = made.campaigns()
    node = made.node
    assert (node.role, node.term, node.vote, node.leader) == (Role.PRE_CANDIDATE, 2, 2, 0)
    assert sent == [
        Message(MessageType.PRE_VOTE, 1, peer, term=3, log_term=1, index=2) for peer in (2, 3)
    ]


@pytest.mark.parametrize(("size", "others"), [(2, 1), (3, 1), (4, 2), (5, 2)])
def test_9_6_it_stands_once_a_majority_would_vote_for_it(size: int, others: int) -> None:
    """Dissertation, 9.6: only then the term goes up and RequestVote is sent."""
    made = pre_candidate(disk((1,), voters=tuple(range(1, size + 1))))
    for peer in range(2, 2 + others):
        assert (made.node.role, made.node.term) == (Role.PRE_CANDIDATE, 1)
        sent = made.receives(pre_vote(peer, 2))
    node = made.node
    assert (node.role, node.term, node.vote) == (Role.CANDIDATE, 2, 1)
    assert [(m.type, m.target, m.term) for m in sent] == [
        (MessageType.VOTE, peer, 2) for peer in range(2, size + 1)
    ]
    assert dict(node.votes) == {1: True}, "an opinion is not a vote yet"


def test_9_6_the_only_voter_asks_nobody() -> None:
    """Dissertation, 9.6: its own opinion is a majority."""
    made = pre_candidate(disk((1,), voters=(1,)))
    assert (made.node.role, made.node.term) == (Role.LEADER, 2)


@pytest.mark.parametrize(("size", "against"), [(2, 1), (3, 2), (4, 2), (5, 3)])
def test_9_6_it_gives_up_when_a_majority_would_not(size: int, against: int) -> None:
    """Dissertation, 9.6: it is a follower again, and nothing has changed for it."""
    made = pre_candidate(disk((1,), voters=tuple(range(1, size + 1))))
    for peer in range(2, 2 + against):
        assert made.node.role is Role.PRE_CANDIDATE
        made.receives(pre_vote(peer, 1, granted=False))
    node = made.node
    assert (node.role, node.term, node.vote, node.leader) == (Role.FOLLOWER, 1, 0, 0)


def test_9_6_a_refusal_of_a_newer_term_tells_that_term() -> None:
    """Dissertation, 9.6: whoever refuses because it is ahead says how far."""
    made = pre_candidate()
    made.receives(pre_vote(2, 5, granted=False))
    assert (made.node.role, made.node.term) == (Role.FOLLOWER, 5)


def test_9_6_it_asks_again_after_another_timeout() -> None:
    """Dissertation, 9.6: for the same term, since that was not entered."""
    made = pre_candidate()
    made.receives(pre_vote(2, 1, granted=False))
    sent = made.ticks(made.node.timeout)
    assert {(m.type, m.term) for m in sent} == {(MessageType.PRE_VOTE, 2)}
    assert dict(made.node.votes) == {1: True}


def test_9_6_each_timeout_of_a_pre_candidate_is_a_whole_one() -> None:
    """Dissertation, 9.6: its timer starts again when it asks, although its term does not change."""
    made = member(disk((1,)), pre_vote=True)
    timeout = made.node.timeout
    for _ in range(2):
        assert made.ticks(timeout - 1) == []
        assert {message.type for message in made.ticks()} == {MessageType.PRE_VOTE}
        assert (made.node.role, made.node.election_elapsed) == (Role.PRE_CANDIDATE, 0)


LAST_IS_2_OF_TERM_1 = [((2, 1), True), ((3, 1), True), ((1, 1), False), ((1, 2), True)]


@pytest.mark.parametrize(("last", "granted"), LAST_IS_2_OF_TERM_1)
def test_9_6_one_would_vote_for_a_log_that_is_as_up_to_date(
    last: tuple[int, int], granted: bool
) -> None:
    """Dissertation, 9.6: the receiver answers as it would answer RequestVote."""
    made = member(disk((1, 1), term=3))
    answer = only(made.receives(request_pre_vote(4, last)))
    assert answer.type is MessageType.PRE_VOTE_RESP
    assert answer.reject is not granted
    assert answer.term == (4 if granted else 3), "a yes is for the term that was asked about"


def test_9_6_answering_changes_nothing() -> None:
    """Dissertation, 9.6: neither term nor vote nor timer of the receiver."""
    for last in ((1, 1), (0, 0)):
        made = member(disk((1,), term=3, vote=3))
        made.ticks(5)
        before = made.node
        made.receives(request_pre_vote(9, last))
        assert made.node == before


def test_9_6_one_would_vote_for_several() -> None:
    """Dissertation, 9.6: an opinion binds nobody."""
    made = member(disk((1,), term=3, vote=3))
    for peer in (2, 3, 2):
        assert not only(made.receives(request_pre_vote(4, (1, 1), source=peer))).reject


def test_9_6_a_term_that_is_over_is_refused_with_the_newer_one() -> None:
    """Dissertation, 9.6 (etcd: answered, lest a server with a stale term stay stuck)."""
    made = member(disk((1,), term=5))
    answer = only(made.receives(request_pre_vote(4, (9, 4))))
    assert (answer.type, answer.reject, answer.term) == (MessageType.PRE_VOTE_RESP, True, 5)


@pytest.mark.parametrize(("voted", "granted"), [(0, True), (2, True), (3, False)])
def test_9_6_for_the_term_it_is_in_it_would_vote_once(voted: int, granted: bool) -> None:
    """Dissertation, 9.6: in this term the vote may be given away already."""
    made = member(disk((1,), term=4, vote=voted))
    answer = only(made.receives(request_pre_vote(4, (1, 1))))
    assert (answer.reject, answer.term) == (not granted, 4)
    assert made.node.vote == voted


def test_9_6_no_opinion_for_a_term_whose_leader_is_known() -> None:
    """Dissertation, 9.6: it is following somebody in this term."""
    made = follower(disk((1,), term=4), leader=3)
    assert only(made.receives(request_pre_vote(4, (1, 1)))).reject


def test_9_6_who_hears_a_leader_would_not_vote() -> None:
    """Dissertation, 9.6: no leader was heard for a minimum election timeout (with CheckQuorum)."""
    made = follower(disk((1,)), check_quorum=True, pre_vote=True, election_timeout=10)
    made.ticks(9)
    assert made.receives(request_pre_vote(2, (1, 1), source=3)) == []
    made.ticks(1)
    assert made.node.role is Role.FOLLOWER
    assert not only(made.receives(request_pre_vote(2, (1, 1), source=3))).reject


def test_9_6_votes_do_not_count_as_opinions_nor_opinions_as_votes() -> None:
    """Dissertation, 9.6: each phase counts its own answers."""
    made = pre_candidate()
    made.receives(vote(2, 1), vote(3, 1))
    assert (made.node.role, made.node.term) == (Role.PRE_CANDIDATE, 1)
    made.receives(pre_vote(2, 2))
    assert made.node.role is Role.CANDIDATE
    made.receives(pre_vote(3, 2))
    assert made.node.role is Role.CANDIDATE
    made.receives(vote(3, 2))
    assert made.node.role is Role.LEADER


@pytest.mark.parametrize("of_leader", [heartbeat(1), append(1, (1, 1), (1,)), install(1, 5, 1)])
def test_9_6_a_pre_candidate_that_hears_its_leader_follows_it(of_leader: Message) -> None:
    """Dissertation, 9.6: the term is still the leader's, so nothing is lost."""
    made = pre_candidate()
    made.receives(of_leader)
    assert (made.node.role, made.node.leader, made.node.term) == (Role.FOLLOWER, 2, 1)


def test_9_6_a_pre_candidate_votes_for_others() -> None:
    """Dissertation, 9.6: it has given its vote to nobody yet."""
    made = pre_candidate()
    answer = only(made.receives(request_vote(2, (1, 1), source=3)))
    assert (answer.reject, made.node.vote, made.node.role) == (False, 3, Role.FOLLOWER)


def test_9_6_a_pre_candidate_takes_no_proposals() -> None:
    """Dissertation, 9.6: it has no leader to pass them on to."""
    made = pre_candidate()
    assert not made.accepts("x")


@pytest.mark.parametrize("of_leader", [heartbeat(2), append(2, (1, 1))])
def test_9_6_a_deposed_leader_is_told(of_leader: Message) -> None:
    """Dissertation, 9.6 (etcd: with PreVote no RequestVote will raise the older term)."""
    made = member(disk((1,), term=3), pre_vote=True)
    answer = only(made.receives(of_leader))
    assert (answer.type, answer.term, answer.target) == (MessageType.APP_RESP, 3, 2)


def test_9_6_a_server_that_was_cut_off_disturbs_nobody_when_it_comes_back() -> None:
    """Dissertation, 9.6: its term has not grown, and its log is too old to win."""
    group = Group({id: disk((1,)) for id in (1, 2, 3)}, pre_vote=True)
    group.elect(1)
    for _ in range(3):
        group.elect(3, among=(3,))
    group.sends(group[1].proposes("x"))
    group.deliver(among=(1, 2))
    group.elect(3)
    assert [group[id].node.term for id in (1, 2, 3)] == [2, 2, 2]
    assert group.leaders() == [1]
    group.sends(group[1].ticks())
    group.deliver()
    assert group[3].node.leader == 1
    assert group[3].node.log == group[1].node.log
