"""Handing leadership over to a follower to which nothing may be sent just now (``raft.go``)."""

from model.raft.message import Message, MessageType
from model.raft.proposal import propose
from model.raft.timers import tick
from tests.raft.node.driving import BOOTSTRAP, ack, leading, lines, quiet, sent_to, settled, told

TO_2 = Message(MessageType.TRANSFER_LEADER, 2, 1)


def test_a_target_that_is_up_to_date_is_told_at_once() -> None:
    node = told(leading(), TO_2)
    assert len(sent_to(node, 2, MessageType.TIMEOUT_NOW)) == 1
    assert lines(node) == [
        "INFO 1 [term 2] starts to transfer leadership to 2",
        "INFO 1 sends MsgTimeoutNow to 2 immediately as 2 already has up-to-date log",
    ]


def test_a_paused_target_is_sent_nothing_before_it_answers() -> None:
    node = told(leading(), Message(MessageType.UNREACHABLE, 2, 1))
    node, _ = settled(propose(node, "x")[0])
    assert node.progress[2].is_paused, "one probe is on its way"
    node = told(node, TO_2)
    assert node.outbox == ()
    node = told(node, Message(MessageType.HEARTBEAT_RESP, 2, 1, 2))
    assert len(sent_to(node, 2, MessageType.APP)) == 1
    node = told(quiet(node), ack(2, BOOTSTRAP + 2))
    assert "INFO 1 sent MsgTimeoutNow to 2 after received MsgAppResp" in lines(node)


def test_a_second_wish_replaces_the_first_and_a_repeated_one_is_ignored() -> None:
    node = quiet(told(leading(), TO_2))
    assert lines(told(node, TO_2)) == [
        "INFO 1 [term 2] transfer leadership to 2 is in progress, ignores request to same node 2"
    ]
    node = told(node, Message(MessageType.TRANSFER_LEADER, 3, 1))
    assert node.transferee == 3
    assert lines(node)[:2] == [
        "INFO 1 [term 2] abort previous transferring leadership to 2",
        "INFO 1 [term 2] starts to transfer leadership to 3",
    ]
    node = told(quiet(node), Message(MessageType.TRANSFER_LEADER, 1, 1))
    assert node.transferee == 0, "who hands over to itself keeps the lead"
    assert lines(node)[-1] == "DEBUG 1 is already leader. Ignored transferring leadership to self"


def test_proposals_are_dropped_until_the_transfer_has_taken_too_long() -> None:
    node = quiet(told(leading(), TO_2))
    node, accepted = propose(node, "x")
    assert not accepted
    assert lines(node) == [
        "DEBUG 1 [term 2] transfer leadership to 2 is in progress; dropping proposal"
    ]
    for _ in range(node.config.election_timeout):
        node = tick(node)
    assert propose(node, "x")[1]
