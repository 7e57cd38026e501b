"""Who is a member: well-formed configurations, one change at a time, agreement."""

import pytest

from model.raft.actions import ChangeMember, ReplaceMember
from model.raft.conf_change import ChangeType, ConfChange, ConfChangeSingle, Configuration
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
)
from tests.raft.world.driving import after, at_rest, led

ADD_4 = ConfChange((ConfChangeSingle(ChangeType.ADD_NODE, 4),), v1=True)
REMOVE_3 = ConfChange((ConfChangeSingle(ChangeType.REMOVE_NODE, 3),), v1=True)

# -- a_configuration_is_well_formed -----------------------------------------------------------


@pytest.mark.parametrize(
    ("configuration", "evidence"),
    [
        (
            Configuration((1, 2, 3), learners=(3, 4)),
            "member 1: [3] vote and learn in voters=(1 2 3) learners=(3 4)",
        ),
        (
            Configuration((1, 2), outgoing=(1, 3), learners=(3,)),
            "member 1: [3] vote and learn in voters=(1 2)&&(1 3) learners=(3)",
        ),
        (
            Configuration((1, 2), outgoing=(1, 3), learners_next=(4,)),
            "member 1: [4] do not vote in voters=(1 2)&&(1 3) learners_next=(4)",
        ),
        (
            Configuration((), outgoing=(1,)),
            "member 1: nobody votes in voters=()&&(1)",
        ),
    ],
    ids=["votes and learns", "votes in the outgoing half", "is to learn, a stranger", "no voter"],
)
def test_a_malformed_configuration(configuration: Configuration, evidence: str) -> None:
    group = group_of(member(1, configuration=configuration))
    assert said("a_configuration_is_well_formed", group) == [evidence]


@pytest.mark.parametrize(
    "configuration",
    [
        Configuration((1, 2, 3), learners=(4,)),
        Configuration((1, 2), outgoing=(1, 3), learners_next=(3,)),
        Configuration((1,), outgoing=(1,), auto_leave=True),
        Configuration(),
    ],
    ids=["a learner", "a voter that is to learn", "joint with itself", "knows nobody yet"],
)
def test_a_well_formed_configuration(configuration: Configuration) -> None:
    assert holds("a_configuration_is_well_formed", group_of(member(1, configuration=configuration)))


def test_who_is_down_has_no_configuration() -> None:
    made = down(member(1, configuration=Configuration((), outgoing=(1,))))
    assert holds("a_configuration_is_well_formed", group_of(made))


# -- one_change_at_a_time ---------------------------------------------------------------------


def with_changes(*entries: Entry, applied: int = 0, **more: object):
    log = Log(entries)
    made = leader(1, **{"term": 2, "log": log, "commit": applied, "applied": applied, **more})
    return group_of(made)


def test_a_second_change_before_the_first_is_applied() -> None:
    group = with_changes(Entry(2, 1, change=ADD_4), Entry(2, 2, change=REMOVE_3))
    assert said("one_change_at_a_time", group) == [
        "leader 1 has appended 2/1 v4 and 2/2 r3, and has applied neither"
    ]


def test_a_change_on_top_of_one_that_was_inherited() -> None:
    group = with_changes(Entry(1, 1, change=ADD_4), Entry(2, 2), Entry(2, 3, change=REMOVE_3))
    assert said("one_change_at_a_time", group) == [
        "leader 1 has appended 1/1 v4 and 2/3 r3, and has applied neither"
    ]


def test_the_way_out_of_a_joint_configuration_is_a_change_too() -> None:
    group = with_changes(Entry(2, 1, change=ADD_4), Entry(2, 2, change=ConfChange()))
    assert said("one_change_at_a_time", group) == [
        "leader 1 has appended 2/1 v4 and 2/2 leave joint, and has applied neither"
    ]


@pytest.mark.parametrize(
    "group",
    [
        with_changes(Entry(2, 1, change=ADD_4)),
        with_changes(Entry(2, 1, change=ADD_4), Entry(2, 2, change=REMOVE_3), applied=1),
        with_changes(Entry(1, 1, change=ADD_4), Entry(1, 2, change=REMOVE_3), Entry(2, 3)),
        with_changes(Entry(2, 1, change=ADD_4), Entry(2, 2, change=REMOVE_3), role=Role.FOLLOWER),
        with_changes(Entry(2, 1, "a"), Entry(2, 2, "b")),
    ],
    ids=[
        "one",
        "the first is applied",
        "both were inherited",
        "a follower is sent both",
        "no changes",
    ],
)
def test_one_change_at_a_time(group) -> None:
    assert holds("one_change_at_a_time", group)


def test_a_driven_leader_takes_the_second_change_only_when_the_first_is_applied() -> None:
    asked = after(led(changes=3), ChangeMember(1, "voter", 4), ChangeMember(1, "remove", 3))
    assert [e.change is not None for e in asked.node(1).log.entries] == [False, True, False]
    assert holds("one_change_at_a_time", asked)
    again = after(at_rest(asked), ChangeMember(1, "remove", 3))
    assert again.node(1).log.entries[-1].change == REMOVE_3
    assert holds("one_change_at_a_time", again)


# -- configurations_agree ---------------------------------------------------------------------

FOUR = Configuration((1, 2, 3, 4))


def at(applied: int, configuration: Configuration, who: int = 1) -> Member:
    return member(who, log=log_of(1, 1), commit=2, applied=applied, configuration=configuration)


def test_two_members_that_have_applied_the_same_disagree_on_who_is_a_member() -> None:
    assert said(
        "configurations_agree", group_of(at(1, THREE), at(2, FOUR, 2), at(2, THREE, 3))
    ) == [
        "members 2 and 3 have applied up to 2, one is in voters=(1 2 3 4), "
        "the other in voters=(1 2 3)"
    ]


def test_whether_a_joint_configuration_leaves_by_itself_must_agree_too() -> None:
    joint = Configuration((1, 2, 4), outgoing=(1, 2, 3))
    leaving = Configuration((1, 2, 4), outgoing=(1, 2, 3), auto_leave=True)
    assert len(said("configurations_agree", group_of(at(1, joint), at(1, leaving, 2)))) == 1


@pytest.mark.parametrize(
    "others",
    [
        (at(1, THREE, 2), at(2, FOUR, 3)),
        (at(1, Configuration((1, 2, 3)), 2),),
        (down(at(1, FOUR, 2)),),
        (waits_for_snapshot(member(2), Snapshot(2, 1, FOUR)), at(2, FOUR, 3)),
    ],
    ids=["one has applied more", "equal, not the same", "one is down", "one takes a snapshot"],
)
def test_members_that_agree_on_who_is_a_member(others) -> None:
    assert holds("configurations_agree", group_of(at(1, THREE), *others))


def test_a_snapshot_on_its_way_to_the_disk_says_how_far_its_configuration_is() -> None:
    wrong = waits_for_snapshot(member(2), Snapshot(2, 1, THREE))
    assert said("configurations_agree", group_of(at(2, FOUR), wrong)) == [
        "members 1 and 2 have applied up to 2, one is in voters=(1 2 3 4), "
        "the other in voters=(1 2 3)"
    ]


def test_a_driven_group_agrees_at_every_index_on_its_way_through_a_joint_configuration() -> None:
    group = after(led(), ReplaceMember(1, 4, 3, "Auto"))
    for rest in (at_rest(group, 3), at_rest(group, 2), at_rest(group)):
        assert holds("configurations_agree", rest)
        assert rest.node(1).configuration.voters == (1, 2, 4)
