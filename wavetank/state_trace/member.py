"""A node of the model with its application: its storage, and what it has to apply.

Rules of this file: every function is one thing that can happen to a node. It returns the node
afterwards, and the events that etcd's tracer would have written meanwhile. The application is one
that uses Ready and Advance (not asynchronous storage writes).
"""

from __future__ import annotations

from collections.abc import Iterable

from attrs import evolve as attrs_evolve
from attrs import frozen

from model.evolve import evolve
from model.raft.conf_change import ChangeType, ConfChange, ConfChangeSingle, Configuration
from model.raft.configure import apply_conf_change
from model.raft.log import Entry, Log, Snapshot
from model.raft.message import Message
from model.raft.node import NONE, Node, NodeConfig, Stable, Unstable
from model.raft.ready import HardState, RawNode, Ready, hard_state, take_ready
from model.raft.roles import become_follower
from model.raft.start import start_node
from model.raft.step import step
from wavetank.state_trace.event import Event
from wavetank.state_trace.tracer import (
    Dialect,
    applied_events,
    node_event,
    start_events,
    step_events,
)

__all__ = [
    "Member",
    "advance",
    "apply_next",
    "bootstrap",
    "compacted",
    "configuration_at",
    "give",
    "persisted",
    "start",
    "take",
    "with_node",
]


History = tuple[tuple[int, Configuration], ...]


@frozen(slots=False)
class Member:
    """A running node and its application.

    ``out``: a Ready was handed out and not advanced yet; ``ready``: how many there were.
    ``disk``: what is durable; ``writing``: what is once the last Ready is written, None when that
    has been advanced. ``to_apply``: changes of the configuration that were handed out and not acted
    on. ``history``: each configuration with the index from which on it holds. ``lost``: numbers of
    the Readys that a crash has undone; nothing that waited for them can have been sent.
    """

    raw: RawNode
    disk: Stable
    history: History
    out: bool = False
    ready: int = 0
    writing: Stable | None = None
    to_apply: tuple[Entry, ...] = ()
    lost: tuple[int, ...] = ()

    @property
    def node(self) -> Node:
        """The node itself."""
        return self.raw.node


Happened = tuple[Member, tuple[Event, ...]]


def with_node(member: Member, node: Node) -> Member:
    """The member with another node in it."""
    raw = member.raw
    return evolve(member, raw=RawNode(node, raw.soft_state, raw.hard_state, raw.steps_on_advance))


def give(member: Member, message: Message, dialect: Dialect) -> Happened:
    """The node handles a message, from another node or from its own application."""
    before = member.raw.node
    after = step(before, message)
    return with_node(member, after), step_events(before, message, after, dialect)


def start(
    id_: int,
    config: NodeConfig,
    stable: Stable,
    dialect: Dialect,
    applied: int | None = None,
    *,
    after: Member | None = None,
    lost: tuple[int, ...] = (),
) -> Happened:
    """A node starts from what is on its disk; ``after``: the same one before it went down."""
    node = start_node(id_, config, stable, applied)
    history = () if after is None else after.history
    if stable.snapshot.configuration not in [configuration for _, configuration in history]:
        history = _since(history, stable.snapshot.index, stable.snapshot.configuration)
    member = Member(
        RawNode(node, hard_state=hard_state(node)),
        stable,
        history,
        ready=0 if after is None else after.ready,
        lost=lost if after is None else (*after.lost, *lost),
    )
    return member, start_events(node, dialect)


def bootstrap(member: Member, peers: Iterable[int], dialect: Dialect) -> Happened:
    """A fresh node is given its first peers (etcd-io/raft ``bootstrap.go``).

    They are committed entries from the beginning, and acted on at once; the application acts on
    them once more when they are handed out.
    """
    node = become_follower(member.node, 1, NONE)
    events: tuple[Event, ...] = (node_event("BecomeFollower", node),)
    changes = [
        ConfChange((ConfChangeSingle(ChangeType.ADD_NODE, peer),), v1=True) for peer in peers
    ]
    entries = tuple(Entry(1, index, change=change) for index, change in enumerate(changes, start=1))
    node = evolve(node, log=Log(entries), unstable=Unstable(), commit=len(entries))
    for change in changes:
        before, node = node, apply_conf_change(node, change)
        events = (*events, *applied_events(before, node))
    if dialect.bootstrap:
        events = (*events, node_event("Bootstrap", node))
    history = _since(member.history, len(entries), node.configuration)
    return evolve(member, raw=RawNode(node, hard_state=HardState()), history=history), events


