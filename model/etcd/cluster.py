"""Etcd servers over a Raft group, and their clients, as one world.

Rules of this file: the group's own rules run unchanged (``lift``); ``react`` turns what the group
lets see (applied entries, confirmed reads, crashes) into what the servers do. A log entry carries
a request's id; what was asked is looked up in ``requests``.
"""

from __future__ import annotations

from attrs import evolve, frozen

from model.etcd.mvcc import Store, TxnResult
from model.etcd.observed import Executed, Returned
from model.etcd.server import Request, Server, apply_request, is_read_ready
from model.frozen_map import FrozenMap
from model.raft.group import RaftConfig, RaftGroup, start_group
from model.raft.log import Entry
from model.raft.observed import Applied, Crashed, ReadConfirmed, Restarted
from model.world import Observation, Transition

__all__ = ["Client", "EtcdConfig", "EtcdWorld", "react", "start_etcd"]


@frozen
class EtcdConfig:
    """How many clients ask how often, about which keys; and the group below.

    ``requests``: requests that a run may make in all. ``watches``: watches that a run may open.
    """

    clients: int = 2
    requests: int = 5
    watches: int = 3
    keys: tuple[str, ...] = ("a", "b")
    raft: RaftConfig = RaftConfig(terms=3, entries_max=4)


@frozen
class Client:
    """One client, with at most one request and one watch at a time.

    ``waits_for``: the id of the request it waits for; ``watches_on``: the server of its watch, 0
    for none; ``seen``: the revision up to which it has seen changes.
    """

    waits_for: str = ""
    watches_on: int = 0
    seen: int = 1


@frozen
class EtcdWorld:
    """The group, the running servers (None while down), the clients, and all that was asked."""

    config: EtcdConfig
    group: RaftGroup
    servers: FrozenMap[int, Server | None]
    clients: FrozenMap[str, Client]
    requests: FrozenMap[str, Request] = FrozenMap()
    watches: int = 0

    def server(self, server_id: int) -> Server | None:
        """The running server; None while it is down."""
        found: Server | None = self.servers[server_id]
        return found


def start_etcd(config: EtcdConfig) -> EtcdWorld:
    """All servers up and empty, all clients idle."""
    group = start_group(config.raft)
    return EtcdWorld(
        config=config,
        group=group,
        servers=FrozenMap({i: Server() for i in group.members}),
        clients=FrozenMap({f"client {i + 1}": Client() for i in range(config.clients)}),
    )


def react(world: EtcdWorld, moved: Transition[RaftGroup]) -> Transition[EtcdWorld]:
    """The world after a step of its group: servers apply, answer, start and stop."""
    world = evolve(world, group=moved.world)
    seen: tuple[Observation, ...] = ()
    for observation in moved.observed:
        seen = (*seen, observation)
        if isinstance(observation, Applied):
            done = _apply(world, observation.member, observation.entries)
        elif isinstance(observation, ReadConfirmed):
            done = _confirm(world, observation)
        elif isinstance(observation, Crashed):
            done = Transition(_set(world, observation.member, None))
        elif isinstance(observation, Restarted):
            done = Transition(_set(world, observation.member, Server()))
        else:
            continue
        world, seen = done.world, seen + done.observed
    return Transition(world, seen)


def _set(world: EtcdWorld, server_id: int, server: Server | None) -> EtcdWorld:
    return evolve(world, servers=world.servers.set(server_id, server))


def _apply(world: EtcdWorld, server_id: int, entries: tuple[Entry, ...]) -> Transition[EtcdWorld]:
    seen: tuple[Observation, ...] = ()
    for entry in entries:
        server = world.server(server_id)
        assert server is not None
        request = world.requests.get(entry.data)
        if request is None:  # the empty entry of a new leader
            world = _set(world, server_id, evolve(server, applied=entry.index))
            continue
        store, result = apply_request(server.store, request)
        waits = request.id in server.writes
        server = evolve(
            server, store=store, applied=entry.index, writes=server.writes.discard(request.id)
        )
        world = _set(world, server_id, server)
        seen = (*seen, Executed(server_id, entry.index, request, store))
        if waits:
            answered = answer(world, server_id, request, result)
            world, seen = answered.world, seen + answered.observed
    served = serve_reads(world, server_id)
    return Transition(served.world, seen + served.observed)


def _confirm(world: EtcdWorld, confirmed: ReadConfirmed) -> Transition[EtcdWorld]:
    server = world.server(confirmed.member)
    if server is None or confirmed.context not in server.reads:
        return Transition(world)
    ready = server.ready.set(confirmed.context, confirmed.index)
    return serve_reads(_set(world, confirmed.member, evolve(server, ready=ready)), confirmed.member)


def serve_reads(world: EtcdWorld, server_id: int) -> Transition[EtcdWorld]:
    """Answer the confirmed reads whose index is applied."""
    seen: tuple[Observation, ...] = ()
    server = world.server(server_id)
    if server is None or not server.ready:
        return Transition(world)
    for request_id, index in server.ready.items():
        if not is_read_ready(server, index):
            continue
        request = server.reads[request_id]
        server = evolve(
            server, reads=server.reads.discard(request_id), ready=server.ready.discard(request_id)
        )
        world = _set(world, server_id, server)
        answered = answer(world, server_id, request, read(server.store, request))
        world, seen = answered.world, seen + answered.observed
    return Transition(world, seen)


def read(store: Store, request: Request) -> TxnResult:
    """What a request that writes nothing finds in a store."""
    return store.txn(request.txn)[1]


def answer(
    world: EtcdWorld, server_id: int, request: Request, result: TxnResult
) -> Transition[EtcdWorld]:
    """The client has its answer, if it still waits for it."""
    client: Client = world.clients[request.client]
    if client.waits_for != request.id:
        return Transition(world)
    clients = world.clients.set(request.client, evolve(client, waits_for=""))
    return Transition(evolve(world, clients=clients), (Returned(request, server_id, result),))
