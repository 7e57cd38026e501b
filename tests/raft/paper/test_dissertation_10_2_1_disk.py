"""Dissertation, section 10.2.1: the leader writes its disk in parallel; storage threads."""

from attrs import evolve as attrs_evolve

from model.raft.log import Entry, entry_size
from model.raft.message import APPEND_THREAD, APPLY_THREAD, Message, MessageType
from model.raft.node import Role, Unstable
from model.raft.proposal import propose
from model.raft.ready import take_ready
from model.raft.step import step
from tests.raft.paper.vocabulary import (
    CAMPAIGN,
    Member,
    ack,
    append,
    disk,
    entries_of,
    follower,
    install,
    leader_heard_by,
    member,
    of_type,
    only,
    terms_of,
)


def taken(made: Member) -> list[Message]:
    """What a Ready asks for; with storage threads nothing of it is done yet."""
    ready, made.raw = take_ready(made.raw)
    return list(ready.messages)


def told(made: Member, *messages: Message) -> None:
    """These messages arrive; nothing is written or sent yet."""
    for message in messages:
        made.does(lambda node, message=message: step(node, message))


def test_10_2_1_entries_go_to_the_followers_while_the_leader_still_writes_them() -> None:
    """Dissertation, 10.2.1: they may leave before the leader's own disk has them."""
    made = leader_heard_by(2, 3, of=disk((1,)))
    made.does(lambda node: propose(node, "x")[0])
    sent = made.node.outbox
    assert [(m.type, m.target, [e.index for e in m.entries]) for m in sent] == [
        (MessageType.APP, peer, [3]) for peer in (2, 3)
    ]
    assert made.progress(1).match == 2


def test_10_2_1_followers_alone_may_commit_what_the_leader_has_not_written() -> None:
    """Dissertation, 10.2.1: a majority without the leader is a majority."""
    made = leader_heard_by(2, 3, of=disk((1,)))
    made.does(lambda node: propose(node, "x")[0])
    told(made, ack(2, 2, 3))
    assert made.node.commit == 2, "the leader has not written it, and one of three is too few"
    told(made, ack(3, 2, 3))
    assert made.node.commit == 3


def test_10_2_1_a_leaders_entry_counts_once_it_is_written() -> None:
    """Dissertation, 10.2.1: then its own acknowledgement commits it with one other."""
    made = leader_heard_by(2, 3, of=disk((1,)))
    made.does(lambda node: propose(node, "x")[0])
    told(made, ack(2, 2, 3))
    made.ready()
    assert made.node.commit == 3


def threaded(of=None, **config) -> Member:
    """A follower of 2 in term 1 whose disk is a thread of its own, with nothing left to do."""
    made = member(disk((1,)) if of is None else of, async_storage_writes=True, **config)
    told(made, Message(MessageType.HEARTBEAT, 2, 1, made.node.term))
    taken(made)
    return made


def stored(term: int, index: int, log_term: int) -> Message:
    """The disk says that it has written all up to here."""
    return Message(MessageType.STORAGE_APPEND_RESP, APPEND_THREAD, 1, term, log_term, index)


def test_10_2_1_work_for_the_disk_carries_what_is_sent_once_it_is_done() -> None:
    """Dissertation, 10.2.1 (etcd: MsgStorageAppend): entries, vote and term; then the answers."""
    made = threaded()
    told(made, append(1, (1, 1), (1, 1)))
    work = only(taken(made))
    assert (work.type, work.target) == (MessageType.STORAGE_APPEND, APPEND_THREAD)
    assert work.entries == entries_of((1, 1), after=1)
    answer, done = work.responses
    assert (answer.type, answer.target, answer.index) == (MessageType.APP_RESP, 2, 3)
    assert (done.type, done.index, done.log_term) == (MessageType.STORAGE_APPEND_RESP, 3, 1)
    assert taken(made) == [], "it is not handed out twice"
    assert made.node.unstable.offset == 2
    told(made, done)
    assert made.node.unstable.offset == 4


