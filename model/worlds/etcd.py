"""The ``etcd`` layer: clients that read, write and watch, over servers replicated by Raft."""

from __future__ import annotations

from collections.abc import Hashable

from model.etcd.actions import RULES, CommitBackend
from model.etcd.client_actions import GiveUp
from model.etcd.cluster import EtcdConfig, EtcdWorld, react, start_etcd
from model.etcd.watch_actions import FillStream, OpenWatch, ReceiveWatch, watch_of
from model.raft.actions import CONSENSUS_RULES
from model.raft.group import RaftGroup
from model.raft.node import Role
from model.world import Action, Component, Layer, Rule, Transition
from model.worlds.raft import calm_raft, raft_shape

__all__ = ["ETCD", "calm_etcd", "lifted_raft_rules"]


def _group(world: EtcdWorld) -> RaftGroup:
    return world.group


def _with_group(world: EtcdWorld, moved: Transition[RaftGroup]) -> Transition[EtcdWorld]:
    return react(world, moved)


def lifted_raft_rules() -> tuple[Rule[EtcdWorld], ...]:
    """The group's own rules; what is asked of it comes from clients here."""
    return tuple(rule.lift(_group, _with_group) for rule in CONSENSUS_RULES)


def calm_etcd(world: EtcdWorld) -> tuple[Action, ...]:
    """One fair round: the group's, then backends commit, and every watch is filled and received.

    A client whose watch has died with its server opens it again on the first server; one whose
    answer cannot come any more gives up.
    """
    actions: list[Action] = list(calm_raft(world.group))
    actions.extend(CommitBackend(server_id) for server_id in world.servers)
    for name, client in world.clients.items():
        if client.watches_on and watch_of(world, name) is None:
            actions.append(OpenWatch(name, next(iter(world.servers)), client.prefix))
        actions.append(FillStream(name))
        actions.extend(ReceiveWatch(name) for _ in range(world.config.stream_capacity + 1))
        if client.waits_for and not _is_known(world, client.waits_for):
            actions.append(GiveUp(name))
    return tuple(actions)


def _is_known(world: EtcdWorld, request_id: str) -> bool:
    """Whether an answer may still come: a server waits to give it, and Raft has not lost it."""
    group = world.group
    nodes = [m.memory.node for m in group.members.values() if m.memory is not None]
    servers = [server for server in world.servers.values() if server is not None]
    if any(request_id in server.writes for server in servers):
        return any(entry.data == request_id for node in nodes for entry in node.log.entries)
    if any(request_id in server.reads for server in servers):
        return (
            any(
                read.context == request_id
                for node in nodes
                if node.role is Role.LEADER
                for read in (*node.pending_reads, *node.postponed_reads)
            )
            or any(message.context == request_id for _, _, message in group.network.in_flight())
            or any(request_id in server.ready for server in servers)
        )
    return False


def etcd_shape(world: EtcdWorld) -> Hashable:
    """The world with the terms of its members counted from the lowest."""
    return (raft_shape(world.group), world.servers, world.clients)


ETCD: Layer[EtcdWorld] = Layer(
    name="etcd",
    config=EtcdConfig,
    start=start_etcd,
    rules=(*RULES, *lifted_raft_rules()),
    components=(
        Component("raft", _group),
        Component("etcd", lambda world: world),
        Component("watch", lambda world: world),
    ),
    calm=calm_etcd,
    shape=etcd_shape,
)
