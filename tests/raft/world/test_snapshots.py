"""Stories of snapshots: saved, sent, taken over, lost on the way, restarted from."""

import pytest

from model.evolve import evolve
from model.raft.actions import (
    Compact,
    Crash,
    Deliver,
    Drop,
    Propose,
    ReportSnapshot,
    Restart,
    Sync,
    Tick,
)
from model.raft.group import RaftGroup
from model.raft.observed import Applied, Restarted, Restored
from model.raft.progress import ProgressState
from tests.raft.world.driving import (
    after,
    at_rest,
    carried,
    flying,
    led,
    memory,
    node,
    only,
    progress,
    rested,
    settled,
    watched,
    why_not,
)

# -- saving one -------------------------------------------------------------------------------


def written(values: int = 2, **config: object) -> RaftGroup:
    """Member 1 leads; so many values are applied everywhere."""
    return at_rest(after(led(**{"spares": 0, **config}), *(Propose(1) for _ in range(values))))


def test_a_member_saves_what_it_has_applied_and_drops_its_log_up_to_there() -> None:
    group = after(written(), Compact(2))
    compacted = node(group, 2)
    assert (compacted.log.first_index, compacted.log.last_index) == (4, 3)
    assert compacted.snapshot.data == memory(group, 2).state == ("v1", "v2")
    assert node(group, 1).log.first_index == 1, "each member for itself"


def test_the_snapshot_is_on_disk_before_the_log_is_cut() -> None:
    disk = after(written(), Compact(2)).members[2].disk
    assert disk.synced == disk.written
    assert disk.synced.snapshot.index == disk.synced.log.compacted == 3


def test_what_is_not_applied_yet_stays_in_the_log() -> None:
    group = after(written(1), Propose(1), Sync(1), Deliver(1, 2), Sync(2), Deliver(2, 1))
    assert node(group, 1).commit == 3
    group = after(group, Compact(1))
    assert [entry.data for entry in node(group, 1).log.entries] == ["v2"]
    assert node(group, 1).snapshot.data == ("v1",)


def test_a_member_that_restarts_begins_with_its_snapshot() -> None:
    group, seen = watched(after(written(), Compact(2), Crash(2)), Restart(2))
    (restarted,) = only(Restarted, seen)
    assert restarted.snapshot.data == memory(group, 2).state == ("v1", "v2")
    assert node(group, 2).applied == node(group, 2).commit == 3


def test_a_member_that_restarts_applies_only_what_follows_its_snapshot() -> None:
    group = after(after(written(1), Compact(2)), Propose(1))
    group = after(at_rest(group), Crash(2), Restart(2))
    group, seen = rested(after(group, Tick(1)))
    applied = [entry.data for each in only(Applied, seen) for entry in each.entries]
    assert applied == ["v2"]
    assert memory(group, 2).state == ("v1", "v2")


# -- sending one ------------------------------------------------------------------------------


def asked_for() -> RaftGroup:
    """Member 3 was down, and is about to be sent a snapshot by leader 1."""
    group = at_rest(after(led(spares=0), Propose(1), Propose(1), Crash(3)), 3)
    group = after(group, Compact(1), Restart(3), Tick(1))
    group = carried(carried(group, 1, 3), 3, 1)
    assert flying(group, 1, 3) == ["MsgSnap"]
    return group


def test_a_follower_that_the_log_no_longer_reaches_is_sent_a_snapshot() -> None:
    group, seen = rested(asked_for())
    (restored,) = only(Restored, seen)
    assert (restored.member, restored.snapshot.index) == (3, 3)
    assert memory(group, 3).state == ("v1", "v2")
    assert progress(group, 1, 3).state is ProgressState.REPLICATE


def test_the_leader_sends_nothing_else_until_the_snapshot_has_arrived() -> None:
    group = after(asked_for(), Propose(1))
    assert progress(group, 1, 3).state is ProgressState.SNAPSHOT
    assert flying(group, 1, 3) == ["MsgSnap"]
    assert "MsgApp" in flying(group, 1, 2)
    assert memory(at_rest(group), 3).state == ("v1", "v2", "v3")


def test_a_snapshot_is_acknowledged_and_taken_over_only_once_it_is_on_disk() -> None:
    taken = carried(asked_for(), 1, 3)
    assert node(taken, 3).log.compacted == 3
    assert memory(taken, 3).state == (), "the application has not got it yet"
    assert flying(taken, 3, 1) == []
    assert why_not(taken, Compact(3)) == "member 3 is writing"
    synced, seen = watched(taken, Sync(3))
    assert only(Restored, seen)
    assert memory(synced, 3).state == ("v1", "v2")
    assert flying(synced, 3, 1) == ["MsgAppResp"]


