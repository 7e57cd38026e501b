"""What is committed or applied is on the disks of a quorum, and nobody can lead without it."""

import pytest

from model.raft.actions import Crash, Propose, Sync
from model.raft.conf_change import ChangeType, ConfChange, ConfChangeSingle, Configuration
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
    with_node,
)
from tests.raft.world.driving import after, led

JOINT = Configuration((1, 4, 5), outgoing=(1, 2, 3))
LEARNING = Configuration((1, 2, 3), learners=(4,))

# -- committed_is_durable_on_a_quorum ---------------------------------------------------------


def commits(
    *holders: int,
    configuration: Configuration = THREE,
    became: Configuration | None = None,
    ids: tuple[int, ...] = (1, 2, 3),
    log: Log = Log((Entry(1, 1, "a"),)),  # noqa: B008
    **of_leader: object,
):
    """Groups before and after member 1 has committed entry 1, which is on these disks."""
    before = leader(1, log=log, synced=log if 1 in holders else Log(), configuration=configuration)
    changes = {"commit": 1, "configuration": became or configuration, **of_leader}
    others = [member(i, log=log if i in holders else Log()) for i in ids if i != 1]
    return (
        group_of(before, *others, ids=ids),
        group_of(with_node(before, **changes), *others, ids=ids),
    )


def test_a_leader_commits_what_only_its_own_disk_has() -> None:
    assert said("committed_is_durable_on_a_quorum", *commits(1)) == [
        "leader 1 has committed 1/1 in voters=(1 2 3), but it is synced only on [1]"
    ]


def test_a_leader_commits_what_no_disk_has() -> None:
    assert said("committed_is_durable_on_a_quorum", *commits()) == [
        "leader 1 has committed 1/1 in voters=(1 2 3), but it is synced only on no disk"
    ]


@pytest.mark.parametrize(
    ("holders", "configuration", "ids"),
    [
        ((1, 4), LEARNING, (1, 2, 3, 4)),
        ((1, 2), Configuration((1, 2, 3, 4)), (1, 2, 3, 4)),
        ((1, 4, 5), JOINT, (1, 2, 3, 4, 5)),
        ((1, 2, 3), JOINT, (1, 2, 3, 4, 5)),
    ],
    ids=["a learner's disk", "half of an even number", "the incoming half", "the outgoing half"],
)
def test_disks_that_do_not_make_a_quorum(holders, configuration: Configuration, ids) -> None:
    groups = commits(*holders, configuration=configuration, ids=ids)
    assert said("committed_is_durable_on_a_quorum", *groups) == [
        f"leader 1 has committed 1/1 in {configuration.sentence()}, "
        f"but it is synced only on {list(holders)}"
    ]


@pytest.mark.parametrize(
    "groups",
    [
        commits(1, 2),
        commits(2, 3),
        commits(1, 2, 4, configuration=JOINT, ids=(1, 2, 3, 4, 5)),
        commits(1, role=Role.FOLLOWER),
        commits(1, commit=0),
        commits(1, configuration=THREE, became=Configuration((1,))),
        commits(1, configuration=Configuration((1,)), became=Configuration((1, 2))),
    ],
    ids=[
        "just a majority",
        "a majority without the leader",
        "both halves",
        "a follower is told",
        "nothing new",
        "enough after a change in the same step",
        "enough before a change in the same step",
    ],
)
def test_a_leader_commits_what_just_enough_disks_have(groups) -> None:
    assert holds("committed_is_durable_on_a_quorum", *groups)


def test_a_disk_with_a_snapshot_in_the_place_of_the_entry_counts() -> None:
    before, after_it = commits(1)
    compacted = member(2, log=log_of(after=(3, 1)))
    groups = (
        group_of(before.members[1], compacted, member(3)),
        group_of(after_it.members[1], compacted, member(3)),
    )
    assert holds("committed_is_durable_on_a_quorum", *groups)


def test_an_entry_of_another_term_or_in_the_page_cache_does_not_count() -> None:
    before, after_it = commits(1)
    other, cached = member(2, log=log_of(2)), member(3, log=log_of(1), synced=Log())
    groups = (
        group_of(before.members[1], other, cached),
        group_of(after_it.members[1], other, cached),
    )
    assert said("committed_is_durable_on_a_quorum", *groups) == [
        "leader 1 has committed 1/1 in voters=(1 2 3), but it is synced only on [1]"
    ]


