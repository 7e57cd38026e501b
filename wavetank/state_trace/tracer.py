"""What etcd's tracer writes while a node of the model does something.

Rules of this file: pure functions of the node before, what it was given, and the node after. The
order is that of the calls in etcd-io/raft ``raft.go``, ``rawnode.go`` and ``bootstrap.go``: the
message that was received first, with the state before it; then the roles that were entered; then
the commit index, whenever a leader looks whether it advances; then what is sent, with the state
after it. Two exceptions: entries are traced before they are appended, and the answer to a vote
before the vote is noted.
"""

from __future__ import annotations

from typing import Any

from attrs import frozen

from model.evolve import evolve
from model.raft.conf_change import ChangeType, ConfChange, Configuration
from model.raft.message import Message, MessageType
from model.raft.node import NONE, Node, Role
from model.raft.progress import Progress, ProgressState, update
from model.raft.transfer import role_in_words
from wavetank.state_trace.event import Event, TraceMessage

__all__ = ["NEWEST", "Dialect", "applied_events", "node_event", "start_events", "step_events"]

Events = tuple[Event, ...]


@frozen
class Dialect:
    """In what the versions of the tracer differ.

    ``conf_at_start``: a node that takes its configuration from its storage, or from a snapshot,
    writes ApplyConfChange. ``one_replicate``: one Replicate for each append, whatever is appended,
    instead of one for each ordinary entry. ``bootstrap``, ``advance``: events of that name exist.
    """

    conf_at_start: bool = True
    one_replicate: bool = False
    bootstrap: bool = False
    advance: bool = False


NEWEST = Dialect()

ROLE_WORDS = {role: role_in_words(role) for role in Role}

RECEIVED = {
    MessageType.APP: "ReceiveAppendEntriesRequest",
    MessageType.HEARTBEAT: "ReceiveAppendEntriesRequest",
    MessageType.SNAP: "ReceiveAppendEntriesRequest",
    MessageType.APP_RESP: "ReceiveAppendEntriesResponse",
    MessageType.HEARTBEAT_RESP: "ReceiveAppendEntriesResponse",
    MessageType.VOTE: "ReceiveRequestVoteRequest",
    MessageType.VOTE_RESP: "ReceiveRequestVoteResponse",
}
SENT = {kind: name.replace("Receive", "Send") for kind, name in RECEIVED.items()}

ACTION_WORDS = {
    ChangeType.ADD_NODE: "AddNewServer",
    ChangeType.REMOVE_NODE: "RemoveServer",
    ChangeType.ADD_LEARNER_NODE: "AddLearner",
}


def node_event(name: str, node: Node, message: TraceMessage | None = None, **more: Any) -> Event:
    """An event that shows the node as it is, with ``more`` of the event's fields."""
    configuration = node.configuration
    return Event(
        name,
        node.id,
        node.term,
        node.vote,
        node.commit,
        ROLE_WORDS[node.role],
        node.log.last_index,
        (configuration.voters, configuration.outgoing),
        message,
        applied=node.applied,
        **more,
    )


def trace_message(message: Message) -> TraceMessage:
    """What of a message is traced."""
    snapshot = message.snapshot if message.type is MessageType.SNAP else None
    return TraceMessage(
        message.type.value,
        message.term,
        message.source,
        message.target,
        len(message.entries) if snapshot is None else snapshot.index,
        message.log_term if snapshot is None else 0,
        message.index if snapshot is None else 0,
        message.commit,
        message.vote,
        message.reject,
        message.reject_hint,
    )


def step_events(before: Node, message: Message, after: Node, dialect: Dialect) -> Events:
    """What is written while ``before`` handles ``message``, and becomes ``after``."""
    events: Events = ()
    received = RECEIVED.get(message.type)
    if received is not None:
        events = (node_event(received, before, trace_message(message)),)
    if after is before:
        return events
    now = before
    if entered_newer_term(before, message, after):
        now = evolve(before, term=message.term, vote=NONE, role=Role.FOLLOWER)
        events = (*events, node_event("BecomeFollower", now))
    return (
        *events,
        *role_events(now, after),
        *snapshot_events(message, before, after, dialect),
        *appended_events(now, after, dialect),
        *commit_events(now, message, after),
        *sent_events(before, now, after),
    )


def entered_newer_term(before: Node, message: Message, after: Node) -> bool:
    """Whether the message alone brought the node into a newer term, as a follower.

    A pre-vote, and one that is granted, speak of a term without anybody being in it.
    """
    if message.term <= before.term or after.term < message.term:
        return False
    kind = message.type
    return kind is not MessageType.PRE_VOTE and (
        kind is not MessageType.PRE_VOTE_RESP or message.reject
    )


