"""Section 6 and dissertation, section 4.3: arbitrary changes of the membership, in two steps."""

import pytest

from model.raft.conf_change import Configuration
from model.raft.message import MessageType
from model.raft.node import Role
from model.raft.step import step
from tests.raft.paper.vocabulary import (
    ADD,
    LEARN,
    LEAVE,
    REMOVE,
    Group,
    Transition,
    ack,
    candidate,
    change,
    disk,
    leader,
    leader_heard_by,
    member,
    only,
    to,
    vote,
)

OLD_AND_NEW = {"voters": (1, 2, 3), "outgoing": (1, 4, 5)}

# -- while the configuration is joint ---------------------------------------------------------


@pytest.mark.parametrize(
    ("voters_for_it", "won"),
    [((2, 3), False), ((4, 5), False), ((2,), False), ((2, 4), True), ((3, 5), True)],
)
def test_6_a_joint_leader_is_elected_by_both_halves(
    voters_for_it: tuple[int, ...], won: bool
) -> None:
    """Section 6: votes of a majority of the old and of a majority of the new configuration."""
    made = candidate(disk((1,), **OLD_AND_NEW))
    made.receives(*(vote(peer, 2) for peer in voters_for_it))
    assert (made.node.role is Role.LEADER) is won


@pytest.mark.parametrize(("against", "lost"), [((2, 3), True), ((4, 5), True), ((2, 4), False)])
def test_6_one_half_against_it_ends_a_candidacy(against: tuple[int, ...], lost: bool) -> None:
    """Section 6: what one half refuses, the other cannot give."""
    made = candidate(disk((1,), **OLD_AND_NEW))
    made.receives(*(vote(peer, 2, granted=False) for peer in against))
    assert (made.node.role is Role.FOLLOWER) is lost


@pytest.mark.parametrize(
    ("acknowledged", "commit"),
    [
        *(((2, 3), 0), ((4, 5), 0), ((2, 4), 2), ((3, 5), 2), ((2,), 0), ((5,), 0)),
        ((2, 3, 4, 5), 2),
    ],
)
def test_6_joint_entries_are_committed_by_both_halves(
    acknowledged: tuple[int, ...], commit: int
) -> None:
    """Section 6: an entry is on a majority of each half before it is committed."""
    made = leader(disk((1,), **OLD_AND_NEW))
    made.receives(*(ack(peer, 2, 2) for peer in acknowledged))
    assert made.node.commit == commit


def test_6_halves_of_different_sizes_each_need_their_own_majority() -> None:
    """Section 6: three of four and two of two; the numbers of one half are not the other's."""
    made = leader(disk((1,), voters=(1, 2, 3, 4), outgoing=(1, 5)))
    made.receives(ack(2, 2, 2), ack(5, 2, 2))
    assert made.node.commit == 0
    made.receives(ack(4, 2, 2))
    assert made.node.commit == 2


def test_6_entries_go_to_all_servers_of_both_configurations() -> None:
    """Section 6, first rule of joint consensus: replicated to old and new servers alike."""
    made = leader(disk((1,), learners=(6,), **OLD_AND_NEW))
    beats = made.ticks()
    assert [message.target for message in beats] == [2, 3, 4, 5, 6]
    made.receives(*(ack(peer, 2, 2) for peer in (2, 3, 4, 5, 6)))
    assert [m.target for m in made.proposes("x")] == [2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    "halves",
    [
        {"voters": (1, 2, 3), "outgoing": (2, 3, 4)},
        {"voters": (2, 3, 4), "outgoing": (1, 2, 3)},
    ],
)
def test_6_a_server_of_either_half_may_lead(halves: dict[str, tuple[int, ...]]) -> None:
    """Section 6, second rule of joint consensus: any server of both configurations may lead."""
    made = candidate(disk((1,), **halves))
    assert made.node.role is Role.CANDIDATE
    made.receives(vote(2, 2))
    assert made.node.role is Role.CANDIDATE, "2 is in both, with 1 a majority of one half only"
    made.receives(vote(3, 2))
    assert made.node.role is Role.LEADER


def test_6_a_leader_outside_the_new_half_does_not_count_itself_there() -> None:
    """Section 6: it replicates, but is no part of the new majority."""
    made = leader(disk((1,), voters=(2, 3, 4), outgoing=(1, 2, 3)))
    made.receives(ack(2, 2, 2))
    assert made.node.commit == 0, "1 and 2 are a majority of the old half only"
    made.receives(ack(4, 2, 2))
    assert made.node.commit == 2


# -- in and out -------------------------------------------------------------------------------


