"""Figure 2, rules for leaders."""

import pytest

from model.raft.message import Message, MessageType
from model.raft.node import Role
from model.raft.progress import ProgressState
from model.raft.step import step
from tests.raft.paper.vocabulary import (
    CAMPAIGN,
    ack,
    candidate,
    disk,
    heartbeat,
    heartbeat_answer,
    leader,
    leader_heard_by,
    of_type,
    only,
    refusal,
    to,
    vote,
)


def test_figure_2_leaders_announce_themselves_at_once() -> None:
    """Figure 2, leaders: upon election, AppendEntries to each (etcd: with an entry of its term)."""
    standing = candidate(disk((1, 1)))
    sent = standing.receives(vote(2, 2))
    assert [(m.type, m.target, m.term, m.index, m.log_term) for m in sent] == [
        (MessageType.APP, peer, 2, 2, 1) for peer in (2, 3)
    ]
    for message in sent:
        entry = only(message.entries)
        assert (entry.term, entry.index, entry.data, entry.change) == (2, 3, "", None)


def test_figure_2_leaders_know_what_they_have_themselves() -> None:
    """Figure 2, leaders: a leader needs no probing of its own log, nor to hear from itself."""
    own = leader(disk((1, 1))).progress(1)
    assert (own.match, own.next, own.state) == (3, 4, ProgressState.REPLICATE)
    assert own.active


@pytest.mark.parametrize("timeout", [1, 3])
def test_figure_2_leaders_send_heartbeats_while_idle(timeout: int) -> None:
    """Figure 2, leaders: a heartbeat to each follower each heartbeat timeout, so nobody stands."""
    made = leader(disk((1,)), heartbeat_timeout=timeout)
    for _ in range(3):
        assert made.ticks(timeout - 1) == []
        assert [(m.type, m.target, m.term) for m in made.ticks()] == [
            (MessageType.HEARTBEAT, peer, 2) for peer in (2, 3)
        ]


def test_figure_2_leaders_begin_with_a_whole_heartbeat_interval() -> None:
    """Figure 2, leaders: what was left of an earlier leadership's interval is forgotten."""
    made = leader(disk((1,)), heartbeat_timeout=3)
    made.ticks(2)
    made.receives(heartbeat(3, source=3))
    made.campaigns()
    made.receives(vote(2, 4))
    assert made.node.role is Role.LEADER
    assert made.ticks(2) == []
    assert made.ticks(1) != []


def test_figure_2_leaders_do_not_time_out() -> None:
    """Figure 2, leaders: a leader does not stand for election, nor when it is told to."""
    made = leader(disk((1,)))
    made.ticks(50)
    made.receives(CAMPAIGN)
    assert (made.node.role, made.node.term) == (Role.LEADER, 2)


def test_figure_2_leaders_append_a_command_and_answer_once_it_is_applied() -> None:
    """Figure 2, leaders: a command goes into the local log first, and is applied once committed."""
    made = leader_heard_by(2, 3, of=disk((1,)))
    made.applied.clear()
    sent = made.proposes("x")
    entry = made.node.log.entries[-1]
    assert (entry.term, entry.index, entry.data) == (2, 3, "x")
    assert made.applied == []
    assert [(m.target, m.index, m.log_term, m.entries) for m in sent] == [
        (peer, 2, 2, (entry,)) for peer in (2, 3)
    ]
    made.receives(ack(3, 2, 3))
    assert made.applied == [entry]


def test_figure_2_leaders_send_what_a_follower_lacks_from_next_index_on() -> None:
    """Figure 2, leaders: last log index >= nextIndex: AppendEntries with all from nextIndex on."""
    made = leader(disk((1, 1, 1)))
    message = only(made.receives(refusal(2, 2, 3, (1, 1))))
    assert (message.target, message.index, message.log_term) == (2, 1, 1)
    assert [entry.index for entry in message.entries] == [2, 3, 4]


