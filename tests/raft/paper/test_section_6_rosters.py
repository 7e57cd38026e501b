"""Section 6 and dissertation, chapter 4: what a change makes of a configuration, or why not.

The rules of etcd-io/raft's ``confchange``: what may be done in one step, what needs two.
"""

import pytest

from model.raft.conf_change import ConfChangeSingle, Configuration
from model.raft.membership import Refused, Roster, change, leave_joint, restore, simple
from tests.raft.paper.vocabulary import ADD, LEARN, LEAVE, REMOVE, UPDATE, Transition
from tests.raft.paper.vocabulary import change as asked

THREE = Configuration((1, 2, 3), (), (4,))
JOINT = Configuration((1, 2, 3), (1, 4, 5), (6,))


def after(configuration: Configuration, *singles, **how) -> Configuration | str:
    """The configuration after a change, or the words with which it is refused."""
    changed = change(restore(configuration, 7), asked(*singles, **how), 7)
    return changed.why if isinstance(changed, Refused) else changed.configuration


def test_6_everybody_in_a_configuration_has_a_place_with_the_leader() -> None:
    """Section 6: voters of both halves and learners; nothing is known of any of them yet."""
    roster = restore(JOINT, 7)
    assert list(roster.progress) == [1, 2, 3, 4, 5, 6]
    assert {peer: each.learner for peer, each in roster.progress.items()} == {
        **dict.fromkeys((1, 2, 3, 4, 5), False),
        6: True,
    }
    assert {(each.match, each.next, each.active) for each in roster.progress.values()} == {
        (0, 7, True)
    }


@pytest.mark.parametrize(("last", "following"), [(0, 1), (1, 1), (2, 2)])
def test_6_who_is_new_is_asked_for_the_end_of_the_log(last: int, following: int) -> None:
    """Section 6 (etcd): next is the last index, and at least 1, for it is beyond match."""
    roster = restore(THREE, last)
    assert {each.next for each in roster.progress.values()} == {following}
    changed = change(roster, asked((ADD, 9)), last)
    assert isinstance(changed, Roster)
    assert (changed.progress[9].next, changed.progress[9].match) == (following, 0)
    assert changed.progress[9].active


@pytest.mark.parametrize(
    ("singles", "result"),
    [
        (((ADD, 5),), Configuration((1, 2, 3, 5), (), (4,))),
        (((ADD, 4),), Configuration((1, 2, 3, 4))),
        (((REMOVE, 3),), Configuration((1, 2), (), (4,))),
        (((REMOVE, 4),), Configuration((1, 2, 3))),
        (((LEARN, 5),), Configuration((1, 2, 3), (), (4, 5))),
        (((LEARN, 3),), Configuration((1, 2), (), (3, 4))),
        (((LEARN, 4),), THREE),
        (((UPDATE, 3),), THREE),
    ],
)
def test_4_1_one_change(singles, result: Configuration) -> None:
    """Dissertation, 4.1: one member is added, promoted, demoted or removed."""
    assert after(THREE, *singles) == result


def test_4_1_two_voters_in_one_step_are_one_too_many() -> None:
    """Dissertation, 4.1: majorities of the two configurations might not overlap."""
    two = (ConfChangeSingle(ADD, 5), ConfChangeSingle(ADD, 6))
    roster = restore(THREE, 7)
    assert simple(roster, two, 7) == Refused(
        "more than one voter changed without entering joint config"
    )
    replaced = (ConfChangeSingle(ADD, 5), ConfChangeSingle(REMOVE, 3))
    assert isinstance(simple(roster, replaced, 7), Refused)
    back_and_forth = (ConfChangeSingle(ADD, 5), ConfChangeSingle(REMOVE, 5))
    assert simple(roster, back_and_forth, 7) == roster
    learners = (ConfChangeSingle(LEARN, 5), ConfChangeSingle(LEARN, 6), ConfChangeSingle(ADD, 4))
    changed = simple(roster, learners, 7)
    assert isinstance(changed, Roster)
    assert changed.configuration == Configuration((1, 2, 3, 4), (), (5, 6))


@pytest.mark.parametrize(
    ("singles", "result"),
    [
        (
            ((LEARN, 2), (LEARN, 3)),
            Configuration((1,), (1, 2, 3), (4,), (2, 3), auto_leave=True),
        ),
        (
            ((LEARN, 3), (REMOVE, 4)),
            Configuration((1, 2), (1, 2, 3), (), (3,), auto_leave=True),
        ),
        (
            ((REMOVE, 1), (ADD, 4)),
            Configuration((2, 3, 4), (1, 2, 3), (), auto_leave=True),
        ),
        (
            ((LEARN, 2), (LEARN, 3), (REMOVE, 2)),
            Configuration((1,), (1, 2, 3), (4,), (3,), auto_leave=True),
        ),
        (
            ((LEARN, 2), (LEARN, 3), (ADD, 2)),
            Configuration((1, 2), (1, 2, 3), (4,), (3,), auto_leave=True),
        ),
    ],
)
def test_6_several_changes(singles, result: Configuration) -> None:
    """Section 6: the old voters are the outgoing half, the changes make the incoming one."""
    assert after(THREE, *singles) == result
    changed = change(restore(THREE, 7), asked(*singles), 7)
    assert isinstance(changed, Roster)
    assert list(changed.progress) == list(result.members())


def test_6_leaving_forgets_who_is_in_neither_half_nor_a_learner() -> None:
    """Section 6: the outgoing half is gone, who waited to be a learner is one."""
    joint = Configuration((1, 2), (1, 3, 4, 5), (6,), (3, 5), auto_leave=True)
    left = leave_joint(restore(joint, 7))
    assert isinstance(left, Roster)
    assert left.configuration == Configuration((1, 2), (), (3, 5, 6))
    assert {peer: each.learner for peer, each in left.progress.items()} == {
        1: False,
        2: False,
        3: True,
        5: True,
        6: True,
    }


@pytest.mark.parametrize(
    ("configuration", "singles", "how", "why"),
    [
        (JOINT, ((ADD, 9),), Transition.AUTO, "can't apply simple config change in joint config"),
        (JOINT, ((ADD, 8), (ADD, 9)), Transition.AUTO, "config is already joint"),
        (JOINT, ((ADD, 9),), Transition.EXPLICIT, "config is already joint"),
        (THREE, (), Transition.AUTO, "can't leave a non-joint config"),
        (Configuration((1,)), ((REMOVE, 1),), Transition.AUTO, "removed all voters"),
        (Configuration((1,)), ((LEARN, 1),), Transition.AUTO, "removed all voters"),
        (THREE, ((REMOVE, 1), (REMOVE, 2), (LEARN, 3)), Transition.AUTO, "removed all voters"),
        (
            Configuration((), (), (1,)),
            ((ADD, 2),),
            Transition.EXPLICIT,
            "can't make a zero-voter config joint",
        ),
    ],
)
def test_6_what_cannot_be_done_is_refused(configuration, singles, how, why: str) -> None:
    """Section 6 (etcd): no second joint configuration, no way out of none, and always a voter."""
    assert after(configuration, *singles, how=how) == why
    assert (asked(*singles, how=how) == LEAVE) is (singles == ())
