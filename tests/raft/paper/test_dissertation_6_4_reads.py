"""Dissertation, section 6.4: linearizable reads without a log entry; 6.4.1: leases."""

import pytest

from model.raft.message import Message, MessageType
from model.raft.node import ReadOnly, ReadState, Role
from model.raft.proposal import propose
from model.raft.read import read_index
from tests.raft.paper.vocabulary import (
    Group,
    Member,
    ack,
    candidate,
    disk,
    follower,
    heartbeat,
    heartbeat_answer,
    leader,
    leader_heard_by,
    of_type,
    only,
)

FIVE = (1, 2, 3, 4, 5)


def beat_of(sent: list[Message]) -> str:
    """What the heartbeats of one broadcast all name."""
    (context,) = {message.context for message in of_type(MessageType.HEARTBEAT, sent)}
    return context


def from_peer(peer: int, context: str) -> Message:
    """A follower passes on the read of a client of its own."""
    return Message(MessageType.READ_INDEX, peer, 1, context=context)


def confirms(made: Member, context: str, *peers: int) -> list[Message]:
    return made.receives(*(heartbeat_answer(peer, made.node.term, context) for peer in peers))


# -- step 1: an entry of the leader's own term is committed -----------------------------------


def test_6_4_step_1_no_read_before_an_entry_of_the_leaders_term_is_committed() -> None:
    """Dissertation, 6.4, step 1: before that its commit index may be behind an earlier leader's."""
    made = leader(disk((1, 1), commit=2))
    assert made.asks_to_read("a") == [], "nobody is asked to confirm anything yet"
    made.receives(heartbeat_answer(2, 2), heartbeat_answer(3, 2))
    assert made.reads == []


def test_6_4_step_1_a_read_that_came_too_early_goes_on_once_it_may() -> None:
    """Dissertation, 6.4, step 1: it waits for that commit, and reads what is committed by then."""
    made = leader(disk((1, 1), commit=2))
    made.asks_to_read("a")
    sent = made.receives(ack(2, 2, 3))
    assert made.node.commit == 3
    assert made.reads == []
    confirms(made, beat_of(sent), 2)
    assert made.reads == [ReadState("a", 3)]


def test_6_4_step_1_several_that_came_too_early_all_go_on_in_order() -> None:
    """Dissertation, 6.4, step 1: none is lost, none twice."""
    made = leader(disk((1,)))
    made.asks_to_read("a")
    made.asks_to_read("b")
    sent = made.receives(ack(2, 2, 2))
    for message in of_type(MessageType.HEARTBEAT, sent):
        if message.target == 2:
            confirms(made, message.context, 2)
    assert made.reads == [ReadState("a", 2), ReadState("b", 2)]
    made.proposes("x")
    assert of_type(MessageType.HEARTBEAT, made.receives(ack(2, 2, 3))) == []
    assert len(made.reads) == 2


# -- step 2: the read index -------------------------------------------------------------------


def test_6_4_step_2_the_read_index_is_the_commit_index_when_the_read_arrives() -> None:
    """Dissertation, 6.4, step 2: what is committed later is not waited for."""
    made = leader_heard_by(2, 3, of=disk((1,)))
    beat = beat_of(made.asks_to_read("a"))
    made.proposes("x")
    made.receives(ack(2, 2, 3))
    assert made.node.commit == 3
    confirms(made, beat, 2)
    assert made.reads == [ReadState("a", 2)]


def test_6_4_step_2_what_is_in_the_log_and_not_committed_is_not_waited_for() -> None:
    """Dissertation, 6.4, step 2: the commit index, not the last index."""
    made = leader_heard_by(2, 3, of=disk((1,)))
    made.proposes("x")
    confirms(made, beat_of(made.asks_to_read("a")), 2)
    assert made.reads == [ReadState("a", 2)]


# -- step 3: a majority confirms --------------------------------------------------------------


def test_6_4_step_3_a_round_of_heartbeats_asks_all_followers() -> None:
    """Dissertation, 6.4, step 3: at once, whenever the next one was due."""
    made = leader_heard_by(2, 3, of=disk((1,), learners=(4,)))
    sent = made.asks_to_read("a")
    assert [(m.type, m.target, m.term) for m in sent] == [
        (MessageType.HEARTBEAT, peer, 2) for peer in (2, 3, 4)
    ]
    assert all(message.context == sent[0].context != "" for message in sent)


