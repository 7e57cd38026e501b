"""What a whole run agrees on: leader completeness and state machine safety."""

import pytest

from model.raft.conf_change import Configuration
from model.raft.log import Entry, Log, Snapshot
from model.raft.observed import Applied, BecameLeader, Committed, Crashed, Restarted, Restored
from tests.invariants.raft.by_hand import holds, said

ONE, TWO = Entry(1, 1, "a"), Entry(2, 2, "b")

# -- leader_completeness ----------------------------------------------------------------------


def test_a_later_leader_without_a_committed_entry() -> None:
    assert said(
        "leader_completeness",
        Committed(1, 2, (ONE, TWO)),
        BecameLeader(3, 3, Log((ONE,))),
    ) == ["member 3 leads term 3 without 2/2 b, which was committed in term 2"]


def test_an_entry_of_another_term_in_its_place_does_not_count() -> None:
    log = Log((ONE, Entry(1, 2, "c")))
    assert said("leader_completeness", Committed(1, 2, (ONE, TWO)), BecameLeader(3, 3, log)) == [
        "member 3 leads term 3 without 2/2 b, which was committed in term 2"
    ]


def test_the_first_entry_that_is_missing_is_named_and_no_more() -> None:
    assert said("leader_completeness", Committed(1, 2, (ONE, TWO)), BecameLeader(3, 3, Log())) == [
        "member 3 leads term 3 without 1/1 a, which was committed in term 2"
    ]


@pytest.mark.parametrize(
    ("term", "log"),
    [
        (3, Log((ONE, TWO))),
        (3, Log((ONE, TWO, Entry(2, 3)))),
        (3, Log((), 2, 2)),
        (3, Log((Entry(3, 4),), 3, 2)),
        (2, Log((ONE,))),
        (1, Log()),
    ],
    ids=["has all", "has more", "compacted up to it", "compacted beyond", "same term", "earlier"],
)
def test_a_leader_with_all_that_was_committed_before_its_term(term: int, log: Log) -> None:
    seen = (Committed(1, 2, (ONE, TWO)), BecameLeader(3, term, log))
    assert holds("leader_completeness", *seen)


def test_a_leader_that_was_elected_before_anybody_saw_the_commit() -> None:
    assert said(
        "leader_completeness", BecameLeader(3, 4, Log((ONE,))), Committed(1, 3, (ONE, TWO))
    ) == ["member 3 leads term 4 without 2/2 b, which was committed in term 3"]


def test_the_least_term_that_knew_an_entry_counts() -> None:
    assert said(
        "leader_completeness",
        Committed(1, 5, (ONE, TWO)),
        Committed(2, 3, (ONE, TWO)),
        BecameLeader(3, 4, Log((ONE,))),
    ) == ["member 3 leads term 4 without 2/2 b, which was committed in term 3"]


def test_two_members_know_different_entries_committed() -> None:
    assert said(
        "leader_completeness", Committed(1, 2, (ONE,)), Committed(2, 3, (Entry(3, 1, "c"),))
    ) == ["member 2 knows committed: 3/1 c, but 1/1 a was committed there"]


def test_two_members_know_the_same_entry_committed() -> None:
    seen = (Committed(1, 2, (ONE,)), Committed(2, 3, (ONE, TWO)), Committed(1, 3, (TWO,)))
    assert holds("leader_completeness", *seen)


# -- state_machine_safety ---------------------------------------------------------------------

APPLIED = (Applied(1, (ONE,)), Applied(1, (TWO,)))


def taken(data: tuple[str, ...] = ("a", "b"), index: int = 2, term: int = 2) -> Snapshot:
    return Snapshot(index, term, Configuration((1, 2, 3)), data)


def test_two_members_apply_different_entries_at_one_index() -> None:
    assert said("state_machine_safety", *APPLIED, Applied(2, (ONE, Entry(3, 2, "c")))) == [
        "member 2 applies 3/2 c, but 2/2 b was applied there"
    ]


def test_a_member_applies_with_a_gap() -> None:
    assert said("state_machine_safety", Applied(1, (ONE,)), Applied(1, (Entry(2, 3),))) == [
        "member 1 applies [3], expected from 2 on"
    ]


def test_a_member_applies_an_entry_twice() -> None:
    assert said("state_machine_safety", Applied(1, (ONE,)), Applied(1, (ONE, TWO))) == [
        "member 1 applies [1, 2], expected from 2 on"
    ]


def test_members_apply_the_same_entries_each_at_its_own_pace() -> None:
    assert holds("state_machine_safety", *APPLIED, Applied(2, (ONE,)), Applied(3, (ONE, TWO)))


def test_a_member_that_crashed_applies_again_from_its_snapshot_on() -> None:
    again = (Crashed(1), Restarted(1), Applied(1, (ONE, TWO)))
    assert holds("state_machine_safety", *APPLIED, *again)
    from_snapshot = (Crashed(1), Restarted(1, taken(("a",), 1, 1)), Applied(1, (TWO,)))
    assert holds("state_machine_safety", *APPLIED, *from_snapshot)
    assert said("state_machine_safety", *APPLIED, *from_snapshot, Applied(1, (TWO,))) == [
        "member 1 applies [2], expected from 3 on"
    ]


def test_what_a_snapshot_has_applied_is_not_applied_again() -> None:
    restored = (*APPLIED, Restored(3, taken()))
    assert holds("state_machine_safety", *restored, Applied(3, (Entry(2, 3, "c"),)))
    assert said("state_machine_safety", *restored, Applied(3, (TWO,))) == [
        "member 3 applies [2], expected from 3 on"
    ]


def test_a_snapshot_that_lacks_a_value() -> None:
    assert said("state_machine_safety", *APPLIED, Restored(3, taken(("a",)))) == [
        "member 3 takes over a snapshot up to 2 with ['a'], applied were ['a', 'b']"
    ]


def test_a_snapshot_with_another_term_at_its_end() -> None:
    assert said("state_machine_safety", *APPLIED, Restored(3, taken(term=1))) == [
        "member 3 takes over a snapshot up to 1/2, applied was 2/2 b"
    ]


def test_a_running_member_goes_back_to_an_older_snapshot() -> None:
    older = taken(("a",), 1, 1)
    assert said("state_machine_safety", *APPLIED, Restored(1, older)) == [
        "member 1 goes back to a snapshot up to 1"
    ]
    assert holds("state_machine_safety", *APPLIED, Restored(1, taken()))


def test_entries_without_a_value_are_no_part_of_the_state() -> None:
    applied = Applied(1, (ONE, Entry(2, 2), Entry(2, 3, "c")))
    assert holds("state_machine_safety", applied, Restored(3, taken(("a", "c"), 3)))


def test_the_snapshot_with_which_a_group_begins_says_nothing_of_values() -> None:
    begins = Snapshot(configuration=Configuration((1, 2, 3)))
    assert holds("state_machine_safety", Applied(1, (ONE,)), Crashed(1), Restarted(1, begins))
