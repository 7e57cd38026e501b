"""Dissertation, section 6.2: a leader that hears from no majority steps down."""

import pytest

from model.raft.message import Message, MessageType
from model.raft.node import Role
from tests.raft.paper.vocabulary import (
    Member,
    ack,
    disk,
    heartbeat_answer,
    leader,
    leader_heard_by,
    refusal,
)


def rounds(made: Member, *answering: int) -> Role:
    """Its role after three election timeouts, in each of which these members answer once."""
    for _ in range(3):
        made.ticks(5)
        made.receives(*(heartbeat_answer(peer, made.node.term) for peer in answering))
        made.ticks(5)
        if made.node.role is not Role.LEADER:
            break
    return made.node.role


@pytest.mark.parametrize(
    ("size", "answering", "role"),
    [
        (1, (), Role.LEADER),
        (2, (), Role.FOLLOWER),
        (2, (2,), Role.LEADER),
        (3, (), Role.FOLLOWER),
        (3, (3,), Role.LEADER),
        (4, (2,), Role.FOLLOWER),
        (4, (2, 4), Role.LEADER),
        (5, (2,), Role.FOLLOWER),
        (5, (2, 5), Role.LEADER),
    ],
)
def test_6_2_a_leader_needs_answers_of_a_majority_in_each_election_timeout(
    size: int, answering: tuple[int, ...], role: Role
) -> None:
    """Dissertation, 6.2: itself and those that answered must be more than half of the voters."""
    made = leader(disk((1,), voters=tuple(range(1, size + 1))), check_quorum=True)
    assert rounds(made, *answering) is role
    if role is Role.FOLLOWER:
        assert (made.node.term, made.node.leader) == (2, 0)


def test_6_2_without_check_quorum_it_leads_on() -> None:
    """Dissertation, 6.2 (etcd: CheckQuorum is a choice)."""
    assert rounds(leader(disk((1,)))) is Role.LEADER


def test_6_2_answers_of_learners_do_not_count() -> None:
    """Dissertation, 6.2: a majority is one of voters."""
    made = leader(disk((1,), learners=(4, 5)), check_quorum=True)
    assert rounds(made, 4, 5) is Role.FOLLOWER


@pytest.mark.parametrize(
    ("answering", "role"),
    [((2, 3), Role.FOLLOWER), ((4, 5), Role.FOLLOWER), ((2, 4), Role.LEADER)],
)
def test_6_2_while_joint_both_halves_must_answer(answering: tuple[int, ...], role: Role) -> None:
    """Dissertation, 6.2 with 4.3: a majority of each half."""
    made = leader(disk((1,), voters=(1, 2, 3), outgoing=(1, 4, 5)), check_quorum=True)
    assert rounds(made, *answering) is role


def test_6_2_a_leader_outside_the_new_half_needs_a_majority_there() -> None:
    """Dissertation, 6.2 with 4.3: itself, it counts in the old half only."""
    made = leader(disk((1,), voters=(2, 3, 4), outgoing=(1, 2)), check_quorum=True)
    assert rounds(made, 2) is Role.FOLLOWER
    made = leader(disk((1,), voters=(2, 3, 4), outgoing=(1, 2)), check_quorum=True)
    assert rounds(made, 2, 3) is Role.LEADER


@pytest.mark.parametrize(
    "answer", [ack(2, 2, 2), ack(2, 2, 0), refusal(2, 2, 9, (0, 0)), heartbeat_answer(2, 2)]
)
def test_6_2_any_answer_counts_for_the_timeout_in_which_it_came(answer: Message) -> None:
    """Dissertation, 6.2: a late or refusing answer is one, too; the next timeout needs its own."""
    made = leader(disk((1,)), check_quorum=True, election_timeout=10)
    made.ticks(9)
    made.receives(answer)
    made.ticks(1)
    assert made.node.role is Role.LEADER
    assert not made.progress(2).active
    made.ticks(9)
    assert made.node.role is Role.LEADER
    made.ticks(1)
    assert made.node.role is Role.FOLLOWER


def test_6_2_an_acknowledgement_that_comes_late_shows_that_the_follower_lives() -> None:
    """Dissertation, 6.2: also one that tells nothing new of a log that is known to match."""
    made = leader_heard_by(2, 3, of=disk((1,)))
    made.receives(Message(MessageType.CHECK_QUORUM, 1, 1))
    assert not made.progress(2).active
    assert made.progress(1).active, "the leader always hears itself"
    made.receives(ack(2, 2, 1))
    assert made.progress(2).active
    assert not made.progress(3).active


def test_6_2_a_leader_that_steps_down_sends_no_heartbeat_any_more() -> None:
    """Dissertation, 6.2: it leads no longer in that very tick."""
    made = leader(disk((1,)), check_quorum=True)
    made.ticks(9)
    assert made.ticks(1) == []
    assert made.node.role is Role.FOLLOWER


def test_6_2_it_can_be_asked_at_any_time() -> None:
    """Dissertation, 6.2 (etcd: MsgCheckQuorum)."""
    made = leader(disk((1,)))
    made.receives(ack(2, 2, 0))
    made.receives(Message(MessageType.CHECK_QUORUM, 1, 1))
    assert made.node.role is Role.LEADER
    made.receives(Message(MessageType.CHECK_QUORUM, 1, 1))
    assert made.node.role is Role.FOLLOWER
