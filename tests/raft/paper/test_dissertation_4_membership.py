"""Dissertation, chapter 4: one server at a time, learners, removing the leader."""

from itertools import combinations

import pytest
from attrs import evolve as attrs_evolve

from model.raft.conf_change import Configuration
from model.raft.log import Entry
from model.raft.message import Message, MessageType
from model.raft.node import Role
from model.raft.progress import ProgressState
from model.raft.proposal import propose_conf_change
from model.raft.quorum import has_quorum
from model.raft.step import step
from model.raft.timers import campaign
from tests.raft.paper.vocabulary import (
    ADD,
    LEARN,
    REMOVE,
    UPDATE,
    Group,
    ack,
    append,
    candidate,
    change,
    disk,
    follower,
    leader,
    leader_heard_by,
    member,
    only,
    to,
    vote,
)

# -- 4.1 safety -------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_4_1_majorities_before_and_after_one_server_is_added_overlap(size: int) -> None:
    """Dissertation, 4.1: any majority of n servers shares one with any majority of n + 1."""
    old, new = tuple(range(1, size + 1)), tuple(range(1, size + 2))
    for one in combinations(old, size // 2 + 1):
        for other in combinations(new, (size + 1) // 2 + 1):
            assert has_quorum(old, one)
            assert has_quorum(new, other)
            assert {*one} & {*other}


@pytest.mark.parametrize(
    ("singles", "voters", "learners"),
    [
        (((ADD, 4),), (1, 2, 3, 4), ()),
        (((REMOVE, 3),), (1, 2), ()),
        (((LEARN, 4),), (1, 2, 3), (4,)),
        (((LEARN, 3),), (1, 2), (3,)),
        (((UPDATE, 3),), (1, 2, 3), ()),
        (((UPDATE, 9),), (1, 2, 3), ()),
        (((REMOVE, 9),), (1, 2, 3), ()),
        (((ADD, 3),), (1, 2, 3), ()),
        (((ADD, 0),), (1, 2, 3), ()),
    ],
)
def test_4_1_one_server_is_added_or_removed_in_one_step(
    singles: tuple, voters: tuple[int, ...], learners: tuple[int, ...]
) -> None:
    """Dissertation, 4.1: one voter more or less needs no joint configuration."""
    made = leader_heard_by(2, 3, of=disk((1,)))
    made.commits(change(*singles), 2)
    assert made.node.configuration == Configuration(voters, (), learners)
    assert list(made.node.progress) == sorted((*voters, *learners))
    assert [made.progress(peer).learner for peer in learners] == [True] * len(learners)
    assert not any(made.progress(peer).learner for peer in voters)
    assert made.node.log.last_index == 3, "nothing has to follow"


def test_4_1_a_change_is_an_entry_of_the_log_and_committed_like_one() -> None:
    """Dissertation, 4.1: the change is appended and replicated by the ordinary mechanism."""
    made = leader_heard_by(2, 3, of=disk((1,)))
    sent = made.changes(change((ADD, 4)))
    entry = made.node.log.entries[-1]
    assert (entry.index, entry.term, entry.change) == (3, 2, change((ADD, 4)))
    assert [(m.target, m.entries) for m in sent] == [(2, (entry,)), (3, (entry,))]


def test_4_1_a_configuration_is_used_once_its_entry_is_applied() -> None:
    """Dissertation, 4.1 (etcd differs: when applied, not when appended; so for leaders too)."""
    made = leader_heard_by(2, 3, of=disk((1,)))
    made.changes(change((ADD, 4)))
    assert made.node.configuration == Configuration((1, 2, 3))
    made.receives(ack(2, 2, 3))
    assert made.node.commit == 3, "two of the three that voted when it was committed"
    assert made.node.configuration == Configuration((1, 2, 3, 4))
    made.proposes("x")
    made.receives(ack(2, 2, 4))
    assert made.node.commit == 3, "two of four are no majority"
    made.receives(ack(4, 2, 4))
    assert made.node.commit == 4


def test_4_1_removing_a_server_may_commit_what_waited_for_it() -> None:
    """Dissertation, 4.1: the majority of the smaller configuration may have more."""
    made = leader_heard_by(2, 3, of=disk((1,), voters=(1, 2, 3, 4)))
    made.changes(change((REMOVE, 4)))
    made.proposes("x")
    made.receives(ack(2, 2, 4))
    assert made.node.commit == 2
    sent = made.receives(ack(3, 2, 3))
    assert made.node.configuration == Configuration((1, 2, 3))
    assert made.node.commit == 4
    assert [(m.target, m.commit) for m in sent if m.commit == 4 and not m.entries][-2:] == [
        *((2, 4), (3, 4)),
    ]


def test_4_1_no_second_change_before_the_first_one_is_applied() -> None:
    """Dissertation, 4.1: one change at a time (etcd: the second becomes an empty entry)."""
    made = leader_heard_by(2, 3, of=disk((1,)))
    made.changes(change((ADD, 4)))
    made.changes(change((ADD, 5)))
    assert [entry.change for entry in made.node.log.entries[2:]] == [change((ADD, 4)), None]
    made.receives(ack(2, 2, 4))
    assert made.node.configuration == Configuration((1, 2, 3, 4))
    made.changes(change((ADD, 5)))
    assert made.node.log.entries[-1].change == change((ADD, 5))


def test_4_1_a_change_that_is_committed_is_pending_until_it_is_applied() -> None:
    """Dissertation, 4.1 (etcd): only then the leader acts on it."""
    made = leader_heard_by(2, 3, of=disk((1,)))
    made.changes(change((ADD, 4)))
    made.does(lambda node: step(node, ack(2, 2, 3)))
    assert (made.node.commit, made.node.applied) == (3, 2)
    made.does(lambda node: propose_conf_change(node, change((ADD, 5)))[0])
    assert made.node.log.entries[-1].change is None


def test_4_1_two_changes_in_one_proposal_are_one_too_many() -> None:
    """Dissertation, 4.1: nor may two entries of the same proposal each hold a change."""
    made = leader_heard_by(2, 3, of=disk((1,)))
    entries = tuple(Entry(0, 0, change=change((ADD, peer))) for peer in (4, 5))
    made.receives(Message(MessageType.PROP, 2, 1, entries=entries))
    assert [entry.change for entry in made.node.log.entries[2:]] == [change((ADD, 4)), None]
    assert made.node.pending_conf_index == 3


def test_4_1_a_change_behind_other_entries_of_its_proposal_is_pending_at_its_own_index() -> None:
    """Dissertation, 4.1: the change is pending until its own entry is applied."""
    made = leader_heard_by(2, 3, of=disk((1,)))
    entries = (Entry(0, 0, "x"), Entry(0, 0, change=change((ADD, 4))))
    made.receives(Message(MessageType.PROP, 2, 1, entries=entries))
    made.receives(ack(2, 2, 3))
    made.changes(change((ADD, 5)))
    assert [entry.change for entry in made.node.log.entries[2:]] == [
        *(None, change((ADD, 4)), None),
    ]


def test_4_1_a_new_leader_changes_nothing_before_it_knows_what_was_pending() -> None:
    """Dissertation, 4.1 (and its erratum): not before all it was elected with is applied."""
    made = leader(disk((1, 1)))
    made.changes(change((ADD, 4)))
    assert made.node.log.entries[-1].change is None
    made.receives(ack(2, 2, 4))
    made.changes(change((ADD, 4)))
    assert made.node.log.entries[-1].change == change((ADD, 4))


def test_4_1_without_validation_the_proposer_takes_the_responsibility() -> None:
    """Dissertation, 4.1 (etcd: disable_conf_change_validation)."""
    made = leader_heard_by(2, 3, of=disk((1,)), disable_conf_change_validation=True)
    made.changes(change((ADD, 4)))
    made.changes(change((ADD, 5)))
    assert [entry.change for entry in made.node.log.entries[2:]] == [
        *(change((ADD, 4)), change((ADD, 5))),
    ]


def test_4_1_the_last_voter_stays() -> None:
    """Dissertation, 4.1 (etcd): a configuration without voters could never change again."""
    made = leader(disk((1,), voters=(1,)))
    made.changes(change((REMOVE, 1)))
    assert made.node.configuration == Configuration((1,))
    made.changes(change((LEARN, 1)))
    assert made.node.configuration == Configuration((1,))


def test_4_1_who_has_a_committed_change_to_apply_does_not_stand() -> None:
    """Dissertation, 4.1 (etcd): it does not know yet who votes."""
    made = follower(disk((1,)))
    entry = Entry(1, 2, change=change((ADD, 4)))
    message = attrs_evolve(append(1, (1, 1), commit=2), entries=(entry,))
    made.does(lambda node: step(node, message))
    assert (made.node.commit, made.node.applied) == (2, 0)
    made.does(campaign)
    assert (made.node.role, made.node.term) == (Role.FOLLOWER, 1)
    made.settles()
    assert made.node.configuration == Configuration((1, 2, 3, 4))
    assert [m.target for m in made.campaigns()] == [2, 3, 4]


# -- 4.2.1 catching up new servers ------------------------------------------------------------


def test_4_2_1_a_learner_receives_the_log_and_its_answers_commit_nothing() -> None:
    """Dissertation, 4.2.1: a new server is caught up as a non-voting member first."""
    made = leader(disk((1,), voters=(1, 2, 3), learners=(4,)))
    made.receives(ack(4, 2, 2))
    assert made.progress(4).match == 2
    assert made.node.commit == 0
    assert only(to(4, made.proposes("x"))).entries[0].data == "x"
    made.receives(ack(4, 2, 3), ack(2, 2, 2))
    assert made.node.commit == 2


def test_4_2_1_learners_do_not_make_a_majority_larger() -> None:
    """Dissertation, 4.2.1: they count neither as having an entry nor as lacking it."""
    made = leader(disk((1,), voters=(1, 2, 3), learners=(4, 5, 6)))
    made.receives(ack(2, 2, 2))
    assert made.node.commit == 2


def test_4_2_1_a_new_server_is_probed_from_the_end_of_the_log_on() -> None:
    """Dissertation, 4.2.1 (etcd: its refusal then tells where to begin, nothing is assumed)."""
    made = leader_heard_by(2, 3, of=disk((1, 1, 1)))
    made.commits(change((LEARN, 4)), 2)
    progress = made.progress(4)
    assert (progress.match, progress.state) == (0, ProgressState.PROBE)
    assert progress.active, "as if it had been heard from, lest it be counted out"
    message = only(made.receives(Message(MessageType.HEARTBEAT_RESP, 4, 1, 2)))
    assert (message.index, [entry.index for entry in message.entries]) == (4, [5])


def test_4_2_1_a_new_server_without_any_entries_is_brought_up_from_the_first_one() -> None:
    """Dissertation, 4.2.1: rounds of replication until it has what the leader has."""
    group = Group({**{id: disk((1, 1)) for id in (1, 2, 3)}, 4: disk()})
    group.elect(1, among=(1, 2, 3))
    group.sends(group[1].changes(change((LEARN, 4))))
    group.deliver()
    new = group[4].node
    assert new.log == group[1].node.log
    assert new.configuration == Configuration((1, 2, 3), (), (4,))
    assert (new.role, new.leader, new.commit) == (Role.FOLLOWER, 1, 4)


def test_4_2_1_a_learner_is_promoted_by_a_change_of_its_own() -> None:
    """Dissertation, 4.2.1: once it has caught up it is added as a voter, and keeps its progress."""
    made = leader_heard_by(2, 3, 4, of=disk((1,), learners=(4,)))
    made.commits(change((ADD, 4)), 2)
    assert made.node.configuration == Configuration((1, 2, 3, 4))
    assert (made.progress(4).learner, made.progress(4).match) == (False, 2)


def test_4_2_1_a_learner_does_not_stand() -> None:
    """Dissertation, 4.2.1: without a vote in its own configuration it starts no election."""
    made = member(disk((1,), voters=(2, 3), learners=(1,)))
    made.receives(Message(MessageType.TIMEOUT_NOW, 2, 1, 1))
    assert (made.node.role, made.node.term) == (Role.FOLLOWER, 1)


def test_4_2_1_a_learner_that_was_removed_is_sent_nothing_more() -> None:
    """Dissertation, 4.2.1: the leader may give up on it."""
    made = leader_heard_by(2, 3, of=disk((1,), learners=(4,)))
    made.commits(change((REMOVE, 4)), 2)
    assert made.node.configuration == Configuration((1, 2, 3))
    assert [message.target for message in made.ticks()] == [2, 3]


# -- 4.2.2 removing the current leader --------------------------------------------------------


def test_4_2_2_a_removed_leader_leads_until_the_change_is_committed() -> None:
    """Dissertation, 4.2.2: it replicates its own removal (etcd: and is a voter until then)."""
    made = leader_heard_by(2, 3, of=disk((1,)), step_down_on_removal=True)
    sent = made.changes(change((REMOVE, 1)))
    assert [message.target for message in sent] == [2, 3]
    assert made.node.role is Role.LEADER
    made.receives(ack(2, 2, 3))
    assert (made.node.commit, made.node.role, made.node.leader) == (3, Role.FOLLOWER, 0)
    assert made.node.term == 2


def test_4_2_2_a_demoted_leader_steps_down_too() -> None:
    """Dissertation, 4.2.2 (etcd: the same for a leader that becomes a learner)."""
    made = leader_heard_by(2, 3, of=disk((1,)), step_down_on_removal=True)
    made.commits(change((LEARN, 1)), 2)
    assert (made.node.role, made.node.is_learner) == (Role.FOLLOWER, True)


def test_4_2_2_it_takes_others_to_remove_a_follower() -> None:
    """Dissertation, 4.2.2: a leader that stays does not step down."""
    made = leader_heard_by(2, 3, of=disk((1,)), step_down_on_removal=True)
    made.commits(change((REMOVE, 3)), 2)
    assert made.node.role is Role.LEADER


def test_4_2_2_a_removed_leader_that_goes_on_does_not_count_itself() -> None:
    """Dissertation, 4.2.2 (etcd: by default it goes on, and its vote no longer counts)."""
    made = leader_heard_by(2, 3, of=disk((1,)))
    made.changes(change((REMOVE, 1)))
    made.proposes("x")
    made.receives(ack(2, 2, 3))
    assert (made.node.role, made.node.configuration.voters) == (Role.LEADER, (2, 3))
    made.receives(ack(2, 2, 4))
    assert made.node.commit == 3, "one of two is no majority, whatever the leader has"
    made.receives(ack(3, 2, 4))
    assert made.node.commit == 4


def test_4_2_2_a_removed_leader_accepts_no_commands() -> None:
    """Dissertation, 4.2.2 (etcd: proposals are dropped by a leader outside the configuration)."""
    made = leader_heard_by(2, 3, of=disk((1,)))
    made.commits(change((REMOVE, 1)), 2)
    assert not made.accepts("x")


def test_4_2_2_a_removed_server_does_not_stand() -> None:
    """Dissertation, 4.2.2: it is no member any more (etcd: of the configuration it has applied)."""
    made = leader_heard_by(2, 3, of=disk((1,)), step_down_on_removal=True)
    made.commits(change((REMOVE, 1)), 2)
    assert made.ticks(50) == []
    assert made.node.role is Role.FOLLOWER


# -- 4.2.4 availability -----------------------------------------------------------------------


def test_4_2_4_two_of_four_do_not_elect_while_a_server_is_being_replaced() -> None:
    """Dissertation, 4.2.4 and 4.4: from three to four the majority grows from two to three."""
    made = candidate(disk((1,), voters=(1, 2, 3, 4)))
    made.receives(vote(2, 2))
    assert made.node.role is Role.CANDIDATE
    made.receives(vote(4, 2))
    assert made.node.role is Role.LEADER
