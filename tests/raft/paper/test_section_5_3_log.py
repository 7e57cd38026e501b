"""Section 5.3 and 7: the log itself, with or without a part that a snapshot has replaced."""

import pytest

from model.raft.conf_change import ConfChange, ConfChangeSingle
from model.raft.log import (
    Entry,
    Log,
    conflicting_position,
    entry_size,
    find_conflict_by_term,
    is_up_to_date,
    limit_size,
    payload_size,
)
from tests.raft.paper.vocabulary import (
    ADD,
    LEARN,
    LEAVE,
    REMOVE,
    change,
    entries_of,
    terms_of,
)

WHOLE = Log(entries_of((1, 1, 2, 2)))
BEHIND_A_SNAPSHOT = Log(entries_of((2, 3, 3), after=4), 4, 2)
"""Its entries are 5, 6 and 7."""


def test_5_3_indexes_have_no_gaps() -> None:
    """Section 5.3: an entry is found by its index, nothing before the first or behind the last."""
    assert [WHOLE.term_at(index) for index in range(-1, 6)] == [None, 0, 1, 1, 2, 2, None]
    assert [WHOLE.at(index) for index in range(6)] == [None, *WHOLE.entries, None]
    assert (WHOLE.first_index, WHOLE.last_index, WHOLE.last_term) == (1, 4, 2)


def test_7_of_what_was_compacted_the_term_of_the_last_entry_is_known() -> None:
    """Section 7: indexes stay what they were, the last included entry has only a term."""
    log = BEHIND_A_SNAPSHOT
    assert [log.term_at(index) for index in range(3, 9)] == [None, 2, 2, 3, 3, None]
    assert [log.at(index) for index in range(3, 9)] == [None, None, *log.entries, None]
    assert (log.first_index, log.last_index, log.last_term) == (5, 7, 3)
    empty = Log((), 4, 2)
    assert (empty.first_index, empty.last_index, empty.last_term) == (5, 4, 2)


@pytest.mark.parametrize(
    ("after", "upto", "indexes"),
    [
        (4, 7, [5, 6, 7]),
        *((5, 6, [6]), (6, 6, []), (7, 9, []), (6, 9, [7])),
        (3, 7, [5, 6, 7]),
        *((0, 7, [5, 6, 7]), (0, 5, [5]), (0, 4, []), (2, 3, [])),
    ],
)
def test_7_entries_between_two_indexes(after: int, upto: int, indexes: list[int]) -> None:
    """Section 7: of what was asked for, that which is still there."""
    assert [entry.index for entry in BEHIND_A_SNAPSHOT.between(after, upto)] == indexes


@pytest.mark.parametrize(("upto", "terms"), [(7, [2, 3, 3]), (6, [2, 3]), (4, []), (3, [])])
def test_5_3_a_log_without_what_follows_an_index(upto: int, terms: list[int]) -> None:
    """Section 5.3: what follows is gone, what a snapshot has replaced stays replaced."""
    log = BEHIND_A_SNAPSHOT.truncated(upto)
    assert (terms_of(log), log.compacted, log.compacted_term) == (terms, 4, 2)


def test_7_entries_that_follow_an_index() -> None:
    """Section 7: all that is still there of them."""
    for index, indexes in ((1, [5, 6, 7]), (3, [5, 6, 7]), (4, [5, 6, 7]), (6, [7]), (7, [])):
        assert [entry.index for entry in BEHIND_A_SNAPSHOT.entries_after(index)] == indexes


def test_5_3_entries_at_the_end() -> None:
    """Section 5.3: new ones are appended behind the last."""
    log = BEHIND_A_SNAPSHOT.append(Entry(4, 8), Entry(4, 9))
    assert (terms_of(log), log.compacted, log.compacted_term) == ([2, 3, 3, 4, 4], 4, 2)


def test_5_3_where_the_first_conflict_is() -> None:
    """Section 5.3: the first entry that the log lacks, or has with another term."""
    assert conflicting_position(WHOLE, entries_of((1, 1, 2, 2))) is None
    assert conflicting_position(WHOLE, entries_of((1, 1, 2, 3))) == 3
    assert conflicting_position(WHOLE, entries_of((2, 2))) == 0
    assert conflicting_position(WHOLE, entries_of((2, 2), after=3)) == 1
    assert conflicting_position(WHOLE, ()) is None


