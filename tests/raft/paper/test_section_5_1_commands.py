"""Section 5.1 and 5.3: what becomes of the commands of clients."""

from model.raft.log import Entry
from model.raft.message import Message, MessageType
from model.raft.node import Role
from tests.raft.paper.vocabulary import (
    Group,
    ack,
    disk,
    follower,
    leader,
    leader_heard_by,
    only,
)


def test_5_3_a_follower_passes_a_command_on_to_the_leader() -> None:
    """Section 5.1: commands that reach a follower go to the leader (etcd: forwarded)."""
    made = follower(disk((1,)), leader=3)
    assert made.accepts("x")
    message = only(made.settles())
    assert (message.type, message.source, message.target) == (MessageType.PROP, 1, 3)
    assert message.entries == (Entry(0, 0, "x"),), "term and index are for the leader to say"
    assert made.node.log.last_index == 1


def test_5_3_a_forwarded_command_is_appended_like_any_other() -> None:
    """Section 5.1: whoever it came through, the leader makes it an entry of its term."""
    group = Group({id: disk((1,)) for id in (1, 2, 3)})
    group.elect(1)
    group.sends(group[3].proposes("x"))
    group.deliver()
    for id in (1, 2, 3):
        assert [entry.data for entry in group[id].node.log.entries] == ["1.1", "", "x"]
        assert group[id].applied[-1].data == "x"


def test_5_3_a_follower_may_be_told_not_to_pass_commands_on() -> None:
    """Section 5.1 (etcd: disable_proposal_forwarding)."""
    made = follower(disk((1,)), disable_proposal_forwarding=True)
    assert not made.accepts("x")
    assert made.settles() == []


def test_5_3_without_a_leader_a_command_is_dropped() -> None:
    """Section 5.1: there is nobody to pass it on to."""
    made = follower(disk((1,)))
    made.receives(Message(MessageType.HEARTBEAT_RESP, 3, 1, 2))
    assert not made.accepts("x")
    assert made.settles() == []


def test_5_3_a_leader_accepts_so_many_bytes_that_are_not_committed() -> None:
    """Section 5.3 (etcd: max_uncommitted_size): the first always fits, then up to the limit."""
    made = leader_heard_by(2, of=disk((1,)), max_uncommitted_size=5)
    assert made.accepts("1234567")
    assert not made.accepts("8")
    assert made.accepts("")
    made.settles()
    made.receives(ack(2, 2, 4))
    assert made.accepts("123")
    assert made.accepts("45")
    assert not made.accepts("6")
    assert (made.node.log.last_index, made.node.role) == (6, Role.LEADER)


def test_5_3_the_first_bytes_always_fit_and_the_next_ones_up_to_the_limit() -> None:
    """Section 5.3 (etcd: max_uncommitted_size): one byte is something, too."""
    made = leader_heard_by(2, of=disk((1,)), max_uncommitted_size=5)
    assert made.accepts("1")
    assert not made.accepts("23456")
    assert made.accepts("2345")
    assert not made.accepts("6")


def test_5_3_what_is_applied_makes_room_for_as_much() -> None:
    """Section 5.3 (etcd: max_uncommitted_size): the rest still counts."""
    made = leader_heard_by(2, of=disk(), max_uncommitted_size=5)
    assert made.accepts("123")
    assert made.accepts("45")
    made.settles()
    made.receives(ack(2, 1, 2))
    assert (made.node.applied, made.node.log.last_index) == (2, 3)
    assert made.accepts("678")
    assert not made.accepts("9")


def test_5_3_what_earlier_leaders_had_accepted_makes_no_room() -> None:
    """Section 5.3 (etcd: max_uncommitted_size): it was never counted, so it frees nothing."""
    made = leader(disk((1, 1)), max_uncommitted_size=5)
    assert made.accepts("12")
    made.settles()
    made.receives(ack(2, 2, 4))
    assert made.node.applied == 4
    assert made.accepts("345")
    assert not made.accepts("678")


def test_5_3_a_new_leadership_begins_with_room_for_one_command_of_any_size() -> None:
    """Section 5.3 (etcd: max_uncommitted_size): what an earlier one had accepted is past."""
    made = leader(disk(), max_uncommitted_size=5)
    assert made.accepts("1234567")
    assert not made.accepts("8")
    made.settles()
    made.receives(Message(MessageType.HEARTBEAT, 3, 1, 2))
    made.campaigns()
    made.receives(Message(MessageType.VOTE_RESP, 2, 1, 3))
    assert made.node.role is Role.LEADER
    assert made.accepts("1234567")


def test_5_3_a_command_that_was_passed_on_keeps_who_proposed_it() -> None:
    """Section 5.1 (etcd): a follower passes on what another one has passed on to it."""
    made = follower(disk((1,)), leader=3)
    entries = (Entry(0, 0, "x"),)
    message = only(made.receives(Message(MessageType.PROP, 2, 1, entries=entries)))
    assert message == Message(MessageType.PROP, 2, 3, entries=entries)
