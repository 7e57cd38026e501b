"""ReadIndex as etcd confirms it: by counting reads, not by their names (``read_only.go``)."""

import pytest

from model.raft.conf_change import Configuration
from model.raft.message import Message, MessageType
from model.raft.node import Node, ReadOnly, ReadState
from model.raft.read import read_index
from tests.raft.node.driving import BOOTSTRAP, VOTERS, ack, leading, sent_to, told

FIVE = Configuration((1, 2, 3, 4, 5))
COMMITTED = BOOTSTRAP + 1


def answer(source: int, context: str) -> Message:
    """``source`` has answered a heartbeat with this context."""
    return Message(MessageType.HEARTBEAT_RESP, source, 1, 2, context=context)


def asked(node: Node, *contexts: str) -> Node:
    for context in contexts:
        node = read_index(node, context)
    return node


def served(node: Node) -> list[str]:
    return [state.context for state in node.ready_reads]


def test_a_heartbeat_says_how_many_reads_it_confirms() -> None:
    node = asked(leading(), "a", "b")
    assert [m.context for m in sent_to(node, 2, MessageType.HEARTBEAT)] == ["1", "2"]
    beat = told(node, Message(MessageType.BEAT, 1, 1))
    assert sent_to(beat, 2, MessageType.HEARTBEAT)[-1].context == "2", "the last one that waits"


def test_the_count_goes_on_after_a_read_was_confirmed() -> None:
    node = told(asked(leading(), "a"), answer(2, "1"))
    assert node.ready_reads == (ReadState("a", COMMITTED),)
    node = asked(node, "b")
    assert sent_to(node, 2, MessageType.HEARTBEAT)[-1].context == "2"


def test_an_answer_to_a_later_read_confirms_the_earlier_ones() -> None:
    node = told(asked(leading(), "a", "b", "c"), answer(3, "2"))
    assert served(node) == ["a", "b"]
    assert [read.context for read in node.pending_reads] == ["c"]


def test_answers_to_different_reads_add_up() -> None:
    node = told(asked(leading(FIVE), "a", "b"), answer(2, "1"))
    assert served(node) == []
    node = told(node, answer(3, "2"))
    assert served(node) == ["a"], "1, 2 and 3 confirm it; only 1 and 3 confirm the second"


def test_two_reads_of_one_name_are_two_reads() -> None:
    node = asked(leading(), "same")
    node = told(asked(node, "same"), answer(2, "1"))
    assert served(node) == ["same"], "the answer is older than the second"
    assert len(node.pending_reads) == 1


def test_an_answer_of_long_ago_confirms_nothing() -> None:
    node = told(asked(leading(), "a"), answer(2, "1"))
    node = told(asked(node, "b"), answer(3, "1"), answer(2, ""))
    assert served(node) == ["a"]
    assert node.pending_reads[0].acks == (1,)


def test_the_count_begins_anew_with_the_next_leadership() -> None:
    node = told(asked(leading(), "a"), answer(2, "1"))
    assert node.confirmed_reads == 1
    assert told(node, Message(MessageType.APP, 2, 1, 3)).confirmed_reads == 0


def test_a_leader_that_is_a_quorum_alone_still_waits_for_an_answer_while_joint() -> None:
    """Only the single voter of a configuration that is not joint answers at once."""
    joint = Configuration((1,), (1,), (2,))
    node = asked(leading(joint), "a")
    assert served(node) == []
    assert served(told(node, answer(2, "1"))) == ["a"], "a learner's answer is occasion enough"
    assert served(asked(leading(Configuration((1,), (), (2,))), "a")) == ["a"]


def test_a_forwarded_read_is_answered_to_who_asked() -> None:
    request = Message(MessageType.READ_INDEX, 3, 1, context="a")
    node = told(leading(), request, answer(2, "1"))
    (response,) = sent_to(node, 3, MessageType.READ_INDEX_RESP)
    assert (response.index, response.context, response.term) == (COMMITTED, "a", 2)
    assert node.ready_reads == ()


def test_a_read_before_the_first_commit_of_the_term_goes_on_with_that_commit() -> None:
    node = asked(leading(committed=False), "a")
    assert node.pending_reads == ()
    node = told(node, ack(2, COMMITTED))
    assert [(read.context, read.index) for read in node.pending_reads] == [("a", COMMITTED)]
    heartbeat, append = [m for m in node.outbox if m.target == 2][:2]
    assert (heartbeat.type, append.type) == (MessageType.HEARTBEAT, MessageType.APP)


@pytest.mark.parametrize("role", ["follower", "candidate"])
def test_without_a_leader_a_read_is_lost(role: str) -> None:
    node = leading()
    node = told(node, Message(MessageType.VOTE, 2, 1, 3, 2, COMMITTED))
    if role == "candidate":
        node = told(node, Message(MessageType.HUP, 1, 1))
    before = node
    after = asked(node, "a")
    assert (after.outbox, after.ready_reads) == (before.outbox, before.ready_reads)


def test_with_leases_a_read_is_answered_from_the_clock() -> None:
    node = asked(leading(VOTERS, read_only=ReadOnly.LEASE_BASED, check_quorum=True), "a")
    assert served(node) == ["a"]
    assert sent_to(node, 2, MessageType.HEARTBEAT) == []
