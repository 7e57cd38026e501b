"""Stories of asynchronous storage writes: a disk that works by itself, and tells when it is done.

Dissertation, section 10.2.1; etcd-io/raft ``doc.go``, usage with asynchronous storage writes.
"""

import pytest

from model.raft.actions import Apply, Crash, Deliver, HearDisk, Propose, Restart, Sync, TimeOut
from model.raft.group import RaftGroup
from model.raft.node import Role
from model.raft.observed import Committed
from tests.raft.world.driving import (
    after,
    at_rest,
    begin,
    carried,
    flying,
    led,
    memory,
    node,
    only,
    watched,
    why_not,
)


def slow(**config: object) -> RaftGroup:
    """Member 1 leads, and all disks are asynchronous."""
    return led(**{"async_storage_writes": True, "spares": 0, **config})


def values(group: RaftGroup, member: int) -> list[str]:
    """What a member's log carries."""
    return [entry.data for entry in node(group, member).log.entries]


def test_writes_wait_in_a_queue_and_are_synced_one_by_one() -> None:
    group = after(slow(), Propose(1), Propose(1))
    assert [write.stable.log.last_index for write in memory(group, 1).writes] == [2, 3]
    group = after(group, Sync(1))
    assert group.members[1].disk.synced.log.last_index == 2
    group = after(group, Sync(1))
    assert group.members[1].disk.synced.log.last_index == 3
    assert why_not(group, Sync(1)) == "member 1 has nothing to sync"


def test_without_them_all_is_synced_at_once() -> None:
    group = after(led(spares=0), Propose(1), Propose(1))
    assert len(memory(group, 1).writes) == 1
    assert after(group, Sync(1)).members[1].disk.synced.log.last_index == 3


def test_the_node_counts_its_own_disk_only_once_it_has_heard_it() -> None:
    group = after(slow(), Propose(1), Sync(1))
    told = [message.type.value for message in memory(group, 1).told]
    assert told == ["MsgAppResp", "MsgStorageAppendResp"]
    assert node(group, 1).progress[1].match == 1
    assert node(after(group, HearDisk(1)), 1).progress[1].match == 2


def test_a_vote_for_itself_counts_once_its_disk_has_told_it() -> None:
    group = after(begin(async_storage_writes=True, members=1, spares=0), TimeOut(1), Sync(1))
    assert node(group, 1).role is Role.CANDIDATE
    assert node(after(group, HearDisk(1)), 1).role is Role.LEADER


def test_a_candidate_asks_for_votes_only_once_its_term_is_on_disk() -> None:
    group = after(begin(async_storage_writes=True, spares=0), TimeOut(1))
    assert flying(group, 1, 2) == []
    assert flying(after(group, Sync(1)), 1, 2) == ["MsgVote"]


def test_a_leader_sends_entries_while_its_own_disk_still_writes() -> None:
    group = after(slow(), Propose(1))
    assert flying(group, 1, 2) == ["MsgApp"]
    assert group.members[1].disk.synced.log.last_index == 1


def test_a_follower_acknowledges_each_write_when_that_one_is_synced() -> None:
    group = carried(after(slow(), Propose(1), Propose(1)), 1, 2)
    assert flying(group, 2, 1) == []
    group = after(group, Sync(2))
    assert [message.index for message in group.network.waiting(2, 1)] == [2]
    group = after(group, Sync(2))
    assert [message.index for message in group.network.waiting(2, 1)] == [2, 3]


def test_a_leader_may_commit_what_is_not_on_its_own_disk_yet() -> None:
    group = after(slow(), Propose(1))
    for follower in (2, 3):
        group = after(carried(group, 1, follower), Sync(follower))
    group, seen = watched(group, Deliver(2, 1), Deliver(3, 1))
    assert [entry.data for entry in only(Committed, seen)[0].entries] == ["v1"]
    assert node(group, 1).commit == 2
    assert group.members[1].disk.synced.log.last_index == 1


def test_only_what_is_on_its_own_disk_is_handed_out_for_applying() -> None:
    group = after(slow(), Propose(1))
    for follower in (2, 3):
        group = after(carried(group, 1, follower), Sync(follower))
    group = after(group, Deliver(2, 1), Deliver(3, 1))
    assert memory(group, 1).to_apply == ()
    assert why_not(group, Apply(1)) == "member 1 has applied all"
    group = after(group, Sync(1))
    assert memory(group, 1).to_apply == (), "it has not heard of it"
    assert [entry.data for entry in memory(after(group, HearDisk(1)), 1).to_apply] == ["v1"]


def test_without_them_what_is_committed_is_handed_out_at_once() -> None:
    group = after(led(spares=0), Propose(1))
    for follower in (2, 3):
        group = after(carried(group, 1, follower), Sync(follower))
    group = after(group, Deliver(2, 1), Deliver(3, 1))
    assert group.members[1].disk.synced.log.last_index == 1
    assert [entry.data for entry in memory(group, 1).to_apply] == ["v1"]


@pytest.mark.parametrize(
    ("synced", "kept", "left"),
    [
        (0, "nothing", [""]),
        (0, "everything", ["", "v1"]),
        (1, "nothing", ["", "v1"]),
        (1, "everything", ["", "v1", "v2"]),
        (2, "nothing", ["", "v1", "v2"]),
    ],
)
def test_a_crash_loses_what_the_disk_has_not_done(synced: int, kept: str, left: list[str]) -> None:
    """At most the write that it is at can be there although nobody was told."""
    group = after(slow(), Propose(1), Propose(1), *(Sync(1) for _ in range(synced)))
    assert values(after(group, Crash(1, kept), Restart(1)), 1) == left


def test_what_the_disk_has_told_is_lost_in_a_crash_and_what_it_has_is_not() -> None:
    group = after(slow(), Propose(1), Sync(1), Crash(1), Restart(1))
    assert memory(group, 1).told == ()
    assert why_not(group, HearDisk(1)) == "the disk of member 1 has told it nothing"
    assert values(group, 1) == ["", "v1"]
    assert node(group, 1).unstable.offset == 3, "it takes for stable what it has read"


def test_an_answer_for_entries_that_were_overwritten_since_does_not_count() -> None:
    """The disk of follower 2 has told of v1; by then its node has another entry in that place."""
    group = after(carried(after(slow(), Propose(1)), 1, 2), Sync(2))
    offset = node(group, 2).unstable.offset
    assert offset == 2
    group = after(group, Crash(1), TimeOut(3), Sync(3), HearDisk(3))
    assert node(group, 3).term == 2
    group = carried(group, 3, 2)
    assert node(group, 2).term == 2, "it has met a later term"
    heard = after(group, HearDisk(2))
    assert node(heard, 2).unstable.offset == offset


def test_a_group_with_slow_disks_comes_to_the_same_end() -> None:
    fast = at_rest(after(led(spares=0), Propose(1), Propose(1)))
    late = at_rest(after(slow(), Propose(1), Propose(1)))
    for member in (1, 2, 3):
        assert memory(late, member).state == memory(fast, member).state == ("v1", "v2")
        assert node(late, member).log == node(fast, member).log
