"""Etcd servers over a Raft group, and their clients, as one world.

Rules of this file: the group's own rules run unchanged (``lift``); ``react`` turns what the group
lets see (applied entries, confirmed reads, crashes) into what the servers do. A log entry carries
a request's id; what was asked is looked up in ``requests``.
"""

from __future__ import annotations

from attrs import evolve, frozen

from model.etcd.mvcc import Store, TxnResult
from model.etcd.observed import Executed, Invoked, Returned
from model.etcd.server import (
    Backend,
    Request,
    Server,
    committed_index,
    execute,
    is_read_ready,
    should_apply,
)
from model.frozen_map import FrozenMap
from model.raft.group import REPLICATION_ONLY, RaftConfig, RaftGroup, absorb, start_group
from model.raft.log import Entry
from model.raft.node import NONE, Node, Role
from model.raft.observed import Applied, Crashed, ReadConfirmed, Restarted
from model.raft.proposal import propose
from model.raft.read import read_index
from model.world import Observation, Transition

__all__ = [
    "Client",
    "EtcdConfig",
    "EtcdWorld",
    "cannot_commit_backend",
    "commit_backend",
    "invoke",
    "react",
    "start_etcd",
]

Moved = Transition["EtcdWorld"]


@frozen
class EtcdConfig:
    """How many clients ask how often, about which keys; and the group below.

    ``requests``: requests that a run may make in all. ``watches``: watches that a run may open.
    ``stream_capacity``: responses that a watch's stream holds; a slow client's watch waits then.
    """

    clients: int = 2
    requests: int = 12
    watches: int = 4
    keys: tuple[str, ...] = ("a", "b")
    stream_capacity: int = 2
    raft: RaftConfig = evolve(REPLICATION_ONLY, terms=3, entries_max=4)


@frozen
class Client:
    """One client, with at most one request and one watch at a time.

    ``waits_for``: the id of the request it waits for; ``gave_up``: that of the last one whose
    answer never came. ``watches_on``: the server of its watch, 0 for none; ``prefix``: what its
    watch is about; ``seen``: the revision up to which it has seen all changes of that.
    """

    waits_for: str = ""
    gave_up: str = ""
    watches_on: int = 0
    prefix: str = ""
    seen: int = 1


@frozen
class EtcdWorld:
    """The group, the servers (None while down), the clients, and all that was ever asked.

    ``backends``: what a server that starts again finds of its keys. ``origin``: what all of them
    began with. ``watches``: opened so far.
    """

    config: EtcdConfig
    group: RaftGroup
    servers: FrozenMap[int, Server | None]
    backends: FrozenMap[int, Backend]
    clients: FrozenMap[str, Client]
    origin: Store = Store()
    requests: FrozenMap[str, Request] = FrozenMap()
    watches: int = 0

    def server(self, server_id: int) -> Server | None:
        """The running server; None while it is down."""
        found: Server | None = self.servers[server_id]
        return found


def start_etcd(config: EtcdConfig, store: Store | None = None) -> EtcdWorld:
    """All servers up, all clients idle; every server's disk has the same ``store``, empty if None.

    The store stands for a backup that all members were restored from.
    """
    group = start_group(config.raft)
    origin = Store() if store is None else store
    backend = Backend(origin)
    return EtcdWorld(
        config=config,
        group=group,
        servers=FrozenMap({i: start_server(backend) for i in group.members}),
        backends=FrozenMap(dict.fromkeys(group.members, backend)),
        clients=FrozenMap({f"client {i + 1}": Client() for i in range(config.clients)}),
        origin=origin,
    )


def start_server(backend: Backend) -> Server:
    """A server that has just been started from what its backend has."""
    return Server(backend.store, backend.consistent_index)


def react(world: EtcdWorld, moved: Transition[RaftGroup]) -> Moved:
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
            server = start_server(world.backends[observation.member])
            done = Transition(_set(world, observation.member, server))
        else:
            continue
        world, seen = done.world, seen + done.observed
    return Transition(world, seen)


def _set(world: EtcdWorld, server_id: int, server: Server | None) -> EtcdWorld:
    return evolve(world, servers=world.servers.set(server_id, server))


def _apply(world: EtcdWorld, server_id: int, entries: tuple[Entry, ...]) -> Moved:
    seen: tuple[Observation, ...] = ()
    for entry in entries:
        server = world.server(server_id)
        assert server is not None
        if not should_apply(entry.index, server.applied):
            continue
        request = world.requests.get(entry.data)
        if request is None:  # the empty entry of a new leader
            world = _set(world, server_id, evolve(server, applied=entry.index))
            continue
        store, result = execute(server.store, request)
        waits = request.id in server.writes
        server = evolve(
            server, store=store, applied=entry.index, writes=server.writes.discard(request.id)
        )
        world = _set(world, server_id, server)
        seen = (*seen, Executed(server_id, entry.index, request, store, result))
        if waits:
            answered = _answer(world, server_id, request, result, _holders(world, entry))
            world, seen = answered.world, seen + answered.observed
    served = serve_reads(world, server_id)
    return Transition(served.world, seen + served.observed)