def take(member: Member) -> tuple[Member, tuple[Event, ...], tuple[Message, ...]]:
    """The application takes a Ready; also the messages that it will send."""
    ready, raw = take_ready(member.raw)
    history, to_apply = member.history, member.to_apply
    if ready.snapshot is not None:
        history = _since(history, ready.snapshot.index, ready.snapshot.configuration)
        to_apply = ()
    changes = tuple(entry for entry in ready.committed_entries if entry.change is not None)
    taken = evolve(
        member,
        raw=raw,
        out=True,
        ready=member.ready + 1,
        writing=_written(member.disk, ready),
        to_apply=to_apply + changes,
        history=history,
    )
    return taken, (node_event("Ready", raw.node),), ready.messages


def _written(disk: Stable, ready: Ready) -> Stable:
    """The disk once a Ready is written."""
    snapshot, log = disk.snapshot, disk.log
    if ready.snapshot is not None:
        snapshot = ready.snapshot
        log = Log((), snapshot.index, snapshot.term)
    if ready.entries:
        log = log.overwritten(ready.entries)
    hard = ready.hard_state or HardState(disk.term, disk.vote, disk.commit)
    return Stable(hard.term, hard.vote, hard.commit, log, snapshot)


def persisted(member: Member) -> Member:
    """What the last Ready asked to write is durable."""
    return member if member.writing is None else evolve(member, disk=member.writing)


def advance(member: Member, dialect: Dialect) -> Happened:
    """All of the last Ready is done: the node tells itself what it has promised to itself."""
    node = member.node
    events: tuple[Event, ...] = ()
    for message in member.raw.steps_on_advance:
        before, node = node, step(node, message)
        events = (*events, *step_events(before, message, node, dialect))
    if dialect.advance:
        events = (*events, node_event("Advance", node))
    raw = attrs_evolve(member.raw, node=node, steps_on_advance=())
    return evolve(persisted(member), raw=raw, out=False, writing=None), events


def apply_next(member: Member, skipped: int = 0) -> Happened:
    """The application acts on the next change that it was handed, having ignored ``skipped``.

    A change that has no meaning where it is applied is none: nothing happens, with no events.
    """
    entry = member.to_apply[skipped]
    change = entry.change
    assert change is not None
    left = evolve(member, to_apply=member.to_apply[skipped + 1 :])
    before = member.node
    after = apply_conf_change(before, change)
    if after is before:
        return left, ()
    history = _since(member.history, entry.index, after.configuration)
    return evolve(with_node(left, after), history=history), applied_events(before, after)


def _since(history: History, index: int, configuration: Configuration) -> History:
    """The history with another configuration; entries are applied again after a restart."""
    fact = (index, configuration)
    return history if fact in history else (*history, fact)


def configuration_at(member: Member, index: int) -> Configuration:
    """The configuration as of ``index``, as far as the application has acted on it."""
    found = member.node.configuration
    best = -1
    for since, configuration in member.history:
        if best <= since <= index:
            best, found = since, configuration
    return found


def compacted(member: Member, index: int, upto: int) -> Member | None:
    """The application has saved a snapshot up to ``index``, and its log ends to begin at ``upto``.

    None when it cannot: it has not got so far, or the log no longer knows the term there.
    """
    node = member.node
    term = node.log.term_at(index)
    if term is None or not upto <= index <= node.applying.index:
        return None
    snapshot = node.snapshot
    if index < snapshot.index and upto > snapshot.index:
        return None
    if index > snapshot.index:
        snapshot = Snapshot(index, term, configuration_at(member, index))
    log = node.log.compact(upto)
    if log is node.log and snapshot is node.snapshot:
        return member
    shorter = with_node(member, evolve(node, log=log, snapshot=snapshot))
    disk = _compacted_disk(member.disk, snapshot, upto)
    writing = None if member.writing is None else _compacted_disk(member.writing, snapshot, upto)
    return evolve(shorter, disk=disk, writing=writing)


def _compacted_disk(disk: Stable, snapshot: Snapshot, upto: int) -> Stable:
    if disk.log.term_at(snapshot.index) != snapshot.term:
        return disk  # it is not that far yet
    return attrs_evolve(disk, log=disk.log.compact(upto), snapshot=snapshot)
