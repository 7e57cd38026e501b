"""Words for the paper tests: nodes in a given state, the messages they get, groups of them.

Rules of this file: a node is made the way a real one comes to be: started from a disk, elected by
votes. ``Member`` is one node with a disk that writes whatever it is given; ``Group`` is some
members and what is in flight between them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from attrs import evolve as attrs_evolve

from model.raft.conf_change import (
    ChangeType,
    ConfChange,
    ConfChangeSingle,
    Configuration,
    Transition,
)
from model.raft.configure import apply_conf_change
from model.raft.log import Entry, Log, Snapshot
from model.raft.message import Message, MessageType
from model.raft.node import Node, NodeConfig, ReadState, Role, Stable
from model.raft.progress import Progress
from model.raft.proposal import propose, propose_conf_change
from model.raft.read import read_index
from model.raft.ready import RawNode, Ready, advance, hard_state, has_ready, take_ready
from model.raft.snapshot import compact
from model.raft.start import start_node
from model.raft.step import step
from model.raft.timers import tick

CAMPAIGN = Message(MessageType.HUP, 0, 0)
UPDATE, ADD, REMOVE, LEARN = (
    ChangeType.UPDATE_NODE,
    ChangeType.ADD_NODE,
    ChangeType.REMOVE_NODE,
    ChangeType.ADD_LEARNER_NODE,
)

# -- logs and disks ---------------------------------------------------------------------------


def entries_of(terms: Iterable[int], after: int = 0) -> tuple[Entry, ...]:
    """Entries of these terms, the first one at the index that follows ``after``."""
    return tuple(
        Entry(term, index, f"{term}.{index}") for index, term in enumerate(terms, after + 1)
    )


def terms_of(log: Log) -> list[int]:
    """The terms of a log's entries, in order."""
    return [entry.term for entry in log.entries]


def disk(
    log: Iterable[int] = (),
    *,
    term: int | None = None,
    vote: int = 0,
    commit: int = 0,
    voters: tuple[int, ...] = (1, 2, 3),
    outgoing: tuple[int, ...] = (),
    learners: tuple[int, ...] = (),
    auto_leave: bool = False,
    compacted: tuple[int, int] = (0, 0),
) -> Stable:
    """A disk with entries of these terms; ``compacted``: index and term of what a snapshot has."""
    index, of_term = compacted
    entries = entries_of(log, index)
    configuration = Configuration(voters, outgoing, learners, auto_leave=auto_leave)
    last_term = entries[-1].term if entries else of_term
    return Stable(
        term=last_term if term is None else term,
        vote=vote,
        commit=commit,
        log=Log(entries, index, of_term),
        snapshot=Snapshot(index, of_term, configuration),
    )


# -- one member -------------------------------------------------------------------------------