def test_10_2_1_a_vote_is_sent_by_the_disk() -> None:
    """Dissertation, 10.2.1: the answer to RequestVote leaves when the vote is durable."""
    made = threaded()
    told(made, Message(MessageType.VOTE, 3, 1, 2, 1, 1))
    work = only(taken(made))
    assert (work.term, work.vote) == (2, 3)
    assert [(m.type, m.target) for m in work.responses] == [(MessageType.VOTE_RESP, 3)]


def test_10_2_1_a_candidate_counts_its_vote_when_the_disk_says_so() -> None:
    """Dissertation, 10.2.1: its own vote is one of the disk's answers, to itself."""
    made = threaded(disk((1,), voters=(1,)))
    told(made, CAMPAIGN)
    work = only(taken(made))
    assert made.node.role is Role.CANDIDATE
    told(made, *work.responses)
    assert made.node.role is Role.LEADER


def test_10_2_1_nothing_is_applied_that_is_not_on_disk() -> None:
    """Dissertation, 10.2.1 (etcd): with two threads only the order of answers keeps it so."""
    made = threaded()
    told(made, append(1, (1, 1), (1, 1), commit=2))
    first = taken(made)
    applying = only(of_type(MessageType.STORAGE_APPLY, first))
    assert applying.target == APPLY_THREAD
    assert [entry.index for entry in applying.entries] == [1], "2 is committed, yet not written"
    assert taken(made) == [], "nor while it is being written"
    told(made, of_type(MessageType.STORAGE_APPEND, first)[0].responses[-1])
    applying = only(of_type(MessageType.STORAGE_APPLY, taken(made)))
    assert [entry.index for entry in applying.entries] == [2], "3 is written, yet not committed"
    assert made.node.applied == 0
    told(made, *applying.responses)
    assert made.node.applied == 2


def test_10_2_1_a_late_answer_of_the_disk_does_not_vouch_for_another_entry() -> None:
    """Dissertation, 10.2.1 (etcd): the entry at that index was replaced in the meantime."""
    made = threaded()
    told(made, append(1, (1, 1), (1, 1)))
    old = only(taken(made)).responses[-1]
    told(made, append(2, (1, 1), (2, 2), source=3))
    told(made, old)
    assert terms_of(made.node.log) == [1, 2, 2]
    assert made.node.unstable.offset == 2, "its term is over"
    new = only(taken(made)).responses[-1]
    told(made, new)
    assert made.node.unstable.offset == 4


def test_10_2_1_an_answer_for_an_entry_of_another_term_is_ignored_in_any_term() -> None:
    """Dissertation, 10.2.1 (etcd): index and term must both be those of the entry."""
    made = threaded(disk((1, 1), term=2))
    told(made, append(2, (2, 1), (2,)))
    taken(made)
    for index, log_term in ((3, 1), (4, 2), (2, 1), (1, 1)):
        told(made, stored(2, index, log_term))
        assert made.node.unstable == Unstable(3, 4)
    told(made, stored(2, 3, 2))
    assert made.node.unstable == Unstable(4, 4)


def test_10_2_1_what_is_on_disk_is_not_handed_out_again() -> None:
    """Dissertation, 10.2.1: even if the disk is said to be ahead of what it was given."""
    made = threaded()
    told(made, append(1, (1, 1), (1, 1)), stored(1, 2, 1))
    assert made.node.unstable == Unstable(3, 3)


def test_10_2_1_what_was_replaced_is_on_disk_no_longer() -> None:
    """Dissertation, 10.2.1: the disk has something else there until it has written anew."""
    made = threaded(disk((1, 1, 1, 1)))
    assert made.node.unstable == Unstable(5, 5)
    told(made, append(2, (1, 1), (2, 2), commit=3, source=3))
    assert made.node.unstable == Unstable(2, 2)
    applying = only(of_type(MessageType.STORAGE_APPLY, taken(made)))
    assert [entry.index for entry in applying.entries] == [1]


def test_10_2_1_what_was_not_handed_out_yet_still_will_be() -> None:
    """Dissertation, 10.2.1: also the part of it that precedes what was replaced."""
    made = threaded()
    told(made, append(1, (1, 1), (1, 1, 1)), append(2, (2, 1), (2,), source=3))
    work = only(taken(made))
    assert [(entry.index, entry.term) for entry in work.entries] == [(2, 1), (3, 2)]


