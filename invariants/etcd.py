"""What must hold of etcd's servers at any time and in the end.

Sources: etcd documentation, "KV API guarantees"; etcd ``tests/robustness``.
"""

from __future__ import annotations

from collections.abc import Iterator

from invariants.invariant import always, eventually, sometimes, transition
from model.etcd.cluster import EtcdWorld
from model.etcd.mvcc import Store
from model.etcd.server import Server
from model.frozen_map import FrozenMap
from model.world import Action

Servers = FrozenMap[int, Server | None]


def _servers(world: EtcdWorld) -> Servers:
    return world.servers


@always("etcd", source="etcd KV API guarantees: replicated state machine", reads=_servers)
def members_agree(servers: Servers) -> Iterator[str]:
    """Two servers that have applied the log up to the same index have the same store."""
    by_index: dict[int, tuple[int, Store]] = {}
    for server_id, server in servers.items():
        if server is None:
            continue
        other_id, store = by_index.setdefault(server.applied, (server_id, server.store))
        if store is not server.store and store != server.store:
            yield (
                f"servers {other_id} and {server_id} have applied index {server.applied}, "
                f"but their stores differ: {describe(store)} and {describe(server.store)}"
            )


def describe(store: Store) -> str:
    """``revision 3: a=v1@2``."""
    keys = " ".join(f"{key}={kv.value}@{kv.mod_revision}" for key, kv in store.keys.items())
    return f"revision {store.revision}: {keys or 'empty'}"


@transition("etcd", source="etcd KV API guarantees: revisions", reads=_servers)
def revision_never_decreases(before: Servers, action: Action, after: Servers) -> Iterator[str]:
    """A running server's revision never goes back, and a key's revisions are consistent."""
    for server_id, now in after.items():
        was = before[server_id]
        if now is None or was is None or now is was or now.store is was.store:
            continue
        if now.store.revision < was.store.revision and now.applied >= was.applied:
            yield (
                f"server {server_id} went from revision {was.store.revision} "
                f"to {now.store.revision}"
            )
        for key, kv in now.store.keys.items():
            if not kv.create_revision <= kv.mod_revision <= now.store.revision:
                yield (
                    f"server {server_id}: {key} has create_revision {kv.create_revision}, "
                    f"mod_revision {kv.mod_revision} at revision {now.store.revision}"
                )


@sometimes("etcd", source="etcd documentation: serializable reads may be stale")
def a_server_lags_behind(world: EtcdWorld) -> bool:
    """Two running servers are at different revisions."""
    revisions = {server.store.revision for server in world.servers.values() if server is not None}
    return len(revisions) > 1


@sometimes("etcd", source="etcd API: a watch delivers events")
def a_watch_has_events_on_its_way(world: EtcdWorld) -> bool:
    """A watch has something on its stream that its client has not received."""
    return any(
        watch.stream
        for server in world.servers.values()
        if server is not None
        for watch in server.watches.values()
    )


@eventually("etcd", source="etcd KV API guarantees: durability, availability", within=40)
def stores_converge(world: EtcdWorld) -> Iterator[str]:
    """All servers have the same store, and no client waits for a server that could answer."""
    stores = {i: server.store for i, server in world.servers.items() if server is not None}
    first = next(iter(stores), None)
    for server_id, store in stores.items():
        if first is not None and store != stores[first]:
            yield (
                f"server {server_id} is at {describe(store)}, "
                f"server {first} at {describe(stores[first])}"
            )


@eventually("etcd", source="etcd API: a watch delivers every event", within=40)
def watches_catch_up(world: EtcdWorld) -> Iterator[str]:
    """Every client with a watch on a running server has seen all changes of that server."""
    for name, client in world.clients.items():
        server = world.server(client.watches_on) if client.watches_on else None
        if server is None or name not in server.watches:
            continue
        watch = server.watches[name]
        if watch.stream or watch.sent < server.store.revision:
            yield f"{name} has not received everything on its watch"