@pytest.mark.parametrize(("size", "others"), [(2, 1), (3, 1), (4, 2), (5, 2), (6, 3)])
def test_6_4_step_3_a_majority_confirms_and_nobody_less(size: int, others: int) -> None:
    """Dissertation, 6.4, step 3: the leader and so many others are more than half."""
    voters = tuple(range(1, size + 1))
    made = leader_heard_by(*voters[1:], of=disk((1,), voters=voters))
    beat = beat_of(made.asks_to_read("a"))
    for peer in range(2, 2 + others):
        assert made.reads == []
        confirms(made, beat, peer)
    assert made.reads == [ReadState("a", 2)]
    confirms(made, beat, *voters[1:])
    assert len(made.reads) == 1, "those who come late confirm nothing new"


def test_6_4_step_3_an_answer_that_arrives_twice_is_one_answer() -> None:
    """Dissertation, 6.4, step 3: a majority of servers, not of messages."""
    made = leader_heard_by(*FIVE[1:], of=disk((1,), voters=FIVE))
    beat = beat_of(made.asks_to_read("a"))
    confirms(made, beat, 2, 2, 2)
    assert made.reads == []
    confirms(made, beat, 5)
    assert made.reads == [ReadState("a", 2)]


def test_6_4_step_3_answers_of_learners_and_strangers_confirm_nothing() -> None:
    """Dissertation, 6.4, step 3: only voters could have elected somebody else."""
    made = leader_heard_by(2, 3, of=disk((1,), learners=(4, 5)))
    confirms(made, beat_of(made.asks_to_read("a")), 4, 5, 9)
    assert made.reads == []


@pytest.mark.parametrize(
    ("answering", "confirmed"), [((2, 3), False), ((4, 5), False), ((2, 5), True)]
)
def test_6_4_step_3_while_joint_both_halves_confirm(
    answering: tuple[int, ...], confirmed: bool
) -> None:
    """Dissertation, 6.4, step 3 with 4.3: a new leader may come from either half."""
    made = leader_heard_by(*FIVE[1:], of=disk((1,), voters=(1, 2, 3), outgoing=(1, 4, 5)))
    confirms(made, beat_of(made.asks_to_read("a")), *answering)
    assert (made.reads == [ReadState("a", 2)]) is confirmed


def test_6_4_step_3_a_leader_outside_the_configuration_does_not_confirm_itself() -> None:
    """Dissertation, 6.4, step 3 with 4.2.2: it is no voter of the new half."""
    made = leader_heard_by(*(2, 3, 4), of=disk((1,), voters=(2, 3, 4), outgoing=(1, 2)))
    beat = beat_of(made.asks_to_read("a"))
    confirms(made, beat, 2)
    assert made.reads == []
    confirms(made, beat, 3)
    assert made.reads == [ReadState("a", 2)]


def test_6_4_step_3_answers_to_earlier_heartbeats_confirm_nothing() -> None:
    """Dissertation, 6.4, step 3: only a round that began after the read arrived counts."""
    made = leader_heard_by(2, 3, of=disk((1,)))
    earlier = beat_of(made.ticks())
    made.asks_to_read("a")
    confirms(made, earlier, 2, 3)
    assert made.reads == []


def test_6_4_step_3_an_answer_to_an_earlier_read_does_not_confirm_a_later_one() -> None:
    """Dissertation, 6.4, step 3: the leader may have been replaced between the two."""
    made = leader_heard_by(*FIVE[1:], of=disk((1,), voters=FIVE))
    first = beat_of(made.asks_to_read("a"))
    second = beat_of(made.asks_to_read("b"))
    confirms(made, first, 2, 3)
    assert made.reads == [ReadState("a", 2)]
    confirms(made, first, 4, 5)
    assert len(made.reads) == 1
    confirms(made, second, 4, 5)
    assert made.reads == [ReadState("a", 2), ReadState("b", 2)]


def test_6_4_step_3_an_answer_to_a_later_read_confirms_the_earlier_ones() -> None:
    """Dissertation, 6.4: one round serves all reads that have gathered by then."""
    made = leader_heard_by(2, 3, of=disk((1,)))
    made.asks_to_read("a")
    made.asks_to_read("b")
    last = beat_of(made.asks_to_read("c"))
    confirms(made, last, 3)
    assert [read.context for read in made.reads] == ["a", "b", "c"]


def test_6_4_step_3_a_heartbeat_that_is_due_anyhow_confirms_the_last_read() -> None:
    """Dissertation, 6.4, step 3: when the first round was lost, the next one does it."""
    made = leader_heard_by(2, 3, of=disk((1,)))
    made.asks_to_read("a")
    made.asks_to_read("b")
    confirms(made, beat_of(made.ticks()), 2)
    assert made.reads == [ReadState("a", 2), ReadState("b", 2)]
    assert beat_of(made.ticks()) == "", "nothing is left to be confirmed"


