"""What a crash may leave on a disk, for all disks: properties of ``model/raft/storage.py``."""

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from model.raft.conf_change import ChangeType, ConfChange, ConfChangeSingle, Configuration
from model.raft.log import Entry, Log, Snapshot
from model.raft.node import Stable
from model.raft.storage import Disk, left_after_crash, recovered, torn_by_crash

KEPT = st.sampled_from(("nothing", "part", "everything"))
LUCK = st.sampled_from(("nothing", "part", "everything", "torn"))
CHANGE = ConfChange((ConfChangeSingle(ChangeType.ADD_NODE, 4),), v1=True)
MANY = settings(max_examples=150, deadline=None)


@st.composite
def entries(draw: st.DrawFn, after: int, term: int, least: int = 0) -> tuple[Entry, ...]:
    """Entries that follow one of that index and term."""
    made = []
    for index in range(after + 1, after + 1 + draw(st.integers(least, 4))):
        term += draw(st.integers(0, 2))
        change = CHANGE if draw(st.integers(0, 4)) == 0 else None
        data = "" if change else draw(st.sampled_from(("", "a", "b")))
        made.append(Entry(max(term, 1), index, data, change))
        term = made[-1].term
    return tuple(made)


@st.composite
def disks(draw: st.DrawFn) -> Disk:
    """A disk that holds a log, and is writing: entries at the end or over others, or a snapshot."""
    index, term = draw(st.sampled_from(((0, 0), (2, 1), (3, 2))))
    snapshot = Snapshot(index, term, Configuration((1, 2, 3)))
    log = Log(draw(entries(index, term)), index, term)
    commit = draw(st.integers(index, log.last_index))
    now = log.last_term + draw(st.integers(0, 1))
    synced = Stable(now, draw(st.integers(0, 3)), commit, log, snapshot)
    later = now + draw(st.integers(0, 2))
    if draw(st.integers(0, 4)) == 0:
        later = max(later, 1)
        taken = Snapshot(log.last_index + draw(st.integers(1, 3)), later, Configuration((1, 2, 3)))
        log, snapshot = Log((), taken.index, taken.term), taken
        commit = taken.index
    else:
        kept = log.truncated(draw(st.integers(commit, log.last_index)))
        fresh = draw(entries(kept.last_index, later if kept != log else kept.last_term))
        log = Log(kept.entries + fresh, kept.compacted, kept.compacted_term)
    later = max(later, log.last_term)
    return Disk(synced, Stable(later, draw(st.integers(0, 3)), commit, log, snapshot))


def crashed(disk: Disk, luck: str) -> Stable:
    """What a member that starts again finds."""
    left = torn_by_crash(disk) if luck == "torn" else left_after_crash(disk, luck)
    return recovered(left)


def is_valid(log: Log) -> bool:
    """Indexes without gaps, terms that never decrease."""
    indexes = [entry.index for entry in log.entries]
    terms = [log.compacted_term, *(entry.term for entry in log.entries)]
    return indexes == list(range(log.first_index, log.last_index + 1)) and terms == sorted(terms)


def in_common(one: Log, two: Log) -> int:
    """Up to where two logs have the same entries, those that a snapshot stands for included."""
    upto = max(one.compacted, two.compacted)
    while upto < min(one.last_index, two.last_index) and one.at(upto + 1) == two.at(upto + 1):
        upto += 1
    return upto


def is_prefix(log: Log, whole: Log) -> bool:
    """Whether a log is the beginning of another."""
    return log.compacted == whole.compacted and in_common(log, whole) == log.last_index


@MANY
@given(disks())
def test_the_disks_we_speak_of_are_possible(disk: Disk) -> None:
    for stable in (disk.synced, disk.written):
        assert is_valid(stable.log)
        assert stable.snapshot.index <= stable.commit <= stable.log.last_index
        assert stable.log.last_term <= stable.term
    assert disk.synced.commit <= disk.written.commit


