"""Section 7, figure 13 (dissertation, figure 5.3): InstallSnapshot, what its receiver does."""

import pytest

from model.raft.conf_change import Configuration
from model.raft.message import Message, MessageType
from model.raft.node import Role, Unstable
from model.raft.snapshot import restore_snapshot
from model.raft.step import step
from tests.raft.paper.vocabulary import (
    append,
    disk,
    follower,
    heartbeat,
    install,
    leader,
    member,
    only,
    terms_of,
)


def test_7_install_1_an_older_term_is_refused() -> None:
    """Figure 13, step 1: a snapshot of a deposed leader is ignored."""
    made = follower(disk((1,), term=3))
    before = made.node
    assert made.receives(install(2, 9, 2)) == []
    assert made.node == before


def test_7_install_7_a_log_that_does_not_have_the_snapshots_last_entry_is_discarded() -> None:
    """Figure 13, step 7: then nothing of the log is known to be right, all of it goes."""
    for log in ((), (1,), (1, 1, 1), (1, 1, 1, 1, 1, 1)):
        made = follower(disk(log, term=3))
        answer = only(made.receives(install(3, 4, 2)))
        node = made.node
        assert (node.log.entries, node.log.compacted, node.log.compacted_term) == ((), 4, 2)
        assert (node.commit, node.applied) == (4, 4)
        assert (answer.type, answer.target, answer.index, answer.reject) == (
            *(MessageType.APP_RESP, 2, 4),
            False,
        )


def test_7_install_8_the_state_machine_starts_over_from_the_snapshot() -> None:
    """Figure 13, step 8: the snapshot reaches the application, and so does its configuration."""
    made = follower(disk((1,)))
    message = install(3, 4, 2, voters=(1, 2, 5), learners=(6,))
    made.receives(message)
    assert made.snapshots == [message.snapshot]
    assert made.applied == []
    assert made.node.unstable == Unstable(offset=5, in_progress=5)
    assert made.node.configuration == Configuration((1, 2, 5), (), (6,))
    assert list(made.node.progress) == [1, 2, 5, 6]
    assert [m.target for m in made.campaigns()] == [2, 5]


def test_7_install_8_also_a_joint_configuration_is_taken_over() -> None:
    """Figure 13, step 8: whichever configuration was in force at that index."""
    made = follower(disk((1,)))
    made.receives(install(3, 4, 2, voters=(1, 2), outgoing=(1, 5, 6), learners_next=(5,)))
    assert made.node.configuration == Configuration((1, 2), (1, 5, 6), (), (5,))
    assert [m.target for m in made.campaigns()] == [2, 5, 6]


def test_7_install_6_a_log_that_has_the_snapshots_last_entry_is_kept() -> None:
    """Figure 13, step 6: what follows it stays (etcd: and all before, it is a commit index)."""
    made = follower(disk((1, 1, 2, 2)))
    answer = only(made.receives(install(3, 3, 2)))
    assert terms_of(made.node.log) == [1, 1, 2, 2]
    assert (made.node.log.compacted, made.node.commit, made.snapshots) == (0, 3, [])
    assert (answer.index, answer.reject) == (3, False)
    assert [entry.index for entry in made.applied] == [1, 2, 3]


@pytest.mark.parametrize(("index", "taken"), [(1, False), (2, False), (3, True)])
def test_7_install_what_is_committed_already_is_not_taken_back(index: int, taken: bool) -> None:
    """Section 7: a snapshot up to the commit index or before it brings nothing new."""
    made = follower(disk((1, 1, 1, 1), commit=2, term=3))
    answer = only(made.receives(install(3, index, 3)))
    assert (made.snapshots != []) is taken
    assert made.node.commit == (3 if taken else 2)
    assert (answer.index, answer.reject) == (3 if taken else 2, False)
    assert terms_of(made.node.log) == ([] if taken else [1, 1, 1, 1])


def test_7_install_what_is_committed_counts_though_it_is_not_applied_yet() -> None:
    """Section 7: such a snapshot would bring nothing new, whatever was applied."""
    made = follower(disk((1, 1, 1, 1)))
    made.does(lambda node: step(node, heartbeat(1, commit=2)))
    made.does(lambda node: step(node, install(3, 2, 3)))
    assert (made.node.log.last_index, made.node.unstable.snapshot) == (4, None)