class Member:
    """A node whose disk writes at once what a Ready asks for, and whose application applies it.

    What its methods return are the messages that it sent to others meanwhile. ``written`` are the
    entries and ``snapshots`` the snapshots that its disk was given, ``applied`` the entries that
    its state machine was given, ``reads`` the reads that it may serve.
    """

    def __init__(self, node: Node) -> None:
        self.raw = RawNode(node, hard_state=hard_state(node))
        self.applied: list[Entry] = []
        self.reads: list[ReadState] = []
        self.written: list[Entry] = []
        self.snapshots: list[Snapshot] = []

    @property
    def node(self) -> Node:
        return self.raw.node

    def progress(self, peer: int) -> Progress:
        return self.node.progress[peer]

    def does(self, change: Callable[[Node], Node]) -> None:
        """Something happens to the node; nothing is written or sent yet."""
        self.becomes(change(self.node))

    def becomes(self, node: Node) -> None:
        self.raw = attrs_evolve(self.raw, node=node)

    def ready(self) -> Ready:
        """One Ready is taken, written, applied and done."""
        ready, self.raw = take_ready(self.raw)
        self.written.extend(ready.entries)
        if ready.snapshot is not None:
            self.snapshots.append(ready.snapshot)
        for entry in ready.committed_entries:
            self.applied.append(entry)
            if entry.change is not None:
                self.becomes(apply_conf_change(self.node, entry.change))
        self.reads.extend(ready.read_states)
        self.raw = advance(self.raw)
        return ready

    def settles(self) -> list[Message]:
        """All that is to be done is done."""
        sent: list[Message] = []
        for _ in range(100):
            if not has_ready(self.raw):
                return sent
            sent.extend(self.ready().messages)
        raise AssertionError("the node never comes to rest")

    def receives(self, *messages: Message) -> list[Message]:
        for message in messages:
            self.becomes(step(self.node, message))
        return self.settles()

    def ticks(self, times: int = 1) -> list[Message]:
        sent: list[Message] = []
        for _ in range(times):
            self.does(tick)
            sent.extend(self.settles())
        return sent

    def campaigns(self) -> list[Message]:
        return self.receives(CAMPAIGN)

    def proposes(self, *values: str) -> list[Message]:
        for data in values:
            self.becomes(propose(self.node, data)[0])
        return self.settles()

    def accepts(self, data: str) -> bool:
        """Whether a proposal is taken; nothing is written or sent yet."""
        after, accepted = propose(self.node, data)
        self.becomes(after)
        return accepted

    def changes(self, change: ConfChange) -> list[Message]:
        """A change of the configuration is proposed."""
        self.becomes(propose_conf_change(self.node, change)[0])
        return self.settles()

    def commits(self, change: ConfChange, *peers: int) -> list[Message]:
        """A change is proposed, and these followers acknowledge it; what is sent then."""
        self.changes(change)
        term, last = self.node.term, self.node.log.last_index
        return self.receives(*(ack(peer, term, last) for peer in peers))

    def asks_to_read(self, context: str) -> list[Message]:
        self.becomes(read_index(self.node, context))
        return self.settles()

    def compacts(self, upto: int) -> None:
        """The application saves a snapshot of all it has applied; the log up to here goes."""
        index, log = self.node.applied, self.node.log
        snapshot = Snapshot(index, log.term_at(index) or 0, self.node.configuration, "state")
        self.becomes(compact(self.node, snapshot, upto))

    def crashes(self) -> Member:
        """The same member, started again from what its disk has."""
        node = self.node
        snapshot = attrs_evolve(node.snapshot, configuration=node.configuration)
        stable = Stable(node.term, node.vote, node.commit, node.log, snapshot)
        return Member(start_node(node.id, node.config, stable, node.applied))


def member(
    of: Stable | None = None, *, id: int = 1, applied: int | None = None, **config: Any
) -> Member:
    """A follower that has just started from its disk; ``config`` as in ``NodeConfig``."""
    config.setdefault("election_timeout", 10)
    return Member(start_node(id, NodeConfig(**config), disk() if of is None else of, applied))


def follower(
    of: Stable | None = None, *, leader: int = 2, applied: int | None = None, **config: Any
) -> Member:
    """Member 1, which follows ``leader`` in the term of its disk."""
    made = member(of, applied=applied, **config)
    made.receives(heartbeat(made.node.term, source=leader))
    return made


def candidate(of: Stable | None = None, **config: Any) -> Member:
    """Member 1, which stands for election in the term after that of its disk."""
    made = member(of, **config)
    made.campaigns()
    return made


def leader(of: Stable | None = None, *, applied: int | None = None, **config: Any) -> Member:
    """Member 1, elected by everybody in the term after that of its disk.

    Its own empty entry ends its log and is on its disk; nobody has answered yet.
    """
    made = member(of, applied=applied, **config)
    made.campaigns()
    node = made.node
    if node.role is Role.PRE_CANDIDATE:
        others = [peer for peer in node.configuration.all_voters() if peer != node.id]
        made.receives(*(pre_vote(peer, node.term + 1) for peer in others))
    for peer in node.configuration.all_voters():
        if made.node.role is Role.CANDIDATE and peer != node.id:
            made.receives(vote(peer, made.node.term))
    assert made.node.role is Role.LEADER
    return made


def leader_heard_by(*followers: int, of: Stable | None = None, **config: Any) -> Member:
    """Member 1, elected, with a log that these followers have acknowledged to its end."""
    made = leader(of, **config)
    last = made.node.log.last_index
    made.receives(*(ack(peer, made.node.term, last) for peer in followers))
    return made


# -- messages ---------------------------------------------------------------------------------


def append(
    term: int,
    after: tuple[int, int] = (0, 0),
    terms: Iterable[int] = (),
    *,
    commit: int = 0,
    source: int = 2,
) -> Message:
    """AppendEntries with entries of ``terms`` that follow ``after``, an index and its term."""
    index, log_term = after
    return Message(
        MessageType.APP, source, 1, term, log_term, index, entries_of(terms, index), commit
    )