def test_6_4_step_3_other_answers_confirm_nothing() -> None:
    """Dissertation, 6.4, step 3: acknowledgements of entries may have been sent before."""
    made = leader_heard_by(2, 3, of=disk((1,)))
    made.asks_to_read("a")
    made.receives(ack(2, 2, 2), ack(3, 2, 2), heartbeat_answer(2, 2))
    assert made.reads == []


def test_6_4_step_3_a_leader_that_steps_down_forgets_its_reads() -> None:
    """Dissertation, 6.4, step 3: late answers do not confirm a leadership that is over."""
    made = leader_heard_by(2, 3, of=disk((1,)))
    beat = beat_of(made.asks_to_read("a"))
    made.receives(heartbeat(3, source=3))
    confirms(made, beat, 2)
    made.campaigns()
    made.receives(Message(MessageType.VOTE_RESP, 2, 1, 4))
    made.receives(ack(2, 4, made.node.log.last_index))
    confirms(made, beat, 2, 3)
    assert (made.node.role, made.reads) == (Role.LEADER, [])


def test_6_4_step_3_a_deposed_leader_cannot_confirm() -> None:
    """Dissertation, 6.4, step 3: those who have moved to a newer term do not answer it so."""
    group = Group({id: disk((1,)) for id in (1, 2, 3)})
    group.elect(1)
    group.elect(2, among=(2, 3))
    group.sends(group[2].proposes("x"))
    group.deliver(among=(2, 3))
    assert group.leaders() == [1, 2]
    group.sends(group[1].asks_to_read("a"))
    group.deliver()
    assert group[1].reads == []


def test_6_4_step_3_the_only_voter_needs_nobody() -> None:
    """Dissertation, 6.4, step 3: a majority of one is itself."""
    made = leader(disk((1,), voters=(1,), learners=(2,)))
    assert made.asks_to_read("a") == []
    assert made.reads == [ReadState("a", 2)]


def test_6_4_step_2_the_only_voter_reads_what_is_committed_though_not_applied() -> None:
    """Dissertation, 6.4, step 2: the commit index there, too."""
    made = leader(disk((1,), voters=(1,)))
    made.does(lambda node: propose(node, "x")[0])
    made.ready()
    assert (made.node.commit, made.node.applied) == (3, 2)
    made.does(lambda node: read_index(node, "a"))
    assert made.node.ready_reads == (ReadState("a", 3),)


def test_6_4_step_3_one_voter_in_one_half_is_not_the_only_voter() -> None:
    """Dissertation, 6.4, step 3 with 4.3: the other half has something to say."""
    made = leader_heard_by(2, 3, of=disk((1,), voters=(1,), outgoing=(1, 2, 3)))
    beat = beat_of(made.asks_to_read("a"))
    assert made.reads == []
    confirms(made, beat, 2)
    assert made.reads == [ReadState("a", 2)]


# -- step 4: the state machine has got there --------------------------------------------------


def test_6_4_step_4_the_application_is_told_up_to_where_it_must_have_applied() -> None:
    """Dissertation, 6.4, step 4: the read is served at its index, though less is applied yet."""
    made = follower(disk((1, 1, 1)), leader=2)
    made.receives(Message(MessageType.READ_INDEX_RESP, 2, 1, 1, index=3, context="a"))
    assert made.reads == [ReadState("a", 3)]
    assert made.node.applied == 0


def test_6_4_step_4_a_confirmed_read_is_handed_out_once() -> None:
    """Dissertation, 6.4, steps 3 and 4: with one Ready and no other."""
    made = leader_heard_by(2, 3, of=disk((1,)))
    confirms(made, beat_of(made.asks_to_read("a")), 2)
    made.ticks(3)
    assert made.reads == [ReadState("a", 2)]


# -- reads of followers -----------------------------------------------------------------------


def test_6_4_a_follower_asks_its_leader_for_the_read_index() -> None:
    """Dissertation, 6.4: so followers serve reads, too, and relieve the leader."""
    made = follower(disk((1,)), leader=3)
    message = only(made.asks_to_read("a"))
    assert (message.type, message.source, message.target, message.context) == (
        *(MessageType.READ_INDEX, 1, 3),
        "a",
    )
    assert made.reads == []


def test_6_4_a_follower_passes_on_what_reaches_it_by_mistake() -> None:
    """Dissertation, 6.4 (etcd): the leader has changed; the answer goes to who asked first."""
    made = follower(disk((1,)), leader=3)
    assert made.receives(from_peer(2, "a")) == [Message(MessageType.READ_INDEX, 2, 3, context="a")]


