"""Section 7 and dissertation, chapter 5: snapshots, and what is left of the log."""

import pytest

from model.evolve import evolve
from model.raft.conf_change import Configuration
from model.raft.log import Snapshot
from model.raft.message import Message, MessageType
from model.raft.progress import ProgressState
from model.raft.ready import take_ready
from model.raft.snapshot import compact
from model.raft.step import step
from tests.raft.paper.vocabulary import (
    LEARN,
    Group,
    Member,
    ack,
    append,
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
    refusal,
    request_vote,
    terms_of,
    to,
)

# -- 5.1 taking a snapshot --------------------------------------------------------------------


def test_7_a_snapshot_takes_the_place_of_the_entries_it_covers() -> None:
    """Section 7: the log is discarded up to and with the last included index, no further."""
    made = follower(disk((1, 1, 2, 2), commit=3))
    made.compacts(3)
    log = made.node.log
    assert (log.compacted, log.compacted_term, terms_of(log)) == (3, 2, [2])
    assert (log.first_index, log.last_index, log.last_term) == (4, 4, 2)


def test_7_a_snapshot_has_the_last_included_index_and_term_and_the_configuration() -> None:
    """Section 7: index and term for the consistency check, the configuration for what follows."""
    made = leader_heard_by(2, 3, of=disk((1, 1), learners=(4,)))
    made.compacts(3)
    assert made.node.snapshot == Snapshot(3, 2, Configuration((1, 2, 3), (), (4,)), "state")


@pytest.mark.parametrize(("upto", "compacted"), [(0, 0), (1, 1), (2, 2), (3, 2), (9, 2)])
def test_7_only_what_is_applied_is_discarded(upto: int, compacted: int) -> None:
    """Section 7: a snapshot covers committed and applied entries alone."""
    made = follower(disk((1, 1, 1), commit=2))
    made.compacts(upto)
    assert made.node.log.compacted == compacted
    assert made.node.log.last_index == 3


def test_7_only_what_is_on_disk_is_discarded() -> None:
    """Section 7 (etcd): an entry that is still being written is needed for that."""
    made = follower(disk((1,)))
    made.does(lambda node: step(node, append(1, (1, 1), (1,), commit=2)))
    node = take_ready(made.raw)[1].node
    assert compact(evolve(node, applied=2), Snapshot(2, 1), 2).log.compacted == 1


def test_7_what_is_committed_and_not_applied_is_not_discarded() -> None:
    """Section 7: the snapshot does not have it yet."""
    made = follower(disk((1, 1, 1), commit=1))
    made.does(lambda node: step(node, heartbeat(1, commit=3)))
    assert compact(made.node, Snapshot(1, 1), 3).log.compacted == 1


def test_7_nothing_is_discarded_twice() -> None:
    """Section 7: an older snapshot than the last one takes nothing more."""
    made = follower(disk((1, 1, 1, 1), commit=3))
    made.compacts(3)
    made.compacts(2)
    assert (made.node.log.compacted, terms_of(made.node.log)) == (3, [1])


def test_7_the_first_entry_behind_a_snapshot_is_checked_against_it() -> None:
    """Section 7: prevLogIndex and prevLogTerm may be those of the last included entry."""
    for term, matches in ((2, True), (1, False), (3, False)):
        made = follower(disk((), compacted=(3, 2), term=3))
        answer = only(made.receives(append(3, (3, term), (3,))))
        assert answer.reject is not matches
        assert terms_of(made.node.log) == ([3] if matches else [])


def test_7_a_log_that_is_all_snapshot_is_as_up_to_date_as_it() -> None:
    """Section 7 with 5.4.1: the last included entry counts as the last one of the log."""
    for last, granted in (((3, 2), True), ((2, 2), False), ((9, 1), False), ((1, 3), True)):
        made = member(disk((), compacted=(3, 2), term=3))
        assert only(made.receives(request_vote(4, last))).reject is not granted
    standing = candidate(disk((), compacted=(3, 2)))
    asked = only(m for m in standing.campaigns() if m.target == 2)
    assert (asked.index, asked.log_term) == (3, 2)


