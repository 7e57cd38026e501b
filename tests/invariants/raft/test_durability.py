"""What a node takes for durable is: matches, limits, what is stable, promises."""

import pytest

from model.raft.conf_change import Configuration
from model.raft.log import Entry, Log, Snapshot
from model.raft.message import Message, MessageType
from model.raft.node import NodeConfig, Role, Stable, Unstable
from model.raft.observed import Promised
from model.raft.progress import Progress, ProgressState
from tests.invariants.raft.by_hand import (
    THREE,
    down,
    group_of,
    holds,
    leader,
    log_of,
    member,
    said,
    waits_for_snapshot,
    with_disk,
    with_node,
)

# -- match_is_on_the_followers_disk -----------------------------------------------------------


def believes(match: int, follower, following: int | None = None, **of_leader: object):
    """A leader of term 2 counts member 2 at ``match``."""
    progress = {
        1: Progress(2, 3),
        2: Progress(match, match + 1 if following is None else following),
        3: Progress(),
    }
    made = leader(1, **{"term": 2, "log": log_of(1, 2), "progress": progress, **of_leader})
    return group_of(made, follower, member(3))


def test_a_leader_counts_what_a_followers_disk_lacks() -> None:
    evidence = ["leader 1 counts member 2 at 2, its disk has 1 entries"]
    lacks = member(2, term=2, log=log_of(1))
    assert said("match_is_on_the_followers_disk", believes(2, lacks)) == evidence
    cached = member(2, term=2, log=log_of(1, 2), synced=log_of(1))
    assert said("match_is_on_the_followers_disk", believes(2, cached)) == evidence
    assert said("match_is_on_the_followers_disk", believes(2, down(lacks))) == evidence


def test_a_leader_sends_next_what_the_follower_has() -> None:
    has_all = member(2, term=2, log=log_of(1, 2))
    assert said("match_is_on_the_followers_disk", believes(2, has_all, following=2)) == [
        "leader 1: match 2, next 2"
    ]


@pytest.mark.parametrize(
    "group",
    [
        believes(2, member(2, term=2, log=log_of(1, 2))),
        believes(2, member(2, term=1, log=log_of(1, 2, 2))),
        believes(2, member(2, term=2, log=log_of(after=(2, 2)))),
        believes(1, member(2, term=2, log=log_of(1, 2))),
        believes(2, member(2, term=3, log=log_of(1))),
        believes(2, with_disk(down(member(2, log=log_of(1))), term=3)),
        believes(2, member(2, term=2, log=log_of(1)), configuration=Configuration((2, 3))),
        believes(2, member(2, term=2, log=log_of(1)), role=Role.FOLLOWER),
    ],
    ids=[
        "just that",
        "more",
        "in a snapshot",
        "less is counted",
        "the follower is in a later term",
        "its disk is in a later term",
        "the leader was removed",
        "it does not lead",
    ],
)
def test_a_leader_counts_no_more_than_is_on_the_disk(group) -> None:
    assert holds("match_is_on_the_followers_disk", group)


# -- what_a_leader_sends_is_within_limits -----------------------------------------------------


def sends(messages: int, **more: object):
    """A leader that may have two messages in flight to a follower has so many."""
    flying = Progress(
        0, messages + 1, ProgressState.REPLICATE, inflights=tuple((i, 1) for i in range(messages))
    )
    made = leader(1, **{"limits": NodeConfig(max_inflight=2), "progress": {2: flying}, **more})
    return group_of(made, member(2))


def test_more_in_flight_to_a_follower_than_allowed() -> None:
    assert said("what_a_leader_sends_is_within_limits", sends(3)) == [
        "leader 1 has 3 messages in flight to 2, 2 are allowed"
    ]


def test_as_much_in_flight_as_allowed() -> None:
    assert holds("what_a_leader_sends_is_within_limits", sends(2))
    assert holds("what_a_leader_sends_is_within_limits", sends(3, role=Role.FOLLOWER))
    asleep = down(sends(3).members[1])
    assert holds("what_a_leader_sends_is_within_limits", group_of(asleep, member(2)))


def accepts(*values: str, committed: int = 0, older: tuple[str, ...] = (), **more: object):
    """A leader of term 2 that may hold four uncommitted bytes has accepted these values."""
    entries = [Entry(1, i, value) for i, value in enumerate(older, 1)]
    entries += [Entry(2, i, value) for i, value in enumerate(values, len(older) + 1)]
    limits = NodeConfig(max_uncommitted_size=4)
    made = leader(
        1, **{"term": 2, "log": Log(tuple(entries)), "commit": committed, "limits": limits, **more}
    )
    return group_of(made, member(2))


