"""Figure 2, rules for all servers; section 5.1, terms."""

import pytest

from model.raft.message import Message, MessageType
from model.raft.node import Role
from model.raft.step import step
from tests.raft.paper.vocabulary import (
    Member,
    ack,
    append,
    candidate,
    disk,
    follower,
    heartbeat,
    heartbeat_answer,
    install,
    leader,
    member,
    only,
    pre_vote,
    refusal,
    request_vote,
    vote,
)

ROLES = ("follower", "candidate", "leader")


def in_role(role: str, term: int) -> Member:
    """Member 1 in this role and term."""
    if role == "follower":
        return follower(disk((1, 1), term=term))
    stable = disk((1, 1), term=term - 1)
    return candidate(stable) if role == "candidate" else leader(stable)


OF_TERM_3 = {
    "append": append(3, (2, 1), source=3),
    "heartbeat": heartbeat(3, source=3),
    "snapshot": install(3, 9, 3, source=3),
    "request vote": request_vote(3, (1, 1), source=3),
    "vote": vote(3, 3),
    "refused vote": vote(3, 3, granted=False),
    "ack": ack(3, 3, 2),
    "refusal": refusal(3, 3, 2, (1, 1)),
    "heartbeat answer": heartbeat_answer(3, 3),
    "refused pre-vote": pre_vote(3, 3, granted=False),
    "timeout now": Message(MessageType.TIMEOUT_NOW, 3, 1, 3),
}
FROM_A_LEADER = ("append", "heartbeat", "snapshot")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("what", [each for each in OF_TERM_3 if each != "timeout now"])
def test_figure_2_all_servers_a_newer_term_makes_a_follower_of_that_term(
    role: str, what: str
) -> None:
    """Figure 2, all servers: a request or answer of a newer term sets the term, and one follows."""
    made = in_role(role, term=2)
    made.receives(OF_TERM_3[what])
    node = made.node
    assert (node.term, node.role) == (3, Role.FOLLOWER)
    assert node.leader == (3 if what in FROM_A_LEADER else 0)
    assert node.vote == 0, "the vote of term 2 is void, and nobody's log was good enough"


@pytest.mark.parametrize("config", [{"check_quorum": True}, {"pre_vote": True}])
@pytest.mark.parametrize("what", [each for each in OF_TERM_3 if each not in FROM_A_LEADER[:2]])
def test_figure_2_all_servers_only_an_older_leader_is_told_of_the_newer_term(
    what: str, config: dict[str, bool]
) -> None:
    """Section 5.1 (etcd: with PreVote or CheckQuorum it might otherwise never hear of it)."""
    made = follower(disk((1, 1), term=4), **config)
    before = made.node
    assert made.receives(OF_TERM_3[what]) == []
    assert made.node == before


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("what", OF_TERM_3)
def test_figure_2_all_servers_an_older_term_changes_nothing(role: str, what: str) -> None:
    """Section 5.1: a request of a stale term is rejected, an answer of a stale term ignored."""
    made = in_role(role, term=4)
    before = made.node
    assert made.receives(OF_TERM_3[what]) == []
    assert made.node == before


def test_figure_2_all_servers_its_own_term_does_not_unseat_a_leader() -> None:
    """Figure 2, all servers: only a greater term converts to follower."""
    made = leader(disk((1, 1)))
    made.receives(ack(3, 2, 2), vote(3, 2), heartbeat_answer(3, 2), request_vote(2, (9, 1)))
    assert (made.node.role, made.node.term) == (Role.LEADER, 2)


def test_figure_2_all_servers_what_is_committed_is_applied_in_order_and_once() -> None:
    """Figure 2, all servers: while commitIndex > lastApplied, apply the next entry."""
    made = follower(disk((1, 1, 1, 1)))
    made.receives(heartbeat(1, commit=2))
    assert [entry.index for entry in made.applied] == [1, 2]
    assert made.node.applied == 2
    made.receives(heartbeat(1, commit=2))
    made.receives(append(1, (4, 1), (1,), commit=5))
    assert [entry.index for entry in made.applied] == [1, 2, 3, 4, 5]
    assert [entry.data for entry in made.applied] == ["1.1", "1.2", "1.3", "1.4", "1.5"]


def test_figure_2_all_servers_nothing_beyond_the_commit_index_is_applied() -> None:
    """Figure 2, all servers: lastApplied never passes commitIndex."""
    made = follower(disk((1, 1)))
    made.receives(append(1, (2, 1), (1, 1), commit=3))
    assert (made.node.log.last_index, made.node.commit, made.node.applied) == (4, 3, 3)
    assert len(made.applied) == 3


def test_figure_2_all_servers_the_commit_index_goes_neither_back_nor_beyond_the_log() -> None:
    """Figure 2, all servers: commitIndex only grows, and there is an entry at it."""
    made = follower(disk((1, 1, 1)))
    for commit, expected in ((2, 2), (1, 2), (3, 3), (2, 3), (9, 3)):
        made.does(lambda node, commit=commit: step(node, heartbeat(1, commit=commit)))
        assert (made.node.commit, made.node.applied) == (expected, 0)


def test_figure_2_all_servers_an_entry_counts_as_applied_once_the_application_says_so() -> None:
    """Figure 2, all servers: lastApplied follows the state machine, not what was handed to it."""
    made = follower(disk((1, 1)))
    made.does(lambda node: step(node, heartbeat(1, commit=2)))
    assert made.node.applied == 0
    ready = made.ready()
    assert [entry.index for entry in ready.committed_entries] == [1, 2]
    assert made.node.applied == 2


def test_figure_2_all_servers_what_is_written_may_be_applied_in_the_same_breath() -> None:
    """Figure 2, all servers (etcd: one Ready, first written, then applied)."""
    made = follower(disk((1,)))
    made.does(lambda node: step(node, append(1, (1, 1), (1, 1), commit=2)))
    ready = made.ready()
    assert [entry.index for entry in ready.entries] == [2, 3]
    assert [entry.index for entry in ready.committed_entries] == [1, 2]


def test_figure_2_all_servers_applying_is_limited_by_size_and_goes_on() -> None:
    """Figure 2, all servers (etcd: so many bytes a Ready, at least one entry; none is skipped)."""
    made = follower(disk((1, 1, 1)), max_committed_size_per_ready=1)
    made.does(lambda node: step(node, heartbeat(1, commit=3)))
    for index in (1, 2, 3):
        assert [entry.index for entry in made.ready().committed_entries] == [index]
    assert made.ready().committed_entries == ()
    assert made.node.applied == 3


def test_5_1_a_server_is_a_follower_until_something_happens() -> None:
    """Section 5.1: a server begins as follower, and sends nothing of its own accord."""
    made: Member = member(disk((1,)))
    assert (made.node.role, made.settles()) == (Role.FOLLOWER, [])


def test_5_1_the_term_goes_up_with_every_election() -> None:
    """Section 5.1: terms are consecutive, each begins with an election."""
    made = candidate(disk((1,), term=7))
    assert made.node.term == 8
    sent = made.campaigns()
    assert made.node.term == 9
    assert {message.term for message in sent} == {9}


def test_5_1_terms_are_exchanged_with_every_message() -> None:
    """Section 5.1: what a server sends to another carries its current term."""
    made = follower(disk((1,), term=4))
    assert only(made.receives(heartbeat(4))).term == 4
    assert only(made.receives(append(4, (1, 1)))).term == 4
    assert only(made.receives(append(4, (9, 4)))).term == 4
    assert only(made.receives(install(4, 5, 4))).term == 4
    assert only(made.receives(request_vote(4, (9, 4), source=3))).term == 4
