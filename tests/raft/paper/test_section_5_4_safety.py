"""Section 5.4: safety; figure 8; figure 3, leader completeness and state machine safety."""

from itertools import combinations

import pytest

from model.raft.node import Role
from tests.raft.paper.vocabulary import (
    Group,
    ack,
    candidate,
    disk,
    leader,
    member,
    only,
    request_vote,
    terms_of,
    vote,
)

FIVE = (1, 2, 3, 4, 5)

UP_TO_DATE = [
    # the voter's log, the candidate's last index and term, whether it is as up to date
    *(((1, 2), (2, 2), True), ((1, 2), (3, 2), True), ((1, 2), (1, 2), False)),
    *(((1, 2), (1, 3), True), ((1, 2), (9, 1), False), ((1, 2), (2, 1), False)),
    *(((), (0, 0), True), ((), (1, 1), True), ((1,), (0, 0), False)),
    *(((2, 2, 2), (2, 3), True), ((2, 2, 2), (4, 1), False)),
]


@pytest.mark.parametrize(("log", "last", "granted"), UP_TO_DATE)
def test_5_4_1_the_later_term_or_else_the_longer_log_is_more_up_to_date(
    log: tuple[int, ...], last: tuple[int, int], granted: bool
) -> None:
    """Section 5.4.1: logs are compared by the term of the last entry, then by its index."""
    made = member(disk(log, term=5))
    assert only(made.receives(request_vote(6, last))).reject is not granted


def test_5_4_1_the_log_counts_not_the_commit_index() -> None:
    """Section 5.4.1: entries that are not known to be committed may be, so they count."""
    made = member(disk((1, 1), commit=1))
    assert only(made.receives(request_vote(2, (1, 1)))).reject


@pytest.mark.parametrize("holders", list(combinations(FIVE, 3)))
def test_figure_3_leader_completeness(holders: tuple[int, ...]) -> None:
    """Figure 3, leader completeness: only who has a committed entry wins an election after it."""
    for standing in FIVE:
        disks = {id: disk((1, 2) if id in holders else (1,), term=2, voters=FIVE) for id in FIVE}
        group = Group(disks)
        group.elect(standing)
        assert group.leaders() == ([standing] if standing in holders else [])


@pytest.mark.parametrize("holders", list(combinations((1, 2, 3, 4), 3)))
def test_figure_3_leader_completeness_with_an_even_number(holders: tuple[int, ...]) -> None:
    """Figure 3, leader completeness: a majority of four is three, and none wins without them."""
    for standing in (1, 2, 3, 4):
        group = Group(
            {
                id: disk((1, 2) if id in holders else (1,), term=2, voters=(1, 2, 3, 4))
                for id in (1, 2, 3, 4)
            }
        )
        group.elect(standing)
        assert group.leaders() == ([standing] if standing in holders else [])


def figure_8() -> Group:
    """Figure 8 at the end of (b): S1 led term 2, S5 led term 3, and both crashed."""
    logs = {1: (1, 2), 2: (1, 2), 3: (1,), 4: (1,), 5: (1, 3)}
    return Group({id: disk(log, term=3, voters=FIVE) for id, log in logs.items()})


def test_5_4_2_figure_8_c_an_entry_of_an_older_term_is_not_committed_by_a_majority() -> None:
    """Section 5.4.2, figure 8 (c): S1 leads again, entry 2 is on a majority, yet not committed."""
    group = figure_8()
    first = group[1]
    first.campaigns()
    first.receives(vote(2, 4), vote(3, 4))
    assert (first.node.role, terms_of(first.node.log)) == (Role.LEADER, [1, 2, 4])
    first.receives(ack(2, 4, 2), ack(3, 4, 2))
    assert [first.progress(id).match for id in (1, 2, 3)] == [3, 2, 2]
    assert (first.node.commit, first.applied) == (0, [])


