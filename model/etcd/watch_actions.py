"""How watches move, as actions with their rules: open, fill, ask for progress, receive."""

from __future__ import annotations

from attrs import evolve, frozen

from model.etcd.client_actions import OfClient, clients_of
from model.etcd.cluster import Client, EtcdWorld
from model.etcd.observed import ProgressSeen, WatchCancelled, Watched, WatchOpened
from model.etcd.server import Server
from model.etcd.watch import Cancelled, Progress, Watch, fill_stream, notify_progress
from model.etcd.watch import start_position as start_position_of
from model.world import Rule, Transition

__all__ = ["WATCH_RULES", "AskProgress", "FillStream", "OpenWatch", "ReceiveWatch"]

Moved = Transition[EtcdWorld]


@frozen
class OpenWatch(OfClient):
    """A client watches ``prefix`` on a server, from where it has seen everything.

    For another prefix than before it begins after the last change that it has seen.
    """

    server: int
    prefix: str = ""

    def sentence(self) -> str:
        keys = f"of {self.prefix} " if self.prefix else ""
        return f"{self.client} opens a watch {keys}on server {self.server}"


@frozen
class FillStream(OfClient):
    """The server of a client's watch puts new events on its stream, as many as there is room."""

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


def watch_of(world: EtcdWorld, client_name: str) -> tuple[Server, Watch] | None:
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
    sent = start_position_of(client.seen, server.store.revision)
    watch = Watch(action.client, action.prefix, sent)
    server = evolve(server, watches=server.watches.set(action.client, watch))
    client = evolve(client, watches_on=action.server, prefix=action.prefix)
    world = evolve(
        world,
        servers=world.servers.set(action.server, server),
        clients=world.clients.set(action.client, client),
        watches=world.watches + 1,
    )
    opened = WatchOpened(action.client, action.server, action.prefix, client.seen)
    return Transition(world, (opened,))


def _close_watch(world: EtcdWorld, client_name: str) -> EtcdWorld:
    found = watch_of(world, client_name)
    if found is None:
        return world
    server = evolve(found[0], watches=found[0].watches.discard(client_name))
    return evolve(world, servers=world.servers.set(world.clients[client_name].watches_on, server))


def _with_watch(world: EtcdWorld, client_name: str, server: Server, watch: Watch) -> EtcdWorld:
    server = evolve(server, watches=server.watches.set(client_name, watch))
    return evolve(world, servers=world.servers.set(world.clients[client_name].watches_on, server))


def _cannot_fill(world: EtcdWorld, action: FillStream) -> str | None:
    found = watch_of(world, action.client)
    if found is None:
        return f"{action.client} has no watch"
    server, watch = found
    if watch.is_cancelled:
        return "the watch is cancelled"
    if len(watch.stream) >= world.config.stream_capacity:
        return "the stream is full"
    return None if watch.sent < server.store.revision else "the watch has everything"


def fill(world: EtcdWorld, action: FillStream) -> Moved:
    found = watch_of(world, action.client)
    assert found is not None
    server, watch = found
    room = world.config.stream_capacity - len(watch.stream)
    filled = fill_stream(watch, server.store, room)
    return Transition(_with_watch(world, action.client, server, filled))


def _cannot_ask_progress(world: EtcdWorld, action: AskProgress) -> str | None:
    found = watch_of(world, action.client)
    if found is None:
        return f"{action.client} has no watch"
    server, watch = found
    if server.store.revision == 1:
        return "nothing was written yet"
    if watch.is_cancelled:
        return "the watch is cancelled"
    if notify_progress(watch, server.store.revision) is None:
        return "the watch and its server are not at the same revision"
    if watch.stream and isinstance(watch.stream[-1], Progress):
        return "a progress notification is on its way"
    return None


def ask_progress(world: EtcdWorld, action: AskProgress) -> Moved:
    found = watch_of(world, action.client)
    assert found is not None
    server, watch = found
    notice = notify_progress(watch, server.store.revision)
    assert notice is not None
    watch = evolve(watch, stream=(*watch.stream, notice))
    return Transition(_with_watch(world, action.client, server, watch))


def _cannot_receive(world: EtcdWorld, action: ReceiveWatch) -> str | None:
    found = watch_of(world, action.client)
    if found is None:
        return f"{action.client} has no watch"
    return None if found[1].stream else "the stream is empty"


def receive(world: EtcdWorld, action: ReceiveWatch) -> Moved:
    """The oldest response on the stream reaches the client, which notes how far it has seen.

    One whose watch is cancelled reads what there is, and can go on from the compaction.
    """
    found = watch_of(world, action.client)
    assert found is not None
    server, watch = found
    first, rest = watch.stream[0], watch.stream[1:]
    world = _with_watch(world, action.client, server, evolve(watch, stream=rest))
    client: Client = world.clients[action.client]
    seen: ProgressSeen | Watched | WatchCancelled
    match first:
        case Progress():
            client = evolve(client, seen=max(client.seen, first.revision))
            seen = ProgressSeen(action.client, first.revision)
        case Cancelled():
            world = _close_watch(world, action.client)
            after = max(client.seen, first.compact_revision - 1)
            client = evolve(client, watches_on=0, seen=after)
            seen = WatchCancelled(action.client, first.compact_revision)
        case _:
            client = evolve(client, seen=max(client.seen, first[0].revision))
            seen = Watched(action.client, watch.prefix, first)
    return Transition(evolve(world, clients=world.clients.set(action.client, client)), (seen,))


WATCH_RULES: tuple[Rule[EtcdWorld], ...] = (
    Rule(
        OpenWatch,
        open_watch,
        lambda world: (tuple(world.clients), tuple(world.servers), ("", *world.config.keys)),
        _cannot_watch,
        weight=2,
    ),
    Rule(FillStream, fill, clients_of, _cannot_fill, weight=4),
    Rule(ReceiveWatch, receive, clients_of, _cannot_receive, weight=6),
    Rule(AskProgress, ask_progress, clients_of, _cannot_ask_progress, weight=1),
)
"""What happens to watches; a run opens a bounded number of them."""