def test_6_4_the_leader_answers_the_follower_after_steps_1_to_3() -> None:
    """Dissertation, 6.4: with the read index, to the one who asked, once a majority confirms."""
    made = leader_heard_by(2, 3, of=disk((1,)))
    beat = beat_of(made.receives(from_peer(3, "a")))
    made.proposes("x")
    made.receives(ack(2, 2, 3))
    answer = only(of_type(MessageType.READ_INDEX_RESP, confirms(made, beat, 2)))
    assert (answer.target, answer.index, answer.context, answer.term) == (3, 2, "a", 2)
    assert made.reads == [], "it is not a read of its own clients"


def test_6_4_reads_of_several_followers_are_answered_to_each() -> None:
    """Dissertation, 6.4: also when both chose the same name for their read."""
    made = leader_heard_by(2, 3, of=disk((1,)))
    made.receives(from_peer(2, "a"))
    beat = beat_of(made.receives(from_peer(3, "a")))
    answers = of_type(MessageType.READ_INDEX_RESP, confirms(made, beat, 2))
    assert [(m.target, m.context) for m in answers] == [(2, "a"), (3, "a")]


def test_6_4_a_follower_that_asks_too_early_is_answered_later() -> None:
    """Dissertation, 6.4, step 1: the leader keeps whose read it is."""
    made = leader(disk((1,)))
    made.receives(from_peer(3, "a"))
    beat = beat_of(made.receives(ack(2, 2, 2)))
    answer = only(of_type(MessageType.READ_INDEX_RESP, confirms(made, beat, 2)))
    assert (answer.target, answer.index, answer.context) == (3, 2, "a")


def test_6_4_the_only_voter_answers_a_learner_at_once() -> None:
    """Dissertation, 6.4: a learner may ask as well."""
    made = leader(disk((1,), voters=(1,), learners=(2,)))
    answer = only(made.receives(from_peer(2, "a")))
    assert (answer.type, answer.target, answer.index) == (MessageType.READ_INDEX_RESP, 2, 2)


def test_6_4_without_a_leader_a_read_is_dropped() -> None:
    """Dissertation, 6.4: neither a follower of nobody nor a candidate can serve it."""
    made = follower(disk((1,))).crashes()
    assert (made.asks_to_read("a"), made.reads) == ([], [])
    standing = candidate(disk((1,)))
    assert (standing.asks_to_read("a"), standing.reads) == ([], [])


def test_6_4_a_read_through_a_follower_sees_what_was_committed_before_it() -> None:
    """Dissertation, 6.4: the whole way, there and back."""
    group = Group({id: disk((1,)) for id in (1, 2, 3)})
    group.elect(1)
    group.sends(group[1].proposes("x"))
    group.deliver(among=(1, 2))
    assert (group[1].node.commit, group[3].node.commit) == (3, 2)
    group.sends(group[3].asks_to_read("a"))
    group.deliver()
    assert group[3].reads == [ReadState("a", 3)]


# -- 6.4.1 leases -----------------------------------------------------------------------------


def lease_holder(stable=None) -> Member:
    of = disk((1,)) if stable is None else stable
    return leader_heard_by(2, 3, of=of, read_only=ReadOnly.LEASE_BASED, check_quorum=True)


def test_6_4_1_with_a_lease_no_round_of_heartbeats_is_needed() -> None:
    """Dissertation, 6.4.1: while the lease holds, nobody else can have been elected."""
    made = lease_holder()
    assert made.asks_to_read("a") == []
    assert made.reads == [ReadState("a", 2)]
    answer = only(made.receives(from_peer(3, "b")))
    assert (answer.type, answer.target, answer.index) == (MessageType.READ_INDEX_RESP, 3, 2)


def test_6_4_1_step_1_holds_with_a_lease_too() -> None:
    """Dissertation, 6.4.1 with 6.4, step 1: the commit index must be known first."""
    made = leader(disk((1,)), read_only=ReadOnly.LEASE_BASED, check_quorum=True)
    made.asks_to_read("a")
    assert made.reads == []
    made.receives(ack(2, 2, 2))
    assert made.reads == [ReadState("a", 2)]


def test_6_4_1_heartbeats_of_a_lease_holder_confirm_no_reads() -> None:
    """Dissertation, 6.4.1: they renew the lease."""
    made = lease_holder()
    made.asks_to_read("a")
    assert beat_of(made.ticks()) == ""
    confirms(made, "1", 2, 3)
    assert made.reads == [ReadState("a", 2)]


def test_6_4_1_a_lease_ends_when_no_majority_answers() -> None:
    """Dissertation, 6.4.1 with 6.2: after an election timeout without answers it leads no more."""
    made = lease_holder()
    made.ticks(20)
    assert made.node.role is Role.FOLLOWER
    assert made.asks_to_read("a") == []
    assert made.reads == []
