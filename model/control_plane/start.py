"""How a control plane starts: objects in the store, nodes registered, every process running.

Rules of this file: the objects are created by the API server as any others, so an object that it
refuses is an error here. Every process has listed what it watches; nothing has been decided yet.
"""

from __future__ import annotations

from attrs import evolve

from model.api.coordination import NODE_LEASES, Lease, LeaseSpec
from model.api.meta import ObjectMeta, key_of
from model.api.node import Node
from model.api.prepared import Mint
from model.api.requests import Create
from model.api.server import handle
from model.control_plane.cast import Cast
from model.control_plane.config import KubeConfig
from model.control_plane.plane import ControlPlane, Informer, Process
from model.control_plane.processes import start_process
from model.etcd.mvcc import Store
from model.faults import Faults
from model.frozen_map import FrozenMap
from model.kubelet.machine import Machine

__all__ = ["add_node", "start_plane"]


def start_plane(cast: Cast, config: KubeConfig) -> ControlPlane:
    """The initial world. Raises ``ValueError`` for an object that the API server refuses."""
    store, mint = Store(), Mint()
    leases = [_lease(node) for node in config.nodes]
    for obj in (*config.nodes, *leases, *config.objects):
        store, mint, response = handle(store, mint, Create(obj), 0)
        if not response.ok:
            raise ValueError(f"{obj.kind} {key_of(obj)}: {response.reason}: {response.message}")
    plane = ControlPlane(
        config=config,
        store=store.compact(store.revision),
        processes=FrozenMap(),
        informers=FrozenMap(),
        streams=(),
        names=(),
        nodes=(),
        mint=mint,
        wishes=config.wishes,
        faults=Faults(config.faults),
    )
    for name in cast.playing(config.controllers):
        plane = _add_process(plane, cast, name, cast[name].start)
    for node in config.nodes:
        plane = add_node(plane, cast, node)
    return plane


def _lease(node: Node) -> Lease:
    name = node.metadata.name
    return Lease(ObjectMeta(name=name, namespace=NODE_LEASES), LeaseSpec(name))


def add_node(plane: ControlPlane, cast: Cast, node: Node) -> ControlPlane:
    """A machine is switched on and its kubelet starts."""
    name = node.metadata.name
    has_lease = plane.object(Lease.kind, f"{NODE_LEASES}/{name}") is not None
    machine = Machine(node, plane.config.bad_images, has_lease=has_lease)
    plane = evolve(plane, nodes=(*plane.nodes, name))
    return _add_process(plane, cast, f"kubelet-{name}", machine)


def _add_process(plane: ControlPlane, cast: Cast, name: str, memory: object) -> ControlPlane:
    """One more process, with an informer for each stream that it watches."""
    controller = cast[name]
    informers = plane.informers
    for stream in controller.watches:
        watching = informers.get(stream, FrozenMap())
        informers = informers.set(stream, watching.set(name, Informer(connected=False)))
    plane = evolve(
        plane,
        processes=plane.processes.set(name, Process(name, memory)),
        informers=informers,
        streams=(*plane.streams, *(f"{name}/{stream}" for stream in controller.watches)),
        names=(*plane.names, name),
    )
    return start_process(plane, controller)