def test_10_2_1_part_of_what_is_written_may_be_reported_first() -> None:
    """Dissertation, 10.2.1: what was handed out later is still on its way."""
    made = threaded()
    told(made, append(1, (1, 1), (1,)))
    first = only(taken(made)).responses[-1]
    told(made, append(1, (2, 1), (1,)))
    second = only(taken(made))
    assert [entry.index for entry in second.entries] == [3]
    told(made, first)
    assert made.node.unstable.offset == 3
    assert taken(made) == []
    told(made, second.responses[-1])
    assert made.node.unstable.offset == 4


def test_10_2_1_replacing_what_is_being_written_writes_the_rest_anew() -> None:
    """Dissertation, 10.2.1: from the first entry that differs on; the rest is on its way."""
    made = threaded()
    told(made, append(1, (1, 1), (1, 1, 1)))
    taken(made)
    told(made, append(2, (2, 1), (2,), source=3))
    assert made.node.unstable.offset == 2
    work = only(taken(made))
    assert [(entry.index, entry.term) for entry in work.entries] == [(3, 2)]


def test_10_2_1_a_snapshot_on_disk_counts_whatever_the_term() -> None:
    """Section 7 (etcd): it holds committed state, so a newer term does not make it void."""
    made = threaded()
    told(made, install(2, 5, 2))
    work = only(taken(made))
    assert work.snapshot is not None
    told(made, Message(MessageType.HEARTBEAT, 3, 1, 3))
    taken(made)
    assert (made.node.commit, made.node.applied) == (5, 0)
    told(made, work.responses[-1])
    assert (made.node.applied, made.node.unstable) == (5, Unstable(6, 6))
    assert made.node.applying.index == 5
    before = made.node
    told(made, work.responses[-1])
    assert made.node == before, "an answer that arrives twice says nothing new"


def test_10_2_1_while_a_snapshot_is_being_written_nothing_behind_it_is_applied() -> None:
    """Section 7 (etcd): the state machine starts over from it first."""
    made = threaded()
    told(made, install(1, 5, 1))
    first = taken(made)
    told(made, append(1, (5, 1), (1,), commit=6))
    second = taken(made)
    assert of_type(MessageType.STORAGE_APPLY, [*first, *second]) == []
    told(made, first[-1].responses[-1], second[-1].responses[-1])
    applying = only(of_type(MessageType.STORAGE_APPLY, taken(made)))
    assert [entry.index for entry in applying.entries] == [6]


def test_10_2_1_a_newer_snapshot_takes_the_place_of_one_that_is_being_written() -> None:
    """Section 7 (etcd): the answer for the older one does not vouch for the newer."""
    made = threaded()
    told(made, install(1, 5, 1))
    first = only(taken(made))
    told(made, install(1, 8, 1))
    second = only(taken(made))
    told(made, first.responses[-1])
    assert made.node.unstable.snapshot is not None
    told(made, second.responses[-1])
    assert (made.node.unstable.snapshot, made.node.applied) == (None, 8)


def test_10_2_1_an_answer_about_nothing_changes_nothing() -> None:
    """Dissertation, 10.2.1 (etcd): neither of the two threads has to have done anything."""
    made = threaded()
    before = made.node
    told(made, Message(MessageType.STORAGE_APPLY_RESP, APPLY_THREAD, 1), stored(1, 0, 0))
    assert made.node == before


def test_10_2_1_a_follower_acknowledges_once_its_disk_has_written() -> None:
    """Dissertation, 10.2.1: for followers nothing is sent in parallel."""
    made = follower(disk((1,)))
    told(made, append(1, (1, 1), (1,)))
    assert made.node.outbox == ()
    assert [m.type for m in made.node.after_append] == [MessageType.APP_RESP]


# -- how much is applied at a time ------------------------------------------------------------

SIZE = entry_size(entries_of((1,))[0])


