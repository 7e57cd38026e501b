"""A group of members, told as stories: elections, replication, crashes, reads."""

from collections.abc import Iterable

import pytest

from model.raft.actions import (
    Apply,
    Crash,
    Cut,
    Deliver,
    Heal,
    Isolate,
    Propose,
    ReadIndex,
    Restart,
    Sync,
    Tick,
    TimeOut,
)
from model.raft.group import RaftConfig, RaftGroup
from model.raft.node import Role
from model.raft.observed import Applied, BecameLeader, ReadConfirmed
from model.world import Action, NotEnabled
from model.worlds.raft import RAFT

ELECT_1 = (TimeOut(1), Sync(1), Deliver(1, 2), Sync(2), Deliver(2, 1))
"""Member 1 is elected by itself and member 2."""

COMMIT_FIRST = (Sync(1), Deliver(1, 2), Deliver(1, 2), Sync(2), Deliver(2, 1), Deliver(2, 1))


def follow(actions: Iterable[Action], config: RaftConfig | None = None):
    """The group after these actions, and all that was observed."""
    group = RAFT.start(config or RaftConfig(reads=3))
    seen = []
    for action in actions:
        moved = RAFT.step(group, action)
        group = moved.world
        seen.extend(moved.observed)
    return group, seen


def settle(group: RaftGroup, rounds: int = 12) -> RaftGroup:
    """The group after so many fair rounds."""
    for _ in range(rounds):
        for action in RAFT.calm(group):
            if RAFT.why_not(group, action) is None:
                group = RAFT.step(group, action).world
    return group


def test_a_member_whose_timer_fires_is_elected_by_a_majority() -> None:
    group, seen = follow(ELECT_1)
    assert group.node(1).role is Role.LEADER
    assert [(s.member, s.term) for s in seen if isinstance(s, BecameLeader)] == [(1, 1)]
    assert group.node(3).term == 0, "member 3 was not asked yet"


def test_a_candidate_asks_for_votes_only_once_its_term_and_log_are_on_disk() -> None:
    """Otherwise it could be elected, after a crash, by votes for a log that it has lost (W1)."""
    group, _ = follow([TimeOut(1)])
    assert RAFT.why_not(group, Deliver(1, 2)) == "message 0 from 1 to 2 does not exist"
    assert RAFT.why_not(RAFT.step(group, Sync(1)).world, Deliver(1, 2)) is None


def test_a_vote_that_was_not_synced_is_never_sent() -> None:
    group, _ = follow([TimeOut(1), Sync(1), Deliver(1, 2)])
    assert RAFT.why_not(group, Deliver(2, 1)) == "message 0 from 2 to 1 does not exist"


def test_an_entry_is_committed_when_a_majority_has_it_on_disk() -> None:
    group, _ = follow((*ELECT_1, Propose(1), Sync(1)))
    assert group.node(1).commit == 0
    settled = settle(group)
    assert [entry.data for entry in settled.node(3).log.entries] == ["", "v1"]
    assert settled.node(3).applied == 2


def test_applying_shows_the_entries_in_order() -> None:
    group = settle(follow((*ELECT_1, Propose(1)))[0], rounds=1)
    while group.node(1).applied < group.node(1).commit:
        moved = RAFT.step(group, Apply(1))
        group = moved.world
        applied = [s for s in moved.observed if isinstance(s, Applied)]
        assert [entry.index for entry in applied[0].entries] == [1, 2]


def test_a_crash_loses_what_was_not_synced() -> None:
    group, _ = follow((*ELECT_1, Crash(1, "nothing"), Restart(1)))
    assert group.node(1).log.last_index == 0, "the leader's first entry was not on disk"
    assert group.node(1).term == 1, "its term and vote were"


@pytest.mark.parametrize(("kept", "length"), [("nothing", 0), ("part", 1), ("everything", 3)])
def test_the_disk_keeps_nothing_part_or_all_of_what_was_not_synced(kept: str, length: int) -> None:
    group, _ = follow((*ELECT_1, Propose(1), Propose(1), Crash(1, kept), Restart(1)))
    assert group.node(1).log.last_index == length


def test_a_cut_link_is_cut_one_way_only() -> None:
    group, _ = follow((TimeOut(1), Sync(1), Cut(1, 2)))
    assert RAFT.why_not(group, Deliver(1, 2)) == "the link from 1 to 2 is cut"
    assert RAFT.why_not(group, Deliver(1, 3)) is None
    healed = RAFT.step(group, Heal()).world
    assert RAFT.why_not(healed, Deliver(1, 2)) is None


def test_a_deposed_leader_steps_down_when_it_hears_of_the_new_term() -> None:
    group, _ = follow((*ELECT_1, Isolate(1), TimeOut(2), Sync(2), Deliver(2, 3), Sync(3)))
    group = RAFT.step(group, Deliver(3, 2)).world
    leading = [i for i in group.members if group.node(i).role is Role.LEADER]
    assert leading == [1, 2], "two members lead, in different terms"
    settled = settle(group)
    assert [i for i in settled.members if settled.node(i).role is Role.LEADER] == [2]


def test_a_new_leader_serves_no_read_before_an_entry_of_its_term_is_committed() -> None:
    group, seen = follow((*ELECT_1, ReadIndex(1)))
    assert group.node(1).pending_reads == ()
    assert not [s for s in seen if isinstance(s, ReadConfirmed)]


def test_a_read_is_confirmed_by_a_round_of_heartbeats() -> None:
    group = settle(follow(ELECT_1)[0], rounds=4)
    group = RAFT.step(group, ReadIndex(1)).world
    assert group.node(1).pending_reads
    settled = settle(group, rounds=2)
    assert settled.node(1).pending_reads == ()


def test_ticks_alone_elect_a_leader() -> None:
    group = RAFT.start(RaftConfig())
    for _ in range(8):
        for member in group.members:
            if RAFT.why_not(group, Tick(member)) is None:
                group = RAFT.step(group, Tick(member)).world
    assert any(group.node(i).role is Role.CANDIDATE for i in group.members)


@pytest.mark.parametrize(
    "config", [RaftConfig(pre_vote=True, check_quorum=True), RaftConfig(members=5)]
)
def test_every_configuration_settles(config: RaftConfig) -> None:
    settled = settle(RAFT.start(config), rounds=20)
    assert len([i for i in settled.members if settled.node(i).role is Role.LEADER]) == 1


def test_pre_vote_does_not_disturb_a_leader_that_is_heard() -> None:
    config = RaftConfig(pre_vote=True, check_quorum=True)
    group = settle(RAFT.start(config), rounds=20)
    term = max(group.node(i).term for i in group.members)
    quiet = next(i for i in group.members if group.node(i).role is Role.FOLLOWER)
    group = settle(RAFT.step(group, TimeOut(quiet)).world, rounds=3)
    assert max(group.node(i).term for i in group.members) == term


def test_what_is_not_enabled_says_why() -> None:
    with pytest.raises(NotEnabled, match="member 2 knows no leader"):
        follow([Propose(2)])
