"""Stories of linearizable reads: confirmed, passed on, postponed, asked again, on a lease."""

from model.raft.actions import (
    Crash,
    Deliver,
    Drop,
    Heal,
    Isolate,
    Propose,
    ReadIndex,
    Restart,
    RetryRead,
    TimeOut,
)
from model.raft.group import RaftGroup
from model.raft.node import ReadOnly
from model.raft.observed import ReadConfirmed, ReadInvoked
from tests.raft.world.driving import (
    after,
    at_rest,
    carried,
    elected,
    flying,
    leaders,
    led,
    memory,
    node,
    only,
    rested,
    watched,
    why_not,
)


def reading(**config: object) -> RaftGroup:
    """Member 1 leads; a run may read often."""
    return led(**{"spares": 0, "reads": 6, **config})


def served(group: RaftGroup, *asleep: int) -> list[tuple[int, str, int]]:
    """Who may serve which read at which index, once the group has come to rest."""
    return [(s.member, s.context, s.index) for s in only(ReadConfirmed, rested(group, *asleep)[1])]


# -- confirmed by a quorum --------------------------------------------------------------------


def test_a_leader_serves_a_read_once_a_majority_has_answered_a_heartbeat() -> None:
    group, seen = watched(reading(), ReadIndex(1))
    assert seen == [ReadInvoked(1, "r1")]
    assert flying(group, 1, 2) == flying(group, 1, 3) == ["MsgHeartbeat"]
    group = carried(group, 1, 2)
    _, seen = watched(group, Deliver(2, 1))
    assert seen == [ReadConfirmed(1, "r1", 1, 1)]


def test_a_leader_that_is_cut_off_serves_none() -> None:
    assert served(after(reading(), Isolate(1), ReadIndex(1))) == []


def test_a_read_is_served_at_what_was_committed_when_it_arrived() -> None:
    group = at_rest(after(reading(), Propose(1)))
    assert served(after(group, ReadIndex(1), Propose(1))) == [(1, "r1", 2)]


def test_a_follower_passes_a_read_on_and_serves_the_answer() -> None:
    group = after(reading(), ReadIndex(2))
    assert flying(group, 2, 1) == ["MsgReadIndex"]
    assert served(group) == [(2, "r1", 1)]


def test_one_answer_confirms_all_reads_before_it() -> None:
    group = after(reading(), ReadIndex(1), ReadIndex(1), ReadIndex(1))
    group = after(group, Drop(1, 2), Drop(1, 2))
    assert served(group, 3) == [(1, "r1", 1), (1, "r2", 1), (1, "r3", 1)]


def test_a_new_leader_serves_a_read_once_an_entry_of_its_term_is_committed() -> None:
    group = elected(reading(), 2, 3)
    asked = after(group, ReadIndex(2))
    assert node(asked, 2).pending_reads == ()
    assert len(node(asked, 2).postponed_reads) == 1
    assert served(asked) == [(2, "r1", 2)], "at the index of its own first entry"


def test_the_only_voter_serves_at_once() -> None:
    group = reading(members=1, spares=1)
    _, seen = watched(group, ReadIndex(1))
    assert only(ReadConfirmed, seen) == [ReadConfirmed(1, "r1", 1, 1)]


def test_a_read_is_forgotten_with_its_leader() -> None:
    group = after(reading(), ReadIndex(1), Crash(1), Restart(1))
    assert len(memory(group, 1).asked) == 0
    assert served(group) == []


# -- asked again ------------------------------------------------------------------------------


def test_a_read_is_asked_again_under_a_fresh_name() -> None:
    """Answers to earlier heartbeats must not confirm what was asked later (etcd issue 20418)."""
    group, seen = watched(reading(), ReadIndex(2), RetryRead(2), RetryRead(2))
    assert [each.context for each in only(ReadInvoked, seen)] == ["r1", "r1.2", "r1.3"]
    assert dict(memory(group, 2).asked) == {"r1": "r1.3"}


def test_a_read_whose_message_was_lost_is_served_when_asked_again() -> None:
    group = after(reading(), ReadIndex(2), Drop(2, 1))
    assert served(group) == []
    assert served(after(group, RetryRead(2))) == [(2, "r1.2", 1)]


def test_the_oldest_read_is_the_one_to_ask_again() -> None:
    group = after(reading(), ReadIndex(2), ReadIndex(2), RetryRead(2))
    assert dict(memory(group, 2).asked) == {"r1": "r1.3", "r2": "r2"}


def test_a_read_that_was_served_is_not_asked_again() -> None:
    group = at_rest(after(reading(), ReadIndex(2)))
    assert why_not(group, RetryRead(2)) == "member 2 waits for no read"


def test_an_answer_to_the_first_try_leaves_the_second_waiting() -> None:
    group = after(reading(), ReadIndex(1))
    group = carried(group, 1, 2)
    group, seen = watched(after(group, RetryRead(1)), Deliver(2, 1))
    assert [each.context for each in only(ReadConfirmed, seen)] == ["r1"]
    assert dict(memory(group, 1).asked) == {"r1": "r1.2"}


def test_an_old_answer_does_not_confirm_a_later_read() -> None:
    """A leader that was replaced meanwhile finds an answer to an earlier heartbeat."""
    group = carried(after(reading(), ReadIndex(1)), 1, 2)
    group = at_rest(after(group, Isolate(1), TimeOut(2)), 1)
    assert leaders(group) == [1, 2]
    group, seen = watched(after(group, ReadIndex(1), Heal()), Deliver(2, 1))
    assert [each.context for each in only(ReadConfirmed, seen)] == ["r1"]
    assert [read.context for read in node(group, 1).pending_reads] == ["r2"]


# -- on a lease -------------------------------------------------------------------------------


def test_with_a_lease_a_leader_serves_without_asking_anybody() -> None:
    group = reading(check_quorum=True, read_only=ReadOnly.LEASE_BASED)
    group, seen = watched(group, ReadIndex(1))
    assert only(ReadConfirmed, seen) == [ReadConfirmed(1, "r1", 1, 1, on_lease=True)]
    assert flying(group, 1, 2) == []


def test_with_a_lease_a_deposed_leader_serves_a_stale_read() -> None:
    """What R10 is about: its lease is longer than the others' patience."""
    group = reading(read_only=ReadOnly.LEASE_BASED)
    group = at_rest(after(group, Isolate(1), TimeOut(2)), 1)
    group = at_rest(after(group, Propose(2)), 1)
    committed = node(group, 2).commit
    _, seen = watched(group, ReadIndex(1))
    (read,) = only(ReadConfirmed, seen)
    assert (read.index, read.on_lease) == (1, True)
    assert read.index < committed


def test_with_a_lease_a_follower_asks_its_leader_all_the_same() -> None:
    group = after(reading(read_only=ReadOnly.LEASE_BASED), ReadIndex(3))
    assert served(group) == [(3, "r1", 1)]
