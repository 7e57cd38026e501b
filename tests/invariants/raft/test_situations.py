"""The situations that a run must come to: each reached, and each just missed."""

from collections.abc import Callable

import pytest
from attrs import evolve as attrs_evolve

from model.evolve import evolve
from model.raft.actions import (
    Apply,
    ChangeMember,
    Crash,
    Deliver,
    Isolate,
    ReplaceMember,
    Sync,
    TimeOut,
    TransferLeadership,
)
from model.raft.conf_change import ChangeType, ConfChange, ConfChangeSingle
from model.raft.group import RaftGroup
from model.raft.log import Entry, Log
from model.raft.message import APPEND_THREAD, Message, MessageType
from model.raft.node import PendingRead, Role
from model.raft.progress import Progress, ProgressState
from tests.invariants.raft.by_hand import (
    down,
    group_of,
    leader,
    log_of,
    member,
    reached,
    sending,
    shipped,
    with_node,
)
from tests.raft.world.driving import after, at_rest, led

Story = Callable[[], RaftGroup]

ADD_4 = ConfChange((ConfChangeSingle(ChangeType.ADD_NODE, 4),), v1=True)


def leads_with(log: Log, *others, **more: object) -> RaftGroup:
    """Member 1 leads term 2 with this log."""
    return group_of(leader(1, **{"term": 2, "log": log, **more}), *others)


# -- figure 8 ---------------------------------------------------------------------------------

A_RIVAL = member(2, log=log_of(3), term=3)

FIGURE_8 = [
    (
        "a_leader_holds_an_uncommitted_entry_of_an_older_term",
        lambda: leads_with(log_of(1, 2), member(2)),
        lambda: leads_with(log_of(1, 2), member(2), commit=1),
    ),
    (
        "a_rival_log_could_overwrite_an_older_entry",
        lambda: leads_with(log_of(1, 2), A_RIVAL),
        lambda: leads_with(log_of(1, 2), member(2, log=log_of(1))),
    ),
    (
        "a_rival_log_could_overwrite_an_older_entry",
        lambda: leads_with(log_of(1, 2), down(A_RIVAL)),
        lambda: leads_with(log_of(1, 2), A_RIVAL, commit=1),
    ),
    (
        "an_older_entry_is_on_a_majority_and_not_committed",
        lambda: leads_with(log_of(1, 2), member(2, log=log_of(1)), member(3)),
        lambda: leads_with(log_of(1, 2), member(2, log=log_of(1), synced=Log()), member(3)),
    ),
    (
        "two_members_believe_they_lead",
        lambda: after(
            at_rest(after(led(spares=0), Isolate(1), TimeOut(2)), 1),
        ),
        lambda: led(spares=0),
    ),
    (
        "logs_have_diverged",
        lambda: group_of(member(1, log=log_of(1, 1)), member(2, log=log_of(1, 2))),
        lambda: group_of(member(1, log=log_of(1, 1)), member(2, log=log_of(1))),
    ),
    (
        "logs_have_diverged",
        lambda: group_of(member(1, log=log_of(1, 1)), down(member(2, log=log_of(2, after=(1, 1))))),
        lambda: group_of(member(1, log=log_of(1, 1)), member(2, log=log_of(3, after=(2, 1)))),
    ),
]


# -- membership -------------------------------------------------------------------------------


def change_on_its_way() -> RaftGroup:
    """Leader 1 has entered a joint configuration, its followers have not."""
    return after(
        led(),
        *(ReplaceMember(1, 4, 3), Sync(1), Deliver(1, 2), Sync(2), Deliver(2, 1), Apply(1)),
    )


def elected_while_joint() -> RaftGroup:
    """Member 2 was elected in the joint configuration that member 1 has entered."""
    group = after(led(), ReplaceMember(1, 4, 3), Sync(1), Deliver(1, 2), Sync(2), Deliver(2, 1))
    group = after(group, Deliver(1, 2), Apply(2), Crash(1), TimeOut(2), Sync(2))
    for voter in (3, 4):
        group = after(group, Deliver(2, voter))
        while group.network.waiting(2, voter):
            group = after(group, Deliver(2, voter))
        group = after(group, Sync(voter), Deliver(voter, 2))
    return group


def removed_and_unaware() -> RaftGroup:
    """Leader 1 has removed member 3, which never hears of it."""
    return at_rest(after(led(), ChangeMember(1, "remove", 3)), 3)


def inherited(*, applied: int = 0, term: int = 2) -> RaftGroup:
    log = Log((Entry(1, 1, change=ADD_4), Entry(2, 2)))
    return leads_with(log, member(2), term=term, commit=applied, applied=applied)


