"""Section 5.3: nextIndex and matchIndex of one follower, event by event (etcd: ``Progress``)."""

import pytest

from model.evolve import evolve
from model.raft.progress import (
    Progress,
    ProgressState,
    become_probe,
    become_replicate,
    become_snapshot,
    decrease,
    free_inflights,
    sent_commit,
    sent_entries,
    update,
)

LIMITS = (2, None)
PROBING = Progress(match=3, next=6, sent_commit=5)
REPLICATING = Progress(
    match=3,
    next=9,
    state=ProgressState.REPLICATE,
    sent_commit=8,
    active=True,
    inflights=((5, 10), (8, 20)),
)
WAITING = Progress(
    match=3, next=8, state=ProgressState.SNAPSHOT, sent_commit=7, pending_snapshot=7, active=True
)


def test_5_3_of_a_stranger_nothing_is_known() -> None:
    """Section 5.3: matchIndex 0, probing from the first entry on, not heard from."""
    new = Progress()
    assert (new.match, new.next, new.sent_commit, new.pending_snapshot) == (0, 1, 0, 0)
    assert (new.state, new.active, new.paused) == (ProgressState.PROBE, False, False)
    assert (new.inflights, new.learner, new.is_paused) == ((), False, False)


def test_5_3_nothing_is_sent_while_paused_or_while_a_snapshot_is_on_its_way() -> None:
    """Section 5.3 (etcd): a probe, or full inflights, pause the flow; so does a snapshot."""
    assert [each.is_paused for each in (PROBING, REPLICATING, WAITING)] == [False, False, True]
    assert evolve(PROBING, paused=True).is_paused
    assert evolve(REPLICATING, paused=True).is_paused


@pytest.mark.parametrize(
    ("messages", "size", "full"),
    [
        (3, None, False),
        (2, None, True),
        (1, None, True),
        (3, 31, False),
        (3, 30, True),
        (2, 99, True),
    ],
)
def test_5_3_so_many_messages_or_bytes_are_in_flight_at_most(
    messages: int, size: int | None, full: bool
) -> None:
    """Section 5.3 (etcd): full as soon as either limit is reached."""
    assert REPLICATING.is_full(messages, size) is full


@pytest.mark.parametrize(
    ("commit", "sent", "following", "learns"),
    [(5, 4, 6, True), (4, 4, 6, False), (3, 4, 6, False), (9, 4, 5, False), (9, 3, 5, True)],
)
def test_5_3_a_follower_is_told_a_commit_index_that_it_can_use(
    commit: int, sent: int, following: int, learns: bool
) -> None:
    """Section 5.3 (etcd): greater than what it was told, and what it was told is not all it has."""
    assert evolve(PROBING, sent_commit=sent, next=following).can_bump_commit(commit) is learns


def test_5_3_a_probe_with_entries_is_the_only_one_until_it_is_answered() -> None:
    """Section 5.3 (etcd): an empty one does not wait; nextIndex stays until the answer."""
    probe = sent_entries(PROBING, 2, 30, 4, LIMITS)
    assert probe == evolve(PROBING, paused=True, sent_commit=4)
    empty = sent_entries(PROBING, 0, 0, 4, LIMITS)
    assert empty == evolve(PROBING, paused=False, sent_commit=4)
    assert sent_entries(probe, 0, 0, 4, LIMITS).paused, "the one with entries is still out"


def test_5_3_entries_that_are_sent_ahead_count_until_they_are_answered() -> None:
    """Section 5.3 (etcd): nextIndex moves on, and the flow stops when it is full."""
    progress = evolve(REPLICATING, inflights=((8, 20),))
    once = sent_entries(progress, 3, 7, 9, (3, None))
    assert once == evolve(progress, next=12, inflights=((8, 20), (11, 7)), sent_commit=9)
    assert not once.paused
    twice = sent_entries(once, 1, 5, 9, (3, None))
    assert (twice.next, twice.inflights[-1], twice.paused) == (13, (12, 5), True)
    assert sent_entries(progress, 0, 0, 9, (3, None)) == evolve(progress, sent_commit=9)
    assert sent_entries(progress, 1, 5, 9, (9, 25)).paused
    assert not sent_entries(progress, 1, 5, 9, (9, 26)).paused


def test_5_3_what_was_told_last_is_remembered() -> None:
    """Section 5.3 (etcd): also when that was less than before."""
    assert sent_commit(PROBING, 2).sent_commit == 2
    assert sent_commit(PROBING, 5) == PROBING


