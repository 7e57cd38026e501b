"""The fair schedule of the control plane, and what of it must repeat in a livelock.

One round: heal and restart everything, list what was lost, let ten seconds pass, then twice: every
process catches up, containers that can become ready do, those told to stop do.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from attrs import evolve

from model.api.coordination import Lease
from model.api.objects import key_of
from model.control_plane.cast import Cast
from model.control_plane.containers import SLOTS, BecomeReady, StopContainer
from model.control_plane.failures import HealNode
from model.control_plane.plane import ControlPlane, Process
from model.control_plane.work import CatchUp, PassTime, ReceiveAnswer, Relist, Restart
from model.world import Action

__all__ = ["calm_round", "plane_shape"]


def calm_round(plane: ControlPlane) -> tuple[Action, ...]:
    """One fair round, as actions to try in order."""
    everyone = tuple(CatchUp(name) for name in plane.names)
    containers = [
        action(node, slot)
        for node in plane.nodes
        for action in (StopContainer, BecomeReady)
        for slot in _places(plane, node)
    ]
    return (
        *(HealNode(node) for node in plane.cut),
        *(Restart(name) for name in plane.names),
        *(ReceiveAnswer(name) for name in plane.names),
        *(Relist(informer) for informer in plane.streams),
        PassTime(10),
        *everyone,
        *containers,
        *everyone,
        *containers,
        *everyone,
    )


def _places(plane: ControlPlane, node: str) -> tuple[int, ...]:
    """All places on the node, and a few more for pods that start in this round."""
    return tuple(range(len(plane.machine(node).pods) + len(SLOTS)))


def plane_shape(cast: Cast, plane: ControlPlane) -> Hashable:
    """The plane without versions, uids, times and the counted ends of names.

    Leases are left out: they change for ever. Memories and pending timers are in it, as each
    controller's ``shape`` gives them, so that waiting for a timer is no livelock.
    """
    objects = [
        (kv.value.kind, _name(key_of(kv.value)), _anonymous(kv.value))
        for kv in plane.store.keys.values()
        if kv.value.kind != Lease.kind
    ]
    processes = tuple(_process_shape(cast, plane, p) for p in plane.processes.values())
    return tuple(sorted(objects, key=repr)), processes, plane.cut


def _name(key: str) -> str:
    return key.rstrip("0123456789")


def _anonymous(obj: Any) -> Hashable:
    """The object without what only tells it from its earlier selves."""
    metadata = obj.metadata
    owners = tuple((o.kind, _name(o.name)) for o in metadata.owner_references)
    seen: tuple[Hashable, ...] = (
        metadata.labels,
        owners,
        metadata.finalizers,
        metadata.deletion_timestamp is not None,
    )
    status: Any = getattr(obj, "status", None)
    if obj.kind == "Pod":
        return (*seen, obj.spec, status.phase, status.ready, status.reason)
    if hasattr(status, "observed_generation"):
        status = evolve(status, observed_generation=0)
    return (*seen, getattr(obj, "spec", None), status)


def _process_shape(cast: Cast, plane: ControlPlane, process: Process) -> Hashable:
    now = plane.now(process)
    return (
        process.name,
        cast[process.name].shape(process.memory, now),
        tuple(sorted(_name(key) for key in process.queue)),
        tuple(sorted((when - now, _name(key)) for when, key in process.later)),
        len(process.outbox),
    )
