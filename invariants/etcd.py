"""What must hold of etcd's servers at any time and in the end.

Sources: etcd documentation, "KV API guarantees"; etcd ``tests/robustness``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from invariants.invariant import always, eventually, sometimes, transition
from model.etcd.cluster import EtcdWorld
from model.etcd.mvcc import Store
from model.etcd.server import Server
from model.frozen_map import FrozenMap
from model.raft.actions import Restart
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


def describe(store: Any) -> str:
    """``revision 3: a=v1@2``."""
    keys = " ".join(f"{key}={kv.value}@{kv.mod_revision}" for key, kv in store.keys.items())
    return f"revision {store.revision}: {keys or 'empty'}"


def describe_change(before: FrozenMap[str, Any], after: FrozenMap[str, Any]) -> str:
    """The keys that differ, with the revisions of their last writes."""
    words = []
    for key in sorted({*before, *after}):
        was, now = before.get(key), after.get(key)
        if was != now:
            versions = (0 if kv is None else kv.mod_revision for kv in (was, now))
            words.append(f"{key} at {' and '.join(str(each) for each in versions)}")
    return ", ".join(words)


@transition("etcd", source="etcd KV API guarantees: revisions", reads=_servers)
def applied_never_decreases(before: Servers, action: Action, after: Servers) -> Iterator[str]:
    """A running server's applied index and revision never go back."""
    for server_id, now in after.items():
        was = before[server_id]
        if now is None or was is None or now is was or isinstance(action, Restart):
            continue
        if now.applied < was.applied or now.store.revision < was.store.revision:
            yield (
                f"server {server_id} went from index {was.applied}, revision {was.store.revision}, "
                f"to index {now.applied}, revision {now.store.revision}"
            )


@sometimes("etcd", source="etcd documentation: serializable reads may be stale")
def a_server_lags_behind(world: EtcdWorld) -> bool:
    """Two running servers are at different revisions."""
    revisions = {server.store.revision for server in world.servers.values() if server is not None}
    return len(revisions) > 1


@sometimes("etcd", source="etcd server/storage: consistent index")
def a_server_lags_behind_its_log(world: EtcdWorld) -> bool:
    """A server knows of committed entries that it has not applied, beside what its backend has."""
    return any(
        server is not None
        and 0 < world.backends[server_id].consistent_index < server.applied
        and (node := world.group.node(server_id)) is not None
        and node.commit > server.applied
        for server_id, server in world.servers.items()
    )


@sometimes("etcd", source="Jepsen: indeterminate operations")
def a_request_has_an_unknown_outcome(world: EtcdWorld) -> bool:
    """A client has given up on a write that a log still holds."""
    return any(
        client.gave_up
        and any(
            entry.data == client.gave_up
            for member in world.group.members.values()
            for entry in member.disk.written.log.entries
        )
        for client in world.clients.values()
    )


@eventually("etcd", source="etcd KV API guarantees: availability", within=40)
def every_request_is_answered_or_given_up(world: EtcdWorld) -> Iterator[str]:
    """No client waits for ever for a server that has its request."""
    for name, client in world.clients.items():
        if client.waits_for:
            yield f"{name} waits for the answer to {client.waits_for}"


@eventually("etcd", source="etcd KV API guarantees: durability, availability", within=40)
def stores_converge(world: EtcdWorld) -> Iterator[str]:
    """All servers have the same store."""
    stores = {i: server.store for i, server in world.servers.items() if server is not None}
    first = next(iter(stores), None)
    for server_id, store in stores.items():
        if first is not None and store != stores[first]:
            yield (
                f"server {server_id} is at {describe(store)}, "
                f"server {first} at {describe(stores[first])}"
            )