MEMBERSHIP = [
    ("a_configuration_is_joint", change_on_its_way, led),
    ("a_leader_was_elected_while_joint", elected_while_joint, change_on_its_way),
    ("two_configurations_are_in_use", change_on_its_way, led),
    ("a_leader_has_inherited_a_change", inherited, lambda: inherited(applied=1)),
    ("a_leader_has_inherited_a_change", inherited, lambda: inherited(term=1)),
    ("a_removed_server_does_not_know", removed_and_unaware, led),
    (
        "a_removed_server_does_not_know",
        removed_and_unaware,
        lambda: after(removed_and_unaware(), Crash(3)),
    ),
    (
        "a_leader_hands_over",
        lambda: after(led(), TransferLeadership(1, 2)),
        lambda: at_rest(after(led(), TransferLeadership(1, 2))),
    ),
]


# -- snapshots --------------------------------------------------------------------------------


def sends_to(state: ProgressState, role: Role = Role.LEADER) -> RaftGroup:
    return leads_with(log_of(after=(2, 2)), progress={2: Progress(0, 3, state)}, role=role)


SNAPSHOTS = [
    (
        "a_follower_needs_a_snapshot",
        lambda: sends_to(ProgressState.SNAPSHOT),
        lambda: sends_to(ProgressState.PROBE),
    ),
    (
        "a_follower_needs_a_snapshot",
        lambda: sends_to(ProgressState.SNAPSHOT),
        lambda: sends_to(ProgressState.SNAPSHOT, Role.FOLLOWER),
    ),
]

# -- reads ------------------------------------------------------------------------------------

OLD_LEADER = leader(1, term=1, log=log_of(1), commit=1)
NEW_LEADER = leader(2, term=2, log=log_of(1, 2), commit=2)
ANSWER = Message(MessageType.HEARTBEAT_RESP, 3, 1, 1, context="1")
SERVED = Message(MessageType.READ_INDEX_RESP, 1, 3, 1, index=1, context="r1")
RETRY = Message(MessageType.READ_INDEX, 2, 1, context="r1.2")


def deposed(*flying: Message, new: object = NEW_LEADER, **more: object) -> RaftGroup:
    """Member 1 leads term 1, member 2 term 2; with these messages in flight."""
    old = with_node(OLD_LEADER, **more)
    group = group_of(old, new, member(3, term=2, log=log_of(1, 2), commit=2), reads=3)
    return sending(group, *flying)


def spent(group: RaftGroup) -> RaftGroup:
    """The group after all its reads were asked."""
    return evolve(group, used=group.used.set("reads", group.config.reads))


def waits_for_r1() -> dict[str, object]:
    return {"pending_reads": (PendingRead("r1", 1, 3, (1,)),)}


READS = [
    (
        "a_deposed_leader_does_not_know_what_is_committed",
        deposed,
        lambda: deposed(new=leader(2, term=2, log=log_of(1, 2), commit=1)),
    ),
    (
        "a_deposed_leader_does_not_know_what_is_committed",
        deposed,
        lambda: deposed(role=Role.FOLLOWER),
    ),
    (
        "an_old_answer_is_on_its_way_to_a_deposed_leader",
        lambda: deposed(ANSWER),
        lambda: deposed(attrs_evolve(ANSWER, context="")),
    ),
    (
        "an_old_answer_is_on_its_way_to_a_deposed_leader",
        lambda: deposed(ANSWER),
        lambda: deposed(attrs_evolve(ANSWER, target=2, term=2)),
    ),
    (
        "a_read_is_confirmed_before_all_have_answered",
        lambda: deposed(ANSWER, SERVED),
        lambda: deposed(attrs_evolve(ANSWER, target=2, term=2), SERVED),
    ),
    (
        "a_read_is_asked_again_while_an_answer_is_on_its_way",
        lambda: deposed(ANSWER, RETRY),
        lambda: deposed(ANSWER, attrs_evolve(RETRY, context="r1")),
    ),
    (
        "a_read_is_asked_again_while_an_answer_is_on_its_way",
        lambda: deposed(ANSWER, RETRY),
        lambda: spent(deposed(ANSWER, RETRY)),
    ),
    (
        "a_read_is_asked_again_while_an_answer_is_on_its_way",
        lambda: deposed(attrs_evolve(ANSWER, context="r1"), attrs_evolve(RETRY, context="r1")),
        lambda: deposed(
            attrs_evolve(ANSWER, context="r1"),
            attrs_evolve(RETRY, context="r1"),
            **waits_for_r1(),
        ),
    ),
    (
        "a_read_is_asked_again_of_a_leader_that_was_replaced",
        lambda: deposed(ANSWER, RETRY, new=leader(2, term=2)),
        lambda: deposed(ANSWER, RETRY, new=member(2, term=2)),
    ),
    (
        "a_read_is_asked_again_of_a_deposed_leader",
        lambda: deposed(ANSWER, RETRY),
        lambda: deposed(ANSWER, RETRY, new=leader(2, term=2)),
    ),
]

