"""Section 5.3: log replication, and how fast; figure 3, log matching; figure 7."""

import pytest

from model.raft.message import Message, MessageType
from model.raft.progress import ProgressState
from model.raft.step import step
from tests.raft.paper.vocabulary import (
    Group,
    ack,
    append,
    disk,
    follower,
    leader,
    leader_heard_by,
    of_type,
    only,
    refusal,
    terms_of,
)

LEADER_OF_FIGURE_7 = (1, 1, 1, 4, 4, 5, 5, 6, 6, 6)
FIGURE_7 = {
    "a": (1, 1, 1, 4, 4, 5, 5, 6, 6),
    "b": (1, 1, 1, 4),
    "c": (1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6),
    "d": (1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7),
    "e": (1, 1, 1, 4, 4, 4, 4),
    "f": (1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3),
}


@pytest.mark.parametrize("name", FIGURE_7)
def test_5_3_figure_7_the_followers_log_becomes_the_leaders(name: str) -> None:
    """Section 5.3, figure 7: entries missing or too many, the new leader makes its log theirs."""
    group = Group(
        {
            1: disk(LEADER_OF_FIGURE_7, term=7),
            2: disk(FIGURE_7[name], term=7),
            3: disk((1,), term=7),
        }
    )
    group[2].receives(Message(MessageType.HEARTBEAT_RESP, 3, 2, 8))
    group.elect(1, among=(1, 3))
    group.sends(group[1].ticks())
    seen = group.deliver()
    assert terms_of(group[2].node.log) == [*LEADER_OF_FIGURE_7, 8]
    assert group[2].node.log == group[1].node.log
    refused = [m for m in of_type(MessageType.APP_RESP, seen) if m.reject and m.source == 2]
    assert len(refused) <= 3, "not more than one for each term where they differ"


@pytest.mark.parametrize("name", FIGURE_7)
def test_5_3_figure_7_the_leader_overwrites_nothing_of_its_own(name: str) -> None:
    """Figure 3, leader append-only: whatever its followers have, its own log only grows."""
    group = Group(
        {
            1: disk(LEADER_OF_FIGURE_7, term=7),
            2: disk(FIGURE_7[name], term=7),
            3: disk((1,), term=7),
        }
    )
    group.elect(1, among=(1, 3))
    before = group[1].node.log.entries
    group.sends(group[1].ticks())
    group.deliver()
    assert group[1].node.log.entries[: len(before)] == before


def test_figure_3_log_matching() -> None:
    """Figure 3, log matching: an entry of the same index and term: all before it is the same."""
    made = follower(disk((1, 1, 2, 2)))
    assert only(made.receives(append(3, (4, 3), (3,)))).reject
    assert only(made.receives(append(3, (3, 3), (3, 3)))).reject
    assert not only(made.receives(append(3, (2, 1), (3, 3, 3)))).reject
    assert terms_of(made.node.log) == [1, 1, 3, 3, 3]


def test_5_3_all_that_precedes_a_committed_entry_is_committed() -> None:
    """Section 5.3: committing an entry commits the earlier ones, also of earlier leaders."""
    made = leader(disk((1, 1, 2, 2)))
    made.receives(ack(2, 3, 5))
    assert made.node.commit == 5
    assert [entry.term for entry in made.applied] == [1, 1, 2, 2, 3]


def test_5_3_a_slow_follower_does_not_hold_up_the_others() -> None:
    """Section 5.3: one round with a majority commits; who is slow gets it later."""
    made = leader_heard_by(2, of=disk((1,)))
    made.proposes("x")
    made.receives(ack(2, 2, 3))
    assert made.node.commit == 3
    assert made.progress(3).match == 0


# -- where the logs part ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("log", "after", "hint"),
    [
        ((1, 1, 1), (9, 5), (3, 1)),
        ((1, 1, 5), (9, 5), (3, 5)),
        ((1, 2, 4, 4, 6, 6), (5, 5), (4, 4)),
        ((1, 2, 4, 4, 6, 6), (6, 3), (2, 2)),
        ((1, 2, 4, 4, 6, 6), (4, 2), (2, 2)),
        ((1, 2, 4, 4, 6, 6), (3, 6), (3, 4)),
        ((3, 3), (2, 2), (0, 0)),
        ((), (4, 2), (0, 0)),
    ],
)
def test_5_3_a_refusal_says_where_the_logs_may_match(
    log: tuple[int, ...], after: tuple[int, int], hint: tuple[int, int]
) -> None:
    """Section 5.3: the follower skips its entries of terms that the leader cannot have there."""
    made = follower(disk(log, term=7))
    answer = only(made.receives(append(7, after)))
    assert (answer.reject, answer.index) == (True, after[0])
    assert (answer.reject_hint, answer.log_term) == hint


