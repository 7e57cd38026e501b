"""Logs and the indexes into them: matching, bounds, what never goes back."""

import pytest

from model.raft.actions import Compact, Propose
from model.raft.group import Member
from model.raft.log import Entry, Log, Snapshot
from model.raft.node import Role
from tests.invariants.raft.by_hand import (
    THREE,
    down,
    group_of,
    holds,
    leader,
    log_of,
    member,
    said,
    waits_for_snapshot,
    with_disk,
    with_node,
)
from tests.raft.world.driving import after, at_rest, led


def step_of(before: Member, after_it: Member):
    """Groups before and after member 1 alone has changed."""
    others = (member(2), member(3))
    return group_of(before, *others), group_of(after_it, *others)


# -- log_matching -----------------------------------------------------------------------------


def with_logs(*logs: Log):
    return group_of(*(member(i, term=9, log=log) for i, log in enumerate(logs, 1)))


def test_equal_entries_on_top_of_different_ones() -> None:
    assert said("log_matching", with_logs(log_of(1, 3), log_of(2, 3))) == [
        "members 1 and 2 both have 3/2 v2 at index 2, but differ at or below it"
    ]


def test_equal_index_and_term_with_different_values() -> None:
    one, two = Log((Entry(1, 1, "a"),)), Log((Entry(1, 1, "b"),))
    assert said("log_matching", with_logs(one, log_of(2), two)) == [
        "members 1 and 3 both have 1/1 a at index 1, but differ at or below it"
    ]


def test_every_pair_of_members_is_compared_also_those_that_are_down() -> None:
    logs = (log_of(1, 3), log_of(2, 3), log_of(4, 3))
    assert len(said("log_matching", with_logs(*logs))) == 3
    asleep = group_of(down(member(1, log=log_of(1, 3))), member(2, log=log_of(2, 3)))
    assert len(said("log_matching", asleep)) == 1


def test_what_is_only_in_the_page_cache_counts_too() -> None:
    cached = member(1, log=log_of(1, 3), synced=log_of(1))
    assert len(said("log_matching", group_of(cached, member(2, log=log_of(2, 3))))) == 1


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (log_of(1, 2, 3), log_of(1, 2, 3)),
        (log_of(1, 2), log_of(1, 2, 3)),
        (log_of(1, 1), log_of(1, 2)),
        (log_of(1, 1, 1), log_of(1, 2, 3)),
        (log_of(), log_of(1)),
        (log_of(3, after=(1, 1)), log_of(2, 3)),
        (log_of(3, after=(3, 2)), log_of(1, 1)),
    ],
    ids=[
        "equal",
        "one goes on",
        "they part at the end",
        "they part and stay apart",
        "one is empty",
        "what one has compacted is not compared",
        "one begins after the other ends",
    ],
)
def test_logs_that_match(one: Log, two: Log) -> None:
    assert holds("log_matching", with_logs(one, two))
    assert holds("log_matching", with_logs(two, one))


def test_what_both_still_have_is_compared_where_one_is_compacted() -> None:
    assert said("log_matching", with_logs(log_of(2, 3, after=(1, 1)), log_of(1, 1, 3))) == [
        "members 1 and 2 both have 3/3 v3 at index 3, but differ at or below it"
    ]


# -- commit_within_the_log --------------------------------------------------------------------


def test_more_applied_than_committed_or_committed_than_there() -> None:
    group = group_of(
        member(1, log=log_of(1, 1), commit=1, applied=2), member(2, log=log_of(1), commit=2)
    )
    assert said("commit_within_the_log", group) == [
        "member 1: applied 2, commit 1, last index 2",
        "member 2: applied 0, commit 2, last index 1",
    ]


def test_a_log_that_begins_after_what_was_applied() -> None:
    compacted = member(1, log=log_of(1, after=(2, 1)))
    behind = with_node(compacted, applied=1, snapshot=Snapshot(1, 1, THREE))
    assert said("commit_within_the_log", group_of(behind)) == [
        "member 1: the log begins at 3, but it has applied 1"
    ]


