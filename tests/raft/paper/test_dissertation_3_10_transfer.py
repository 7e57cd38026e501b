"""Dissertation, section 3.10: leadership transfer."""

import pytest

from model.raft.message import TRANSFER, Message, MessageType
from model.raft.node import ReadOnly, Role
from tests.raft.paper.vocabulary import (
    REMOVE,
    Group,
    Member,
    ack,
    candidate,
    change,
    disk,
    follower,
    heartbeat,
    heartbeat_answer,
    leader,
    leader_heard_by,
    member,
    of_type,
    only,
    to,
)

TIMEOUT_NOW = Message(MessageType.TIMEOUT_NOW, 1, 2, 2)


def hand_over(to_: int) -> Message:
    return Message(MessageType.TRANSFER_LEADER, to_, 1)


def handing_over(**config) -> Member:
    """A leader that is about to hand over to 2, which lacks 3 and 4."""
    made = leader_heard_by(2, 3, of=disk((1,)), **config)
    made.proposes("x", "y")
    made.receives(hand_over(2))
    return made


def test_3_10_step_1_no_commands_while_handing_over() -> None:
    """Dissertation, 3.10, step 1: the prior leader stops accepting new requests."""
    made = handing_over()
    assert not made.accepts("z")
    assert made.node.log.last_index == 4


def test_3_10_step_2_the_targets_log_is_brought_up_first() -> None:
    """Dissertation, 3.10, step 2: it is sent what it lacks, by ordinary replication."""
    made = leader(disk((1, 1)))
    made.receives(heartbeat_answer(2, 2))
    made.receives(hand_over(2))
    assert made.node.transferee == 2
    sent = made.receives(heartbeat_answer(2, 2))
    assert [m.type for m in sent] == [MessageType.APP], "it is not told before it has everything"


def test_3_10_step_2_what_the_target_lacks_is_sent_at_once() -> None:
    """Dissertation, 3.10, step 2: if nothing is on its way to it."""
    made = leader_heard_by(2, 3, of=disk((1,)))
    made.proposes("x")
    made.receives(Message(MessageType.UNREACHABLE, 2, 1))
    message = only(made.receives(hand_over(2)))
    assert (message.type, message.target, message.index) == (MessageType.APP, 2, 2)
    assert [entry.index for entry in message.entries] == [3]


@pytest.mark.parametrize(("index", "told"), [(2, False), (3, False), (4, True)])
def test_3_10_step_3_the_target_is_told_once_its_log_is_complete(index: int, told: bool) -> None:
    """Dissertation, 3.10, step 3: TimeoutNow when its log matches the leader's, not before."""
    made = handing_over()
    sent = of_type(MessageType.TIMEOUT_NOW, made.receives(ack(2, 2, index)))
    assert sent == ([TIMEOUT_NOW] if told else [])


def test_3_10_step_3_the_target_is_told_at_once_when_its_log_is_complete() -> None:
    """Dissertation, 3.10, step 3: no replication is needed."""
    made = leader_heard_by(2, 3, of=disk((1,)))
    assert made.receives(hand_over(2)) == [TIMEOUT_NOW]
    assert made.node.transferee == 2


def test_3_10_step_3_the_target_is_told_once() -> None:
    """Dissertation, 3.10, step 3: an acknowledgement that arrives twice does not repeat it."""
    made = handing_over()
    assert of_type(MessageType.TIMEOUT_NOW, made.receives(ack(2, 2, 4))) == [TIMEOUT_NOW]
    assert made.receives(ack(2, 2, 4)) == []


def test_3_10_others_that_are_up_to_date_are_not_told() -> None:
    """Dissertation, 3.10: the target, and nobody else, is to stand."""
    made = handing_over()
    assert of_type(MessageType.TIMEOUT_NOW, made.receives(ack(3, 2, 4))) == []


@pytest.mark.parametrize("config", [{}, {"pre_vote": True}, {"check_quorum": True}])
def test_3_10_the_target_stands_at_once(config: dict[str, bool]) -> None:
    """Dissertation, 3.10: as if its timer had fired; it says so (and asks no PreVote before)."""
    made = follower(disk((1, 1), term=2), leader=2, **config)
    sent = made.receives(Message(MessageType.TIMEOUT_NOW, 2, 1, 2))
    assert sent == [
        Message(MessageType.VOTE, 1, peer, 3, 1, 2, context=TRANSFER) for peer in (2, 3)
    ]
    assert (made.node.role, made.node.term) == (Role.CANDIDATE, 3)


def test_3_10_an_ordinary_candidate_does_not_claim_the_leaders_permission() -> None:
    """Dissertation, 3.10 with 4.2.3: the flag is for transfers only."""
    made = member(disk((1,)))
    assert {message.context for message in made.campaigns()} == {""}


def test_3_10_leadership_moves_also_where_leaders_are_protected() -> None:
    """Dissertation, 3.10: the target wins against followers that hear their leader."""
    group = Group({id: disk((1,)) for id in (1, 2, 3)}, check_quorum=True, pre_vote=True)
    group.elect(1)
    group.sends(group[1].receives(hand_over(3)))
    group.deliver()
    assert group.leaders() == [3]
    assert [group[id].node.leader for id in (1, 2, 3)] == [3, 3, 3]
    assert [group[id].node.term for id in (1, 2, 3)] == [3, 3, 3]