@pytest.mark.parametrize(
    ("upto", "compacted", "term", "left"),
    [(3, 4, 2, 3), (4, 4, 2, 3), (5, 5, 2, 2), (6, 6, 3, 1), (7, 7, 3, 0), (8, 4, 2, 3)],
)
def test_7_compaction_keeps_the_term_of_the_last_entry_it_takes(
    upto: int, compacted: int, term: int, left: int
) -> None:
    """Section 7: up to an index that is there; what is gone or never was changes nothing."""
    log = BEHIND_A_SNAPSHOT.compact(upto)
    assert (log.compacted, log.compacted_term, len(log.entries)) == (compacted, term, left)
    assert log.last_index == 7


def test_5_4_1_up_to_date() -> None:
    """Section 5.4.1: the later last term, or the same and at least as long."""
    ends = [(term, index) for term in (2, 3, 4) for index in (6, 7, 8)]
    assert [is_up_to_date(BEHIND_A_SNAPSHOT, *end) for end in ends] == [
        *(False, False, False),
        *(False, True, True),
        *(True, True, True),
    ]


@pytest.mark.parametrize(
    ("index", "term", "found"),
    [
        *((7, 3, (7, 3)), (7, 2, (5, 2)), (7, 9, (7, 3)), (6, 2, (5, 2)), (5, 2, (5, 2))),
        *((7, 1, (3, 0)), (4, 2, (4, 2)), (3, 2, (3, 0)), (9, 3, (9, 0)), (0, 3, (0, 0))),
    ],
)
def test_5_3_whole_terms_are_skipped(index: int, term: int, found: tuple[int, int]) -> None:
    """Section 5.3: the last entry that is not of a later term; where it is unknown, the index."""
    assert find_conflict_by_term(BEHIND_A_SNAPSHOT, index, term) == found


def test_5_3_whole_terms_are_skipped_down_to_the_beginning() -> None:
    """Section 5.3: index 0, of term 0, always matches."""
    assert find_conflict_by_term(Log(entries_of((3, 3))), 2, 2) == (0, 0)
    assert find_conflict_by_term(Log(entries_of((2, 3))), 2, 2) == (1, 2)


def test_5_3_bytes_of_an_entry() -> None:
    """Section 5.3 (protobuf): numbers of seven bits take one byte more for each seven further."""
    plain = entry_size(Entry(1, 1))
    for bits, more in ((0, 0), (7, 0), (8, 1), (14, 1), (15, 2), (21, 2), (22, 3)):
        number = 2**bits - 1
        assert entry_size(Entry(number, 1)) == entry_size(Entry(1, number)) == plain + more
    for length, more in ((1, 3), (127, 129), (128, 131)):
        assert entry_size(Entry(1, 1, "x" * length)) == plain + more
    assert entry_size(Entry(1, 1, "é")) == plain + 4, "bytes, not characters"


def test_6_bytes_of_a_change() -> None:
    """Section 6 (protobuf): six bytes a single change of a small id; the way out carries none."""
    one = payload_size(Entry(1, 1, change=change((ADD, 1))))
    for singles, more in (
        (((ADD, 1), (REMOVE, 2)), 6),
        (((ADD, 1), (REMOVE, 127)), 6),
        (((ADD, 1), (REMOVE, 128)), 7),
        (((ADD, 1), (REMOVE, 2), (LEARN, 3)), 12),
    ):
        assert payload_size(Entry(1, 1, change=change(*singles))) == one + more
    assert one > 6
    assert payload_size(Entry(1, 1, change=LEAVE)) == 0
    assert payload_size(Entry(1, 1)) == 0
    older = [ConfChange((ConfChangeSingle(ADD, id),), v1=True) for id in (1, 128)]
    small, large = (payload_size(Entry(1, 1, change=asked)) for asked in older)
    assert 4 <= small < one
    assert large == small + 1


def test_5_3_as_many_entries_as_fit_and_at_least_one() -> None:
    """Section 5.3 (etcd): the limit counts whole entries; without a limit all fit."""
    entries = entries_of((1, 1, 1))
    each = entry_size(entries[0])
    limits = {None: 3, 0: 1, each: 1, 2 * each - 1: 1, 2 * each: 2, 3 * each - 1: 2, 3 * each: 3}
    for limit, fitting in limits.items():
        assert limit_size(entries, limit) == entries[:fitting]
    assert limit_size((), 5) == ()
