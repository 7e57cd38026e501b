"""How the ``etcd`` layer looks: a lane for each member with its store, one for each client."""

from __future__ import annotations

from collections.abc import Iterator

from model.etcd.actions import Ask, OpenWatch, ReceiveWatch
from model.etcd.cluster import EtcdWorld
from model.etcd.server import Progress
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
            waiting = [*server.writes, *server.reads]
            if waiting:
                extra = (*extra, ("waiting", ", ".join(waiting)))
        found.append((lane, (*extra, *lines)))
    return (*(_client(world, name) for name in world.clients), *found)


def _client(world: EtcdWorld, name: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    client = world.clients[name]
    lines = [("waits for", client.waits_for or "nothing"), ("has seen revision", str(client.seen))]
    server = world.server(client.watches_on) if client.watches_on else None
    if server is not None and name in server.watches:
        watch = server.watches[name]
        words = [
            f"progress {item.revision}"
            if isinstance(item, Progress)
            else ", ".join(f"{e.kind} {e.key}@{e.revision}" for e in item)
            for item in watch.stream
        ]
        lines.append(("watches", f"server {client.watches_on}"))
        if words:
            lines.append(("on the stream", " | ".join(words)))
    return name, tuple(lines)


def etcd_arrow(world: EtcdWorld, action: Action) -> tuple[str, str, str] | None:
    """The request, watch response or Raft message that the action moves."""
    if isinstance(action, Ask | OpenWatch):
        words = action.kind().replace("_", " ") + (
            f" {action.key}" if isinstance(action, Ask) else ""
        )
        return action.client, f"member {action.server}", words
    if isinstance(action, ReceiveWatch):
        server = world.clients[action.client].watches_on
        return f"member {server}", action.client, "watch response"
    return raft_arrow(world.group, action)


def etcd_in_flight(world: EtcdWorld) -> Iterator[tuple[str, str, str]]:
    """(from lane, to lane, text) of every Raft message on its way."""
    return raft_in_flight(world.group)
