"""Figure 2, state: what each server keeps, and what is on disk before it answers."""

from attrs import evolve as attrs_evolve

from model.raft.message import MessageType
from model.raft.node import Role
from model.raft.progress import ProgressState
from model.raft.proposal import propose
from model.raft.ready import HardState, take_ready
from model.raft.step import step
from tests.raft.paper.vocabulary import (
    ack,
    append,
    candidate,
    disk,
    entries_of,
    follower,
    heartbeat,
    leader,
    member,
    only,
    request_vote,
    terms_of,
    vote,
)


def test_figure_2_a_server_starts_at_term_0_without_a_vote_and_with_an_empty_log() -> None:
    """Figure 2, state: term, commit index and last applied start at 0, the log before index 1."""
    node = member().node
    assert (node.term, node.vote, node.commit, node.applied) == (0, 0, 0, 0)
    assert (node.log.first_index, node.log.last_index, node.log.last_term) == (1, 0, 0)
    assert (node.role, node.leader) == (Role.FOLLOWER, 0)


def test_figure_2_term_and_vote_are_on_disk_before_the_vote_is_sent() -> None:
    """Figure 2, persistent state: a vote leaves only with, that is after, the write of it."""
    voter = member(disk((1, 1)))
    voter.does(lambda node: step(node, request_vote(2, (2, 1))))
    assert voter.node.outbox == ()
    ready = voter.ready()
    assert ready.hard_state == HardState(term=2, vote=2, commit=0)
    assert ready.must_sync
    assert only(ready.messages).type is MessageType.VOTE_RESP


def test_figure_2_a_vote_in_the_term_it_is_in_already_is_synced_too() -> None:
    """Figure 2, persistent state: votedFor alone is reason enough to sync."""
    voter = member(disk(term=2))
    voter.does(lambda node: step(node, request_vote(2)))
    ready = voter.ready()
    assert ready.hard_state == HardState(term=2, vote=2, commit=0)
    assert ready.must_sync


def test_figure_2_a_new_term_is_synced_without_any_vote() -> None:
    """Figure 2, persistent state: currentTerm alone is reason enough to sync."""
    voter = member(disk((1, 1)))
    voter.does(lambda node: step(node, request_vote(2, (1, 1))))
    ready = voter.ready()
    assert ready.hard_state == HardState(term=2, vote=0, commit=0)
    assert ready.must_sync


def test_figure_2_entries_are_on_disk_before_they_are_acknowledged() -> None:
    """Figure 2, persistent state: an acknowledgement leaves after the write of the entries."""
    made = follower(disk((1,)))
    made.does(lambda node: step(node, append(1, (1, 1), (1, 1))))
    assert made.node.outbox == ()
    ready = made.ready()
    assert ready.entries == entries_of((1, 1), after=1)
    assert ready.must_sync
    assert [(m.type, m.index) for m in ready.messages] == [(MessageType.APP_RESP, 3)]
    assert made.ready().entries == (), "once is enough"


def test_figure_2_an_entry_that_was_replaced_is_written_again() -> None:
    """Figure 2, persistent state: what is written is the log from where it has changed."""
    made = follower(disk((1, 1, 1)))
    made.does(lambda node: step(node, append(2, (1, 1), (2,))))
    assert made.ready().entries == entries_of((2,), after=1)


def test_figure_2_a_replaced_entry_that_was_not_on_disk_yet_is_written_from_there() -> None:
    """Figure 2, persistent state: also when the old one was still on its way to the disk."""
    made = follower(disk((1,)))
    made.does(lambda node: step(node, append(1, (1, 1), (1, 1, 1))))
    ready, made.raw = take_ready(made.raw)
    assert ready.entries == entries_of((1, 1, 1), after=1)
    made.does(lambda node: step(node, append(2, (2, 1), (2,))))
    assert take_ready(made.raw)[0].entries == entries_of((2,), after=2)


def test_figure_2_the_commit_index_alone_needs_no_sync() -> None:
    """Figure 2, volatile state: the commit index may be lost (etcd writes it, without a sync)."""
    made = follower(disk((1, 1)))
    made.does(lambda node: step(node, heartbeat(1, commit=2)))
    ready = made.ready()
    assert ready.hard_state == HardState(term=1, vote=0, commit=2)
    assert not ready.must_sync
    assert only(ready.messages).type is MessageType.HEARTBEAT_RESP


