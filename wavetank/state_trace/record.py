"""Records a state trace of the model: a few nodes, a seeded schedule, everything that can happen.

Rules of this file: the same plan gives the same trace. Messages may be lost, doubled and
reordered; nodes crash with or without their last Ready on disk; the application changes the
configuration, compacts, asks for reads and for transfers, all of which the tracer mostly does not
show.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from attrs import define, field, frozen

from model.evolve import evolve
from model.raft import ready
from model.raft.conf_change import (
    ChangeType,
    ConfChange,
    ConfChangeSingle,
    Configuration,
    Transition,
)
from model.raft.log import Entry
from model.raft.message import Message, MessageType
from model.raft.node import NodeConfig, Role, Stable
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
    with_node,
)
from wavetank.state_trace.tracer import NEWEST, Dialect

__all__ = ["Plan", "record"]

ANSWERS = (
    MessageType.APP_RESP,
    MessageType.VOTE_RESP,
    MessageType.HEARTBEAT_RESP,
    MessageType.PRE_VOTE_RESP,
    MessageType.READ_INDEX_RESP,
)
"""What a node takes only from its members (etcd-io/raft ``RawNode.Step``)."""

OFTEN = (
    ("work", 40),
    ("deliver", 30),
    ("propose", 3),
    ("beat", 1.5),
    ("change_conf", 1),
    ("crash", 0.15),
)
"""How often an action is picked; others that a plan does not name: ``SELDOM``."""

SELDOM = 0.3


@frozen
class Plan:
    """What to record.

    ``nodes`` are there from the beginning, ``spares`` may join. ``actions``: how many are tried.
    ``often``: how often an action is picked, by name; with 0 it is not.
    """

    seed: int = 0
    nodes: int = 3
    spares: int = 2
    actions: int = 600
    config: NodeConfig = NodeConfig()
    dialect: Dialect = NEWEST
    often: tuple[tuple[str, float], ...] = ()


def record(plan: Plan) -> tuple[Event, ...]:
    """The trace of a run of the model."""
    recorder = _Recorder(plan, Random(plan.seed))
    recorder.start_all()
    actions: dict[str, Callable[[int], None]] = {
        name.removeprefix("do_"): getattr(recorder, name)
        for name in sorted(dir(recorder))
        if name.startswith("do_")
    }
    names = list(actions)
    often = dict((*OFTEN, *plan.often))
    weights = [often.get(name, SELDOM) for name in names]
    for _ in range(plan.actions):
        name = recorder.rng.choices(names, weights)[0]
        actions[name](recorder.rng.choice(recorder.ids))
    return tuple(recorder.events)


@define
class _Recorder:
    """The nodes, what is between them, and the events so far. An action that is of no use now is
    none."""

    plan: Plan
    rng: Random
    members: dict[int, Member] = field(factory=dict)
    down: dict[int, Member] = field(factory=dict)
    events: list[Event] = field(factory=list)
    flight: list[Message] = field(factory=list)
    held: dict[int, tuple[Message, ...]] = field(factory=dict)

    @property
    def ids(self) -> list[int]:
        return list(range(1, self.plan.nodes + self.plan.spares + 1))

    def start_all(self) -> None:
        for id_ in self.ids:
            member, events = start(id_, self.plan.config, Stable(), self.plan.dialect)
            self.events.extend(events)
            if id_ <= self.plan.nodes:
                peers = range(1, self.plan.nodes + 1)
                member, events = bootstrap(member, peers, self.plan.dialect)
                self.events.extend(events)
            self.members[id_] = member

    def put(self, id_: int, happened: tuple[Member, tuple[Event, ...]]) -> None:
        self.members[id_], events = happened
        self.events.extend(events)

    def tell(self, id_: int, message: Message) -> None:
        self.put(id_, give(self.members[id_], message, self.plan.dialect))

    def leads(self, id_: int) -> bool:
        return id_ in self.members and self.members[id_].node.role is Role.LEADER

    # -- what the application does ------------------------------------------------------------

    def do_work(self, id_: int) -> None:
        """The next step of the loop of Ready: take it, write, send, apply, advance."""
        member = self.members.get(id_)
        if member is None:
            return
        if member.out and id_ in self.held:
            self.members[id_] = persisted(member)
            self.flight.extend(self.held.pop(id_))
        elif member.to_apply and self.rng.random() < 0.8:
            self.put(id_, apply_next(member))
        elif member.out:
            self.put(id_, advance(member, self.plan.dialect))
        elif ready.has_ready(member.raw):
            taken, events, messages = take(member)
            self.put(id_, (taken, events))
            self.held[id_] = tuple(m for m in messages if ready.waits_for_sync(m))
            self.flight.extend(m for m in messages if not ready.waits_for_sync(m))

    def do_time_out(self, id_: int) -> None:
        if id_ in self.members:
            self.tell(id_, Message(MessageType.HUP, id_, id_))

    def do_idle(self, id_: int) -> None:
        """Nothing is heard from the leader for an election timeout."""
        if id_ in self.members:
            node = self.members[id_].node
            quiet = evolve(node, election_elapsed=node.config.election_timeout)
            self.members[id_] = with_node(self.members[id_], quiet)

    def do_beat(self, id_: int) -> None:
        if self.leads(id_):
            self.tell(id_, Message(MessageType.BEAT, id_, id_))

    def do_check_quorum(self, id_: int) -> None:
        if self.leads(id_) and self.plan.config.check_quorum:
            self.tell(id_, Message(MessageType.CHECK_QUORUM, id_, id_))

    def do_propose(self, id_: int) -> None:
        if id_ in self.members:
            entries = (Entry(0, 0, "x"),) * self.rng.choice((1, 1, 1, 2, 3))
            self.tell(id_, Message(MessageType.PROP, id_, id_, entries=entries))

    def do_read(self, id_: int) -> None:
        if id_ in self.members:
            context = f"read {len(self.events)}"
            self.tell(id_, Message(MessageType.READ_INDEX, id_, id_, context=context))

    def do_transfer(self, id_: int) -> None:
        if self.leads(id_):
            peer = self.rng.choice(self.ids)
            self.tell(id_, Message(MessageType.TRANSFER_LEADER, peer, id_))

    def do_unreachable(self, id_: int) -> None:
        if self.leads(id_):
            self.tell(id_, Message(MessageType.UNREACHABLE, self.rng.choice(self.ids), id_))

    def do_snapshot_status(self, id_: int) -> None:
        if self.leads(id_):
            reject = self.rng.random() < 0.5
            peer = self.rng.choice(self.ids)
            self.tell(id_, Message(MessageType.SNAP_STATUS, peer, id_, reject=reject))

    def do_compact(self, id_: int) -> None:
        if id_ in self.members:
            node, waiting = self.members[id_].node, self.members[id_].to_apply
            # What a snapshot covers has been acted on.
            last = min(node.applied, waiting[0].index - 1) if waiting else node.applied
            if last > node.log.compacted:
                index = self.rng.randint(node.log.compacted + 1, last)
                upto = self.rng.randint(node.log.compacted, min(index, node.unstable.offset - 1))
                done = compacted(self.members[id_], index, upto)
                self.members[id_] = self.members[id_] if done is None else done

    def do_change_conf(self, id_: int) -> None:
        if self.leads(id_):
            change = self.some_change(self.members[id_].node.configuration)
            entry = Entry(0, 0, change=change)
            self.tell(id_, Message(MessageType.PROP, id_, id_, entries=(entry,)))

    def some_change(self, now: Configuration) -> ConfChange:
        """A change that leaves at least two voters; the way out of a joint configuration."""
        if now.is_joint:
            return ConfChange()
        singles: list[ConfChangeSingle] = []
        voters = set(now.voters)
        for node in self.rng.sample(self.ids, min(len(self.ids), self.rng.choice((1, 1, 2)))):
            kind = self.rng.choice(
                (ChangeType.ADD_NODE, ChangeType.REMOVE_NODE, ChangeType.ADD_LEARNER_NODE)
            )
            if kind is not ChangeType.ADD_NODE and len(voters - {node}) < 2:
                kind = ChangeType.ADD_NODE
            voters = voters | {node} if kind is ChangeType.ADD_NODE else voters - {node}
            singles.append(ConfChangeSingle(kind, node))
        return ConfChange(tuple(singles), self.rng.choice(list(Transition)))

    # -- what the network and the machines do -------------------------------------------------

    def do_deliver(self, _: int) -> None:
        """Mostly in order; sometimes another one first, sometimes twice."""
        if not self.flight:
            return
        at = self.rng.randrange(len(self.flight)) if self.rng.random() < 0.3 else 0
        message = self.flight[at] if self.rng.random() < 0.05 else self.flight.pop(at)
        member = self.members.get(message.target)
        if member is None:
            return
        if message.type in ANSWERS and message.source not in member.node.progress:
            return
        self.tell(message.target, message)

    def do_drop(self, _: int) -> None:
        if self.flight:
            self.flight.pop(self.rng.randrange(len(self.flight)))

    def do_crash(self, id_: int) -> None:
        if id_ in self.members:
            self.down[id_] = self.members.pop(id_)
            self.held.pop(id_, None)

    def do_restart(self, _: int) -> None:
        for id_ in list(self.down):
            before = self.down.pop(id_)
            stable = before.disk
            if before.writing is not None and self.rng.random() < 0.5:
                stable = before.writing
            self.put(id_, start(id_, self.plan.config, stable, self.plan.dialect, after=before))