# -- asynchronous storage writes --------------------------------------------------------------

WRITTEN = Message(MessageType.STORAGE_APPEND_RESP, APPEND_THREAD, 1, 1, 1, 1)
"""The disk of member 1 has told, in term 1, of entry 1/1."""


def unheard(log: Log, term: int, *others, synced: Log | None = None) -> RaftGroup:
    """Member 1, of ``term`` now, has not heard that its disk has written entry 1/1."""
    made = member(1, term=term, log=log, synced=synced, told=(WRITTEN,))
    return group_of(made, *others, async_storage_writes=True)


STANDS = member(2, Role.CANDIDATE, term=3, log=log_of(1))
RULES_AGAIN = leader(2, term=3, log=log_of(1, 3))

DISK = [
    (
        "a_node_has_not_heard_what_it_has_overwritten",
        lambda: unheard(log_of(2), 2),
        lambda: unheard(log_of(1), 2),
    ),
    (
        "a_node_has_not_heard_what_it_has_put_back",
        lambda: unheard(log_of(1), 3, synced=log_of(2)),
        lambda: unheard(log_of(1), 1, synced=log_of(2)),
    ),
    (
        "a_node_has_not_heard_what_it_has_put_back",
        lambda: unheard(log_of(1), 3, synced=log_of(2)),
        lambda: unheard(log_of(1), 3),
    ),
    (
        "somebody_stands_with_what_a_node_has_overwritten_unheard",
        lambda: unheard(log_of(2), 2, STANDS),
        lambda: unheard(log_of(2), 2, RULES_AGAIN),
    ),
    (
        "somebody_stands_with_what_a_node_has_overwritten_unheard",
        lambda: unheard(log_of(2), 2, STANDS),
        lambda: unheard(log_of(2), 2, with_node(STANDS, log=log_of(3))),
    ),
    (
        "somebody_leads_with_what_a_node_has_overwritten_unheard",
        lambda: unheard(log_of(2), 2, RULES_AGAIN),
        lambda: unheard(log_of(2), 2, STANDS),
    ),
    (
        "somebody_leads_with_what_a_node_has_overwritten_unheard",
        lambda: unheard(log_of(2), 2, RULES_AGAIN),
        lambda: unheard(log_of(2), 4, RULES_AGAIN),
    ),
]

# -- votes ------------------------------------------------------------------------------------


def late_vote(term: int, role: Role = Role.CANDIDATE) -> RaftGroup:
    vote = Message(MessageType.VOTE_RESP, 2, 1, term)
    return sending(group_of(member(1, role, term=2), member(2, term=1)), vote)


VOTES = [
    ("a_vote_of_an_older_term_is_in_flight", lambda: late_vote(1), lambda: late_vote(2)),
    (
        "a_vote_of_an_older_term_is_in_flight",
        lambda: late_vote(1),
        lambda: late_vote(1, Role.FOLLOWER),
    ),
]

ALL = [*FIGURE_8, *MEMBERSHIP, *SNAPSHOTS, *READS, *DISK, *VOTES]


@pytest.mark.parametrize(("name", "there", "missed"), ALL, ids=[row[0] for row in ALL])
def test_a_situation_is_reached_and_just_missed(name: str, there: Story, missed: Story) -> None:
    assert reached(name, there())
    assert not reached(name, missed())


def test_a_situation_is_asked_for_only_where_it_is_possible() -> None:
    bare = group_of(
        member(1), reads=0, changes=0, transfers=0, snapshots=0, async_storage_writes=False
    )
    full = group_of(member(1), async_storage_writes=True)
    situations = [inv for inv in shipped().values() if inv.kind.value == "sometimes"]
    always_possible = [inv.name for inv in situations if inv.needs is None or inv.needs(bare)]
    assert sorted(always_possible) == [
        "a_leader_holds_an_uncommitted_entry_of_an_older_term",
        "a_rival_log_could_overwrite_an_older_entry",
        "a_vote_of_an_older_term_is_in_flight",
        "an_older_entry_is_on_a_majority_and_not_committed",
        "logs_have_diverged",
        "two_members_believe_they_lead",
    ]
    assert all(inv.needs is None or inv.needs(full) for inv in situations)
