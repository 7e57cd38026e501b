"""Linearizable reads without a log entry: confirmed by a quorum, or served on a lease."""

import pytest

from model.raft.actions import ReadIndex
from model.raft.log import Entry
from model.raft.observed import Committed, ReadConfirmed, ReadInvoked
from tests.invariants.raft.by_hand import holds, said
from tests.raft.world.driving import led, only, rested, watched

ONE = Committed(1, 1, (Entry(1, 1, "a"),))
UP_TO_3 = Committed(2, 2, (Entry(1, 2, "b"), Entry(2, 3, "c")))
ASKED = ReadInvoked(3, "r1")

# -- read_index_is_fresh ----------------------------------------------------------------------


def served(index: int, *, context: str = "r1", term: int = 1, on_lease: bool = False):
    return ReadConfirmed(3, context, index, term, on_lease)


def test_a_read_misses_what_was_committed_before_it_was_asked() -> None:
    assert said("read_index_is_fresh", ONE, UP_TO_3, ASKED, served(2)) == [
        "read r1 may be served at index 2 by member 3, "
        "but index 3 was committed before it was asked"
    ]


def test_what_anybody_knew_committed_counts_whoever_serves_the_read() -> None:
    other = ReadConfirmed(2, "r1", 0, 1)
    assert said("read_index_is_fresh", ONE, ASKED, other) == [
        "read r1 may be served at index 0 by member 2, "
        "but index 1 was committed before it was asked"
    ]


@pytest.mark.parametrize(
    "seen",
    [
        (ONE, UP_TO_3, ASKED, served(3)),
        (ONE, UP_TO_3, ASKED, served(4)),
        (ONE, ASKED, UP_TO_3, served(1)),
        (ASKED, ONE, served(0)),
        (UP_TO_3, ONE, ASKED, served(3)),
        (ONE, UP_TO_3, ASKED, served(1, on_lease=True)),
    ],
    ids=[
        "just up to there",
        "further",
        "committed after it was asked",
        "nothing was committed",
        "an old commit that another learns late",
        "on a lease",
    ],
)
def test_a_read_includes_all_that_was_committed_when_it_was_asked(seen) -> None:
    assert holds("read_index_is_fresh", *seen)


def test_a_retry_under_the_same_name_keeps_the_floor_of_the_first() -> None:
    assert holds("read_index_is_fresh", ONE, ASKED, UP_TO_3, ASKED, served(1))


def test_a_retry_under_a_fresh_name_has_a_floor_of_its_own() -> None:
    retried = ReadInvoked(3, "r1.2")
    seen = (ONE, ASKED, UP_TO_3, retried)
    assert holds("read_index_is_fresh", *seen, served(1))
    assert said("read_index_is_fresh", *seen, served(1, context="r1.2")) == [
        "read r1.2 may be served at index 1 by member 3, "
        "but index 3 was committed before it was asked"
    ]


def test_a_driven_read_is_fresh() -> None:
    group, asked = watched(led(), ReadIndex(2))
    _, seen = rested(group)
    assert only(ReadConfirmed, seen) == [ReadConfirmed(2, "r1", 1, 1)]
    assert holds("read_index_is_fresh", ONE, *asked, *seen)


# -- lease_reads_are_fresh --------------------------------------------------------------------


def test_a_read_on_a_lease_misses_what_another_leader_committed() -> None:
    """True of etcd today (R10): this one is asked only where that anomaly is hunted."""
    assert said("lease_reads_are_fresh", ONE, UP_TO_3, ASKED, served(1, on_lease=True)) == [
        "read r1 may be served at index 1 by member 3, "
        "but index 3 was committed before it was asked"
    ]


def test_a_read_on_a_lease_that_includes_all_and_one_that_is_none() -> None:
    assert holds("lease_reads_are_fresh", ONE, UP_TO_3, ASKED, served(3, on_lease=True))
    assert holds("lease_reads_are_fresh", ONE, ASKED, UP_TO_3, served(1, on_lease=True))
    assert holds("lease_reads_are_fresh", ONE, UP_TO_3, ASKED, served(1))


# -- lease_reads_include_their_own_term -------------------------------------------------------


@pytest.mark.parametrize(("term", "index", "floor"), [(1, 0, 1), (2, 2, 3), (2, 0, 3), (3, 1, 3)])
def test_a_read_on_a_lease_misses_what_its_own_term_committed(
    term: int, index: int, floor: int
) -> None:
    stale = served(index, term=term, on_lease=True)
    assert said("lease_reads_include_their_own_term", ONE, UP_TO_3, ASKED, stale) == [
        f"read r1 may be served at index {index} by member 3 in term {term}, "
        f"but index {floor} was committed in that term or before"
    ]


@pytest.mark.parametrize(
    "last",
    [
        served(1, term=1, on_lease=True),
        served(3, term=2, on_lease=True),
        served(0, term=0, on_lease=True),
        served(0, term=2),
    ],
    ids=[
        "a later leader has committed more",
        "just up to there",
        "before anything was committed",
        "not on a lease",
    ],
)
def test_a_read_on_a_lease_includes_what_its_own_term_committed(last: ReadConfirmed) -> None:
    assert holds("lease_reads_include_their_own_term", ONE, UP_TO_3, ASKED, last)


def test_what_an_older_term_commits_late_counts_for_that_term() -> None:
    stale = served(0, term=1, on_lease=True)
    assert said("lease_reads_include_their_own_term", UP_TO_3, ONE, ASKED, stale) == [
        "read r1 may be served at index 0 by member 3 in term 1, "
        "but index 1 was committed in that term or before"
    ]


def test_a_commit_of_less_than_is_known_lowers_nothing() -> None:
    fewer = Committed(2, 2, (Entry(1, 2, "b"),))
    seen = (ONE, UP_TO_3, fewer, ASKED)
    assert len(said("lease_reads_include_their_own_term", *seen, served(2, term=2, on_lease=True)))
    assert len(said("read_index_is_fresh", *seen, served(2)))


@pytest.mark.parametrize(
    "name", ["read_index_is_fresh", "lease_reads_are_fresh", "lease_reads_include_their_own_term"]
)
def test_nothing_is_asked_of_a_read_that_nobody_was_seen_to_ask(name: str) -> None:
    for on_lease in (False, True):
        assert holds(name, ONE, served(0, context="r9", on_lease=on_lease))


def test_what_its_term_commits_after_it_was_asked_may_be_missing() -> None:
    own = served(1, term=2, on_lease=True)
    assert holds("lease_reads_include_their_own_term", ONE, ASKED, UP_TO_3, own)