@pytest.mark.parametrize(
    ("hint", "probe"),
    [((6, 2), 1), ((6, 3), 4), ((6, 4), 4), ((3, 3), 3), ((2, 4), 2), ((6, 0), 6), ((5, 5), 5)],
)
def test_5_3_the_leader_skips_terms_that_the_follower_cannot_have(
    hint: tuple[int, int], probe: int
) -> None:
    """Section 5.3: it tries next where its own term is not above the follower's."""
    made = leader(disk((1, 3, 3, 3, 5, 5, 5)))
    message = only(made.receives(refusal(2, 6, 7, hint)))
    assert (message.index, message.log_term) == (probe, made.node.log.term_at(probe))
    assert made.progress(2).next == probe + 1
    assert [entry.index for entry in message.entries] == list(range(probe + 1, 9))


def test_5_3_next_index_goes_back_at_least_by_one() -> None:
    """Section 5.3: nextIndex is decremented after a refusal, however good the hint looks."""
    made = leader(disk((1, 1, 1)))
    message = only(made.receives(refusal(2, 2, 3, (9, 0))))
    assert (message.index, made.progress(2).next) == (2, 3)


def test_5_3_a_late_refusal_of_an_earlier_probe_is_ignored() -> None:
    """Section 5.3: while probing, only the answer to the last probe counts."""
    made = leader(disk((1, 1, 1)))
    made.receives(refusal(2, 2, 3, (1, 1)))
    before = made.progress(2)
    for stale in (0, 2, 3):
        assert made.receives(refusal(2, 2, stale, (0, 0))) == []
    assert made.progress(2) == before
    assert only(made.receives(refusal(2, 2, 1, (0, 0)))).index == 0


def test_5_3_a_refusal_of_what_is_known_to_match_is_ignored() -> None:
    """Section 5.3: matchIndex never goes back; while replicating, such a refusal is late."""
    made = leader_heard_by(2, of=disk((1, 1)))
    made.proposes("x", "y")
    before = made.progress(2)
    assert made.receives(refusal(2, 2, 3, (1, 1)), refusal(2, 2, 1, (1, 1))) == []
    assert made.progress(2) == before


def test_5_3_a_refusal_of_what_was_sent_ahead_goes_back_to_what_matches() -> None:
    """Section 5.3: when something on the way was lost, the leader resumes behind matchIndex."""
    made = leader_heard_by(2, of=disk((1, 1)))
    made.proposes("x")
    made.proposes("y")
    message = only(made.receives(refusal(2, 2, 4, (3, 2))))
    assert message.index == 3
    assert [entry.index for entry in message.entries] == [4, 5]
    progress = made.progress(2)
    assert (progress.state, progress.match, progress.next) == (ProgressState.PROBE, 3, 4)


def test_5_3_a_late_acknowledgement_takes_nothing_back() -> None:
    """Section 5.3: matchIndex increases monotonically."""
    made = leader_heard_by(2, 3, of=disk((1, 1)))
    made.receives(ack(2, 2, 1), ack(2, 2, 0), ack(2, 2, 3))
    assert (made.progress(2).match, made.progress(2).next, made.node.commit) == (3, 4, 3)


# -- 5.5 --------------------------------------------------------------------------------------


def test_5_5_appending_twice_is_appending_once() -> None:
    """Section 5.5: RPCs are idempotent, so a retry after a lost answer does no harm."""
    made = follower(disk((1,)))
    message = append(1, (1, 1), (1, 1), commit=1)
    first = made.receives(message)
    node = made.node
    assert made.receives(message) == first
    assert made.node == node


def test_5_5_messages_that_overtake_each_other_do_no_harm() -> None:
    """Section 5.5: an older AppendEntries of the same leader, arriving last, cuts nothing off."""
    made = follower(disk((1,)))
    older, newer = append(1, (1, 1), (1,)), append(1, (1, 1), (1, 1, 1), commit=2)
    made.does(lambda node: step(node, newer))
    made.receives(older)
    assert (made.node.log.last_index, made.node.commit) == (4, 2)
