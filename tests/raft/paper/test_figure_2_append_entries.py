"""Figure 2, AppendEntries RPC: what its receiver does, step by step."""

import pytest

from model.raft.message import MessageType
from model.raft.node import Role
from model.raft.step import step
from tests.raft.paper.vocabulary import (
    append,
    candidate,
    disk,
    follower,
    heartbeat,
    leader,
    member,
    only,
    terms_of,
)


@pytest.mark.parametrize("config", [{"check_quorum": True}, {"pre_vote": True}])
def test_figure_2_append_1_an_older_term_is_refused(config: dict[str, bool]) -> None:
    """Figure 2, AppendEntries, step 1: the answer to an older leader tells the newer term."""
    made = member(disk((1, 1), term=3), **config)
    answer = only(made.receives(append(2, (2, 1), (2,))))
    assert (answer.type, answer.target, answer.term, answer.index) == (
        *(MessageType.APP_RESP, 2, 3),
        0,
    )
    assert terms_of(made.node.log) == [1, 1]
    assert made.node.leader == 0


def test_figure_2_append_1_an_older_term_is_ignored_where_votes_alone_raise_terms() -> None:
    """Figure 2, AppendEntries, step 1 (etcd: without PreVote and CheckQuorum, no answer)."""
    made = follower(disk((1, 1), term=3), leader=3)
    made.ticks(2)
    assert made.receives(append(2, (2, 1), (2,), commit=2)) == []
    assert (terms_of(made.node.log), made.node.commit) == ([1, 1], 0)
    assert (made.node.leader, made.node.election_elapsed) == (3, 2)


def test_figure_2_append_1_the_same_term_is_accepted() -> None:
    """Figure 2, AppendEntries, step 1: only a smaller term is refused, an equal one is not."""
    made = member(disk((1, 1), term=3))
    assert not only(made.receives(append(3, (2, 1), (3,)))).reject
    assert terms_of(made.node.log) == [1, 1, 3]


@pytest.mark.parametrize(
    ("after", "matches"),
    [
        ((0, 0), True),
        ((1, 1), True),
        ((3, 2), True),
        ((3, 1), False),
        ((3, 3), False),
        ((2, 2), False),
        ((4, 2), False),
        ((4, 3), False),
        ((9, 3), False),
    ],
)
def test_figure_2_append_2_refused_unless_the_previous_entry_is_there(
    after: tuple[int, int], matches: bool
) -> None:
    """Figure 2, AppendEntries, step 2: prevLogIndex must hold an entry of prevLogTerm."""
    made = follower(disk((1, 1, 2), term=3))
    answer = only(made.receives(append(3, after, (3,))))
    assert answer.reject is not matches
    assert (answer.type, answer.target, answer.term) == (MessageType.APP_RESP, 2, 3)
    if matches:
        assert answer.index == after[0] + 1
        assert made.node.log.last_term == 3
    else:
        assert answer.index == after[0], "it names the request that it refuses"
        assert terms_of(made.node.log) == [1, 1, 2]


def test_figure_2_append_2_a_refusal_is_contact_with_the_leader_all_the_same() -> None:
    """Figure 2, AppendEntries, step 2: the log does not match, but the leader was heard."""
    made = member(disk((1,), term=2))
    made.ticks(4)
    made.receives(append(2, (5, 2), (2,), source=3))
    assert (made.node.leader, made.node.election_elapsed) == (3, 0)


def test_figure_2_append_2_nothing_is_committed_by_a_refused_request() -> None:
    """Figure 2, AppendEntries, step 2: leaderCommit counts only once the logs match."""
    made = follower(disk((1, 1), term=2))
    made.receives(append(2, (2, 2), commit=2))
    assert made.node.commit == 0


@pytest.mark.parametrize(
    ("new", "left"),
    [
        ((2,), [1, 2]),
        ((1, 2), [1, 1, 2]),
        ((1, 1, 2), [1, 1, 1, 2]),
        ((1, 1, 1, 2), [1, 1, 1, 1, 2]),
        ((2, 2, 2), [1, 2, 2, 2]),
    ],
)
def test_figure_2_append_3_a_conflicting_entry_goes_and_all_that_follow_it(
    new: tuple[int, ...], left: list[int]
) -> None:
    """Figure 2, AppendEntries, step 3: same index, other term: it and all behind it are deleted."""
    made = follower(disk((1, 1, 1, 1), term=2))
    answer = only(made.receives(append(2, (1, 1), new)))
    assert terms_of(made.node.log) == left
    assert [entry.index for entry in made.node.log.entries] == list(range(1, len(left) + 1))
    assert answer.index == 1 + len(new)


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_figure_2_append_3_entries_behind_those_that_match_stay(count: int) -> None:
    """Figure 2, AppendEntries, step 3: without a conflict nothing is deleted: it may be late."""
    made = follower(disk((1, 1, 1, 1)))
    answer = only(made.receives(append(1, (1, 1), (1,) * count)))
    assert terms_of(made.node.log) == [1, 1, 1, 1]
    assert answer.index == 1 + count, "no more is acknowledged than was compared"


