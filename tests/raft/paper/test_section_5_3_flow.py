"""Section 5.3 and dissertation, section 10.2.2: how much is sent to a follower, and when."""

import pytest

from model.raft.log import Entry, entry_size
from model.raft.message import Message, MessageType
from model.raft.progress import ProgressState
from model.raft.step import step
from tests.raft.paper.vocabulary import (
    ack,
    disk,
    entries_of,
    heartbeat_answer,
    leader,
    leader_heard_by,
    only,
    refusal,
    to,
)


def test_5_3_a_follower_is_probed_with_one_message_at_a_time() -> None:
    """Section 5.3 (etcd): before the logs are known to match, the leader waits for the answer."""
    made = leader(disk((1,)))
    assert made.progress(2).state is ProgressState.PROBE
    assert to(2, made.proposes("x", "y")) == []
    message = only(made.receives(heartbeat_answer(2, 2)))
    assert [entry.index for entry in message.entries] == [2, 3, 4]


def test_5_3_a_follower_that_matches_is_sent_to_without_waiting() -> None:
    """Dissertation, section 10.2.2: once the logs match, nextIndex runs ahead of the answers."""
    made = leader_heard_by(2, of=disk((1,)))
    assert made.progress(2).state is ProgressState.REPLICATE
    sent = to(2, [*made.proposes("x"), *made.proposes("y")])
    assert [(m.index, [e.index for e in m.entries]) for m in sent] == [(2, [3]), (3, [4])]
    assert (made.progress(2).match, made.progress(2).next) == (2, 5)


def test_5_3_an_answer_to_a_probe_releases_what_has_gathered() -> None:
    """Section 5.3: once the logs match, all that is missing follows."""
    made = leader(disk((1,)))
    made.proposes("x", "y")
    (message,) = to(2, made.receives(ack(2, 2, 1)))
    assert (message.index, [entry.index for entry in message.entries]) == (1, [2, 3, 4])


def test_5_3_no_more_messages_are_in_flight_than_the_limit() -> None:
    """Section 5.3 (etcd: max_inflight messages without an answer; one answer frees one)."""
    made = leader_heard_by(2, of=disk((1,)), max_inflight=2)
    for data in ("3", "4", "5", "6"):
        made.proposes(data)
    assert [last for last, _ in made.progress(2).inflights] == [3, 4]
    (message,) = [m for m in made.receives(ack(2, 2, 3)) if m.entries and m.target == 2]
    assert [entry.index for entry in message.entries] == [5, 6]
    assert [last for last, _ in made.progress(2).inflights] == [4, 6]
    made.receives(ack(2, 2, 6))
    assert made.progress(2).inflights == ()


def test_5_3_no_more_bytes_are_in_flight_than_the_limit() -> None:
    """Section 5.3 (etcd: bytes without an answer; the message that reaches it still goes)."""
    made = leader_heard_by(2, of=disk((1,)), max_inflight_bytes=6)
    lengths = [len([m for m in made.proposes("1234") if m.target == 2]) for _ in range(4)]
    assert lengths == [1, 1, 0, 0]
    assert made.progress(2).inflights == ((3, 4), (4, 4))


def test_5_3_a_full_pipe_is_still_probed_by_heartbeats_answers() -> None:
    """Section 5.3 (etcd: an empty AppendEntries, lest the pipe stay full when all was lost)."""
    made = leader_heard_by(2, of=disk((1,)), max_inflight=1)
    made.proposes("x")
    made.proposes("y")
    message = only(made.receives(heartbeat_answer(2, 2)))
    assert (message.type, message.index, message.entries) == (MessageType.APP, 3, ())
    assert [last for last, _ in made.progress(2).inflights] == [3]


def test_5_3_a_message_carries_as_many_entries_as_allowed() -> None:
    """Section 5.3 (here: entries_max entries a message; the rest follows in further ones)."""
    made = leader(disk((1, 1, 1, 1)), entries_max=2)
    assert [e.index for e in only(made.receives(refusal(2, 2, 4, (1, 1)))).entries] == [2, 3]
    sent = to(2, made.receives(ack(2, 2, 3)))
    assert [[entry.index for entry in m.entries] for m in sent] == [[4, 5]]