def _holders(world: EtcdWorld, entry: Entry) -> tuple[int, ...]:
    """The members that have the entry on disk, synced."""
    return tuple(
        member_id
        for member_id, member in world.group.members.items()
        if member.disk.synced.log.term_at(entry.index) == entry.term
    )


def _confirm(world: EtcdWorld, confirmed: ReadConfirmed) -> Moved:
    server = world.server(confirmed.member)
    if server is None or confirmed.context not in server.reads:
        return Transition(world)
    ready = server.ready.set(confirmed.context, confirmed.index)
    return serve_reads(_set(world, confirmed.member, evolve(server, ready=ready)), confirmed.member)


def serve_reads(world: EtcdWorld, server_id: int) -> Moved:
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
        answered = _answer(world, server_id, request, _read(server.store, request))
        world, seen = answered.world, seen + answered.observed
    return Transition(world, seen)


def _read(store: Store, request: Request) -> TxnResult:
    """What a request that writes nothing finds in a store."""
    return store.txn(request.txn)[1]


def _answer(
    world: EtcdWorld,
    server_id: int,
    request: Request,
    result: TxnResult,
    durable_on: tuple[int, ...] = (),
) -> Moved:
    """The client has its answer, if it still waits for it."""
    client: Client = world.clients[request.client]
    if client.waits_for != request.id:
        return Transition(world)
    clients = world.clients.set(request.client, evolve(client, waits_for=""))
    returned = Returned(request, server_id, result, durable_on, len(world.servers))
    return Transition(evolve(world, clients=clients), (returned,))


def invoke(world: EtcdWorld, request: Request, server_id: int) -> Moved:
    """A client sends a request: through the log, by ReadIndex, or to the local store.

    A server that is down never answers, and neither does one that Raft makes drop the request.
    """
    client = evolve(world.clients[request.client], waits_for=request.id)
    world = evolve(
        world,
        requests=world.requests.set(request.id, request),
        clients=world.clients.set(request.client, client),
    )
    moved = _handle(world, request, server_id)
    return Transition(moved.world, (Invoked(request, server_id, world.origin), *moved.observed))


def _handle(world: EtcdWorld, request: Request, server_id: int) -> Moved:
    server = world.server(server_id)
    node = world.group.node(server_id)
    if server is None or node is None:
        return Transition(world)
    if request.serializable:
        return _answer(world, server_id, request, _read(server.store, request))
    if request.is_read:
        asked: Node | None = read_index(node, request.id)
        server = evolve(server, reads=server.reads.set(request.id, request))
    else:
        asked = _propose(world.group, node, request.id)
        server = evolve(server, writes=server.writes.set(request.id, request))
    if asked is None or asked is node:
        return Transition(world)
    return react(_set(world, server_id, server), absorb(world.group, asked))


def _propose(group: RaftGroup, node: Node, data: str) -> Node | None:
    """The node that takes the proposal; None when it is dropped.

    A follower passes it on to the leader that it knows. Here it is there at once, or never: when
    the link is cut, or that member is down or leads no longer.
    """
    leads = node.leader == node.id
    if not leads and (node.leader == NONE or group.network.is_cut(node.id, node.leader)):
        return None
    leader = node if leads else group.node(node.leader)
    if leader is None or leader.role is not Role.LEADER:
        return None
    taken, accepted = propose(leader, data)
    return taken if accepted else None


def cannot_commit_backend(world: EtcdWorld, server_id: int) -> str | None:
    """Why a commit of this server's backend would change nothing; None when it would."""
    server = world.server(server_id)
    if server is None:
        return f"server {server_id} is down"
    if world.backends[server_id].consistent_index >= server.applied:
        return f"the backend of server {server_id} has all that is applied"
    return None


def commit_backend(world: EtcdWorld, server_id: int) -> EtcdWorld:
    """The server's backend commits: what is applied is on disk, with its consistent index."""
    server = world.server(server_id)
    node = world.group.node(server_id)
    assert server is not None and node is not None
    being_applied = server.applied + 1 if node.commit > server.applied else server.applied
    backend = Backend(server.store, committed_index(server.applied, being_applied))
    return evolve(world, backends=world.backends.set(server_id, backend))