@pytest.mark.parametrize(
    "made",
    [
        member(1, log=log_of(1, 1), commit=2, applied=2),
        member(1, log=log_of(1, 1), commit=1),
        member(1, log=log_of(after=(2, 1))),
        with_node(member(1, log=log_of(1, after=(2, 1))), applied=1),
        waits_for_snapshot(member(1), Snapshot(4, 1, THREE)),
        down(member(1, log=log_of(1), commit=5)),
    ],
    ids=[
        "all is applied",
        "some is committed, nothing applied",
        "all is compacted",
        "its snapshot holds what it has not applied",
        "a snapshot is on its way to the disk",
        "down",
    ],
)
def test_indexes_that_are_just_in_order(made: Member) -> None:
    assert holds("commit_within_the_log", group_of(made))


# -- term_and_commit_never_decrease -----------------------------------------------------------

RUNS = member(1, term=2, vote=3, log=log_of(1, 1), commit=1, applied=1)


@pytest.mark.parametrize(
    ("changes", "evidence"),
    [
        ({"term": 1}, "member 1: term went from 2 to 1"),
        ({"commit": 0}, "member 1: commit went from 1 to 0"),
        ({"applied": 0}, "member 1: applied went from 1 to 0"),
        ({"vote": 2}, "member 1: the vote of term 2 went from 3 to 2"),
        ({"vote": 0}, "member 1: the vote of term 2 went from 3 to 0"),
    ],
)
def test_a_running_member_goes_back(changes: dict[str, int], evidence: str) -> None:
    assert said("term_and_commit_never_decrease", *step_of(RUNS, with_node(RUNS, **changes))) == [
        evidence
    ]


@pytest.mark.parametrize(
    ("before", "after_it"),
    [
        (RUNS, with_node(RUNS, term=3, vote=0)),
        (RUNS, with_node(RUNS, term=3, vote=2)),
        (RUNS, with_node(RUNS, commit=2, applied=2)),
        (with_node(RUNS, vote=0), RUNS),
        (RUNS, down(RUNS)),
        (down(RUNS), with_node(RUNS, commit=0, applied=0)),
        (RUNS, with_disk(RUNS, term=9)),
    ],
    ids=[
        "a new term without a vote",
        "a new term with a vote",
        "commits and applies",
        "votes",
        "goes down",
        "starts again, with what is on its disk",
        "only its disk has changed",
    ],
)
def test_a_running_member_does_not_go_back(before: Member, after_it: Member) -> None:
    assert holds("term_and_commit_never_decrease", *step_of(before, after_it))


# -- the_disk_never_goes_back -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "evidence"),
    [
        ({"term": 1}, "member 1: term on disk went from 2 to 1"),
        ({"commit": 0}, "member 1: commit on disk went from 1 to 0"),
        ({"vote": 2}, "member 1: the vote of term 2 on disk went from 3 to 2"),
        ({"vote": 0}, "member 1: the vote of term 2 on disk went from 3 to 0"),
    ],
)
@pytest.mark.parametrize("made", [RUNS, down(RUNS)], ids=["up", "down"])
def test_a_disk_goes_back(made: Member, changes: dict[str, int], evidence: str) -> None:
    assert said("the_disk_never_goes_back", *step_of(made, with_disk(made, **changes))) == [
        evidence
    ]


@pytest.mark.parametrize(
    ("before", "after_it"),
    [
        (RUNS, with_disk(RUNS, term=3, vote=0)),
        (RUNS, with_disk(RUNS, commit=2)),
        (RUNS, with_disk(RUNS, log=log_of(1))),
        (with_disk(RUNS, vote=0), RUNS),
        (RUNS, down(RUNS)),
        (RUNS, with_node(RUNS, term=1)),
    ],
    ids=[
        "a new term",
        "commits",
        "entries give way",
        "votes",
        "goes down",
        "only its memory has changed",
    ],
)
def test_a_disk_does_not_go_back(before: Member, after_it: Member) -> None:
    assert holds("the_disk_never_goes_back", *step_of(before, after_it))