@MANY
@given(disks(), LUCK)
def test_a_log_is_valid_after_every_crash(disk: Disk, luck: str) -> None:
    assert is_valid(crashed(disk, luck).log)


@MANY
@given(disks(), LUCK)
def test_what_was_synced_is_lost_only_where_it_was_being_overwritten(disk: Disk, luck: str) -> None:
    left = crashed(disk, luck)
    if disk.written.snapshot is disk.synced.snapshot:
        stays = in_common(disk.synced.log, disk.written.log)
        assert in_common(left.log, disk.synced.log) >= stays
    else:
        assert left in (disk.synced, disk.written), "a snapshot is there as a whole, or not"


@MANY
@given(disks(), LUCK)
def test_what_is_committed_on_disk_is_never_lost(disk: Disk, luck: str) -> None:
    left = crashed(disk, luck)
    assert left.commit >= disk.synced.commit
    assert left.log.last_index >= disk.synced.commit
    if left.log.compacted <= disk.synced.commit:
        first = left.log.compacted
        mine = left.log.between(first, disk.synced.commit)
        assert mine == disk.synced.log.between(first, disk.synced.commit)


@MANY
@given(disks(), LUCK)
def test_the_term_and_the_vote_are_those_that_were_synced_or_those_that_were_written(
    disk: Disk, luck: str
) -> None:
    left = crashed(disk, luck)
    states = [(each.term, each.vote, each.commit) for each in (disk.synced, disk.written)]
    assert (left.term, left.vote, left.commit) in states
    assert left.term >= disk.synced.term


@MANY
@given(disks(), LUCK)
def test_nothing_is_found_that_was_never_written(disk: Disk, luck: str) -> None:
    known = {*disk.synced.log.entries, *disk.written.log.entries}
    assert set(crashed(disk, luck).log.entries) <= known
    assert crashed(disk, luck).snapshot in (disk.synced.snapshot, disk.written.snapshot)


@MANY
@given(disks())
def test_nothing_kept_is_what_was_synced_and_everything_what_was_written(disk: Disk) -> None:
    assert crashed(disk, "nothing") == disk.synced
    assert crashed(disk, "everything") == disk.written


@MANY
@given(disks())
def test_of_several_new_entries_part_is_some_and_not_all(disk: Disk) -> None:
    left = crashed(disk, "part")
    fresh = disk.written.log.last_index - in_common(disk.synced.log, disk.written.log)
    if fresh > 1 and disk.written.snapshot is disk.synced.snapshot:
        assert is_prefix(left.log, disk.written.log)
        assert left.log.last_index < disk.written.log.last_index
        assert left.log.last_index > in_common(disk.synced.log, disk.written.log)
        assert (left.term, left.vote) == (disk.synced.term, disk.synced.vote), "written after them"
    else:
        assert left == disk.synced


@MANY
@given(disks())
def test_a_torn_entry_that_carries_something_is_not_there(disk: Disk) -> None:
    left = torn_by_crash(disk)
    if left.torn is None:
        assert left.synced == disk.synced
        return
    last = disk.written.log.entries[-1]
    assert left.torn.meant == last
    if last.index == in_common(disk.synced.log, disk.written.log) + 1:
        assert left.synced == disk.synced, "also what was to be overwritten is still there"
    if last.data or last.change is not None:
        assert last not in recovered(left).log.entries
        assert recovered(left) == left.synced


@MANY
@given(disks(), KEPT)
def test_a_crashed_disk_has_nothing_left_to_write(disk: Disk, kept: str) -> None:
    left = left_after_crash(disk, kept)
    assert left.synced == left.written
    assert {left_after_crash(left, again) for again in ("nothing", "part", "everything")} == {left}
    assert torn_by_crash(left) == left


@MANY
@given(disks(), LUCK)
def test_a_disk_at_rest_loses_nothing(disk: Disk, luck: str) -> None:
    assert crashed(evolve(disk, written=disk.synced), luck) == disk.synced