def test_6_a_change_of_two_voters_goes_through_a_joint_configuration() -> None:
    """Section 6: the old configuration becomes one half, the new one the other."""
    made = leader_heard_by(2, 3, of=disk((1,)))
    made.commits(change((ADD, 4), (REMOVE, 3)), 2)
    assert made.node.configuration == Configuration(
        voters=(1, 2, 4), outgoing=(1, 2, 3), auto_leave=True
    )
    assert list(made.node.progress) == [1, 2, 3, 4], "3 is still sent the log"


def test_6_the_leader_leaves_the_joint_configuration_once_it_is_applied() -> None:
    """Section 6: then it is safe to create an entry for the new configuration (etcd: at once)."""
    made = leader_heard_by(2, 3, of=disk((1,)))
    made.commits(change((ADD, 4), (REMOVE, 3)), 2)
    assert made.node.log.entries[-1].change == LEAVE
    last = made.node.log.last_index
    assert last == 4
    made.receives(ack(3, 2, last))
    assert made.node.configuration.is_joint, "1 and 3 are half of the new voters and no more"
    made.receives(ack(4, 2, last))
    assert made.node.configuration == Configuration(voters=(1, 2, 4))
    assert list(made.node.progress) == [1, 2, 4]
    assert made.node.log.last_index == last, "and nothing more is proposed"


def test_6_the_way_out_is_an_entry_that_both_halves_commit() -> None:
    """Section 6: C-new is committed under the rules of the joint configuration."""
    made = leader_heard_by(2, 3, of=disk((1,)))
    made.commits(change((ADD, 4), (ADD, 5), (REMOVE, 2), (REMOVE, 3)), 2)
    assert made.node.configuration.voters == (1, 4, 5)
    last = made.node.log.last_index
    made.receives(ack(4, 2, last), ack(5, 2, last))
    assert made.node.configuration.is_joint
    made.receives(ack(2, 2, last))
    assert made.node.configuration == Configuration(voters=(1, 4, 5))


def test_6_a_new_leader_leaves_it_once_all_it_was_elected_with_is_applied() -> None:
    """Section 6 (etcd): before that another change of the configuration might follow."""
    made = leader(
        disk((1, 1, 1), voters=(1, 2), outgoing=(1, 3), auto_leave=True),
        max_committed_size_per_ready=1,
    )
    for peer in (2, 3):
        made.does(lambda node, peer=peer: step(node, ack(peer, 2, 4)))
    assert made.node.commit == 4
    for applied, last in ((1, 4), (2, 4), (3, 5), (4, 5)):
        made.ready()
        assert (made.node.applied, made.node.log.last_index) == (applied, last)
    assert made.node.log.entries[-1].change == LEAVE


def test_6_an_explicit_joint_configuration_is_left_when_told() -> None:
    """Section 6 (etcd: JointExplicit waits for an empty change)."""
    made = leader_heard_by(2, 3, of=disk((1,)))
    made.commits(change((ADD, 4), how=Transition.EXPLICIT), 2)
    joint = Configuration(voters=(1, 2, 3, 4), outgoing=(1, 2, 3))
    assert made.node.configuration == joint
    assert made.node.log.last_index == 3, "no way out was proposed"
    made.commits(LEAVE, 2, 3)
    assert made.node.configuration == Configuration(voters=(1, 2, 3, 4))


def test_6_an_implicit_joint_configuration_is_joint_for_one_voter_too() -> None:
    """Section 6 (etcd: JointImplicit is always joint, and left as soon as possible)."""
    made = leader_heard_by(2, 3, of=disk((1,)))
    made.commits(change((ADD, 4), how=Transition.IMPLICIT), 2)
    assert made.node.configuration == Configuration(
        voters=(1, 2, 3, 4), outgoing=(1, 2, 3), auto_leave=True
    )
    assert made.node.log.entries[-1].change == LEAVE


@pytest.mark.parametrize("asked", [change((ADD, 9)), change((ADD, 8), (ADD, 9))])
def test_6_no_change_but_the_way_out_while_joint(asked) -> None:
    """Section 6: one change at a time, the joint configuration is left first."""
    made = leader_heard_by(2, 3, of=disk((1,)))
    made.commits(change((ADD, 4), how=Transition.EXPLICIT), 2)
    joint = made.node.configuration
    made.commits(asked, 2, 3, 4)
    entry = made.node.log.entries[-1]
    assert (entry.index, entry.data, entry.change) == (4, "", None), "an empty entry instead"
    assert made.node.configuration == joint


def test_6_there_is_no_way_out_of_what_is_not_joint() -> None:
    """Section 6: leaving is refused outside a joint configuration."""
    made = leader_heard_by(2, 3, of=disk((1,)))
    made.commits(LEAVE, 2)
    assert made.node.log.entries[-1].change is None
    assert made.node.configuration == Configuration(voters=(1, 2, 3))


