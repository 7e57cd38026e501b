"""What clients of etcd do, and how watches move, as actions with their rules."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve, frozen

from model.etcd.cluster import (
    Client,
    EtcdWorld,
    answer,
    read,
)
from model.etcd.cluster import react as react_to_group
from model.etcd.mvcc import Compare, Event, Operation, Txn
from model.etcd.observed import (
    GaveUp,
    Invoked,
    ProgressSeen,
    Watched,
    WatchOpened,
)
from model.etcd.server import Progress, Request, Server, Watch, fill_stream, notify_progress
from model.raft.group import absorb
from model.raft.node import NONE
from model.raft.read import read_index
from model.raft.replication import propose
from model.world import Action, Rule, Transition

__all__ = [
    "RULES",
    "AskProgress",
    "CompareAndSet",
    "Delete",
    "FillStream",
    "Get",
    "GiveUp",
    "OpenWatch",
    "Put",
    "ReadLocally",
    "ReceiveWatch",
]

Moved = Transition[EtcdWorld]


@frozen
class OfClient(Action):
    """An action of one client."""

    client: str


@frozen
class Ask(OfClient):
    """A client sends a request about ``key`` to ``server``."""

    server: int
    key: str

    def sentence(self) -> str:
        return f"{self.client} sends {self.kind().replace('_', ' ')} {self.key} to {self.server}"


@frozen
class Put(Ask):
    """Write a value that is used nowhere else."""


@frozen
class Get(Ask):
    """A linearizable read."""


@frozen
class ReadLocally(Ask):
    """A serializable read: from the store of this server, however old."""


@frozen
class Delete(Ask):
    """Delete the key."""


@frozen
class CompareAndSet(Ask):
    """Create the key if it is not there (``create_revision`` is 0), as a lock does."""


@frozen
class GiveUp(OfClient):
    """A client stops waiting for an answer."""

    def sentence(self) -> str:
        return f"{self.client} stops waiting"


@frozen
class OpenWatch(OfClient):
    """A client watches all keys on a server, from where it has seen everything."""

    server: int

    def sentence(self) -> str:
        return f"{self.client} opens a watch on server {self.server}"


@frozen
class FillStream(OfClient):
    """The server of a client's watch puts all new events on its stream."""

    def sentence(self) -> str:
        return f"the events for {self.client} are put on its stream"


@frozen
class AskProgress(OfClient):
    """A client asks for a progress notification on its watch."""

    def sentence(self) -> str:
        return f"{self.client} asks for a progress notification"


@frozen
class ReceiveWatch(OfClient):
    """A client receives the next response on its watch."""

    def sentence(self) -> str:
        return f"{self.client} receives the next watch response"


def _cannot_ask(world: EtcdWorld, action: Ask) -> str | None:
    client: Client = world.clients[action.client]
    if client.waits_for:
        return f"{action.client} waits for {client.waits_for}"
    if len(world.requests) >= world.config.requests:
        return f"the run is bounded to {world.config.requests} requests"
    node = world.group.node(action.server)
    if node is None:
        return f"server {action.server} is down"
    if isinstance(action, ReadLocally):
        server = world.server(action.server)
        written = server is not None and server.store.revision > 1
        return None if written else f"server {action.server} has nothing yet"
    if isinstance(action, Get):
        return None if node.leader != NONE else f"server {action.server} knows no leader"
    return None if node.leader == node.id else f"server {action.server} does not lead"


def transaction_of(action: Ask, number: int) -> Txn:
    """What the action asks, as a transaction; ``number`` makes the value unique."""
    if isinstance(action, Put):
        return Txn(success=(Operation("put", action.key, f"v{number}"),))
    if isinstance(action, Delete):
        return Txn(success=(Operation("delete", action.key),))
    get = Operation("get", action.key)
    if isinstance(action, CompareAndSet):
        put = Operation("put", action.key, f"v{number}")
        return Txn((Compare(action.key, "create_revision", 0),), (put,), (get,))
    return Txn(success=(get,))


def ask(world: EtcdWorld, action: Ask) -> Moved:
    """Send the request: through the log, by ReadIndex, or from the local store."""
    number = len(world.requests) + 1
    local = isinstance(action, ReadLocally)
    request = Request(f"q{number}", action.client, transaction_of(action, number), local)
    client = evolve(world.clients[action.client], waits_for=request.id)
    world = evolve(
        world,
        requests=world.requests.set(request.id, request),
        clients=world.clients.set(action.client, client),
    )
    moved = send(world, request, action.server)
    return Transition(moved.world, (Invoked(request, action.server), *moved.observed))


def send(world: EtcdWorld, request: Request, server_id: int) -> Moved:
    """Give a request to a server. One that Raft drops is never answered."""
    server = world.server(server_id)
    node = world.group.node(server_id)
    if server is None or node is None:
        return Transition(world)
    if request.serializable:
        return answer(world, server_id, request, read(server.store, request))
    if request.is_read:
        asked = read_index(node, request.id)
        server = evolve(server, reads=server.reads.set(request.id, request))
    else:
        asked = propose(node, request.id)
        server = evolve(server, writes=server.writes.set(request.id, request))
    if asked is None:
        return Transition(world)
    world = evolve(world, servers=world.servers.set(server_id, server))
    return react_to_group(world, absorb(world.group, asked))


def _cannot_give_up(world: EtcdWorld, action: GiveUp) -> str | None:
    waits = world.clients[action.client].waits_for
    return None if waits else f"{action.client} waits for nothing"


