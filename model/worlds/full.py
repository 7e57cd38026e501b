"""The ``full`` layer: the control plane over Raft-backed etcd.

The same control-plane code as in ``kube`` with the store swapped, over the same servers as in
``etcd``. A write is sent by the API server, proposed, replicated, applied and answered in separate
steps, any of which can fail; the leader can change in between. Everything that can happen in the
smaller layers can happen here.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any

import attrs
from attrs import evolve, frozen

from model.api.client import Controller
from model.control_plane.calm import calm_round, plane_shape
from model.control_plane.cast import Cast
from model.control_plane.over_etcd import send_to_etcd
from model.control_plane.plane import ControlPlane
from model.control_plane.rules import plane_rules
from model.control_plane.work import CatchUp
from model.etcd.actions import SERVER_RULES, CommitBackend, Replicate
from model.etcd.cluster import EtcdWorld
from model.etcd.quiet import is_quiet, work_off
from model.raft import actions as raft
from model.raft.group import RaftGroup
from model.world import Action, Component, Layer, Observation, Rule, Transition
from model.worlds.full_world import (
    FullConfig,
    FullWorld,
    connect,
    etcd_moved,
    group_moved,
    plane_moved,
    start_full,
    time_out_write,
    waits_for_etcd,
)
from model.worlds.kube import STOCK
from model.worlds.raft import calm_raft

__all__ = ["FULL", "full_layer"]

Moved = Transition[FullWorld]

WRITES_MOST = 24
"""Writes of one :class:`WorkOff` at most."""


@frozen
class CrashMember(raft.Crash):
    """A member of etcd loses its memory; of the writes not yet synced, ``kept`` survives."""


@frozen
class RestartMember(raft.Restart):
    """A member of etcd that is down starts again from its disk."""


@frozen
class ApplyEntries(raft.Apply):
    """A member of etcd applies what it knows to be committed."""


@frozen
class ElectFirst(Action):
    """The first leader of the group is elected, with nothing in between."""

    member: int

    def sentence(self) -> str:
        return f"member {self.member} is elected the first leader of etcd"


@frozen
class WorkOff(Action):
    """A process catches up, and each of its writes goes through etcd, with nothing in between."""

    process: str

    def sentence(self) -> str:
        return f"{self.process} catches up, its writes go through etcd"


@frozen
class TimeOutWrite(Action):
    """The API server stops waiting for etcd to apply the write of a process."""

    process: str

    def sentence(self) -> str:
        return f"the write of {self.process} times out, its outcome is unknown"


@frozen
class ConnectApiServer(Action):
    """The API server connects to another member of etcd."""

    server: int

    def sentence(self) -> str:
        return f"the API server connects to member {self.server} of etcd"


RENAMED: dict[type[Action], type[Action]] = {
    raft.Crash: CrashMember,
    raft.Restart: RestartMember,
    raft.Apply: ApplyEntries,
}
"""Kinds of action that the control plane has too, under the same name."""

RAFT_WEIGHTS = {
    raft.TimeOut: 1,
    raft.Deliver: 8,
    raft.Sync: 4,
    raft.Apply: 4,
    raft.Restart: 3,
    raft.Crash: 1,
}


@frozen
class LiftedRule(Rule[FullWorld]):
    """A rule of the control plane, which may know a short way to list what is enabled."""

    inner: Rule[Any] | None = None

    def enabled(self, world: FullWorld) -> Iterator[Action]:
        """The actions of this kind that are possible now, in the order of the domains."""
        assert self.inner is not None
        return self.inner.enabled(world.plane)


def _group(world: FullWorld) -> RaftGroup:
    return world.etcd.group


def _etcd(world: FullWorld) -> EtcdWorld:
    return world.etcd


def _plane(world: FullWorld) -> ControlPlane:
    return world.plane


def raft_rules(cast: Cast) -> Iterator[Rule[FullWorld]]:
    """The group's rules and the servers' own, with what the API server sees of it."""

    def moved(rule: Rule[RaftGroup]) -> Callable[[FullWorld, Any], Moved]:
        return lambda world, action: group_moved(cast, world, rule.step(world.etcd.group, action))

    for rule in raft.CONSENSUS_RULES:
        weight = RAFT_WEIGHTS.get(rule.action, 1)
        lifted = rule.lift(_group, lambda world, _: Transition(world), weight=weight)
        yield evolve(lifted, action=RENAMED.get(rule.action, rule.action), step=moved(rule))
    for served in SERVER_RULES:
        yield served.lift(_etcd, lambda world, m: Transition(evolve(world, etcd=m.world)))


def _lifted(cast: Cast, rule: Rule[ControlPlane]) -> Rule[FullWorld]:
    lifted = rule.lift(_plane, lambda world, moved: plane_moved(cast, world, moved))
    fields = {field.name: getattr(lifted, field.name) for field in attrs.fields(Rule)}
    return LiftedRule(**fields, inner=rule)


def _work_off(cast: Cast, catch_up: Rule[ControlPlane], world: FullWorld, name: str) -> Moved:
    """The process catches up as far as its next write; etcd does that write; and so on."""
    action = CatchUp(name)
    seen: list[Observation] = []
    for _ in range(WRITES_MOST):
        if catch_up.why_not(world.plane, action) is not None:
            break
        moved = plane_moved(cast, world, catch_up.step(world.plane, action))
        seen.extend(moved.observed)
        world = moved.world
        if waits_for_etcd(world.plane, name):
            moved = etcd_moved(cast, world, work_off(world.etcd))
            seen.extend(moved.observed)
            world = moved.world
        elif not world.plane.processes[name].outbox:
            break
    return Transition(world, tuple(seen))


def own_rules(cast: Cast, catch_up: Rule[ControlPlane]) -> tuple[Rule[FullWorld], ...]:
    """What only this layer has."""

    def processes(world: FullWorld) -> tuple[tuple[str, ...]]:
        return (world.plane.names,)

    def why_not_time_out(world: FullWorld, action: TimeOutWrite) -> str | None:
        waits = waits_for_etcd(world.plane, action.process)
        return None if waits else f"{action.process} waits for no write"

    def why_not_elect(world: FullWorld, action: ElectFirst) -> str | None:
        group = world.etcd.group
        if group.network.queues or any(m.disk.written.term for m in group.members.values()):
            return "there was a candidate before"
        up = group.node(action.member) is not None
        return None if up else f"member {action.member} is down"

    def elect(world: FullWorld, action: ElectFirst) -> Moved:
        stood = group_moved(cast, world, stand.step(_group(world), raft.TimeOut(action.member)))
        moved = etcd_moved(cast, stood.world, work_off(stood.world.etcd))
        return Transition(moved.world, stood.observed + moved.observed)

    stand = next(rule for rule in raft.RULES if rule.action is raft.TimeOut)

    def why_not_connect(world: FullWorld, action: ConnectApiServer) -> str | None:
        if action.server == world.connected_to:
            return f"it is connected to member {action.server}"
        up = world.etcd.server(action.server) is not None
        return None if up else f"member {action.server} is down"

    return (
        Rule(
            ElectFirst,
            elect,
            lambda world: (tuple(world.etcd.servers),),
            why_not_elect,
            weight=24,
        ),
        Rule(
            WorkOff,
            lambda world, action: _work_off(cast, catch_up, world, action.process),
            processes,
            lambda world, action: catch_up.why_not(world.plane, CatchUp(action.process)),
            weight=24,
        ),
        Rule(
            Replicate,
            lambda world, action: etcd_moved(cast, world, work_off(world.etcd)),
            why_not=lambda world, _: "nothing moves" if is_quiet(world.etcd) else None,
            weight=12,
        ),
        Rule(
            TimeOutWrite,
            lambda world, action: time_out_write(cast, world, action.process),
            processes,
            why_not_time_out,
            weight=2,
        ),
        Rule(
            ConnectApiServer,
            lambda world, action: connect(cast, world, action.server),
            lambda world: (tuple(world.etcd.servers),),
            why_not_connect,
            weight=2,
        ),
    )


def calm_full(world: FullWorld) -> tuple[Action, ...]:
    """One fair round: etcd's, lost writes time out, then the control plane's, write by write."""
    of_etcd: list[Action] = []
    for action in calm_raft(world.etcd.group):
        renamed = RENAMED.get(type(action))
        of_etcd.append(action if renamed is None else renamed(*attrs.astuple(action)))  # type: ignore[arg-type]
    of_etcd.extend(CommitBackend(server_id) for server_id in world.etcd.servers)
    waiting = [name for name in world.plane.names if waits_for_etcd(world.plane, name)]
    of_plane = (
        WorkOff(action.process) if isinstance(action, CatchUp) else action
        for action in calm_round(world.plane)
    )
    return (
        ElectFirst(1),
        *of_etcd,
        Replicate(),
        *(TimeOutWrite(name) for name in waiting),
        *of_plane,
    )


def _shape(cast: Cast, world: FullWorld) -> Hashable:
    """The control plane's shape, and the members' without what only grows: terms and logs."""
    group = world.etcd.group
    nodes = [m.memory.node for m in group.members.values() if m.memory is not None]
    term = min((node.term for node in nodes), default=0)
    commit = max((node.commit for node in nodes), default=0)
    members = tuple(
        (
            node.id,
            node.role,
            node.leader,
            node.term - term,
            node.election_elapsed,
            node.heartbeat_elapsed,
            commit - node.commit,
            node.log.last_index - commit,
        )
        for node in nodes
    )
    flying = tuple((link, len(queue)) for link, queue in group.network.queues.items())
    turn = term % len(group.members)  # whose clock is the first to lose patience
    return turn, members, flying, group.network.cut, plane_shape(cast, world.plane)


def full_layer(
    extra: Iterable[Controller] = (), stock: Iterable[Controller] = STOCK
) -> Layer[FullWorld]:
    """The layer with the stock controllers and ``extra`` ones, a user's own say.

    Raises ``ValueError`` when two have one name.
    """
    cast = Cast((*stock, *extra), send_to_etcd)
    rules = plane_rules(cast)
    catch_up = next(rule for rule in rules if rule.action is CatchUp)

    def start(config: FullConfig) -> FullWorld:
        world = start_full(cast, config)
        for _ in range(config.kube.warm_up):
            world = _fair_round(layer, world)
        return world

    layer = Layer(
        name="full",
        config=FullConfig,
        start=start,
        rules=(
            *own_rules(cast, catch_up),
            *(_lifted(cast, rule) for rule in rules),
            *raft_rules(cast),
        ),
        components=(
            Component("raft", _group),
            Component("etcd", _etcd),
            Component("kube", _plane),
            Component("full", lambda world: world),
        ),
        calm=calm_full,
        shape=lambda world: _shape(cast, world),
    )
    return layer


def _fair_round(layer: Layer[FullWorld], world: FullWorld) -> FullWorld:
    for action in layer.calm(world):
        if layer.why_not(world, action) is None:
            world = layer.step(world, action).world
    return world


FULL: Layer[FullWorld] = full_layer()
