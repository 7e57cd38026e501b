"""A candidate whose configuration changes while it stands (``raft.go``, campaign)."""

from model.raft.conf_change import ChangeType, ConfChange, ConfChangeSingle
from model.raft.configure import apply_conf_change
from model.raft.message import Message, MessageType
from model.raft.node import Role
from tests.raft.node.driving import lines, quiet, settled, started, told

REMOVE_1 = ConfChange((ConfChangeSingle(ChangeType.REMOVE_NODE, 1),))
HUP = Message(MessageType.HUP, 1, 1)


def granted(kind: MessageType, source: int, term: int) -> Message:
    return Message(kind, source, 1, term)


def test_a_pre_candidate_that_was_removed_stands_all_the_same_and_says_so() -> None:
    node, _ = settled(told(started(pre_vote=True), HUP))
    node = quiet(apply_conf_change(node, REMOVE_1))
    for voter in (2, 3):
        node = told(node, granted(MessageType.PRE_VOTE_RESP, voter, 2))
    assert node.role is Role.CANDIDATE
    noted = lines(node)
    at = noted.index("WARN 1 is unpromotable; campaign() should have been called")
    assert noted[at + 1] == "INFO 1 became candidate at term 2"


def test_a_pre_candidate_that_is_a_voter_stands_without_that_warning() -> None:
    node, _ = settled(told(started(pre_vote=True), HUP))
    node = told(node, granted(MessageType.PRE_VOTE_RESP, 2, 2))
    assert node.role is Role.CANDIDATE
    assert not any("unpromotable" in line for line in lines(node))


def test_who_was_removed_is_not_promotable_in_the_first_place() -> None:
    node = quiet(apply_conf_change(started(), REMOVE_1))
    node = told(node, HUP)
    assert node.role is Role.FOLLOWER
    assert lines(node) == ["WARN 1 is unpromotable and can not campaign"]