def test_figure_2_leaders_note_what_a_follower_has_acknowledged() -> None:
    """Figure 2, leaders: success updates nextIndex and matchIndex of that follower alone."""
    made = leader(disk((1, 1)))
    made.receives(ack(2, 2, 3))
    assert (made.progress(2).match, made.progress(2).next) == (3, 4)
    assert (made.progress(3).match, made.progress(3).next) == (0, 3)


def test_figure_2_leaders_step_back_when_the_logs_do_not_match() -> None:
    """Figure 2, leaders: failure decrements nextIndex and tries again (etcd: by the hint)."""
    made = leader(disk((1, 1, 1)))
    first = only(made.receives(refusal(2, 2, 3, (2, 1))))
    assert (first.index, made.progress(2).next) == (2, 3)
    second = only(made.receives(refusal(2, 2, 2, (1, 1))))
    assert (second.index, made.progress(2).next) == (1, 2)
    third = only(made.receives(refusal(2, 2, 1, (0, 0))))
    assert (third.index, third.log_term, made.progress(2).next) == (0, 0, 1)
    assert [entry.index for entry in third.entries] == [1, 2, 3, 4]


COMMITTED = [
    *(((), 1, 4), ((4,), 2, 4), ((3,), 2, 3), ((0,), 2, 0)),
    *(((4, 0), 3, 4), ((3, 4), 3, 4), ((0, 0), 3, 0), ((0, 3), 3, 3)),
    *(((4, 0, 0), 4, 0), ((4, 3, 0), 4, 3), ((4, 4, 0), 4, 4), ((3, 3, 4), 4, 3)),
    *(((4, 0, 0, 0), 5, 0), ((4, 3, 0, 0), 5, 3), ((4, 4, 0, 0), 5, 4), ((3, 4, 3, 3), 5, 3)),
    *(((4, 4, 0, 0, 0), 6, 0), ((4, 4, 3, 0, 0), 6, 3), ((4, 4, 4, 0, 0), 6, 4)),
]


@pytest.mark.parametrize(("acknowledged", "size", "commit"), COMMITTED)
def test_figure_2_leaders_commit_what_a_majority_has(
    acknowledged: tuple[int, ...], size: int, commit: int
) -> None:
    """Figure 2, leaders: the greatest N with a majority of matchIndex >= N, of the current term."""
    made = leader(disk((1, 1), voters=tuple(range(1, size + 1))))
    made.proposes("x")
    assert made.progress(1).match == 4
    for peer, index in enumerate(acknowledged, start=2):
        if index:
            made.receives(ack(peer, 2, index))
    assert made.node.commit == commit
    assert [entry.index for entry in made.applied] == list(range(1, commit + 1))


def test_figure_2_leaders_do_not_commit_an_entry_of_an_older_term_by_counting() -> None:
    """Figure 2, leaders: log[N].term must be the current term (section 5.4.2)."""
    made = leader(disk((1, 1)))
    made.receives(ack(2, 2, 2), ack(3, 2, 2))
    assert made.node.commit == 0
    made.receives(ack(2, 2, 3))
    assert made.node.commit == 3


def test_figure_2_leaders_tell_nobody_when_nothing_new_is_committed() -> None:
    """Figure 2, leaders: also while what is committed already still waits to be applied."""
    made = leader(disk((1,), voters=(1, 2, 3, 4, 5)))
    for peer in (2, 3):
        made.does(lambda node, peer=peer: step(node, ack(peer, 2, 2)))
    assert (made.node.commit, made.node.applied) == (2, 0)
    before = made.node.outbox
    made.does(lambda node: step(node, ack(4, 2, 1)))
    assert to(5, made.node.outbox) == to(5, before)