def test_7_install_without_a_snapshot_is_one_of_nothing() -> None:
    """Section 7 (etcd): answered with the commit index."""
    made = follower(disk((1, 1), commit=1))
    answer = only(made.receives(Message(MessageType.SNAP, 2, 1, 1)))
    assert (answer.type, answer.index, answer.reject) == (MessageType.APP_RESP, 1, False)


def test_7_install_is_not_for_leaders() -> None:
    """Section 7 (etcd: should never happen; it would give up its term rather than its log)."""
    made = leader(disk((1,)))
    snapshot = install(2, 9, 2).snapshot
    assert snapshot is not None
    node = restore_snapshot(made.node, snapshot)
    assert (node.role, node.term, node.leader) == (Role.FOLLOWER, 3, 0)
    assert node.log == made.node.log


def test_7_install_a_doubled_snapshot_is_taken_once() -> None:
    """Section 7: the second one is up to the commit index."""
    made = follower(disk((1,)))
    made.receives(install(3, 4, 2), install(3, 4, 2))
    assert len(made.snapshots) == 1
    assert made.node.commit == 4


def test_7_install_a_snapshot_of_a_group_one_is_not_in_is_ignored() -> None:
    """Section 7 (etcd: should never happen, and would leave a node without any place)."""
    made = follower(disk((1,)))
    answer = only(made.receives(install(3, 4, 2, voters=(2, 3))))
    assert (answer.index, made.node.commit, made.snapshots) == (0, 0, [])
    assert made.node.configuration == Configuration((1, 2, 3))


@pytest.mark.parametrize(
    "place",
    [
        {"voters": (1, 2)},
        {"voters": (2, 3), "learners": (1,)},
        {"voters": (2, 3), "outgoing": (1, 2)},
    ],
)
def test_7_install_voters_of_either_half_and_learners_take_snapshots(place) -> None:
    """Section 7: whatever its place in the snapshot's configuration, it is a place."""
    made = follower(disk((1,)))
    assert only(made.receives(install(3, 4, 2, **place))).index == 4


def test_7_install_entries_go_on_behind_the_snapshot() -> None:
    """Section 7: the log begins anew with what follows the last included entry."""
    made = follower(disk((1, 1)))
    made.receives(install(3, 4, 2))
    answer = only(made.receives(append(3, (4, 2), (3, 3), commit=5)))
    assert (answer.reject, answer.index) == (False, 6)
    assert [entry.index for entry in made.applied] == [5]
    assert [entry.index for entry in made.written] == [5, 6]
    assert made.node.log.last_index == 6


def test_7_install_who_has_not_saved_its_snapshot_yet_does_not_stand() -> None:
    """Section 7 (etcd): until it is on disk, a crash would bring the older log back."""
    made = follower(disk((1,)))
    made.does(lambda node: step(node, install(3, 4, 2)))
    before = made.node
    made.does(lambda node: step(node, Message(MessageType.HUP, 1, 1)))
    assert made.node == before
    made.settles()
    made.campaigns()
    assert made.node.role is Role.CANDIDATE


def test_7_install_it_is_acknowledged_once_it_is_on_disk() -> None:
    """Section 7: like entries, a snapshot is durable before the leader may count on it."""
    made = follower(disk((1,)))
    made.does(lambda node: step(node, install(3, 4, 2)))
    assert made.node.outbox == ()
    ready = made.ready()
    assert ready.snapshot is not None
    assert [(m.type, m.index) for m in ready.messages] == [(MessageType.APP_RESP, 4)]
    assert ready.committed_entries == (), "there is nothing to apply before that"


def test_7_install_what_follows_it_is_applied_after_it() -> None:
    """Section 7 (etcd): entries that are committed behind it wait for the next Ready."""
    made = follower(disk((1,)))
    made.does(lambda node: step(node, install(3, 4, 2)))
    made.does(lambda node: step(node, append(3, (4, 2), (3,), commit=5)))
    ready = made.ready()
    assert ready.snapshot is not None
    assert [entry.index for entry in ready.entries] == [5]
    assert ready.committed_entries == ()
    assert [entry.index for entry in made.ready().committed_entries] == [5]


def test_7_install_a_snapshot_counts_as_contact_with_the_leader() -> None:
    """Section 7: it comes from the leader, so the election timer starts again."""
    made = member(disk((1,), term=3))
    made.ticks(9)
    made.receives(install(3, 4, 2, source=3))
    assert (made.node.leader, made.node.election_elapsed) == (3, 0)