def test_a_member_that_is_down_still_has_its_disk() -> None:
    before, after_it = commits(1, 2)
    asleep = down(before.members[2])
    groups = (
        group_of(before.members[1], asleep, member(3)),
        group_of(after_it.members[1], asleep, member(3)),
    )
    assert holds("committed_is_durable_on_a_quorum", *groups)


def test_a_leader_that_commits_nothing_new_is_not_asked_again() -> None:
    before, after_it = commits(1)
    committed = after_it.members[1]
    again = with_node(committed, term=2)
    rest = (member(2), member(3))
    groups = group_of(committed, *rest), group_of(again, *rest)
    assert holds("committed_is_durable_on_a_quorum", *groups)
    assert before.members[1] != committed


def test_between_two_changes_a_third_configuration_may_have_decided() -> None:
    """A leader that applies several changes in one step may commit after the first of them."""
    change = ConfChange((ConfChangeSingle(ChangeType.ADD_NODE, 4),), v1=True)
    log = Log((Entry(1, 1, change=change), Entry(1, 2, change=change)))

    def applies(*entries: Entry):
        before = leader(1, log=log, to_apply=entries)
        rest = (member(2), member(3))
        return group_of(before, *rest), group_of(with_node(before, commit=2), *rest)

    assert holds("committed_is_durable_on_a_quorum", *applies(*log.entries))
    assert said("committed_is_durable_on_a_quorum", *applies(log.entries[0])) == [
        "leader 1 has committed 1/2 in voters=(1 2 3), but it is synced only on [1]"
    ]


# -- every_quorum_has_what_is_applied ---------------------------------------------------------


def has_applied(*holders: int, configuration: Configuration = THREE, ids=(1, 2, 3)):
    """Member 1 has applied entry 1, which is on these disks."""
    log = log_of(1)
    first = member(
        1,
        log=log,
        synced=log if 1 in holders else Log(),
        commit=1,
        applied=1,
        configuration=configuration,
    )
    others = [member(i, log=log if i in holders else Log()) for i in ids if i != 1]
    return group_of(first, *others, ids=ids)


def test_a_quorum_can_be_found_without_what_is_applied() -> None:
    assert said("every_quorum_has_what_is_applied", has_applied(1)) == [
        "1/1 is applied at member 1, but is synced only on [1]: "
        "a quorum of voters=(1 2 3) is without it"
    ]
    assert said("every_quorum_has_what_is_applied", has_applied()) == [
        "1/1 is applied at member 1, but is synced only on no disk: "
        "a quorum of voters=(1 2 3) is without it"
    ]


def test_a_learner_and_one_more_do_not_meet_every_quorum() -> None:
    group = has_applied(1, 4, configuration=LEARNING, ids=(1, 2, 3, 4))
    assert said("every_quorum_has_what_is_applied", group) == [
        "1/1 is applied at member 1, but is synced only on [1, 4]: "
        "a quorum of voters=(1 2 3) learners=(4) is without it"
    ]


@pytest.mark.parametrize(
    "group",
    [
        has_applied(1, 2),
        has_applied(2, 3),
        has_applied(1, 2, configuration=Configuration((1, 2, 3, 4)), ids=(1, 2, 3, 4)),
        has_applied(1, 2, configuration=JOINT, ids=(1, 2, 3, 4, 5)),
        has_applied(4, 5, configuration=JOINT, ids=(1, 2, 3, 4, 5)),
        group_of(member(1), member(2), member(3)),
        group_of(down(member(1)), down(member(2)), down(member(3))),
    ],
    ids=[
        "just a majority",
        "a majority of others",
        "half of an even number",
        "a majority of the outgoing half",
        "a majority of the incoming half",
        "nothing is applied",
        "all are down",
    ],
)
def test_every_quorum_meets_who_has_what_is_applied(group) -> None:
    assert holds("every_quorum_has_what_is_applied", group)


def test_a_snapshot_stands_for_what_it_has_taken_the_place_of() -> None:
    first = member(1, log=log_of(1), commit=1, applied=1)
    group = group_of(first, down(member(2, log=log_of(after=(2, 1)))), member(3))
    assert holds("every_quorum_has_what_is_applied", group)


