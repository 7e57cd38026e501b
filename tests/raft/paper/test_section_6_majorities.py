"""Section 6: what a majority is, of one configuration and of two at once."""

from itertools import combinations

import pytest

from model.raft.conf_change import Configuration
from model.raft.quorum import (
    UNBOUNDED,
    VoteResult,
    committed_index,
    has_quorum,
    joint_committed_index,
    joint_has_quorum,
    joint_vote_result,
    quorum_size,
    vote_result,
)

OLD_AND_NEW = {"voters": (1, 2, 3), "outgoing": (1, 4, 5)}


def subsets(ids: tuple[int, ...]) -> list[tuple[int, ...]]:
    return [each for size in range(len(ids) + 1) for each in combinations(ids, size)]


@pytest.mark.parametrize(
    ("voters", "needed"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3), (6, 4), (7, 4), (8, 5)]
)
def test_6_a_majority_is_more_than_half(voters: int, needed: int) -> None:
    """Section 6: a majority, the least number of which two sets always share a member."""
    assert quorum_size(voters) == needed
    ids = tuple(range(1, voters + 1))
    assert has_quorum(ids, ids[:needed])
    assert not has_quorum(ids, ids[: needed - 1])
    assert not has_quorum(ids, (*ids[: needed - 1], 98, 99)), "strangers do not count"


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_6_any_two_majorities_share_a_member(size: int) -> None:
    """Section 6: that is why there cannot be two leaders in a term."""
    ids = tuple(range(1, size + 1))
    majorities = [set(each) for each in subsets(ids) if has_quorum(ids, each)]
    shared = min(len(one & other) for one in majorities for other in majorities)
    assert shared == (1 if size % 2 else 2)


def test_6_agreement_needs_separate_majorities_of_old_and_new() -> None:
    """Section 6, third rule of joint consensus: a majority of each half, not of their union."""
    joint = Configuration(**OLD_AND_NEW)
    agreeing = [set(each) for each in subsets((1, 2, 3, 4, 5)) if joint_has_quorum(joint, each)]
    assert sorted(map(sorted, agreeing)) == [
        *([1, 2, 3, 4], [1, 2, 3, 4, 5], [1, 2, 3, 5], [1, 2, 4], [1, 2, 4, 5], [1, 2, 5]),
        *([1, 3, 4], [1, 3, 4, 5], [1, 3, 5], [2, 3, 4, 5]),
    ]


@pytest.mark.parametrize(
    ("yes", "no", "result"),
    [
        ((1, 2), (), VoteResult.WON),
        ((1,), (), VoteResult.PENDING),
        ((1,), (2,), VoteResult.PENDING),
        ((), (2, 3), VoteResult.LOST),
        ((1,), (2, 3), VoteResult.LOST),
        ((1, 2), (3,), VoteResult.WON),
        ((9, 8), (), VoteResult.PENDING),
        ((), (9, 8), VoteResult.PENDING),
    ],
)
def test_6_an_election_of_three(
    yes: tuple[int, ...], no: tuple[int, ...], result: VoteResult
) -> None:
    """Section 5.2: won with a majority for, lost with a majority against, else open."""
    votes = {**dict.fromkeys(yes, True), **dict.fromkeys(no, False)}
    assert vote_result((1, 2, 3), votes) is result


@pytest.mark.parametrize(
    ("yes", "no", "result"),
    [
        ((1, 2, 3), (), VoteResult.WON),
        ((1, 2), (), VoteResult.PENDING),
        ((1, 2), (3,), VoteResult.PENDING),
        ((), (3, 4), VoteResult.LOST),
        ((), (4,), VoteResult.PENDING),
        ((1, 2), (3, 4), VoteResult.LOST),
    ],
)
def test_6_an_election_of_four(
    yes: tuple[int, ...], no: tuple[int, ...], result: VoteResult
) -> None:
    """Section 5.2: with four, two against are enough to lose, two for are not enough to win."""
    votes = {**dict.fromkeys(yes, True), **dict.fromkeys(no, False)}
    assert vote_result((1, 2, 3, 4), votes) is result


def test_6_a_joint_election_is_lost_with_either_half_and_won_with_both() -> None:
    """Section 6: elections need both majorities, so one majority against ends them."""
    joint = Configuration(**OLD_AND_NEW)
    for yes in subsets((1, 2, 3, 4, 5)):
        for no in subsets(tuple(id for id in (1, 2, 3, 4, 5) if id not in yes)):
            votes = {**dict.fromkeys(yes, True), **dict.fromkeys(no, False)}
            halves = [vote_result(half, votes) for half in (joint.voters, joint.outgoing)]
            expected = VoteResult.PENDING
            if VoteResult.LOST in halves:
                expected = VoteResult.LOST
            elif halves == [VoteResult.WON] * 2:
                expected = VoteResult.WON
            assert joint_vote_result(joint, votes) is expected


@pytest.mark.parametrize(
    ("match", "index"),
    [
        ((7,), 7),
        ((7, 5), 5),
        ((7, 5, 3), 5),
        ((3, 7, 5), 5),
        ((7, 5, 3, 1), 3),
        ((7, 7, 3, 1), 3),
        ((9, 7, 5, 3, 1), 5),
        ((9, 9, 0, 0, 0), 0),
        ((9, 8, 7, 6, 5, 4), 6),
    ],
)
def test_6_the_index_that_a_majority_has(match: tuple[int, ...], index: int) -> None:
    """Section 5.3: the greatest index that more than half of the voters have."""
    voters = tuple(range(1, len(match) + 1))
    assert committed_index(voters, {**dict(zip(voters, match, strict=True)), 99: 99}) == index


def test_6_who_has_not_answered_has_nothing() -> None:
    """Section 5.3: a voter that the leader knows nothing of counts as having index 0."""
    assert committed_index((1, 2, 3), {1: 5}) == 0
    assert committed_index((1, 2, 3), {1: 5, 3: 4}) == 4


@pytest.mark.parametrize(
    ("match", "index"),
    [
        ({1: 9, 2: 9, 3: 9}, 0),
        ({1: 9, 4: 9, 5: 9}, 0),
        ({1: 9, 2: 7, 4: 5}, 5),
        ({1: 9, 2: 5, 4: 7}, 5),
        ({2: 9, 3: 8, 4: 7, 5: 6}, 6),
    ],
)
def test_6_jointly_committed_is_what_both_majorities_have(
    match: dict[int, int], index: int
) -> None:
    """Section 6: agreement on entries needs both majorities."""
    assert joint_committed_index(Configuration(**OLD_AND_NEW), match) == index


def test_6_a_majority_of_nobody_agrees_to_everything() -> None:
    """Section 6 (etcd): so that a configuration that is not joint is one with an empty half."""
    assert has_quorum((), ())
    assert vote_result((), {1: False}) is VoteResult.WON
    assert committed_index((), {1: 5}) == UNBOUNDED
    assert UNBOUNDED == 0xFFFF_FFFF_FFFF_FFFF, "as much as etcd's indexes can say"
    simple = Configuration((1, 2, 3))
    assert joint_has_quorum(simple, (1, 2))
    assert joint_vote_result(simple, {1: True, 2: True}) is VoteResult.WON
    assert joint_committed_index(simple, {1: 5, 2: 4}) == 4