@pytest.mark.parametrize(
    ("entries", "bytes_more", "sizes"),
    [(0, 1, [1, 1, 1, 1]), (2, -1, [1, 1, 2]), (2, 0, [2, 2]), (4, -1, [3, 1]), (4, 0, [4])],
)
def test_5_3_a_message_carries_as_many_bytes_as_allowed(
    entries: int, bytes_more: int, sizes: list[int]
) -> None:
    """Section 5.3 (etcd: max_size_per_msg bytes of entries on the wire, and at least one entry)."""
    lacking = (*entries_of((1, 1, 1), after=1), Entry(2, 5))
    limit = sum(map(entry_size, lacking[:entries])) + bytes_more
    made = leader(disk((1, 1, 1, 1)), max_size_per_msg=limit)
    message = only(made.receives(refusal(2, 2, 4, (1, 1))))
    sent = [message, *to(2, made.receives(ack(2, 2, 1 + len(message.entries))))]
    assert tuple(entry for m in sent for entry in m.entries) == lacking
    assert [len(m.entries) for m in sent if m.entries] == sizes


def test_5_3_a_follower_that_is_unreachable_is_probed_again() -> None:
    """Section 5.3 (etcd): when a message was lost, the leader resumes behind matchIndex."""
    made = leader_heard_by(2, of=disk((1,)))
    made.proposes("x")
    made.proposes("y")
    made.receives(Message(MessageType.UNREACHABLE, 2, 1))
    progress = made.progress(2)
    assert (progress.state, progress.next, progress.inflights) == (ProgressState.PROBE, 3, ())
    message = only(made.receives(heartbeat_answer(2, 2)))
    assert (message.index, [entry.index for entry in message.entries]) == (2, [3, 4])
    assert made.receives(heartbeat_answer(2, 2)) == [message], "again, for it was not answered"
    made.receives(ack(2, 2, 4))
    assert made.progress(2).state is ProgressState.REPLICATE


def test_5_3_a_follower_that_lacks_nothing_leaves_probing_by_an_equal_answer() -> None:
    """Section 5.3 (etcd): an acknowledgement of what was known ends the probing all the same."""
    made = leader_heard_by(2, of=disk((1,)))
    made.receives(Message(MessageType.UNREACHABLE, 2, 1))
    message = only(made.receives(heartbeat_answer(2, 2)))
    assert (message.index, message.entries) == (2, ())
    made.receives(ack(2, 2, 1))
    assert made.progress(2).state is ProgressState.PROBE
    made.receives(ack(2, 2, 2))
    assert made.progress(2).state is ProgressState.REPLICATE


def test_5_3_a_follower_hears_of_a_commit_once() -> None:
    """Section 5.3: the commit index goes out when it moves, not with every acknowledgement."""
    made = leader_heard_by(2, 3, of=disk((1,)))
    made.proposes("x")
    sent = made.receives(ack(2, 2, 3))
    assert [(m.target, m.commit, m.entries) for m in sent] == [(2, 3, ()), (3, 3, ())]
    assert made.receives(ack(3, 2, 3)) == []


def test_5_3_a_late_follower_hears_of_a_commit_with_its_acknowledgement() -> None:
    """Section 5.3: one that was paused when the commit index moved is told when it answers."""
    made = leader_heard_by(2, of=disk((1, 1)))
    assert made.node.commit == 3
    sent = to(3, made.receives(ack(3, 2, 3)))
    assert [(m.index, m.commit, m.entries) for m in sent] == [(3, 3, ())]


def test_5_3_a_late_follower_hears_of_a_commit_that_is_not_applied_yet() -> None:
    """Section 5.3: the leader's state machine may be behind, its commit index counts."""
    made = leader(disk((1, 1)))
    for answer in (ack(2, 2, 3), ack(3, 2, 3)):
        made.does(lambda node, answer=answer: step(node, answer))
    assert (made.node.commit, made.node.applied) == (3, 0)
    assert [(m.index, m.commit) for m in to(3, made.node.outbox)] == [(3, 3)]