def test_a_member_that_has_lost_its_memory_does_not_count_as_having_applied() -> None:
    first = down(member(1, log=log_of(1), commit=1, applied=1))
    assert holds("every_quorum_has_what_is_applied", group_of(first, member(2), member(3)))


# -- more_up_to_date_is_correct ---------------------------------------------------------------


def knows_committed(*others, log: Log = Log((Entry(1, 1, "a"),)), **more: object):  # noqa: B008
    """Member 1 knows the last entry of its log committed, beside these others."""
    return group_of(member(1, log=log, commit=log.last_index, **more), *others)


def test_a_member_without_what_is_committed_could_be_elected() -> None:
    group = knows_committed(member(2), member(3))
    assert said("more_up_to_date_is_correct", group) == [
        "member 2 could be elected by [2, 3] in voters=(1 2 3) without 1/1, "
        "which member 1 knows committed",
        "member 3 could be elected by [2, 3] in voters=(1 2 3) without 1/1, "
        "which member 1 knows committed",
    ]


def test_a_later_term_beats_a_committed_entry() -> None:
    """The situation of figure 8, with the older entry committed all the same."""
    group = knows_committed(member(2, log=log_of(1)), member(3, log=log_of(3)), log=log_of(1, 2))
    assert said("more_up_to_date_is_correct", group) == [
        "member 3 could be elected by [1, 2, 3] in voters=(1 2 3) without 2/2, "
        "which member 1 knows committed"
    ]


@pytest.mark.parametrize(
    "group",
    [
        knows_committed(member(2, log=log_of(1)), member(3)),
        knows_committed(down(member(2, log=log_of(after=(2, 1)))), member(3)),
        knows_committed(down(member(2)), down(member(3))),
        knows_committed(
            member(2, configuration=Configuration((1, 3))),
            member(3, configuration=Configuration((1, 2))),
        ),
        knows_committed(
            member(2, configuration=Configuration((1, 3), learners=(2,))), down(member(3))
        ),
        knows_committed(
            member(2, configuration=Configuration((1, 2), outgoing=(1, 4))), down(member(3))
        ),
        group_of(member(1), member(2), member(3)),
    ],
    ids=[
        "a majority has it",
        "a majority has it, one in a snapshot",
        "who lacks it is down",
        "who lacks it has no vote",
        "who lacks it learns",
        "who lacks it has only one half",
        "nothing is committed",
    ],
)
def test_nobody_could_be_elected_without_what_is_committed(group) -> None:
    assert holds("more_up_to_date_is_correct", group)


def test_who_must_apply_a_change_first_cannot_stand() -> None:
    change = ConfChange((ConfChangeSingle(ChangeType.ADD_NODE, 4),), v1=True)
    log = Log((Entry(1, 1, change=change),))
    others = (member(2, log=log, commit=1), member(3, log=log, commit=1))
    ahead = Log((*log.entries, Entry(1, 2, "a")))
    assert holds("more_up_to_date_is_correct", knows_committed(*others, log=ahead))
    free = (member(2, log=log, commit=0), member(3, log=log, commit=1))
    assert said("more_up_to_date_is_correct", knows_committed(*free, log=ahead)) == [
        "member 2 could be elected by [2, 3] in voters=(1 2 3) without 1/2, "
        "which member 1 knows committed"
    ]


def test_who_waits_for_a_snapshot_cannot_stand() -> None:
    snapshot = Snapshot(1, 1, THREE)
    group = knows_committed(
        waits_for_snapshot(member(2), snapshot),
        waits_for_snapshot(member(3), snapshot),
        log=log_of(1, 1),
    )
    assert holds("more_up_to_date_is_correct", group)


# -- all of them, of a group that was driven --------------------------------------------------


def test_a_leader_commits_only_once_a_second_disk_has_synced() -> None:
    """The clean model beside the hand-made states: what is written is not yet what is synced."""
    before = led(spares=0)
    proposed = after(before, Propose(1), Sync(1))
    assert proposed.node(1).commit == before.node(1).commit
    for name in ("every_quorum_has_what_is_applied", "more_up_to_date_is_correct"):
        assert holds(name, proposed)
        assert holds(name, after(proposed, Crash(2), Crash(3)))