def test_7_a_server_restarts_from_its_snapshot() -> None:
    """Section 7: what it covers is committed and applied, its configuration is in force."""
    node = member(disk((2,), compacted=(3, 2), commit=0, learners=(4,))).node
    assert (node.applied, node.commit, node.log.first_index, node.log.last_index) == (3, 3, 4, 4)
    assert node.configuration == Configuration((1, 2, 3), (), (4,))


# -- who is sent a snapshot -------------------------------------------------------------------


def behind(next_index: int, **config) -> Member:
    """A leader whose log begins at 4, and has 4 and 5; 2 has refused all from ``next_index`` on."""
    made = leader(disk((2,), compacted=(3, 2)), **config)
    made.receives(heartbeat_answer(2, 3))
    made.sent = made.receives(refusal(2, 3, 4, (next_index - 1, 0)))
    return made


@pytest.mark.parametrize(("next_index", "kind"), [(4, "MsgApp"), (3, "MsgSnap"), (1, "MsgSnap")])
def test_7_a_follower_is_sent_a_snapshot_when_what_it_lacks_is_discarded(
    next_index: int, kind: str
) -> None:
    """Section 7: only then; the entry before the next one may be the last one of the snapshot."""
    made = behind(next_index)
    message = only(made.sent)
    assert message.type.value == kind
    assert message.target == 2
    if message.snapshot is not None:
        assert (message.term, message.snapshot) == (3, made.node.snapshot)
        assert (message.snapshot.index, message.snapshot.term) == (3, 2)


def test_7_while_a_snapshot_is_on_its_way_nothing_else_is_sent() -> None:
    """Section 7 (etcd: progress is "snapshot", the flow is paused)."""
    made = behind(1)
    progress = made.progress(2)
    assert (progress.state, progress.pending_snapshot) == (ProgressState.SNAPSHOT, 3)
    assert progress.next == 4
    assert to(2, made.proposes("x")) == []
    assert made.receives(heartbeat_answer(2, 3)) == []


def test_7_who_was_not_heard_from_is_sent_no_snapshot() -> None:
    """Section 7 (etcd): it may be down, and a snapshot is large."""
    made = leader(disk((2,), compacted=(3, 2)))
    snapshot = made.node.snapshot
    made.does(lambda node: evolve(node, snapshot=Snapshot()))
    made.receives(refusal(2, 3, 4, (0, 0)), Message(MessageType.CHECK_QUORUM, 1, 1))
    made.does(lambda node: evolve(node, snapshot=snapshot))
    assert not made.progress(2).active
    assert to(2, made.proposes("x")) == []
    assert only(made.receives(heartbeat_answer(2, 3))).type is MessageType.SNAP


def test_7_without_a_snapshot_nothing_can_be_sent() -> None:
    """Section 7 (etcd: the application may have none ready at the moment)."""
    made = leader(disk((2,), compacted=(3, 2)))
    made.does(lambda node: evolve(node, snapshot=Snapshot()))
    made.receives(heartbeat_answer(2, 3))
    assert made.receives(refusal(2, 3, 4, (0, 0))) == []
    assert made.progress(2).state is ProgressState.PROBE


def test_7_without_a_snapshot_an_acknowledgement_leads_nowhere_either() -> None:
    """Section 7 (etcd): the follower waits until the application has a snapshot."""
    made = leader(disk((2,), compacted=(3, 2)))
    made.does(lambda node: evolve(node, snapshot=Snapshot()))
    assert to(2, made.receives(ack(2, 3, 1))) == []
    progress = made.progress(2)
    assert (progress.match, progress.next, progress.state) == (1, 2, ProgressState.REPLICATE)


