"""Which input of a node could make it write an event: one function for each name.

Rules of this file: an option is the node after an input of the model, with all that the tracer
writes meanwhile. Whether that is what the trace says is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from attrs import evolve as attrs_evolve
from attrs import frozen

from model.evolve import evolve
from model.raft.conf_change import (
    ChangeType,
    ConfChange,
    ConfChangeSingle,
    Configuration,
    Transition,
)
from model.raft.log import Entry, Log, Snapshot
from model.raft.message import Message, MessageType
from model.raft.node import NONE, NodeConfig, Role, Stable
from wavetank.state_trace.event import Event
from wavetank.state_trace.member import (
    Member,
    advance,
    apply_next,
    bootstrap,
    compacted,
    give,
    persisted,
    start,
    take,
)
from wavetank.state_trace.network import Network, Sent
from wavetank.state_trace.tracer import Dialect

__all__ = ["Option", "Situation", "first_starts", "options", "restarts"]


@frozen
class Option:
    """What may have happened: the node afterwards, and all that is written meanwhile.

    ``messages`` leave with it; ``received``: the message that it handled, when another node's.
    """

    member: Member
    events: tuple[Event, ...]
    messages: tuple[Message, ...] = ()
    received: Sent | None = None


@frozen
class Situation:
    """What an option may depend on: the event and those of the same node that follow it."""

    event: Event
    coming: Sequence[Event]
    network: Network
    config: NodeConfig
    dialect: Dialect


Options = Iterator[Option]


def options(member: Member, here: Situation) -> Options:
    """All that a running node can do, and that begins with an event of this name."""
    found = BY_NAME.get(here.event.name)
    if found is not None:
        yield from found(member, here)


def _received(member: Member, here: Situation) -> Options:
    message = here.event.message
    assert message is not None
    if message.source == member.node.id:
        # Nothing is sent to oneself but by way of Advance.
        yield from _advanced(member, here)
        return
    for sent in here.network.matching(message):
        after, events = give(member, sent.message, here.dialect)
        yield Option(after, events, received=sent)


def _advanced(member: Member, here: Situation) -> Options:
    if member.out:
        yield Option(*advance(member, here.dialect))


def _ready(member: Member, _: Situation) -> Options:
    if not member.out:
        yield Option(*take(member))


def _given(member: Member, here: Situation, message: Message) -> Options:
    after, events = give(member, message, here.dialect)
    if events:
        yield Option(after, events)


def _candidate(member: Member, here: Situation) -> Options:
    """The timer fires; or, with PreVote, the pre-candidate is granted what it asked for."""
    yield from _advanced(member, here)  # the only voter of its group wins at once
    node = member.node
    if node.role is Role.PRE_CANDIDATE:
        yield from _pre_votes(member, here, granted=True)
    elif node.config.pre_vote:
        member, _ = give(member, Message(MessageType.HUP, node.id, node.id), here.dialect)
        yield from _pre_votes(member, here, granted=True)
    else:
        yield from _given(member, here, Message(MessageType.HUP, node.id, node.id))


def _pre_votes(member: Member, here: Situation, *, granted: bool) -> Options:
    """The answers to a pre-vote are not traced: as many of them as it takes."""
    node = member.node
    if node.role is not Role.PRE_CANDIDATE:
        return
    term = node.term + 1 if granted else node.term
    for voter in node.configuration.all_voters():
        if voter == node.id and not granted:
            continue
        message = Message(MessageType.PRE_VOTE_RESP, voter, node.id, term, reject=not granted)
        member, events = give(member, message, here.dialect)
        if events:
            yield Option(member, events)
            return


def _follower(member: Member, here: Situation) -> Options:
    """A step back that no traced message is the reason of."""
    node = member.node
    if node.term == 0 and node.log.last_index == 0 and here.event.term == 1:
        yield from _bootstrapped(member, here)
        return  # it has asked nobody anything yet, so nobody answers
    if node.role is Role.LEADER and node.config.check_quorum:
        asked = Message(MessageType.CHECK_QUORUM, node.id, node.id)
        yield from _given(member, here, asked)
        # An earlier look, which nobody saw, may have found the quorum active for the last time.
        yield from _given(give(member, asked, here.dialect)[0], here, asked)
    yield from _pre_votes(member, here, granted=False)
    term, network = here.event.term, here.network
    if term > node.term and term in (network.terms if node.config.pre_vote else network.led):
        # The news of a newer term comes with a message that is not traced: with PreVote from
        # anybody who refuses one, else from a leader.
        kind = MessageType.PRE_VOTE_RESP if node.config.pre_vote else MessageType.READ_INDEX_RESP
        news = Message(kind, NONE, node.id, term, reject=node.config.pre_vote)
        yield from _given(member, here, news)


def _bootstrapped(member: Member, here: Situation) -> Options:
    """The peers in the order in which they were added, as the following events show."""
    peers: list[int] = []
    for event in here.coming[1:]:
        if event.name != "ApplyConfChange" or len(peers) == event.log:
            break
        new = [peer for peer in event.newconf if peer not in peers]
        peers.extend(new)
    yield Option(*bootstrap(member, peers, here.dialect))


def _proposed(member: Member, here: Situation) -> Options:
    """A proposal: as many entries as the leader then acknowledges to itself."""
    node = member.node
    changes: list[tuple[tuple[int, str], ...]] = []
    count = written = 0
    for event in here.coming:
        if event.name == "ChangeConf":
            changes.append(event.changes)
        elif event.name != "Replicate":
            own = event.message
            if own is not None and own.source == own.target == node.id:
                count = own.index - node.log.last_index
            break
        written += 1
    if count < len(changes) or (count > written and not here.dialect.one_replicate):
        count = written
    normal = count - len(changes)
    plain = (Entry(0, 0),) * normal
    if not changes:
        yield from _appended(member, here, plain)
        if here.dialect.one_replicate and node.configuration.is_joint:
            yield from _answered(member, here)
        return
    for change in possible_changes(changes[0]):
        for position in range(normal + 1):
            entries = (*plain[:position], Entry(0, 0, change=change), *plain[position:])
            yield from _appended(member, here, entries)


ACTIONS = {
    "AddNewServer": ChangeType.ADD_NODE,
    "RemoveServer": ChangeType.REMOVE_NODE,
    "AddLearner": ChangeType.ADD_LEARNER_NODE,
}


def possible_changes(changes: tuple[tuple[int, str], ...]) -> Iterator[ConfChange]:
    """The trace does not show how a change is gone through."""
    singles = tuple(ConfChangeSingle(ACTIONS[action], node) for node, action in changes)
    for transition in Transition:
        if len(singles) == 1 or transition is not Transition.AUTO:
            yield ConfChange(singles, transition)  # several at once always go through a joint one


def _appended(member: Member, here: Situation, entries: tuple[Entry, ...]) -> Options:
    node = member.node
    yield from _given(member, here, Message(MessageType.PROP, node.id, node.id, entries=entries))


def _answered(member: Member, here: Situation) -> Options:
    """A leader acknowledges what it appended without a word: the way out of a joint configuration,
    or a change that only updates a member."""
    yield from _advanced(member, here)  # where a leader proposes the way out by itself
    update = ConfChange((ConfChangeSingle(ChangeType.UPDATE_NODE, member.node.id),))
    change = ConfChange() if member.node.configuration.is_joint else update
    yield from _appended(member, here, (Entry(0, 0, change=change),))


def _sent(member: Member, here: Situation) -> Options:
    """A leader sends of its own accord: heartbeats, or what a transfer asks for."""
    message = here.event.message
    assert message is not None
    node = member.node
    yield from _advanced(member, here)
    if message.type == MessageType.HEARTBEAT.value:
        yield from _given(member, here, Message(MessageType.BEAT, node.id, node.id))
    else:
        asked = Message(MessageType.TRANSFER_LEADER, message.target, node.id)
        yield from _given(member, here, asked)


def _applied(member: Member, _: Situation) -> Options:
    """The application acts on a change; it may have chosen to ignore some before."""
    for skipped in range(len(member.to_apply)):
        after, events = apply_next(member, skipped)
        if events:
            yield Option(after, events)


BY_NAME: Mapping[str, Callable[[Member, Situation], Options]] = {
    "BecomeCandidate": _candidate,
    "BecomeFollower": _follower,
    "Replicate": _proposed,
    "ChangeConf": _proposed,
    "ApplyConfChange": _applied,
    "Ready": _ready,
    "Advance": _advanced,
    "SendAppendEntriesRequest": _sent,
    "SendAppendEntriesResponse": _answered,
    "ReceiveAppendEntriesRequest": _received,
    "ReceiveAppendEntriesResponse": _received,
    "ReceiveRequestVoteRequest": _received,
    "ReceiveRequestVoteResponse": _received,
}
"""By the first event of what happens; the other names never come first."""


# -- starting -------------------------------------------------------------------------------------


def restarts(member: Member, here: Situation) -> Options:
    """A node that was running starts again: with or without what it was about to write.

    What of an unfinished write survives may also be the first of its entries without the rest.
    """
    whole = persisted(member).disk
    disks: list[tuple[Stable, tuple[int, ...]]] = [(whole, ())]
    if member.writing is not None and member.writing != member.disk:
        undone = (member.ready,)
        disks.append((member.disk, undone))
        torn = whole.log.truncated(here.event.log)
        if member.disk.log.last_index < here.event.log < whole.log.last_index:
            disks.append((attrs_evolve(member.disk, log=torn), undone))
    base = here.event.commit
    shown = next((e.applied for e in here.coming if e.name == "BecomeFollower"), None)
    for stable, lost in disks:
        before = evolve(member, disk=stable, writing=None)
        if base > stable.log.compacted:
            shorter = compacted(before, max(base, member.node.snapshot.index), base)
            if shorter is None:
                continue
            stable = shorter.disk
        for configuration in _configurations(member):
            snapshot = attrs_evolve(stable.snapshot, configuration=configuration)
            start_from = attrs_evolve(stable, snapshot=snapshot)
            latest = min(member.node.applying.index, stable.commit)
            for applied in sorted({stable.log.compacted, latest} if shown is None else {shown}):
                started = start(
                    member.node.id,
                    here.config,
                    start_from,
                    here.dialect,
                    applied,
                    after=member,
                    lost=lost,
                )
                yield Option(*started)


def _configurations(member: Member) -> list[Configuration]:
    """Those that its storage may have kept, the last first."""
    kept = [configuration for _, configuration in reversed(member.history)]
    return list(dict.fromkeys((*kept, member.node.configuration)))


def first_starts(here: Situation) -> Options:
    """A node that the trace has not shown before: what it had on its disk is not known.

    The entries of a log that it begins with are taken to be of one term, the latest that they can
    be of or an earlier one.
    """
    event = here.event
    following = next((e for e in here.coming[1:] if e.name == "BecomeFollower"), None)
    if following is None:
        following = event
    newconf = here.coming[1].newconf if len(here.coming) > 1 else ()
    voters = newconf if here.dialect.conf_at_start else following.conf[0]
    configuration = Configuration(voters, following.conf[1])
    base, last = event.commit, event.log
    terms = range(following.term, 0, -1) if last else (0,)
    for term in terms:
        entries = tuple(Entry(term, index) for index in range(base + 1, last + 1))
        log = Log(entries, base, term if base else 0)
        snapshot = Snapshot(base, term if base else 0, configuration)
        vote = following.vote if following.term else NONE
        commit = max(base, min(following.commit, last))
        stable = Stable(following.term, vote, commit, log, snapshot)
        yield Option(*start(event.node, here.config, stable, here.dialect))
