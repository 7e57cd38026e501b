"""The control plane over replicated etcd: one world of two, and what passes between them.

Rules of this file: the control plane's code and etcd's are those of the ``kube`` and ``etcd``
layers. What is here is the API server as a client of etcd: it is connected to one member, sends a
transaction there for every write (a *ticket*), and sees etcd through what that member has applied:
``plane.store`` follows it, entry by entry. A write whose answer does not come in time may have
taken effect, may yet, or never will.
"""

from __future__ import annotations

from attrs import evolve, frozen

from model.api.requests import Response
from model.control_plane.cast import Cast
from model.control_plane.config import KubeConfig
from model.control_plane.over_etcd import settle
from model.control_plane.plane import ControlPlane, Process, Ticket
from model.control_plane.processes import answer
from model.control_plane.start import start_plane
from model.etcd.cluster import Client, EtcdConfig, EtcdWorld, invoke, react, start_etcd
from model.etcd.observed import Executed, GaveUp
from model.etcd.server import Request
from model.frozen_map import FrozenMap
from model.raft.group import REPLICATION_ONLY, RaftConfig, RaftGroup
from model.world import Observation, Transition

__all__ = [
    "FullConfig",
    "FullWorld",
    "connect",
    "etcd_moved",
    "group_moved",
    "plane_moved",
    "start_full",
    "time_out_write",
    "waits_for_etcd",
]

Moved = Transition["FullWorld"]


@frozen
class FullConfig:
    """A control plane, and the Raft group that keeps its store.

    The bounds and fault budgets of both hold; the group's bounds on proposals and reads do not
    count here, because those come from the control plane.
    """

    kube: KubeConfig = KubeConfig()
    raft: RaftConfig = evolve(
        REPLICATION_ONLY,
        terms=4,
        entries_max=8,
        faults=FrozenMap({"crash": 1, "cut": 1, "drop": 2, "duplicate": 1, "reorder": 1}),
    )


@frozen
class FullWorld:
    """Both worlds, and what the API server knows of etcd.

    ``connected_to``: the member that the API server asks and watches. ``seen_index``: up to which
    log index it has seen what was applied there. ``decided``: (index, request) of what somebody
    has applied and the API server has not seen yet, ascending. ``sent``: ticket by request, while
    its outcome is not known; ``requests``: how many were sent in all.
    """

    config: FullConfig
    plane: ControlPlane
    etcd: EtcdWorld
    connected_to: int = 1
    seen_index: int = 0
    decided: tuple[tuple[int, str], ...] = ()
    sent: FrozenMap[str, int] = FrozenMap()
    requests: int = 0


def start_full(cast: Cast, config: FullConfig) -> FullWorld:
    """Every member of etcd has the configured objects, none leads yet; all processes run.

    Raises ``ValueError`` for an object that the API server refuses.
    """
    plane = start_plane(cast, config.kube)
    etcd = start_etcd(EtcdConfig(clients=0, requests=0, watches=0, raft=config.raft), plane.store)
    return FullWorld(config, plane, etcd)


def plane_moved(cast: Cast, world: FullWorld, moved: Transition[ControlPlane]) -> Moved:
    """The control plane has made a step: what it wants written is sent to etcd."""
    fresh = moved.world.tickets is not world.plane.tickets
    world = evolve(world, plane=moved.world)
    seen = moved.observed
    if fresh:
        known = set(world.sent.values())
        for ticket in moved.world.tickets:
            if ticket.number not in known:
                sent = _send(cast, world, ticket)
                world, seen = sent.world, seen + sent.observed
    return _hang_up(world, seen)


def _hang_up(world: FullWorld, seen: tuple[Observation, ...]) -> Moved:
    """Nobody waits for the answers to writes of processes that have died or given up."""
    clients = world.etcd.clients
    for name, client in clients.items():
        if client.waits_for and not waits_for_etcd(world.plane, name):
            seen = (*seen, GaveUp(world.etcd.requests[client.waits_for]))
            clients = clients.set(name, evolve(client, waits_for="", gave_up=client.waits_for))
    if clients is world.etcd.clients:
        return Transition(world, seen)
    return Transition(evolve(world, etcd=evolve(world.etcd, clients=clients)), seen)