def test_3_10_a_transfer_that_takes_an_election_timeout_is_given_up() -> None:
    """Dissertation, 3.10: after that the leader resumes accepting commands, not before."""
    made = leader_heard_by(2, 3, of=disk((1,)), election_timeout=10)
    made.ticks(7)
    made.receives(hand_over(2))
    made.ticks(9)
    assert not made.accepts("x")
    made.ticks(1)
    assert (made.node.transferee, made.node.role) == (0, Role.LEADER)
    assert made.accepts("x")


def test_3_10_asking_again_does_not_prolong_it() -> None:
    """Dissertation, 3.10 (etcd): a second wish for the same target is ignored."""
    made = handing_over()
    made.ticks(6)
    assert made.receives(hand_over(2)) == []
    assert (made.node.transferee, made.node.election_elapsed) == (2, 6)


def test_3_10_another_target_takes_the_place_of_the_first() -> None:
    """Dissertation, 3.10 (etcd): the last wish counts."""
    made = handing_over()
    made.receives(ack(3, 2, 4))
    sent = made.receives(hand_over(3))
    assert [(m.type, m.target) for m in sent] == [(MessageType.TIMEOUT_NOW, 3)]
    assert made.node.transferee == 3
    assert of_type(MessageType.TIMEOUT_NOW, made.receives(ack(2, 2, 4))) == []


def test_3_10_to_the_leader_itself_there_is_nothing_to_hand_over() -> None:
    """Dissertation, 3.10 (etcd): it only ends a transfer to somebody else."""
    made = handing_over()
    assert made.receives(hand_over(1)) == []
    assert (made.node.transferee, made.node.role) == (0, Role.LEADER)


@pytest.mark.parametrize("target", [4, 9])
def test_3_10_nobody_without_a_vote_can_lead(target: int) -> None:
    """Dissertation, 3.10: neither a learner nor a stranger is a target."""
    made = leader_heard_by(2, 3, 4, of=disk((1,), learners=(4,)))
    assert made.receives(hand_over(target)) == []
    assert made.node.transferee == 0


def test_3_10_a_target_that_is_removed_is_a_target_no_more() -> None:
    """Dissertation, 3.10 (etcd): the transfer ends with the change of the configuration."""
    made = leader_heard_by(2, 3, of=disk((1,)))
    made.changes(change((REMOVE, 2)))
    made.receives(hand_over(2))
    made.receives(ack(3, 2, 3))
    assert (made.node.transferee, made.node.configuration.voters) == (0, (1, 3))


def test_3_10_a_target_that_stays_is_still_the_target_after_a_change() -> None:
    """Dissertation, 3.10: a change that concerns others does not end the transfer."""
    made = leader_heard_by(2, 3, of=disk((1,)))
    made.changes(change((REMOVE, 3)))
    made.receives(hand_over(2))
    made.receives(ack(2, 2, 3))
    assert (made.node.transferee, made.node.configuration.voters) == (2, (1, 2))


def test_3_10_a_leader_that_lost_its_term_hands_nothing_over() -> None:
    """Dissertation, 3.10: the transfer ends with the leadership."""
    made = handing_over()
    made.receives(heartbeat(3, source=3))
    assert (made.node.transferee, made.node.role) == (0, Role.FOLLOWER)


def test_3_10_a_follower_passes_the_wish_on_to_its_leader() -> None:
    """Dissertation, 3.10 (etcd): wherever it is asked, the leader has to do it."""
    made = follower(disk((1,)), leader=3)
    message = only(made.receives(hand_over(1)))
    assert message == Message(MessageType.TRANSFER_LEADER, 1, 3, term=1)
    assert made.crashes().receives(hand_over(1)) == [], "nobody to pass it on to"


def test_3_10_a_candidate_stands_already() -> None:
    """Dissertation, 3.10: TimeoutNow is for followers."""
    made = candidate(disk((1,)))
    before = made.node
    assert made.receives(Message(MessageType.TIMEOUT_NOW, 2, 1, 2)) == []
    assert made.node == before


def test_3_10_a_leader_does_not_time_out_now() -> None:
    """Dissertation, 3.10: nor does a leader, whoever sent it."""
    made = leader(disk((1,)))
    before = made.node
    assert made.receives(Message(MessageType.TIMEOUT_NOW, 2, 1, 2)) == []
    assert made.node == before


# -- forgetting a leader (etcd) ---------------------------------------------------------------

FORGET = Message(MessageType.FORGET_LEADER, 1, 1)


def test_3_10_a_follower_may_be_told_to_forget_its_leader() -> None:
    """Dissertation, 4.2.3 (etcd's ForgetLeader): it votes again, in the same term, for another."""
    made = follower(disk((1,)), check_quorum=True)
    assert made.receives(FORGET) == []
    node = made.node
    assert (node.leader, node.role, node.term) == (0, Role.FOLLOWER, 1)
    assert to(3, made.receives(Message(MessageType.VOTE, 3, 1, 2, 1, 1)))[0].reject is False
    assert made.receives(FORGET) == []


def test_3_10_a_lease_is_not_forgotten() -> None:
    """Dissertation, 6.4.1 (etcd): reads of the leader count on its followers' patience."""
    made = follower(disk((1,)), check_quorum=True, read_only=ReadOnly.LEASE_BASED)
    made.receives(FORGET)
    assert made.node.leader == 2


def test_3_10_a_leader_forgets_nobody() -> None:
    """Dissertation, 4.2.3 (etcd): it is its own leader, and stays that."""
    made = leader(disk((1,)))
    before = made.node
    made.receives(FORGET)
    assert made.node == before