@pytest.mark.parametrize(
    "asked", [change((ADD, 9)), change((ADD, 9), how=Transition.IMPLICIT), LEAVE]
)
def test_6_what_makes_no_sense_when_applied_changes_nothing(asked) -> None:
    """Section 6 (etcd: it would panic): a change accepted blindly is void where it cannot be."""
    made = leader_heard_by(2, 3, of=disk((1,)), disable_conf_change_validation=True)
    if asked != LEAVE:
        made.commits(change((ADD, 4), how=Transition.EXPLICIT), 2)
    before = made.node.configuration
    made.commits(asked, 2, 3, 4)
    assert made.node.log.entries[-1].change == asked
    assert made.node.configuration == before


def test_6_a_leader_elected_while_joint_leads_out_of_it() -> None:
    """Section 6: whoever leads next completes the change (etcd: once all its log is applied)."""
    group = Group({id: disk((1,), voters=(1, 2, 3)) for id in (1, 2, 3)})
    group.elect(1)
    group.sends(group[1].changes(change((REMOVE, 1), (LEARN, 4))))
    while group[2].node.configuration.outgoing == ():
        message = group.flying.pop(0)
        group.sends(group[message.target].receives(message))
        if not group.flying:
            group.sends(group[1].ticks())
    group.flying.clear()
    group.elect(2, among=(2, 3))
    group.elect(2, among=(2, 3))
    assert group[2].node.role is Role.LEADER
    configuration = Configuration(voters=(2, 3), learners=(4,))
    assert group[2].node.configuration == configuration
    assert group[2].node.log.entries[-1].change == LEAVE


def test_6_a_voter_that_becomes_a_learner_votes_until_the_joint_configuration_is_left() -> None:
    """Section 6 (etcd: learners_next): in the old half it is a voter, in the new one none."""
    made = leader_heard_by(2, 3, of=disk((1,)))
    made.commits(change((LEARN, 3), (ADD, 4)), 2)
    node = made.node
    assert node.configuration == Configuration(
        voters=(1, 2, 4), outgoing=(1, 2, 3), learners_next=(3,), auto_leave=True
    )
    assert not made.progress(3).learner
    last = node.log.last_index
    made.receives(ack(3, 2, last), ack(4, 2, last))
    assert made.node.configuration == Configuration(voters=(1, 2, 4), learners=(3,))
    assert made.progress(3).learner
    assert made.progress(3).match == last, "what is known of it is not forgotten"


def test_6_a_learner_to_be_is_promoted_or_removed_again_in_the_same_change() -> None:
    """Section 6 (etcd): the changes of one entry are made in order, the last word counts."""
    for singles, joint in (
        (((LEARN, 3), (ADD, 3)), Configuration((1, 2, 3), (1, 2, 3), auto_leave=True)),
        (((LEARN, 3), (REMOVE, 3)), Configuration((1, 2), (1, 2, 3), auto_leave=True)),
        (((ADD, 4), (REMOVE, 4)), Configuration((1, 2, 3), (1, 2, 3), auto_leave=True)),
        (((ADD, 4), (LEARN, 4)), Configuration((1, 2, 3), (1, 2, 3), (4,), auto_leave=True)),
        (((LEARN, 4), (ADD, 4)), Configuration((1, 2, 3, 4), (1, 2, 3), auto_leave=True)),
    ):
        made = leader_heard_by(2, 3, of=disk((1,)))
        made.commits(change(*singles), 2)
        assert made.node.configuration == joint
        assert list(made.node.progress) == list(joint.members())


def test_6_a_restarted_server_is_in_the_joint_configuration_again() -> None:
    """Section 6: a joint configuration survives a crash like any other."""
    made = member(disk((1,), learners=(6,), **OLD_AND_NEW))
    made.campaigns()
    again = made.crashes()
    assert again.node.configuration == Configuration((1, 2, 3), (1, 4, 5), (6,))
    assert [m.target for m in again.campaigns()] == [2, 3, 4, 5]


def test_6_who_has_everything_is_sent_nothing_for_a_change_of_others() -> None:
    """Section 6 (etcd): only those that lack entries are sent to when a change is applied."""
    made = leader_heard_by(2, 3, of=disk((1,)))
    made.changes(change((ADD, 4)))
    made.does(lambda node: step(node, ack(2, 2, 3)))
    made.ready()
    assert [message.target for message in made.node.outbox] == [4]


def test_6_a_new_server_is_sent_to_as_soon_as_it_is_in() -> None:
    """Section 6: it need not wait for the next command or heartbeat."""
    made = leader_heard_by(2, 3, of=disk((1,)))
    sent = made.commits(change((ADD, 4), (REMOVE, 3)), 2)
    message = only(to(4, sent))
    assert (message.type, message.index, message.log_term) == (MessageType.APP, 2, 2)
    assert [entry.index for entry in message.entries] == [3]