# -- leader_append_only -----------------------------------------------------------------------

LEADS = leader(1, term=3, log=log_of(1, 3))


@pytest.mark.parametrize("log", [log_of(1), log_of(1, 2), log_of(1, 2, 3), log_of(2, 3)])
def test_a_leader_rewrites_its_log(log: Log) -> None:
    assert said("leader_append_only", *step_of(LEADS, with_node(LEADS, log=log))) == [
        f"leader 1 has changed its log from {log_of(1, 3)} to {log}"
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"log": log_of(1, 3, 3)},
        {"log": log_of(3, after=(1, 1))},
        {"log": log_of(3, after=(2, 3))},
        {"log": log_of(1, 2), "term": 4},
        {"log": log_of(1, 2), "role": Role.FOLLOWER},
    ],
    ids=["appends", "compacts", "compacts all and appends", "in a later term", "steps down"],
)
def test_a_leader_only_appends(changes) -> None:
    assert holds("leader_append_only", *step_of(LEADS, with_node(LEADS, **changes)))


def test_who_only_now_begins_to_lead_may_have_changed_its_log_before() -> None:
    stood = with_node(LEADS, role=Role.CANDIDATE, log=log_of(1, 2))
    assert holds("leader_append_only", *step_of(stood, LEADS))


def test_a_leader_that_lost_its_memory_in_between_is_another_matter() -> None:
    assert holds("leader_append_only", *step_of(LEADS, down(with_node(LEADS, log=log_of(1)))))


def test_a_driven_leader_appends_and_compacts() -> None:
    before = led(spares=0)
    proposed = at_rest(after(before, Propose(1)))
    compacted = after(proposed, Compact(1))
    assert compacted.node(1).log.first_index == 3
    assert holds("leader_append_only", before, proposed)
    assert holds("leader_append_only", proposed, compacted)


# -- committed_entries_are_kept ---------------------------------------------------------------

KEEPS = member(1, term=3, log=log_of(1, 2, 2), commit=2, applied=1)


@pytest.mark.parametrize("log", [log_of(1), log_of(1, 3), log_of(3, 2, 2), log_of()])
def test_a_member_changes_what_it_knows_committed(log: Log) -> None:
    assert said("committed_entries_are_kept", *step_of(KEEPS, with_node(KEEPS, log=log))) == [
        "member 1 has changed its log at or below commit 2"
    ]


def test_a_member_drops_what_it_does_not_know_committed() -> None:
    beyond = with_node(KEEPS, log=log_of(after=(3, 2)))
    assert "member 1 has dropped its log up to 3, it knows only 2 committed" in said(
        "committed_entries_are_kept", *step_of(KEEPS, beyond)
    )


@pytest.mark.parametrize(
    "after_it",
    [
        with_node(KEEPS, log=log_of(1, 2, 3)),
        with_node(KEEPS, log=log_of(1, 2)),
        with_node(KEEPS, log=log_of(2, after=(2, 2))),
        with_node(KEEPS, log=log_of(after=(5, 3)), commit=5),
        down(KEEPS),
    ],
    ids=[
        "another entry above the commit",
        "the log ends at the commit",
        "compacted just up to the commit",
        "a snapshot takes the place of all",
        "goes down",
    ],
)
def test_a_member_keeps_what_it_knows_committed(after_it: Member) -> None:
    assert holds("committed_entries_are_kept", *step_of(KEEPS, after_it))


def test_a_driven_member_keeps_all_over_its_compaction() -> None:
    before = at_rest(after(led(spares=0), Propose(1)))
    compacted = after(before, Compact(2))
    assert holds("committed_entries_are_kept", before, compacted)
    assert before.node(2).applied == compacted.node(2).applied == 2