def test_more_accepted_than_may_be_uncommitted() -> None:
    assert said("what_a_leader_sends_is_within_limits", accepts("aa", "bb", "c")) == [
        "leader 1 has accepted 5 bytes that are not committed, 4 are allowed"
    ]
    assert said("what_a_leader_sends_is_within_limits", accepts("a", "bb", "cc", committed=0)) == [
        "leader 1 has accepted 5 bytes that are not committed, 4 are allowed"
    ]
    assert said("what_a_leader_sends_is_within_limits", accepts("äää")) == []
    assert said("what_a_leader_sends_is_within_limits", accepts("ää", "ö")) == [
        "leader 1 has accepted 6 bytes that are not committed, 4 are allowed"
    ]


@pytest.mark.parametrize(
    "group",
    [
        accepts("aa", "bb"),
        accepts("aaaaaaaa"),
        accepts("aa", "bb", "cc", committed=1),
        accepts("aa", "bb", "c", older=("x",)),
        accepts("aa", "bb", "cc", limits=NodeConfig()),
        accepts("aa", "bb", "cc", role=Role.FOLLOWER),
    ],
    ids=[
        "just as much",
        "the first is as large as it likes",
        "some is committed",
        "an older entry made room",
        "no limit",
        "a follower",
    ],
)
def test_as_much_accepted_as_may_be_uncommitted(group) -> None:
    assert holds("what_a_leader_sends_is_within_limits", group)


# -- what_a_node_takes_for_stable_is_on_its_disk ----------------------------------------------


def takes_for_stable(upto: int, on_disk: Log, log: Log = Log((Entry(1, 1), Entry(2, 2)))):  # noqa: B008
    made = member(1, term=2, log=log, synced=on_disk)
    return group_of(with_node(made, unstable=Unstable(upto + 1, log.last_index + 1)))


def test_a_node_takes_for_stable_what_its_disk_lacks() -> None:
    assert said("what_a_node_takes_for_stable_is_on_its_disk", takes_for_stable(2, log_of(1))) == [
        "member 1 takes 2/2 for stable, its disk has nothing there"
    ]


def test_a_node_takes_for_stable_what_its_disk_has_of_another_term() -> None:
    assert said(
        "what_a_node_takes_for_stable_is_on_its_disk", takes_for_stable(2, log_of(1, 1))
    ) == ["member 1 takes 2/2 for stable, its disk has 1/2 there"]


@pytest.mark.parametrize(
    "group",
    [
        takes_for_stable(2, log_of(1, 2)),
        takes_for_stable(1, log_of(1, 1)),
        takes_for_stable(0, Log()),
        takes_for_stable(2, log_of(after=(2, 2))),
        takes_for_stable(2, log_of(1, 2), log=log_of(after=(2, 2))),
        group_of(waits_for_snapshot(member(1), Snapshot(3, 1, THREE))),
        group_of(down(member(1, log=log_of(1), synced=Log()))),
    ],
    ids=[
        "all of it is there",
        "only up to where they agree",
        "nothing",
        "in a snapshot on disk",
        "compacted in memory only",
        "a snapshot is on its way to the disk",
        "down",
    ],
)
def test_what_a_node_takes_for_stable_is_there(group) -> None:
    assert holds("what_a_node_takes_for_stable_is_on_its_disk", group)


# -- promises_are_durable ---------------------------------------------------------------------

VOTE = Message(MessageType.VOTE_RESP, 2, 1, 3)
ACK = Message(MessageType.APP_RESP, 2, 1, 3, index=2)


@pytest.mark.parametrize(
    ("message", "synced"),
    [
        (VOTE, Stable(term=2, vote=1)),
        (VOTE, Stable(term=3, vote=3)),
        (VOTE, Stable(term=3)),
        (ACK, Stable(term=3, log=log_of(1))),
        (ACK, Stable(term=2, log=log_of(1))),
        (ACK, Stable(term=2, log=log_of(1, 3))),
    ],
    ids=[
        "an older term",
        "another vote",
        "no vote",
        "an entry short",
        "older and short",
        "the entry without the term",
    ],
)
def test_a_promise_that_is_not_on_disk(message: Message, synced: Stable) -> None:
    words = message.sentence()
    assert said("promises_are_durable", Promised(2, message, synced)) == [
        f"{words}: it is not on the disk of member 2 yet"
    ]


@pytest.mark.parametrize(
    ("message", "synced"),
    [
        (VOTE, Stable(term=3, vote=1)),
        (VOTE, Stable(term=4, vote=3)),
        (ACK, Stable(term=3, log=log_of(1, 3))),
        (ACK, Stable(term=3, log=log_of(after=(2, 1)))),
        (ACK, Stable(term=4, log=log_of(1))),
    ],
    ids=[
        "that vote",
        "a later term",
        "just that entry",
        "in a snapshot",
        "overwritten in a later term",
    ],
)
def test_a_promise_that_is_on_disk(message: Message, synced: Stable) -> None:
    assert holds("promises_are_durable", Promised(2, message, synced))