def heartbeat(term: int, *, commit: int = 0, source: int = 2, context: str = "") -> Message:
    return Message(MessageType.HEARTBEAT, source, 1, term, commit=commit, context=context)


def heartbeat_answer(source: int, term: int, context: str = "") -> Message:
    return Message(MessageType.HEARTBEAT_RESP, source, 1, term, context=context)


def ack(source: int, term: int, index: int) -> Message:
    """A follower has all up to ``index``."""
    return Message(MessageType.APP_RESP, source, 1, term, index=index)


def refusal(source: int, term: int, index: int, hint: tuple[int, int]) -> Message:
    """A follower lacks what precedes ``index`` + 1; its log may match at ``hint``'s index, term."""
    return Message(
        MessageType.APP_RESP, source, 1, term, hint[1], index, reject=True, reject_hint=hint[0]
    )


def request_vote(
    term: int, last: tuple[int, int] = (0, 0), *, source: int = 2, context: str = ""
) -> Message:
    """A candidate whose log ends with ``last``, an index and its term, asks for a vote."""
    return Message(MessageType.VOTE, source, 1, term, last[1], last[0], context=context)


def request_pre_vote(term: int, last: tuple[int, int] = (0, 0), *, source: int = 2) -> Message:
    return Message(MessageType.PRE_VOTE, source, 1, term, last[1], last[0])


def vote(source: int, term: int, *, granted: bool = True) -> Message:
    return Message(MessageType.VOTE_RESP, source, 1, term, reject=not granted)


def pre_vote(source: int, term: int, *, granted: bool = True) -> Message:
    return Message(MessageType.PRE_VOTE_RESP, source, 1, term, reject=not granted)


def install(
    term: int,
    index: int,
    of_term: int,
    *,
    voters: tuple[int, ...] = (1, 2, 3),
    outgoing: tuple[int, ...] = (),
    learners: tuple[int, ...] = (),
    learners_next: tuple[int, ...] = (),
    source: int = 2,
) -> Message:
    """InstallSnapshot up to ``index``, whose entry was of ``of_term``."""
    snapshot = Snapshot(
        index, of_term, Configuration(voters, outgoing, learners, learners_next), "state"
    )
    return Message(MessageType.SNAP, source, 1, term, snapshot=snapshot)


def of_type(kind: MessageType, messages: Iterable[Message]) -> list[Message]:
    return [message for message in messages if message.type is kind]


def to(peer: int, messages: Iterable[Message]) -> list[Message]:
    return [message for message in messages if message.target == peer]


def only(messages: Iterable[Message]) -> Message:
    """The message, where there must be exactly one."""
    (message,) = messages
    return message


# -- changes of the configuration -------------------------------------------------------------


def change(*singles: tuple[ChangeType, int], how: Transition = Transition.AUTO) -> ConfChange:
    """``change((ADD, 4), (REMOVE, 1))``."""
    return ConfChange(tuple(ConfChangeSingle(kind, peer) for kind, peer in singles), how)


LEAVE = ConfChange()
"""The change that leaves a joint configuration."""


# -- several members --------------------------------------------------------------------------


class Group:
    """Members by id, and what is in flight between them, oldest first."""

    def __init__(self, disks: dict[int, Stable], **config: Any) -> None:
        self.members = {id: member(of, id=id, **config) for id, of in disks.items()}
        self.flying: list[Message] = []

    def __getitem__(self, id: int) -> Member:
        return self.members[id]

    def sends(self, messages: Iterable[Message]) -> None:
        self.flying.extend(messages)

    def deliver(self, *, among: Iterable[int] | None = None) -> list[Message]:
        """Deliver until nothing is in flight; what concerns others than ``among`` is lost."""
        reachable = set(self.members if among is None else among)
        seen: list[Message] = []
        while self.flying:
            message = self.flying.pop(0)
            if {message.source, message.target} <= reachable:
                seen.append(message)
                self.sends(self[message.target].receives(message))
            assert len(seen) < 1000, "the group never comes to rest"
        return seen

    def elect(self, id: int, *, among: Iterable[int] | None = None) -> None:
        """A member's election timer fires, and all that follows from it happens."""
        self.sends(self[id].campaigns())
        self.deliver(among=among)

    def leaders(self) -> list[int]:
        return [id for id, each in self.members.items() if each.node.role is Role.LEADER]