def test_5_4_2_figure_8_d_such_an_entry_can_still_be_overwritten() -> None:
    """Section 5.4.2, figure 8 (d): S5 is elected and replaces entry 2 wherever it was."""
    group = figure_8()
    for id in (2, 3):
        group.members[id] = member(disk((1, 2), term=4, vote=1, voters=FIVE), id=id)
    group.elect(5, among=(2, 3, 4, 5))
    assert group.leaders() == [], "S2 and S3 have voted in term 4, for S1"
    group.elect(5, among=(2, 3, 4, 5))
    assert group.leaders() == [5]
    for id in (2, 3, 4, 5):
        assert terms_of(group[id].node.log) == [1, 3, 5]


def test_5_4_2_figure_8_e_an_entry_of_its_own_term_commits_the_older_ones() -> None:
    """Section 5.4.2, figure 8 (e): with entry 3 of term 4 on a majority all is committed."""
    group = figure_8()
    group.elect(1, among=(1, 2, 3))
    assert group[1].node.commit == 3
    assert [entry.term for entry in group[1].applied] == [1, 2, 4]
    for _ in range(3):
        group.elect(5)
        assert group.leaders() == [] or group.leaders() == [1]
    assert group[5].node.role is not Role.LEADER, "S5 cannot win any more"


def test_5_4_2_entries_keep_the_term_in_which_they_were_made() -> None:
    """Section 5.4.2: a later leader replicates older entries with their original term."""
    group = Group({1: disk((1, 2)), 2: disk((1,), term=2), 3: disk((1,), term=2)})
    group.elect(1)
    assert [terms_of(group[id].node.log) for id in (1, 2, 3)] == [[1, 2, 3]] * 3


@pytest.mark.parametrize(
    ("acknowledged", "commit"), [((2, 2), 0), ((2, 3), 3), ((3, 0), 3), ((1, 2), 0)]
)
def test_5_4_2_only_its_own_term_is_committed_by_counting(
    acknowledged: tuple[int, int], commit: int
) -> None:
    """Section 5.4.2: the index that a majority has must hold an entry of the leader's term."""
    made = leader(disk((1, 2)))
    for peer, index in enumerate(acknowledged, start=2):
        made.receives(ack(peer, 3, index))
    assert made.node.commit == commit


def test_figure_3_state_machine_safety() -> None:
    """Figure 3, state machine safety: at one index everybody applies the same entry, or none."""
    group = figure_8()
    group.elect(1, among=(1, 2, 3))
    for id in (1, 2, 3):
        group.sends(group[id].proposes(f"by {id}"))
        group.deliver(among=(1, 2, 3))
    group.elect(2, among=(2, 3, 4, 5))
    group.sends(group[2].proposes("last"))
    group.deliver()
    group.sends(group[2].ticks())
    group.deliver()
    told = [group[id].applied for id in FIVE]
    assert told == [told[1]] * 5
    assert [entry.data for entry in told[1]][-1] == "last"
    assert [entry.index for entry in told[1]] == list(range(1, len(told[1]) + 1))


def test_5_4_3_a_committed_entry_survives_every_change_of_leader() -> None:
    """Section 5.4.3: what one leader has committed is in the log of all later ones."""
    group = Group({id: disk((1,), voters=FIVE) for id in FIVE})
    group.elect(1)
    group.sends(group[1].proposes("kept"))
    group.deliver(among=(1, 2, 3))
    assert group[1].node.commit == 3
    group.elect(4, among=(3, 4, 5))
    assert group.leaders() == [1], "4 lacks it, and 3 does not vote for it"
    group.elect(3, among=(3, 4, 5))
    assert group[3].node.role is Role.LEADER
    assert [group[id].node.log.entries[2].data for id in (3, 4, 5)] == ["kept"] * 3


def test_5_4_a_candidate_does_not_commit() -> None:
    """Section 5.4.2: acknowledgements that arrive after the leadership is over commit nothing."""
    made = candidate(disk((1, 1)))
    made.receives(ack(2, 2, 2), ack(3, 2, 2))
    assert made.node.commit == 0
