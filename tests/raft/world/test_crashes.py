"""Stories of members that crash: what is left of what they had written, and of a torn record."""

import pytest

from model.frozen_map import FrozenMap
from model.raft.actions import Crash, Deliver, Drop, Propose, Restart, Sync, Tear, Tick, TimeOut
from model.raft.group import RaftGroup
from model.raft.observed import Crashed, Restarted
from tests.raft.world.driving import (
    after,
    at_rest,
    carried,
    elected,
    flying,
    led,
    memory,
    node,
    settled,
    watched,
    why_not,
)
from wavetank.defects.bank import defect_named, put_back

TEARING = FrozenMap({"tear": 2, "crash": 2})
RECKLESS = TEARING.set("drop", 9)


def terms(group: RaftGroup, member: int) -> list[int]:
    """The terms of a member's entries."""
    return [entry.term for entry in node(group, member).log.entries]


# -- memory and messages ----------------------------------------------------------------------


def test_a_member_that_crashes_loses_its_memory_and_what_is_on_its_way_to_it() -> None:
    group = after(led(spares=0), Propose(1))
    assert flying(group, 1, 2) == ["MsgApp"]
    group, seen = watched(group, Crash(2))
    assert seen == [Crashed(2)]
    assert group.node(2) is None
    assert flying(group, 1, 2) == []
    assert flying(group, 1, 3) == ["MsgApp"], "to others all still arrives"


def test_what_it_has_sent_itself_still_arrives() -> None:
    group = after(carried(after(led(spares=0), Propose(1)), 1, 2), Sync(2), Crash(2))
    assert flying(group, 2, 1) == ["MsgAppResp"]
    assert node(after(group, Deliver(2, 1)), 1).progress[2].match == 2


def test_what_waited_for_the_disk_is_never_sent() -> None:
    group = after(carried(after(led(spares=0), Propose(1)), 1, 2), Crash(2, "everything"))
    assert flying(group, 2, 1) == []
    assert flying(after(group, Restart(2)), 2, 1) == []


def test_it_comes_back_as_a_follower_in_its_term_that_knows_no_leader() -> None:
    group, seen = watched(led(spares=0), Crash(1), Restart(1))
    assert [type(each) for each in seen] == [Crashed, Restarted]
    assert (node(group, 1).term, node(group, 1).vote) == (1, 1)
    assert node(group, 1).leader == 0
    assert why_not(group, Propose(1)) == "member 1 knows no leader"


def test_what_is_known_committed_is_written_without_waiting_for_the_disk() -> None:
    """The commit index alone may be lost (etcd-io/raft ``MustSync``); the page cache has it."""
    group = carried(after(led(spares=0), Propose(1), Sync(1)), 1, 2)
    group = carried(after(group, Sync(2)), 2, 1)
    group = carried(group, 1, 2)
    assert node(group, 2).commit == 2
    assert why_not(group, Sync(2)) == "member 2 has nothing to sync"
    assert group.members[2].disk.synced.commit == 2
    assert node(after(group, Crash(2), Restart(2)), 2).commit == 2


def test_the_application_applies_all_anew() -> None:
    group = at_rest(after(led(spares=0), Propose(1)))
    group = after(group, Crash(2), Restart(2))
    assert memory(group, 2).state == ()
    assert memory(at_rest(after(group, Tick(1))), 2).state == ("v1",)


# -- what the disk has kept -------------------------------------------------------------------


def unsynced(values: int) -> RaftGroup:
    """Leader 1 has written so many values, of which nothing is synced."""
    return after(led(spares=0), *(Propose(1) for _ in range(values)))


@pytest.mark.parametrize(
    ("values", "kept", "length"),
    [
        *((1, "nothing", 1), (1, "part", 1), (1, "everything", 2)),
        *((2, "nothing", 1), (2, "part", 2), (2, "everything", 3)),
        *((3, "nothing", 1), (3, "part", 2), (3, "everything", 4)),
    ],
)
def test_of_new_entries_none_half_or_all_are_kept(values: int, kept: str, length: int) -> None:
    group = after(unsynced(values), Crash(1, kept), Restart(1))
    assert node(group, 1).log.last_index == length


