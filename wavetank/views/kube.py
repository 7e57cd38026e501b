"""How the ``kube`` layer looks: lanes for the API server, each process, each node, the users."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from model.api.objects import (
    Deployment,
    EndpointSlice,
    Lease,
    Node,
    Pod,
    PodDisruptionBudget,
    ReplicaSet,
    key_of,
)
from model.api.requests import describe
from model.control_plane.failures import BreakWatch, LoseAnswer, RefuseWrite, SlowAnswer
from model.control_plane.plane import KUBECTL, ControlPlane, Process
from model.control_plane.work import Receive, ReceiveAnswer, Relist, Send
from model.kubelet.machine import Machine
from model.world import Action
from wavetank.views import Lanes

__all__ = ["kube_arrow", "kube_lanes"]

Lines = tuple[tuple[str, str], ...]

API_SERVER = "API server"


def kube_lanes(plane: ControlPlane) -> Lanes:
    """Users first, then the API server with its objects, the controllers, the nodes."""
    processes = [plane.processes[name] for name in plane.names if not _is_kubelet(name)]
    ordered = sorted(processes, key=lambda process: process.name != KUBECTL)
    users = [(_lane(p.name), tuple(_process(plane, p))) for p in ordered if p.name == KUBECTL]
    others = [(_lane(p.name), tuple(_process(plane, p))) for p in ordered if p.name != KUBECTL]
    nodes = [(_lane(f"kubelet-{name}"), tuple(_node(plane, name))) for name in plane.nodes]
    return (*users, (API_SERVER, tuple(_objects(plane))), *others, *nodes)


def kube_arrow(plane: ControlPlane, action: Action) -> tuple[str, str, str] | None:
    """Events travel from the API server to processes, writes the other way."""
    if isinstance(action, Receive | Relist | BreakWatch):
        name, _, stream = action.informer.rpartition("/")
        return API_SERVER, _lane(name), _event(plane, action, name, stream)
    if isinstance(action, Send | LoseAnswer | RefuseWrite | SlowAnswer):
        outbox = plane.processes[action.process].outbox
        return _lane(action.process), API_SERVER, describe(outbox[0][1]) if outbox else "write"
    if isinstance(action, ReceiveAnswer):
        return API_SERVER, _lane(action.process), "answer"
    return None


def _is_kubelet(name: str) -> bool:
    return name.startswith("kubelet-")


def _lane(process: str) -> str:
    if process == KUBECTL:
        return "users"
    return f"node {process.removeprefix('kubelet-')}" if _is_kubelet(process) else process


def _event(plane: ControlPlane, action: Action, name: str, stream: str) -> str:
    if isinstance(action, Relist):
        return f"list {stream}"
    if isinstance(action, BreakWatch):
        return f"{stream} watch breaks"
    pending = plane.informers[stream][name].pending
    if not pending:
        return stream
    verb = "deleted" if pending[0].deleted else "now"
    return f"{pending[0].obj.kind} {pending[0].key} {verb} at {pending[0].resource_version}"


def _objects(plane: ControlPlane) -> Iterator[tuple[str, str]]:
    yield "clock", f"{plane.clock} s, revision {plane.store.revision}"
    if plane.cut:
        yield "cut off", ", ".join(plane.cut)
    for kv in plane.store.keys.values():
        obj = kv.value
        if not isinstance(obj, Lease):
            yield f"{obj.kind} {key_of(obj)}", _object(obj)


def _object(obj: Any) -> str:
    """What matters of an object, in one line."""
    words = []
    match obj:
        case Pod():
            words.append(f"on {obj.spec.node_name or 'no node'}, {obj.status.phase}")
            words.append("ready" if obj.status.ready else "not ready")
            words.append(", ".join(container.image for container in obj.spec.containers))
        case Deployment():
            words.append(f"{obj.spec.replicas} replicas")
            words.append(", ".join(c.image for c in obj.spec.template.spec.containers))
            words.append(f"{obj.status.available_replicas} available")
        case ReplicaSet():
            words.append(f"{obj.spec.replicas} replicas")
            words.append(f"{obj.status.replicas} counted")
            words.append(f"{obj.status.available_replicas} available")
        case Node():
            words.append(f"Ready {obj.status.ready}")
            words.extend(f"taint {taint.key}:{taint.effect}" for taint in obj.spec.taints)
            words.extend(["cordoned"] if obj.spec.unschedulable else [])
        case EndpointSlice():
            words.append(", ".join(e.pod for e in obj.endpoints if e.ready) or "nobody ready")
        case PodDisruptionBudget():
            words.append(f"{obj.status.disruptions_allowed} disruptions allowed")
    if obj.metadata.deletion_timestamp is not None:
        words.append(f"deleting at {obj.metadata.deletion_timestamp} s")
    words.append(obj.metadata.uid)
    return "; ".join(word for word in words if word)


def _process(plane: ControlPlane, process: Process) -> Iterator[tuple[str, str]]:
    if not process.up:
        yield "process", "down"
    if process.queue:
        yield "queue", ", ".join(process.queue)
    if process.outbox:
        yield "to send", "; ".join(describe(request) for _, request in process.outbox)
    if process.answer is not None:
        yield "waits for", "the answer to its first write"
    if process.skew:
        yield "clock", f"{process.skew} s ahead"
    for stream, watching in plane.informers.items():
        informer = watching.get(process.name)
        if informer is None:
            continue
        if not informer.connected and process.up:
            yield f"{stream} informer", "watch closed"
        elif informer.pending:
            yield f"{stream} informer", f"{len(informer.pending)} events behind"


def _node(plane: ControlPlane, name: str) -> Iterator[tuple[str, str]]:
    process: Process = plane.processes[f"kubelet-{name}"]
    machine: Machine = process.memory
    if name in plane.cut:
        yield "network", "cut off"
    for sandbox in machine.pods.values():
        state = [sandbox.state, "ready" if sandbox.ready else "not ready"]
        if not sandbox.healthy:
            state.append("bad image")
        yield f"runs {sandbox.key}", f"{', '.join(state)}; {sandbox.uid}"
    yield from _process(plane, process)