def test_figure_2_leaders_tell_their_followers_what_is_committed() -> None:
    """Figure 2, leaders: the commit index goes out with the next AppendEntries to everybody."""
    made = leader(disk((1,)))
    made.receives(ack(3, 2, 2))
    sent = made.receives(ack(2, 2, 2))
    assert made.node.commit == 2
    assert only(to(2, sent)).commit == 2


def test_figure_2_leaders_heartbeats_commit_only_what_the_follower_is_known_to_have() -> None:
    """Figure 2, leaders (etcd): a heartbeat compares no logs, so commit <= matchIndex."""
    made = leader_heard_by(2, of=disk((1, 1, 1), voters=(1, 2, 3, 4, 5)))
    made.receives(ack(3, 2, 4), ack(4, 2, 1))
    assert made.node.commit == 4
    beats = of_type(MessageType.HEARTBEAT, made.ticks())
    assert [(m.target, m.commit) for m in beats] == [(2, 4), (3, 4), (4, 1), (5, 0)]


def test_figure_2_leaders_heartbeats_commit_no_more_than_is_committed() -> None:
    """Figure 2, leaders: however much a follower has."""
    made = leader(disk((1, 1)))
    made.receives(ack(2, 2, 2))
    assert [(m.target, m.commit) for m in made.ticks()] == [(2, 0), (3, 0)]


def test_figure_2_leaders_heartbeats_tell_what_is_committed_though_not_applied() -> None:
    """Figure 2, leaders: commitIndex goes out, lastApplied is nobody else's business."""
    made = leader(disk((1,)))
    made.does(lambda node: step(node, ack(2, 2, 2)))
    assert (made.node.commit, made.node.applied) == (2, 0)
    made.does(lambda node: step(node, Message(MessageType.BEAT, 1, 1)))
    beats = of_type(MessageType.HEARTBEAT, made.node.outbox)
    assert [(m.target, m.commit) for m in beats] == [(2, 2), (3, 0)]


def test_figure_2_leaders_tell_the_commit_index_again_after_a_heartbeat_with_less() -> None:
    """Figure 2, leaders (etcd): what was told last counts, and that was less than is committed."""
    made = leader_heard_by(2, 3, of=disk((1,)))
    made.proposes("x")
    made.receives(ack(2, 2, 3))
    assert made.progress(3).sent_commit == 3
    assert [m.commit for m in to(3, made.ticks())] == [2]
    assert [(m.index, m.commit) for m in made.receives(ack(3, 2, 3))] == [(3, 3)]


def test_figure_2_leaders_repeat_what_was_not_acknowledged() -> None:
    """Figure 2, leaders (section 5.3): they try until all followers have stored all entries."""
    made = leader(disk((1,)))
    for _ in range(3):
        message = only(made.receives(heartbeat_answer(2, 2)))
        assert (message.type, message.target, message.index) == (MessageType.APP, 2, 1)
        assert [entry.index for entry in message.entries] == [2]


def test_figure_2_leaders_leave_alone_who_has_everything() -> None:
    """Figure 2, leaders: no AppendEntries where nextIndex is beyond the last log index."""
    made = leader_heard_by(2, of=disk((1,)))
    assert made.receives(heartbeat_answer(2, 2)) == []


def test_figure_2_leaders_ignore_strangers() -> None:
    """Figure 2, leaders: nextIndex and matchIndex are of servers in the configuration."""
    made = leader(disk((1,)))
    before = made.node
    answers = (ack(9, 2, 2), refusal(9, 2, 1, (0, 0)), heartbeat_answer(9, 2))
    assert made.receives(*answers) == []
    assert made.node == before


def test_figure_2_leaders_have_no_use_for_late_votes() -> None:
    """Figure 2, leaders: the election is over."""
    made = leader(disk((1,), voters=(1, 2, 3, 4, 5)))
    before = made.node
    assert made.receives(vote(5, 2), vote(4, 2, granted=False)) == []
    made.does(lambda node: step(node, Message(MessageType.VOTE_RESP, 4, 1, 2, reject=True)))
    assert made.node == before
