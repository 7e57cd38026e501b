"""Lines of a node's log that name protobuf messages, word for word as etcd writes them."""

import pytest

from model.raft.conf_change import (
    ChangeType,
    ConfChange,
    ConfChangeSingle,
    Configuration,
    Transition,
)
from model.raft.log import Snapshot
from model.raft.message import Message, MessageType
from model.raft.proposal import propose_conf_change
from tests.raft.node.driving import BOOTSTRAP, leading, lines, quiet, started, told

ADD_4 = ConfChangeSingle(ChangeType.ADD_NODE, 4)
LEARN_5 = ConfChangeSingle(ChangeType.ADD_LEARNER_NODE, 5)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            ConfChange((ADD_4,), v1=True),
            "transition:ConfChangeTransitionAuto changes:{type:ConfChangeAddNode node_id:4}",
        ),
        (
            ConfChange((ADD_4, LEARN_5), Transition.EXPLICIT),
            "transition:ConfChangeTransitionJointExplicit "
            "changes:{type:ConfChangeAddNode node_id:4} "
            "changes:{type:ConfChangeAddLearnerNode node_id:5}",
        ),
    ],
)
def test_a_refused_change_is_named_in_the_newer_form(change: ConfChange, words: str) -> None:
    node = quiet(propose_conf_change(leading(), ConfChange((ADD_4,)))[0])
    node, accepted = propose_conf_change(node, change)
    assert accepted, "an entry without content takes its place"
    assert node.log.entries[-1].change is None
    assert lines(node) == [
        f"INFO 1 ignoring conf change {words} at config voters=(1 2 3): "
        f"possible unapplied conf change at index {BOOTSTRAP + 2} (applied to {BOOTSTRAP + 1})"
    ]


def test_a_snapshot_for_others_is_refused_with_their_configuration() -> None:
    there = Configuration((2, 3), (2, 4), (5,), (4,), auto_leave=True)
    message = Message(MessageType.SNAP, 2, 1, 1, snapshot=Snapshot(9, 1, there))
    node = told(started(), message)
    assert lines(node) == [
        "WARN 1 attempted to restore snapshot but it is not in the ConfState voters:2 voters:3 "
        "learners:5 voters_outgoing:2 voters_outgoing:4 learners_next:4 auto_leave:true; "
        "should never happen",
        f"INFO 1 [commit: {BOOTSTRAP}] ignored snapshot [index: 9, term: 1]",
    ]
    assert node.after_append[-1].index == BOOTSTRAP


def test_a_snapshot_message_without_a_snapshot_is_ignored() -> None:
    node = told(started(), Message(MessageType.SNAP, 2, 1, 1))
    assert lines(node) == [f"INFO 1 [commit: {BOOTSTRAP}] ignored snapshot [index: 0, term: 0]"]