def _send(cast: Cast, world: FullWorld, ticket: Ticket) -> Moved:
    """The API server sends a transaction to its member, as a client of etcd for each process."""
    etcd = world.etcd
    if ticket.process not in etcd.clients:
        etcd = evolve(etcd, clients=etcd.clients.set(ticket.process, Client()))
    request = Request(f"w{world.requests + 1}", ticket.process, ticket.prepared.txn)
    world = evolve(
        world,
        requests=world.requests + 1,
        sent=world.sent.set(request.id, ticket.number),
    )
    return etcd_moved(cast, world, invoke(etcd, request, world.connected_to))


def group_moved(cast: Cast, world: FullWorld, moved: Transition[RaftGroup]) -> Moved:
    """The Raft group has made a step."""
    return etcd_moved(cast, world, react(world.etcd, moved))


def etcd_moved(cast: Cast, world: FullWorld, moved: Transition[EtcdWorld]) -> Moved:
    """Etcd has made a step: the API server sees what its member has applied."""
    last = world.decided[-1][0] if world.decided else world.seen_index
    decided = list(world.decided)
    for seen in moved.observed:
        if isinstance(seen, Executed) and seen.index > last:
            decided.append((seen.index, seen.request.id))
            last = seen.index
    world = evolve(world, etcd=moved.world, decided=tuple(decided))
    if world.etcd.server(world.connected_to) is None:
        next_step = _disconnect(cast, world)
    else:
        next_step = _catch_up(cast, world)
    return Transition(next_step.world, moved.observed + next_step.observed)


def _disconnect(cast: Cast, world: FullWorld) -> Moved:
    """The API server has lost its member: what waits for that times out."""
    seen: tuple[Observation, ...] = ()
    for name in world.plane.names:
        if waits_for_etcd(world.plane, name):
            timed_out = time_out_write(cast, world, name)
            world, seen = timed_out.world, seen + timed_out.observed
    return Transition(world, seen)


def _catch_up(cast: Cast, world: FullWorld) -> Moved:
    """The API server takes what its member has applied, in the order of the log."""
    server = world.etcd.server(world.connected_to)
    if server is None or server.applied <= world.seen_index:
        return Transition(world)
    seen: tuple[Observation, ...] = ()
    plane, sent = world.plane, world.sent
    position = 0
    for index, request_id in world.decided:
        if index > server.applied:
            break
        position += 1
        settled = settle(cast, plane, sent[request_id])
        plane, seen = settled.world, seen + settled.observed
        sent = sent.discard(request_id)
    world = evolve(
        world,
        plane=plane,
        sent=sent,
        decided=world.decided[position:],
        seen_index=server.applied,
    )
    return Transition(world, seen)


def waits_for_etcd(plane: ControlPlane, process: str) -> bool:
    """Whether the process waits for a write whose outcome is not known."""
    awaited = plane.processes[process].answer
    return awaited is not None and awaited.response is None


def time_out_write(cast: Cast, world: FullWorld, name: str) -> Moved:
    """The API server stops waiting for etcd and answers with a timeout.

    The write may have taken effect, may yet, or never will.
    """
    plane = world.plane
    process: Process = plane.processes[name]
    plane = evolve(plane, processes=plane.processes.set(name, evolve(process, answer=None)))
    told = answer(plane, cast[name], Response(504, "Timeout", "etcdserver: request timed out"))
    return _hang_up(evolve(world, plane=told.world), told.observed)


def connect(cast: Cast, world: FullWorld, server_id: int) -> Moved:
    """The API server connects to another member; what it waited for times out.

    Its watch goes on from where it was: a member that is behind shows nothing until it has caught
    up with what the API server has seen.
    """
    left = _disconnect(cast, world)
    caught_up = _catch_up(cast, evolve(left.world, connected_to=server_id))
    return Transition(caught_up.world, left.observed + caught_up.observed)