def role_events(now: Node, after: Node) -> Events:
    """The role that was entered, if any; becoming a pre-candidate is not traced."""
    role = after.role
    if role is Role.LEADER and now.role is not Role.LEADER:
        return (node_event("BecomeLeader", evolve(after, log=now.log)),)
    if role is Role.CANDIDATE and (now.role is not Role.CANDIDATE or after.term != now.term):
        return (node_event("BecomeCandidate", after),)
    if role is Role.FOLLOWER and now.role is not Role.FOLLOWER:
        return (
            node_event("BecomeFollower", evolve(now, term=after.term, vote=after.vote, role=role)),
        )
    return ()


def snapshot_events(message: Message, before: Node, after: Node, dialect: Dialect) -> Events:
    """The configuration of a snapshot that was taken over, coming after none at all."""
    if message.type is not MessageType.SNAP or not dialect.conf_at_start:
        return ()
    if after.unstable.snapshot is None or after.unstable.snapshot is before.unstable.snapshot:
        return ()
    empty = evolve(after, configuration=Configuration())
    return (node_event("ApplyConfChange", empty, newconf=after.configuration.voters),)


def appended_events(now: Node, after: Node, dialect: Dialect) -> Events:
    """What a leader appends to its own log, told before it is there."""
    if after.role is not Role.LEADER or after.log is now.log:
        return ()
    leading = evolve(after, log=now.log)
    events: Events = ()
    normal = 0
    for entry in after.log.between(now.log.last_index, after.log.last_index):
        if entry.change is None:
            normal += 1
            continue
        changes = traced_changes(entry.change)
        if changes:
            events = (*events, node_event("ChangeConf", leading, changes=changes))
    count = 1 if dialect.one_replicate else normal
    return (*events, *(node_event("Replicate", leading) for _ in range(count)))


def traced_changes(change: ConfChange) -> tuple[tuple[int, str], ...]:
    """What is told of a change: not how it is gone through, nor members that are only updated."""
    return tuple(
        (single.node, ACTION_WORDS[single.type])
        for single in change.changes
        if single.type in ACTION_WORDS
    )


def commit_events(now: Node, message: Message, after: Node) -> Events:
    """A leader that hears of progress looks what is committed; traced also if nothing new is."""
    if message.type is not MessageType.APP_RESP or message.reject or now.role is not Role.LEADER:
        return ()
    progress: Progress | None = now.progress.get(message.source)
    if progress is None:
        return ()
    if update(progress, message.index) is None and not (
        progress.match == message.index and progress.state is ProgressState.PROBE
    ):
        return ()
    return (node_event("Commit", after),)


def sent_events(before: Node, now: Node, after: Node) -> Events:
    """The messages that were added to those that wait to be sent, in the order of the calls."""
    at_once = after.outbox[len(before.outbox) :]
    later = after.after_append[len(before.after_append) :]
    if not at_once and not later:
        return ()
    messages = (*later, *at_once)
    if at_once and at_once[0].type is MessageType.VOTE:
        # A candidate asks the voters in order, and answers itself where its turn comes.
        messages = tuple(sorted(messages, key=lambda message: message.target))
    events = []
    for message in messages:
        name = SENT.get(message.type)
        if name is None:
            continue
        sender = after
        if message.type is MessageType.VOTE_RESP and message.target != after.id:
            sender = evolve(after, vote=now.vote)
        own = after.progress.get(after.id) if message.type is MessageType.APP else None
        more = {} if own is None else {"match": own.match, "next": own.next}
        events.append(node_event(name, sender, trace_message(message), **more))
    return tuple(events)


def applied_events(before: Node, after: Node) -> Events:
    """What is written while a node acts on a change of the configuration."""
    changed = evolve(before, configuration=after.configuration)
    events: Events = (
        node_event("ApplyConfChange", before, newconf=after.configuration.voters),
        *role_events(changed, after),
    )
    is_voter = after.id in after.progress and not after.is_learner
    if after.role is Role.LEADER and is_voter:
        events = (*events, node_event("Commit", after))
    return (*events, *sent_events(before, before, after))


def start_events(node: Node, dialect: Dialect) -> Events:
    """What is written while a node starts from its storage: at first it knows only its log."""
    first = evolve(
        node,
        term=0,
        vote=NONE,
        commit=node.log.compacted,
        applied=node.log.compacted,
        configuration=Configuration(),
    )
    events: Events = (node_event("InitState", first),)
    if dialect.conf_at_start:
        voters = node.configuration.voters
        events = (*events, node_event("ApplyConfChange", first, newconf=voters))
    return (*events, node_event("BecomeFollower", node))