@pytest.mark.parametrize("overlap", [0, 1, 2])
def test_figure_2_append_4_what_is_not_there_yet_is_appended(overlap: int) -> None:
    """Figure 2, AppendEntries, step 4: entries the log has already are not appended twice."""
    made = follower(disk((1, 1, 1)))
    after = 3 - overlap
    answer = only(made.receives(append(1, (after, 1), (1,) * (overlap + 2))))
    assert terms_of(made.node.log) == [1, 1, 1, 1, 1]
    assert answer.index == 5
    assert [entry.data for entry in made.node.log.entries[3:]] == ["1.4", "1.5"]


def test_figure_2_append_4_entries_go_into_an_empty_log() -> None:
    """Figure 2, AppendEntries, step 4: the entry before the first one is index 0 of term 0."""
    made = member()
    answer = only(made.receives(append(1, (0, 0), (1, 1))))
    assert (answer.reject, answer.index) == (False, 2)
    assert terms_of(made.node.log) == [1, 1]


@pytest.mark.parametrize(
    ("count", "leader_commit", "commit"),
    [
        *((0, 1, 1), (0, 2, 2), (0, 3, 2)),
        *((1, 2, 2), (1, 3, 3), (1, 4, 3), (1, 9, 3)),
        *((2, 3, 3), (2, 4, 4), (2, 5, 4)),
    ],
)
def test_figure_2_append_5_commit_up_to_the_leaders_but_not_beyond_the_last_new_entry(
    count: int, leader_commit: int, commit: int
) -> None:
    """Figure 2, AppendEntries, step 5: commitIndex = min(leaderCommit, last new entry)."""
    made = follower(disk((1, 1, 1, 1)))
    made.receives(append(1, (2, 1), (1,) * count, commit=leader_commit))
    assert made.node.commit == commit, "the log goes on to 4, but who knows what that is"
    assert [entry.index for entry in made.applied] == list(range(1, commit + 1))


def test_figure_2_append_5_the_commit_index_never_goes_back() -> None:
    """Figure 2, AppendEntries, step 5: only a greater leaderCommit moves commitIndex."""
    made = follower(disk((1, 1, 1)))
    made.receives(append(1, (3, 1), commit=3))
    made.receives(append(1, (3, 1), commit=1))
    assert made.node.commit == 3


@pytest.mark.parametrize(("after", "answered"), [(0, 2), (1, 2), (2, 3)])
def test_figure_2_append_what_is_committed_is_not_looked_at_again(
    after: int, answered: int
) -> None:
    """Figure 2, AppendEntries, steps 2-4 (etcd: before the commit index it answers with that)."""
    made = member(disk((1, 1, 1)))
    made.does(lambda node: step(node, heartbeat(1, commit=2, source=3)))
    assert (made.node.commit, made.node.applied) == (2, 0)
    made.does(lambda node: step(node, append(1, (after, 1 if after else 0), (1,), source=3)))
    answer = made.node.after_append[-1]
    assert (answer.reject, answer.target, answer.index) == (False, 3, answered)
    assert terms_of(made.node.log) == [1, 1, 1]


def test_figure_2_append_a_candidate_that_hears_the_leader_of_its_term_takes_its_entries() -> None:
    """Figure 2, AppendEntries: the receiver is a follower by the time it looks at its log."""
    made = candidate(disk((1,)))
    answer = only(made.receives(append(2, (1, 1), (2,), source=3)))
    assert (answer.target, answer.index, answer.reject) == (3, 2, False)
    assert (made.node.role, made.node.leader) == (Role.FOLLOWER, 3)
    assert made.node.vote == 1, "its vote in this term stays its own"


def test_figure_2_append_a_leader_takes_no_entries_in_its_own_term() -> None:
    """Figure 2, AppendEntries: there is no other leader of its term; nothing changes."""
    made = leader(disk((1,)))
    before = made.node
    assert made.receives(append(2, (1, 1), (2, 2), source=3)) == []
    assert made.node == before