def silenced(group: RaftGroup, source: int, target: int) -> RaftGroup:
    """The group after all that is in flight on a link is lost."""
    return after(group, *(Drop(source, target) for _ in flying(group, source, target)))


def follower_with_a_conflict() -> RaftGroup:
    """Follower 1 has two entries of term 1 on disk, and is writing two of term 2 over them."""
    group = led(spares=0, entries_max=2, faults=RECKLESS)
    group = after(group, Propose(1), Propose(1), Sync(1))
    group = elected(silenced(silenced(group, 1, 2), 1, 3), 2, 3)
    group = after(silenced(after(group, Propose(2)), 2, 1), Tick(2))
    group = carried(after(carried(group, 2, 1), Sync(1)), 1, 2)
    group = carried(group, 2, 1)
    assert terms(group, 1) == [1, 2, 2]
    assert [e.term for e in group.members[1].disk.synced.log.entries] == [1, 1, 1]
    return group


@pytest.mark.parametrize(
    ("kept", "left"), [("nothing", [1, 1, 1]), ("part", [1, 2]), ("everything", [1, 2, 2])]
)
def test_entries_that_were_being_overwritten_are_there_or_gone_but_never_mixed(
    kept: str, left: list[int]
) -> None:
    group = after(follower_with_a_conflict(), Crash(1, kept), Restart(1))
    assert terms(group, 1) == left


@pytest.mark.parametrize(("kept", "term", "vote"), [("nothing", 1, 1), ("everything", 2, 2)])
def test_a_vote_is_there_with_its_term_or_not_at_all(kept: str, term: int, vote: int) -> None:
    group = carried(after(led(spares=0), TimeOut(2), Sync(2)), 2, 1)
    group = after(group, Crash(1, kept), Restart(1))
    assert (node(group, 1).term, node(group, 1).vote) == (term, vote)


@pytest.mark.parametrize("kept", ["nothing", "part", "everything"])
def test_whatever_is_kept_the_group_goes_on(kept: str) -> None:
    group = settled(after(follower_with_a_conflict(), Crash(1, kept)))
    assert memory(group, 1).state == memory(group, 2).state == memory(group, 3).state
    assert len({tuple(terms(group, i)) for i in (1, 2, 3)}) == 1


# -- torn records -----------------------------------------------------------------------------


def torn(values: int = 1, **config: object) -> RaftGroup:
    """Leader 1 has crashed while it wrote the last of so many values."""
    group = led(spares=0, faults=TEARING, **config)
    return after(group, *(Propose(1) for _ in range(values)), Tear(1))


def test_a_torn_record_is_found_without_its_content() -> None:
    record = torn().members[1].disk.torn
    assert record is not None
    assert record.meant.data == "v1"
    assert record.found.data == ""


def test_a_torn_record_is_dropped_when_the_member_starts_again() -> None:
    group = after(torn(), Restart(1))
    assert [entry.data for entry in node(group, 1).log.entries] == [""]
    assert group.members[1].disk.torn is None


def test_what_was_written_before_the_torn_record_is_there() -> None:
    group = after(torn(3), Restart(1))
    assert [entry.data for entry in node(group, 1).log.entries] == ["", "v1", "v2"]


def test_with_nothing_to_write_a_tear_is_a_crash() -> None:
    group = after(led(spares=0, faults=TEARING), Tear(1))
    assert group.members[1].disk.torn is None
    assert node(after(group, Restart(1)), 1).log.last_index == 1


def test_a_log_that_is_not_checked_takes_a_torn_record_for_an_entry() -> None:
    """W2: nobody looks at the checksum."""
    with put_back(defect_named("W2")):
        group = after(torn(), Restart(1))
    assert [entry.data for entry in node(group, 1).log.entries] == ["", ""]


def test_of_an_overwrite_that_was_torn_the_whole_entries_are_there() -> None:
    group = after(follower_with_a_conflict(), Tear(1))
    assert group.members[1].disk.torn is not None
    assert terms(after(group, Restart(1)), 1) == [1, 2]


def test_the_group_goes_on_after_a_torn_record() -> None:
    group = settled(torn(2))
    assert len({memory(group, i).state for i in (1, 2, 3)}) == 1