def applying(made: Member, commit: int) -> list[int]:
    """The indexes that are handed out for applying once all up to ``commit`` is committed."""
    told(made, Message(MessageType.HEARTBEAT, 2, 1, 1, commit=commit))
    work = of_type(MessageType.STORAGE_APPLY, taken(made))
    return [entry.index for each in work for entry in each.entries]


def applied(made: Member, *indexes: int) -> None:
    """The apply thread is done with these."""
    entries = tuple(made.node.log.entries[index - 1] for index in indexes)
    told(made, Message(MessageType.STORAGE_APPLY_RESP, APPLY_THREAD, 1, entries=entries))


def test_10_2_1_so_many_bytes_are_being_applied_at_a_time() -> None:
    """Dissertation, 10.2.1 (etcd: max_committed_size_per_ready, over all that is not done)."""
    made = threaded(disk((1,) * 9), max_committed_size_per_ready=4 * SIZE)
    assert applying(made, 2) == [1, 2]
    assert applying(made, 9) == [3, 4], "two are being applied, so there is room for two"
    assert applying(made, 9) == [], "it is full"
    applied(made, 1, 2)
    assert applying(made, 9) == [5, 6]
    applied(made, 3, 4, 5, 6)
    assert made.node.applied == 6
    assert applying(made, 9) == [7, 8, 9]


def test_10_2_1_what_did_not_fit_waits_until_something_is_applied() -> None:
    """Dissertation, 10.2.1 (etcd): even where a part of the limit is left."""
    made = threaded(disk((1,) * 9), max_committed_size_per_ready=2 * SIZE + 1)
    assert applying(made, 3) == [1, 2]
    assert applying(made, 4) == []
    applied(made, 1, 2)
    assert applying(made, 4) == [3, 4]


def test_10_2_1_at_the_limit_nothing_more_is_handed_out() -> None:
    """Dissertation, 10.2.1 (etcd): also where all that was committed had fitted."""
    made = threaded(disk((1,) * 9), max_committed_size_per_ready=2 * SIZE)
    assert applying(made, 2) == [1, 2]
    assert applying(made, 4) == []
    applied(made, 1, 2)
    assert applying(made, 4) == [3, 4]


def test_10_2_1_what_all_fits_is_followed_by_more() -> None:
    """Dissertation, 10.2.1 (etcd): less than the limit is being applied, so at least one fits."""
    made = threaded(disk((1,) * 9), max_committed_size_per_ready=SIZE + 1)
    assert applying(made, 1) == [1]
    assert applying(made, 3) == [2]
    assert applying(made, 3) == []
    applied(made, 1)
    assert applying(made, 3) == [3]


def test_10_2_1_an_entry_as_large_as_the_limit_is_applied_alone() -> None:
    """Dissertation, 10.2.1 (etcd): at the limit nothing more is handed out."""
    large = Entry(1, 2, "x" * 40)
    made = threaded(max_committed_size_per_ready=entry_size(large))
    told(made, attrs_evolve(append(1, (1, 1)), entries=(large, Entry(1, 3))))
    told(made, *taken(made)[-1].responses[-1:])
    assert applying(made, 1) == [1]
    assert applying(made, 2) == [2]
    applied(made, 1)
    assert applying(made, 3) == []
    applied(made, 2)
    assert applying(made, 3) == [3]


def test_10_2_1_without_a_limit_all_is_handed_out() -> None:
    """Dissertation, 10.2.1 (etcd): whatever else is being applied."""
    made = threaded(disk((1,) * 9))
    assert applying(made, 4) == [1, 2, 3, 4]
    assert applying(made, 9) == [5, 6, 7, 8, 9]
    assert made.node.applying.size == 0


def test_10_2_1_a_late_answer_of_the_state_machine_takes_nothing_back() -> None:
    """Figure 2, all servers: lastApplied only grows."""
    made = threaded(disk((1,) * 4))
    assert applying(made, 4) == [1, 2, 3, 4]
    applied(made, 1, 2, 3)
    applied(made, 1, 2)
    assert made.node.applied == 3
    assert applying(made, 4) == []
