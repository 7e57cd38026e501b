"""What a leader hears from who is no member, and what is not meant for a leader (``raft.go``)."""

import pytest

from model.raft.message import Message, MessageType
from tests.raft.node.driving import leading, lines, told

OF_A_MEMBER = (
    MessageType.APP,
    MessageType.APP_RESP,
    MessageType.HEARTBEAT,
    MessageType.HEARTBEAT_RESP,
    MessageType.SNAP,
    MessageType.VOTE_RESP,
    MessageType.PRE_VOTE_RESP,
    MessageType.TIMEOUT_NOW,
    MessageType.TRANSFER_LEADER,
    MessageType.READ_INDEX_RESP,
    MessageType.UNREACHABLE,
    MessageType.SNAP_STATUS,
)


@pytest.mark.parametrize("kind", OF_A_MEMBER)
def test_a_stranger_is_noticed_and_nothing_else_happens(kind: MessageType) -> None:
    leader = leading()
    node = told(leader, Message(kind, 9, 1, 2))
    assert lines(node) == ["DEBUG 1 no progress available for 9"]
    assert (node.progress, node.outbox, node.after_append) == (
        leader.progress,
        leader.outbox,
        leader.after_append,
    )


@pytest.mark.parametrize(
    "kind",
    [
        MessageType.VOTE_RESP,
        MessageType.PRE_VOTE_RESP,
        MessageType.TIMEOUT_NOW,
        MessageType.READ_INDEX_RESP,
        MessageType.FORGET_LEADER,
    ],
)
def test_what_is_not_meant_for_a_leader_passes_without_a_word(kind: MessageType) -> None:
    leader = leading()
    assert told(leader, Message(kind, 2, 1, 2)) == leader


def test_to_forget_its_leader_means_nothing_to_a_leader_whoever_asks() -> None:
    leader = leading()
    assert told(leader, Message(MessageType.FORGET_LEADER, 9, 1)) == leader