@pytest.mark.parametrize(
    ("kept", "last", "state"),
    [("nothing", 1, ()), ("part", 1, ()), ("everything", 3, ("v1", "v2"))],
)
def test_a_crash_before_a_received_snapshot_is_synced(
    kept: str, last: int, state: tuple[str, ...]
) -> None:
    """A snapshot is there or not: half of it counts as nothing."""
    group = after(carried(asked_for(), 1, 3), Crash(3, kept), Restart(3))
    assert node(group, 3).log.last_index == last
    assert memory(group, 3).state == state
    assert memory(settled(group, rounds=4), 3).state == ("v1", "v2")


def test_a_crash_after_a_received_snapshot_is_synced() -> None:
    group = after(carried(asked_for(), 1, 3), Sync(3), Crash(3), Restart(3))
    assert memory(group, 3).state == ("v1", "v2")
    assert node(group, 3).applied == 3


def test_what_was_handed_out_for_applying_gives_way_to_the_snapshot() -> None:
    group = asked_for()
    assert [entry.index for entry in memory(group, 3).to_apply] == [1]
    assert memory(carried(group, 1, 3), 3).to_apply == ()


def test_a_snapshot_that_comes_twice_is_taken_once() -> None:
    group = asked_for()
    (snap,) = group.network.waiting(1, 3)
    late = at_rest(after(at_rest(group), Propose(1)))
    again = evolve(late, network=late.network.send(1, 3, snap))
    rest, seen = rested(again)
    assert only(Restored, seen) == []
    assert node(rest, 3) == node(late, 3)


# -- what the transport reports ---------------------------------------------------------------


def test_nothing_is_reported_while_the_snapshot_is_in_flight() -> None:
    assert why_not(asked_for(), ReportSnapshot(1, 3, True)) == "the snapshot is in flight"


def test_a_snapshot_that_was_lost_is_sent_again() -> None:
    group = after(asked_for(), Drop(1, 3))
    assert why_not(at_rest(after(group, Tick(1))), ReportSnapshot(1, 3)) is None, "it waits"
    reported = after(group, ReportSnapshot(1, 3, lost=True))
    assert progress(reported, 1, 3).state is ProgressState.PROBE
    assert progress(reported, 1, 3).next == 2, "from what it is known to have"
    _, seen = rested(after(reported, Tick(1)))
    assert [each.snapshot.index for each in only(Restored, seen)] == [3]


def test_a_snapshot_that_is_said_to_have_arrived_is_followed_by_entries() -> None:
    group = carried(asked_for(), 1, 3)
    reported = after(group, ReportSnapshot(1, 3, lost=False))
    assert progress(reported, 1, 3).state is ProgressState.PROBE
    assert progress(reported, 1, 3).next == 4
    assert progress(reported, 1, 3).paused, "until it is heard from"
    rest, seen = rested(after(reported, Propose(1), Sync(3)))
    assert len(only(Restored, seen)) == 0, "no second one"
    assert node(rest, 3).log.last_index == 4


def test_a_wrong_report_of_arrival_is_found_out() -> None:
    group = after(asked_for(), Drop(1, 3), ReportSnapshot(1, 3, lost=False), Tick(1))
    rest, seen = rested(group)
    assert [each.snapshot.index for each in only(Restored, seen)] == [3]
    assert memory(rest, 3).state == ("v1", "v2")


def test_a_leader_that_was_never_told_waits_for_ever() -> None:
    group = after(asked_for(), Drop(1, 3))
    for _ in range(2):
        group = at_rest(after(group, Tick(1)))
    assert progress(group, 1, 3).state is ProgressState.SNAPSHOT
    assert memory(group, 3).state == ()
    assert memory(settled(group, rounds=2), 3).state == ("v1", "v2"), "the calm reports it"


def test_the_snapshot_sent_is_of_what_is_applied_now() -> None:
    """Never older than the one that was saved, so that it may be newer than what was asked for."""
    group = at_rest(after(led(spares=0), Propose(1), Crash(3)), 3)
    group = after(at_rest(after(group, Compact(1), Propose(1)), 3), Restart(3), Tick(1))
    (snap,) = carried(carried(group, 1, 3), 3, 1).network.waiting(1, 3)
    assert snap.snapshot is not None
    assert snap.snapshot.data == ("v1", "v2")
    assert node(group, 1).snapshot.data == ("v1",)
    assert memory(at_rest(group), 3).state == ("v1", "v2")