@pytest.mark.parametrize(
    ("index", "state", "following"),
    [
        (2, ProgressState.SNAPSHOT, 4),
        (3, ProgressState.REPLICATE, 6),
        (5, ProgressState.REPLICATE, 6),
    ],
)
def test_7_replication_resumes_once_the_follower_has_what_the_log_goes_on_from(
    index: int, state: ProgressState, following: int
) -> None:
    """Section 7: its acknowledgement, of the snapshot's index or beyond, ends the wait."""
    made = behind(1)
    sent = to(2, made.receives(ack(2, 3, index)))
    progress = made.progress(2)
    assert (progress.match, progress.state, progress.next) == (index, state, following)
    entries = [[entry.index for entry in m.entries] for m in sent if m.entries]
    assert entries == ([[4, 5]] if index == 3 else [])
    assert of_type(MessageType.SNAP, sent) == []


def test_7_a_snapshot_that_arrived_is_followed_by_what_comes_behind_it() -> None:
    """Section 7 (etcd: reported by the application; the leader then probes behind it)."""
    made = behind(1)
    made.receives(Message(MessageType.SNAP_STATUS, 2, 1))
    progress = made.progress(2)
    assert (progress.state, progress.next, progress.pending_snapshot) == (ProgressState.PROBE, 4, 0)
    assert progress.paused, "until it answers"
    message = only(made.receives(heartbeat_answer(2, 3)))
    assert (message.type, message.index) == (MessageType.APP, 3)


def test_7_a_snapshot_that_was_lost_is_sent_again() -> None:
    """Section 7 (etcd: reported by the application; the next heartbeat's answer tries again)."""
    made = behind(1)
    made.receives(Message(MessageType.SNAP_STATUS, 2, 1, reject=True))
    progress = made.progress(2)
    assert (progress.state, progress.next, progress.match) == (ProgressState.PROBE, 1, 0)
    assert progress.paused
    assert only(made.receives(heartbeat_answer(2, 3))).type is MessageType.SNAP


def test_7_a_report_on_a_snapshot_that_nobody_waits_for_is_ignored() -> None:
    """Section 7 (etcd): a late report does not disturb the replication."""
    made = leader_heard_by(2, of=disk((1,)))
    before = made.node
    for reject in (False, True):
        assert made.receives(Message(MessageType.SNAP_STATUS, 2, 1, reject=reject)) == []
    assert made.node == before


# -- together ---------------------------------------------------------------------------------


def test_7_a_follower_that_was_away_is_brought_up_by_snapshot_and_log() -> None:
    """Section 7: a server far behind gets the snapshot, then the entries behind it."""
    group = Group({id: disk((1,)) for id in (1, 2, 3)})
    group.elect(1)
    for data in ("a", "b", "c"):
        group.sends(group[1].proposes(data))
        group.deliver(among=(1, 2))
    group[1].compacts(4)
    group.sends(group[1].receives(Message(MessageType.UNREACHABLE, 3, 1)))
    group.members[3] = group[3].crashes()
    for _ in range(3):
        group.sends(group[1].ticks())
        group.deliver()
    node = group[3].node
    assert node.log.last_index == group[1].node.log.last_index == 5
    assert (node.commit, node.applied) == (5, 5)
    assert group[1].progress(3).state is ProgressState.REPLICATE


def test_7_a_new_server_far_behind_is_sent_a_snapshot_first() -> None:
    """Dissertation, 4.2.1 and 5.3: a learner of a group with a long history begins with it."""
    group = Group({**{id: disk((1, 1)) for id in (1, 2, 3)}, 4: disk()})
    group.elect(1, among=(1, 2, 3))
    group.sends(group[1].changes(change((LEARN, 4))))
    group.deliver(among=(1, 2, 3))
    group[1].compacts(4)
    group.sends(group[1].ticks())
    seen = group.deliver()
    assert len(of_type(MessageType.SNAP, seen)) == 1
    node = group[4].node
    assert (node.log.compacted, node.commit) == (4, 4)
    assert node.configuration == Configuration((1, 2, 3), (), (4,))
