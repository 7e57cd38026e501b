"""Dissertation, section 4.2.3: servers that nobody leads disrupt nobody."""

import pytest

from model.raft.message import TRANSFER, Message, MessageType
from model.raft.node import Role
from tests.raft.paper.vocabulary import (
    REMOVE,
    Group,
    ack,
    append,
    candidate,
    change,
    disk,
    follower,
    heartbeat,
    leader,
    leader_heard_by,
    member,
    only,
    request_pre_vote,
    request_vote,
)

REQUESTS = [request_vote(9, (9, 9), source=3), request_pre_vote(9, (9, 9), source=3)]


@pytest.mark.parametrize("request_", REQUESTS)
def test_4_2_3_who_hears_a_leader_helps_nobody_to_unseat_it(request_: Message) -> None:
    """Dissertation, 4.2.3: within the minimum election timeout a RequestVote changes nothing."""
    made = follower(disk((1,)), check_quorum=True, election_timeout=10)
    made.ticks(9)
    before = made.node
    assert made.receives(request_) == []
    assert made.node == before


@pytest.mark.parametrize("request_", REQUESTS)
def test_4_2_3_after_an_election_timeout_without_it_the_leader_is_fair_game(
    request_: Message,
) -> None:
    """Dissertation, 4.2.3: not a tick later than the minimum election timeout."""
    made = follower(disk((1,)), check_quorum=True, election_timeout=10)
    made.ticks(10)
    assert made.node.role is Role.FOLLOWER
    assert not only(made.receives(request_)).reject


def test_4_2_3_who_knows_no_leader_votes() -> None:
    """Dissertation, 4.2.3: only a current leader is protected."""
    made = member(disk((1,)), check_quorum=True)
    assert not only(made.receives(request_vote(9, (9, 9)))).reject


def test_4_2_3_a_leader_with_its_quorum_is_not_unseated_by_a_request() -> None:
    """Dissertation, 4.2.3: nor does the leader itself move to the term of such a server."""
    made = leader_heard_by(2, 3, of=disk((1,)), check_quorum=True)
    before = made.node
    assert made.receives(request_vote(9, (9, 9), source=4)) == []
    assert made.node == before


def test_4_2_3_without_check_quorum_a_request_unseats() -> None:
    """Dissertation, 4.2.3 (etcd: the rule is part of CheckQuorum)."""
    made = leader_heard_by(2, 3, of=disk((1,)))
    assert only(made.receives(request_vote(9, (0, 0), source=4))).reject
    assert (made.node.role, made.node.term) == (Role.FOLLOWER, 9)


def test_4_2_3_a_transfer_may_unseat() -> None:
    """Dissertation, 4.2.3: a request with the leader's own permission is no disruption."""
    made = follower(disk((1,)), check_quorum=True)
    answer = only(made.receives(request_vote(2, (1, 1), source=3, context=TRANSFER)))
    assert (answer.reject, answer.term, made.node.vote) == (False, 2, 3)


def test_4_2_3_a_server_whose_term_ran_ahead_is_let_in_again() -> None:
    """Dissertation, 4.2.3 (etcd): its answer to the leader's heartbeat raises the leader's term."""
    made = candidate(disk((1,), term=7), check_quorum=True)
    for message in (heartbeat(3), append(3, (1, 1), (1,))):
        answer = only(made.receives(message))
        assert (answer.type, answer.term) == (MessageType.APP_RESP, 8)
    assert made.node.role is Role.CANDIDATE
    old = leader(disk((1,), term=2), check_quorum=True)
    old.receives(ack(2, 8, 0))
    assert (old.node.role, old.node.term) == (Role.FOLLOWER, 8)


def test_4_2_3_a_removed_server_does_not_disturb_the_others() -> None:
    """Dissertation, 4.2.3: it was not told, it stands again and again, and nobody listens."""
    group = Group({id: disk((1,)) for id in (1, 2, 3)}, check_quorum=True)
    group.elect(1)
    group.sends(group[1].changes(change((REMOVE, 3))))
    group.deliver(among=(1, 2))
    group.sends(group[1].ticks())
    group.deliver(among=(1, 2))
    for _ in range(3):
        group.elect(3)
    assert [group[id].node.term for id in (1, 2, 3)] == [2, 2, 5]
    assert group.leaders() == [1]