def test_figure_2_a_restarted_server_keeps_term_vote_and_log_and_nothing_else() -> None:
    """Figure 2, state: after a crash a candidate is a follower that remembers its own vote."""
    before = candidate(disk((1, 1), term=4))
    after = before.crashes().node
    assert (after.term, after.vote, terms_of(after.log)) == (5, 1, [1, 1])
    assert (after.role, after.leader, len(after.votes)) == (Role.FOLLOWER, 0, 0)


def test_figure_2_a_restarted_server_does_not_vote_twice() -> None:
    """Figure 2, persistent state: the vote of a term is given to one candidate, crash or not."""
    voter = member(disk((1,)))
    voter.receives(request_vote(2, (1, 1), source=2))
    again = voter.crashes()
    assert only(again.receives(request_vote(2, (1, 1), source=3))).reject
    assert not only(again.receives(request_vote(2, (1, 1), source=2))).reject


def test_figure_2_a_restarted_server_knows_as_committed_what_its_application_has_applied() -> None:
    """Figure 2, volatile state: lastApplied <= commitIndex, also where the latter was lost."""
    stable = disk((1, 1, 1), commit=0)
    node = member(stable, applied=2).node
    assert (node.applied, node.commit) == (2, 2)
    assert member(attrs_evolve(stable, commit=3), applied=2).node.commit == 3


def test_figure_2_a_restarted_server_applies_what_its_application_lacks() -> None:
    """Figure 2, volatile state: lastApplied is where its application says that it is."""
    restarted = member(disk((1, 1, 1), commit=3), applied=1)
    assert member(disk((2,), compacted=(3, 2)), applied=1).node.applied == 3, "its snapshot's"
    restarted.settles()
    assert [entry.index for entry in restarted.applied] == [2, 3]


def test_figure_2_a_restarted_server_writes_nothing_it_has_on_disk() -> None:
    """Figure 2, persistent state: what a server starts from is stable already."""
    ready = member(disk((1, 1))).ready()
    assert (ready.entries, ready.hard_state, ready.must_sync) == ((), None, False)


def test_figure_2_next_index_starts_behind_the_log_and_match_index_at_0() -> None:
    """Figure 2, state on leaders: nextIndex = last log index + 1, matchIndex = 0, at election."""
    standing = candidate(disk((1, 1, 1)))
    standing.does(lambda node: step(node, vote(2, 2)))
    for peer in (2, 3):
        message = only(m for m in standing.node.outbox if m.target == peer)
        assert message.index == 3, "nextIndex was 4: the probe starts from there"
        assert standing.progress(peer).match == 0


def test_figure_2_state_on_leaders_is_made_anew_after_each_election() -> None:
    """Figure 2, state on leaders: what an earlier leadership knew of the others is forgotten."""
    made = leader(disk((1,)))
    made.receives(ack(2, 2, 2))
    assert made.progress(2).match == 2
    made.receives(heartbeat(3, source=3))
    made.campaigns()
    made.receives(vote(3, 4))
    assert made.node.role is Role.LEADER
    assert [made.progress(peer).match for peer in (1, 2, 3)] == [3, 0, 0]


def test_figure_2_a_new_leader_has_what_it_was_elected_with() -> None:
    """Figure 2, state on leaders: its own log is on its disk but for the entry it begins with."""
    standing = candidate(disk((1, 1)))
    standing.does(lambda node: step(node, vote(2, 2)))
    own = standing.progress(1)
    assert (standing.node.log.last_index, own.match, own.next) == (3, 2, 3)
    assert (own.state, own.active) == (ProgressState.REPLICATE, True)


def test_figure_2_a_leader_counts_its_own_entry_once_it_is_on_its_disk() -> None:
    """Figure 2, state on leaders: matchIndex of the leader itself follows its disk."""
    made = leader(disk((1,)))
    made.does(lambda node: propose(node, "x")[0])
    assert (made.node.log.last_index, made.progress(1).match) == (3, 2)
    made.ready()
    assert made.progress(1).match == 3
