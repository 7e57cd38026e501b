"""What must hold between the control plane and the etcd below it."""

from __future__ import annotations

from collections.abc import Iterator

from invariants.etcd import describe_change
from invariants.invariant import eventually, sometimes, transition
from model.world import Action
from model.worlds.full_world import FullWorld, waits_for_etcd


@transition("full", source="design: what is shown over the atomic store holds over the real one")
def api_server_sees_what_etcd_has(
    before: FullWorld, action: Action, after: FullWorld
) -> Iterator[str]:
    """What the API server has seen is what its member of etcd had applied at that index."""
    server = after.etcd.server(after.connected_to)
    store = after.plane.store
    if server is None or server.applied != after.seen_index:
        return
    if store is before.plane.store and after.etcd.servers is before.etcd.servers:
        return
    if store.revision != server.store.revision or store.keys != server.store.keys:
        yield (
            f"at index {after.seen_index} the API server has seen revision {store.revision}, "
            f"member {after.connected_to} has revision {server.store.revision}: "
            f"{describe_change(store.keys, server.store.keys)}"
        )


@transition("full", source="Kubernetes: resourceVersion is etcd's revision, and only grows")
def api_server_never_goes_back(
    before: FullWorld, action: Action, after: FullWorld
) -> Iterator[str]:
    """The API server's view of etcd never goes back, whichever member it is connected to."""
    was, now = before.plane.store.revision, after.plane.store.revision
    if now < was or after.seen_index < before.seen_index:
        yield f"the API server went from revision {was} to {now}"


@sometimes("full", source="etcd documentation: a member may lag")
def api_server_is_behind_etcd(world: FullWorld) -> bool:
    """Etcd has taken a write that the API server has not seen."""
    return bool(world.decided)


@sometimes("full", source="Kubernetes: a request that times out may have taken effect")
def a_write_outlives_its_request(world: FullWorld) -> bool:
    """A transaction is under way in etcd for which nobody waits any more."""
    plane = world.plane
    return any(not waits_for_etcd(plane, ticket.process) for ticket in plane.tickets)


@sometimes("full", source="Raft paper, section 5.2")
def etcd_changes_its_leader_under_the_api_server(world: FullWorld) -> bool:
    """The API server's member knows a leader of a later term than the first."""
    node = world.etcd.group.node(world.connected_to)
    return node is not None and node.term > 1 and node.leader != 0


@eventually("full", source="design: what is shown over the atomic store holds", within=40)
def api_server_catches_up_with_etcd(world: FullWorld) -> Iterator[str]:
    """All members of etcd have the store that the API server has seen."""
    store = world.plane.store
    for server_id, server in world.etcd.servers.items():
        if server is not None and server.store.revision != store.revision:
            yield (
                f"member {server_id} is at revision {server.store.revision}, "
                f"the API server has seen {store.revision}"
            )
