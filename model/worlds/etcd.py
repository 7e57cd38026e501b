"""The ``etcd`` layer: clients that read, write and watch, over servers replicated by Raft."""

from __future__ import annotations

from collections.abc import Hashable

from model.etcd.actions import RULES, FillStream, GiveUp, OpenWatch, ReceiveWatch
from model.etcd.cluster import EtcdConfig, EtcdWorld, react, start_etcd
from model.raft.actions import RULES as RAFT_RULES
from model.raft.actions import Propose, ReadIndex
from model.raft.group import RaftGroup
from model.world import Action, Component, Layer, Rule, Transition
from model.worlds.raft import calm_raft, raft_shape

__all__ = ["ETCD", "calm_etcd", "lifted_raft_rules"]


def _group(world: EtcdWorld) -> RaftGroup:
    return world.group


def _with_group(world: EtcdWorld, moved: Transition[RaftGroup]) -> Transition[EtcdWorld]:
    return react(world, moved)


def lifted_raft_rules() -> tuple[Rule[EtcdWorld], ...]:
    """The group's rules, without bare proposals and reads: here those come from clients."""
    return tuple(
        rule.lift(_group, _with_group)
        for rule in RAFT_RULES
        if rule.action not in (Propose, ReadIndex)
    )


def calm_etcd(world: EtcdWorld) -> tuple[Action, ...]:
    """One fair round: the group's, then every watch is filled and received.

    A client whose watch has died with its server opens it again on the first server; one that
    waits for a server that has forgotten it gives up.
    """
    actions: list[Action] = list(calm_raft(world.group))
    for name, client in world.clients.items():
        server = world.server(client.watches_on) if client.watches_on else None
        if client.watches_on and (server is None or name not in server.watches):
            actions.append(OpenWatch(name, next(iter(world.servers))))
        actions.append(FillStream(name))
        actions.extend(ReceiveWatch(name) for _ in range(len(world.requests) + 1))
        if client.waits_for and not _is_known(world, client.waits_for):
            actions.append(GiveUp(name))
    return tuple(actions)


def _is_known(world: EtcdWorld, request_id: str) -> bool:
    return any(
        server is not None and (request_id in server.writes or request_id in server.reads)
        for server in world.servers.values()
    )


def etcd_shape(world: EtcdWorld) -> Hashable:
    """The world with the terms of its members counted from the lowest."""
    return (raft_shape(world.group), world.servers, world.clients)


ETCD: Layer[EtcdWorld] = Layer(
    name="etcd",
    config=EtcdConfig,
    start=start_etcd,
    rules=(*RULES, *lifted_raft_rules()),
    components=(Component("raft", _group), Component("etcd", lambda world: world)),
    calm=calm_etcd,
    shape=etcd_shape,
)