def give_up(world: EtcdWorld, action: GiveUp) -> Moved:
    client: Client = world.clients[action.client]
    request = world.requests[client.waits_for]
    clients = world.clients.set(action.client, evolve(client, waits_for=""))
    return Transition(evolve(world, clients=clients), (GaveUp(request),))


def _watch(world: EtcdWorld, client_name: str) -> tuple[Server, Watch] | None:
    """The server and the watch of a client, while both exist."""
    client: Client = world.clients[client_name]
    server = world.server(client.watches_on) if client.watches_on else None
    if server is None or client_name not in server.watches:
        return None
    return server, server.watches[client_name]


def _cannot_watch(world: EtcdWorld, action: OpenWatch) -> str | None:
    if world.watches >= world.config.watches:
        return f"the run is bounded to {world.config.watches} watches"
    if world.server(action.server) is None:
        return f"server {action.server} is down"
    return None


def open_watch(world: EtcdWorld, action: OpenWatch) -> Moved:
    client: Client = world.clients[action.client]
    world = _close_watch(world, action.client)
    server = world.server(action.server)
    assert server is not None
    watch = Watch(action.client, "", client.seen)
    server = evolve(server, watches=server.watches.set(action.client, watch))
    world = evolve(
        world,
        servers=world.servers.set(action.server, server),
        clients=world.clients.set(action.client, evolve(client, watches_on=action.server)),
        watches=world.watches + 1,
    )
    return Transition(world, (WatchOpened(action.client, action.server, "", client.seen),))


def _close_watch(world: EtcdWorld, client_name: str) -> EtcdWorld:
    found = _watch(world, client_name)
    if found is None:
        return world
    server = evolve(found[0], watches=found[0].watches.discard(client_name))
    return evolve(world, servers=world.servers.set(world.clients[client_name].watches_on, server))


def _with_watch(world: EtcdWorld, client_name: str, server: Server, watch: Watch) -> EtcdWorld:
    server = evolve(server, watches=server.watches.set(client_name, watch))
    return evolve(world, servers=world.servers.set(world.clients[client_name].watches_on, server))


def _cannot_fill(world: EtcdWorld, action: FillStream) -> str | None:
    found = _watch(world, action.client)
    if found is None:
        return f"{action.client} has no watch"
    server, watch = found
    return None if watch.sent < server.store.revision else "the watch has everything"


def fill(world: EtcdWorld, action: FillStream) -> Moved:
    found = _watch(world, action.client)
    assert found is not None
    server, watch = found
    return Transition(_with_watch(world, action.client, server, fill_stream(watch, server.store)))


def _cannot_ask_progress(world: EtcdWorld, action: AskProgress) -> str | None:
    found = _watch(world, action.client)
    if found is None:
        return f"{action.client} has no watch"
    server, watch = found
    if server.store.revision == 1:
        return "nothing was written yet"
    if notify_progress(watch, server.store.revision) is None:
        return "events are waiting that must be sent first"
    if watch.stream and isinstance(watch.stream[-1], Progress):
        return "a progress notification is on its way"
    return None


def ask_progress(world: EtcdWorld, action: AskProgress) -> Moved:
    found = _watch(world, action.client)
    assert found is not None
    server, watch = found
    notice = notify_progress(watch, server.store.revision)
    watch = evolve(watch, stream=(*watch.stream, notice))
    return Transition(_with_watch(world, action.client, server, watch))


def _cannot_receive(world: EtcdWorld, action: ReceiveWatch) -> str | None:
    found = _watch(world, action.client)
    if found is None:
        return f"{action.client} has no watch"
    return None if found[1].stream else "the stream is empty"


def receive(world: EtcdWorld, action: ReceiveWatch) -> Moved:
    found = _watch(world, action.client)
    assert found is not None
    server, watch = found
    first, rest = watch.stream[0], watch.stream[1:]
    world = _with_watch(world, action.client, server, evolve(watch, stream=rest))
    client: Client = world.clients[action.client]
    if isinstance(first, Progress):
        client = evolve(client, seen=max(client.seen, first.revision))
        seen: ProgressSeen | Watched = ProgressSeen(action.client, first.revision)
    else:
        events: tuple[Event, ...] = first
        client = evolve(client, seen=max(client.seen, events[0].revision))
        seen = Watched(action.client, watch.prefix, events)
    clients = world.clients.set(action.client, client)
    return Transition(evolve(world, clients=clients), (seen,))


def _asks(world: EtcdWorld) -> tuple[Sequence[object], ...]:
    return (tuple(world.clients), tuple(world.servers), world.config.keys)


def _clients(world: EtcdWorld) -> tuple[Sequence[object], ...]:
    return (tuple(world.clients),)


RULES: tuple[Rule[EtcdWorld], ...] = (
    Rule(Put, ask, _asks, _cannot_ask, weight=10),
    Rule(Get, ask, _asks, _cannot_ask, weight=8),
    Rule(Delete, ask, _asks, _cannot_ask, weight=4),
    Rule(CompareAndSet, ask, _asks, _cannot_ask, weight=6),
    Rule(ReadLocally, ask, _asks, _cannot_ask, weight=1),
    Rule(GiveUp, give_up, _clients, _cannot_give_up, weight=1),
    Rule(
        OpenWatch,
        open_watch,
        lambda world: (tuple(world.clients), tuple(world.servers)),
        _cannot_watch,
        weight=1,
    ),
    Rule(FillStream, fill, _clients, _cannot_fill, weight=4),
    Rule(ReceiveWatch, receive, _clients, _cannot_receive, weight=6),
    Rule(AskProgress, ask_progress, _clients, _cannot_ask_progress, weight=1),
)
"""What etcd adds to the rules of its Raft group."""