@pytest.mark.parametrize(("index", "following"), [(4, 9), (8, 9), (9, 10), (20, 21)])
def test_5_3_an_acknowledgement_moves_match_and_never_moves_next_back(
    index: int, following: int
) -> None:
    """Section 5.3: matchIndex is the index, nextIndex is beyond it; the flow goes on."""
    progress = update(evolve(REPLICATING, paused=True), index)
    assert progress == evolve(REPLICATING, match=index, next=following)


def test_5_3_an_acknowledgement_of_what_is_known_is_no_news() -> None:
    """Section 5.3: matchIndex only grows."""
    assert [update(REPLICATING, index) for index in (0, 2, 3)] == [None] * 3


@pytest.mark.parametrize(("index", "left"), [(4, 2), (5, 1), (7, 1), (8, 0), (9, 0)])
def test_5_3_an_acknowledgement_frees_all_up_to_it(index: int, left: int) -> None:
    """Section 5.3 (etcd): whichever message it answers, all before have arrived as well."""
    assert free_inflights(REPLICATING, index).inflights == REPLICATING.inflights[2 - left :]


@pytest.mark.parametrize(("hint", "following"), [(9, 5), (5, 5), (4, 5), (3, 4), (2, 4), (0, 4)])
def test_5_3_a_refused_probe_goes_back_to_the_hint_and_not_beyond_match(
    hint: int, following: int
) -> None:
    """Section 5.3: back by at least one, at most to what is known to match."""
    progress = decrease(evolve(PROBING, paused=True), 5, hint)
    assert progress == evolve(PROBING, next=following, sent_commit=following - 1)


def test_5_3_what_was_told_less_than_that_stays() -> None:
    """Section 5.3 (etcd): what the follower was told of commits is capped, not raised."""
    low = evolve(PROBING, sent_commit=1)
    for progress in (decrease(low, 5, 3), decrease(evolve(low, state=REPLICATING.state), 5, 3)):
        assert progress is not None
        assert (progress.next, progress.sent_commit) == (4, 1)
    assert become_probe(evolve(REPLICATING, sent_commit=1)).sent_commit == 1


def test_5_3_a_refusal_of_another_probe_is_stale() -> None:
    """Section 5.3: only nextIndex - 1 was asked for."""
    assert [decrease(PROBING, rejected, 3) for rejected in (3, 4, 6, 9)] == [None] * 4


@pytest.mark.parametrize("rejected", [4, 8, 12])
def test_5_3_a_refusal_while_replicating_goes_back_to_what_matches(rejected: int) -> None:
    """Section 5.3 (etcd): the hint is of no use, for match is known."""
    progress = decrease(REPLICATING, rejected, 7)
    assert progress == evolve(REPLICATING, next=4, sent_commit=3)


def test_5_3_a_refusal_of_what_matches_is_stale() -> None:
    """Section 5.3: it was sent before the acknowledgement, and arrives after it."""
    assert [decrease(REPLICATING, rejected, 0) for rejected in (0, 2, 3)] == [None] * 3


def test_5_3_probing_begins_behind_what_matches() -> None:
    """Section 5.3 (etcd): what was sent ahead no longer counts."""
    assert become_probe(evolve(REPLICATING, paused=True)) == evolve(
        REPLICATING, state=ProgressState.PROBE, next=4, sent_commit=3, inflights=()
    )


@pytest.mark.parametrize(("match", "following"), [(3, 8), (6, 8), (7, 8), (8, 9)])
def test_7_probing_after_a_snapshot_begins_behind_it(match: int, following: int) -> None:
    """Section 7 (etcd): or behind what is known to match, if that is further."""
    progress = become_probe(evolve(WAITING, match=match))
    assert (progress.state, progress.next, progress.pending_snapshot) == (
        *(ProgressState.PROBE, following),
        0,
    )
    assert progress.sent_commit == 7


def test_5_3_sending_ahead_begins_behind_what_matches() -> None:
    """Section 5.3 (etcd): whatever was tried before."""
    assert become_replicate(evolve(PROBING, paused=True)) == evolve(
        PROBING, state=ProgressState.REPLICATE, next=4
    )


def test_7_a_snapshot_takes_the_place_of_all_that_was_in_flight() -> None:
    """Section 7 (etcd): what follows it is sent next, and all it covers is told as committed."""
    assert become_snapshot(REPLICATING, 12) == evolve(
        REPLICATING,
        state=ProgressState.SNAPSHOT,
        next=13,
        pending_snapshot=12,
        sent_commit=12,
        inflights=(),
    )
