"""Whether the model can make the steps that a trace shows.

The search keeps every state of every node that is consistent with the events so far. A step of a
node depends on nothing but the node and one message, so the states of different nodes are kept
apart instead of as a product. What the trace does not show and what several nodes must agree on,
the way a configuration change is gone through, makes worlds of their own.

Rules of this file: one event at a time, in the order of the file. An input of the model is chosen
when its first event is met, with a look ahead at what the node writes next; what it writes after
that is then compared event by event.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum

from attrs import define, field, frozen

from model.evolve import evolve
from model.raft.log import Log
from model.raft.message import MessageType
from model.raft.node import NodeConfig
from wavetank.state_trace.event import Event, agrees
from wavetank.state_trace.inputs import Option, Situation, first_starts, options, restarts
from wavetank.state_trace.member import Member, persisted, with_node
from wavetank.state_trace.network import Network, Sent
from wavetank.state_trace.silent import levels
from wavetank.state_trace.tracer import Dialect

__all__ = ["Candidate", "Search", "World"]

AHEAD = 512
"""So many events of a node are looked at to choose an input."""


APPENDING = ("ChangeConf", "Replicate", "SendAppendEntriesResponse")
"""What a leader begins with when it appends; what exactly, all members must agree on."""


@frozen(slots=False)
class Candidate:
    """A state that a node may be in; ``expected``: what it has to write before anything else."""

    member: Member
    expected: tuple[Event, ...] = ()


@define
class World:
    """The candidates of each node, and the network that they share."""

    nodes: dict[int, tuple[Candidate, ...]] = field(factory=dict)
    network: Network = field(factory=Network)

    def fork(self) -> World:
        """A copy that goes its own way."""
        return World(dict(self.nodes), self.network.fork())

    @property
    def size(self) -> int:
        """How many states of nodes it holds."""
        return sum(len(candidates) for candidates in self.nodes.values())


def written_by(events: Sequence[Event]) -> Iterator[Sequence[Event]]:
    """For each event, itself and what the same node writes after it."""
    by_node: dict[int, list[Event]] = defaultdict(list)
    for event in events:
        by_node[event.node].append(event)
    position: dict[int, int] = defaultdict(int)
    for event in events:
        here = position[event.node]
        position[event.node] = here + 1
        yield by_node[event.node][here : here + AHEAD]


@define
class Search:
    """The worlds that are consistent with the events so far."""

    config: NodeConfig
    dialect: Dialect
    worlds: list[World] = field(factory=lambda: [World()])

    @property
    def size(self) -> int:
        """How many states of nodes there are in all."""
        return sum(world.size for world in self.worlds)

    def situation(self, world: World, coming: Sequence[Event]) -> Situation:
        """What an option of the next event may depend on."""
        return Situation(coming[0], coming, world.network, self.config, self.dialect)

    def step(self, coming: Sequence[Event]) -> bool:
        """Take the first of these events of one node; False, and no change, if nothing can."""
        found = [each for world in self.worlds for each in self.step_world(world, coming)]
        if not found:
            return False
        name = coming[0].name
        self.worlds = merged(found) if len(found) > 1 and name == "ApplyConfChange" else found
        return True

    def step_world(self, world: World, coming: Sequence[Event]) -> Iterator[World]:
        """The world after the event; several where the trace does not show what they differ in."""
        event = coming[0]
        before = world.nodes.get(event.node, ())
        here = self.situation(world, coming)
        going_on: tuple[Candidate, ...] = ()
        if event.name == "InitState":
            # A node may go down in the middle of anything.
            choice = Choice(coming)
            for member in dict.fromkeys(each.member for each in before):
                choice.offer(restarts(member, here))
            if not before:
                choice.offer(first_starts(here))
        else:
            going_on = tuple(
                Candidate(each.member, each.expected[1:])
                for each in before
                if each.expected and agrees(event, each.expected[0])
            )
            idle = [each.member for each in before if not each.expected]
            choice = explanations(idle, here)
        if going_on or choice.options:
            yield from self.accept(world, event, going_on, choice.options)

    def accept(
        self,
        world: World,
        event: Event,
        going_on: tuple[Candidate, ...],
        found: list[Option],
    ) -> Iterator[World]:
        """The worlds in which one of these has happened."""
        alternatives = [found]
        if event.name in APPENDING and len(found) > 1:
            by_log: dict[Log, list[Option]] = defaultdict(list)
            for option in found:
                by_log[option.member.node.log].append(option)
            alternatives = list(by_log.values())
        for number, alternative in enumerate(alternatives, start=1):
            after = world if number == len(alternatives) else world.fork()
            if self.apply(after, event, going_on, alternative):
                yield after

    def apply(
        self,
        world: World,
        event: Event,
        going_on: tuple[Candidate, ...],
        found: list[Option],
    ) -> bool:
        """Change the world accordingly; False when the sender of a message cannot have sent it."""
        received = [option.received for option in found if option.received is not None]
        if received:
            source = received[0].message.source
            senders = after_arrival(world.nodes.get(source, ()), received)
            if not senders:
                return False
            world.nodes[source] = senders
        for option in found:
            world.network.add(option.messages, option.member.ready, option.member.lost)
        fresh = tuple(Candidate(self.settled(o.member), o.events[1:]) for o in found)
        world.nodes[event.node] = distinct((*going_on, *fresh))
        world.network.terms.add(event.term)
        if event.name == "BecomeLeader":
            world.network.led.add(event.term)
        return True

    def settled(self, member: Member) -> Member:
        """The member without what was assumed for one step only."""
        node = member.node
        if node.config is self.config and not node.election_elapsed:
            return member
        return with_node(member, evolve(node, config=self.config, election_elapsed=0))


def distinct(candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    """Each once."""
    return candidates if len(candidates) == 1 else tuple(dict.fromkeys(candidates))


def after_arrival(senders: tuple[Candidate, ...], received: list[Sent]) -> tuple[Candidate, ...]:
    """The states that the sender can be in, now that one of these messages has arrived."""
    return distinct(
        tuple(
            each if member is each.member else Candidate(member, each.expected)
            for each in senders
            for sent in received
            if (member := has_sent(each.member, sent)) is not None
        )
    )


def has_sent(member: Member, sent: Sent) -> Member | None:
    """The sender, now that the message has arrived: what it waited for is durable.

    None when a crash has undone that.
    """
    if not sent.durable:
        return member
    if sent.ready in member.lost:
        return None
    if sent.ready == member.ready and member.writing is not None and member.disk != member.writing:
        return persisted(member)
    return member


class Fit(IntEnum):
    """How well an option fits what a node wrote.

    ``BROKEN``: the trace says something else, or goes on with what only belongs to an input that
    has written more. ``OPEN``: what follows may belong to it, or not. ``WHOLE``: what follows is
    something new.
    """

    BROKEN = 0
    OPEN = 1
    WHOLE = 2


def fit(events: tuple[Event, ...], coming: Sequence[Event]) -> tuple[Fit, int]:
    """How well the events fit what the node has written, and how many of them do."""
    for number, (event, logged) in enumerate(zip(events, coming, strict=False)):
        if not agrees(logged, event):
            ended = number > 0 and logged.name == "InitState"
            return Fit.WHOLE if ended else Fit.BROKEN, number
    if len(coming) <= len(events):
        return Fit.WHOLE, len(events)
    return beginning(coming[len(events)]), len(events)


def beginning(event: Event) -> Fit:
    """Whether something new begins with the event: surely, perhaps, or never."""
    message, name = event.message, event.name
    if name in ("Commit", "BecomeLeader", "SendRequestVoteRequest", "SendRequestVoteResponse"):
        return Fit.BROKEN
    if message is not None and name == "SendAppendEntriesResponse":
        return Fit.WHOLE if message.source == message.target else Fit.BROKEN
    if message is not None and name == "SendAppendEntriesRequest":
        return Fit.WHOLE if message.type == MessageType.HEARTBEAT.value else Fit.OPEN
    return Fit.OPEN if name == "BecomeFollower" else Fit.WHOLE


@define
class Choice:
    """Options, and how well the best of them fits."""

    coming: Sequence[Event]
    fit: Fit = Fit.BROKEN
    count: int = 0
    options: list[Option] = field(factory=list)

    def offer(self, found: Iterable[Option]) -> None:
        """Keep what fits; as long as nothing does, what comes furthest."""
        for option in found:
            if not option.events:
                continue
            how, count = fit(option.events, self.coming)
            if how is Fit.BROKEN:
                if self.fit is not Fit.BROKEN or not count or count < self.count:
                    continue
                if count > self.count:
                    self.options = []
            elif self.fit is Fit.BROKEN:
                self.options = []
            self.fit = max(self.fit, how)
            self.count = count
            self.options.append(option)


def explanations(idle: Iterable[Member], here: Situation) -> Choice:
    """What may have happened to one of the nodes that are at rest, as silently as necessary."""
    every = Choice(here.coming)
    for member in idle:
        own = Choice(here.coming)
        for level in levels(member, here):
            own.offer(option for each in level for option in options(each, here))
            if own.fit is Fit.WHOLE:
                break
        every.offer(own.options)
    return every


def merged(worlds: list[World]) -> list[World]:
    """The worlds without those that differ only in how a change was gone through that all have
    left behind."""
    kept: dict[object, World] = {}
    for world in worlds:
        kept.setdefault(signature(world), world)
    return list(kept.values())


def signature(world: World) -> object:
    """What makes a world another one from now on."""
    everybody = [each for candidates in world.nodes.values() for each in candidates]
    applied = min(each.member.node.applied for each in everybody)
    return tuple(
        (node, tuple((_visible(each.member, applied), each.expected) for each in candidates))
        for node, candidates in sorted(world.nodes.items())
    )


def _visible(member: Member, applied: int) -> object:
    node = member.node
    changes = tuple(
        (entry.index, entry.change)
        for entry in node.log.entries
        if entry.change is not None and entry.index > applied
    )
    terms = tuple(entry.term for entry in node.log.entries)
    return evolve(node, log=None, outbox=(), after_append=()), changes, terms, member.out
