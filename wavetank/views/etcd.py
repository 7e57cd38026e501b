"""How the ``etcd`` layer looks: a lane for each member with its store, one for each client."""

from __future__ import annotations

from collections.abc import Iterator

from model.etcd.client_actions import Ask, AskKey
from model.etcd.cluster import EtcdWorld
from model.etcd.mvcc import Event
from model.etcd.watch import Cancelled, Progress
from model.etcd.watch_actions import OpenWatch, ReceiveWatch, watch_of
from model.world import Action
from wavetank.views import Lanes
from wavetank.views.raft import raft_arrow, raft_in_flight, raft_lanes

__all__ = ["etcd_arrow", "etcd_in_flight", "etcd_lanes"]


def etcd_lanes(world: EtcdWorld) -> Lanes:
    """The group's lanes with each server's store, then the clients."""
    found = []
    for lane, lines in raft_lanes(world.group):
        number = lane.removeprefix("member ")
        server = world.server(int(number)) if number.isdecimal() else None
        extra: tuple[tuple[str, str], ...] = ()
        if server is not None:
            store = server.store
            keys = " ".join(f"{k}={kv.value}@{kv.mod_revision}" for k, kv in store.keys.items())
            extra = (("store", f"revision {store.revision}: {keys or 'empty'}"),)
            backend = world.backends[int(number)]
            if backend.consistent_index:
                on_disk = f"revision {backend.store.revision} at index {backend.consistent_index}"
                extra = (*extra, ("backend on disk", on_disk))
            waiting = [*server.writes, *server.reads]
            if waiting:
                extra = (*extra, ("waiting", ", ".join(waiting)))
        found.append((lane, (*extra, *lines)))
    return (*(_client(world, name) for name in world.clients), *found)


def _client(world: EtcdWorld, name: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    client = world.clients[name]
    lines = [("waits for", client.waits_for or "nothing"), ("has seen revision", str(client.seen))]
    found = watch_of(world, name)
    if found is not None:
        watch = found[1]
        about = f" for {watch.prefix}" if watch.prefix else ""
        lines.append(("watches", f"server {client.watches_on}{about}"))
        if watch.stream:
            lines.append(("on the stream", " | ".join(_response(each) for each in watch.stream)))
    return name, tuple(lines)


def _response(response: Progress | Cancelled | tuple[Event, ...]) -> str:
    if isinstance(response, Progress):
        return f"progress {response.revision}"
    if isinstance(response, Cancelled):
        return f"cancelled, compacted at {response.compact_revision}"
    return ", ".join(f"{e.kind} {e.key}@{e.revision}" for e in response)


def etcd_arrow(world: EtcdWorld, action: Action) -> tuple[str, str, str] | None:
    """The request, watch response or Raft message that the action moves."""
    if isinstance(action, Ask | OpenWatch):
        words = action.kind().replace("_", " ")
        if isinstance(action, AskKey):
            words = f"{words} {action.key}"
        return action.client, f"member {action.server}", words
    if isinstance(action, ReceiveWatch):
        server = world.clients[action.client].watches_on
        return f"member {server}", action.client, "watch response"
    return raft_arrow(world.group, action)


def etcd_in_flight(world: EtcdWorld) -> Iterator[tuple[str, str, str]]:
    """(from lane, to lane, text) of every Raft message on its way."""
    return raft_in_flight(world.group)
