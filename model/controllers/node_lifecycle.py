"""The node lifecycle controller: who has stopped reporting, and what becomes of its pods.

Models ``pkg/controller/nodelifecycle`` and the taint eviction controller. Rules of this file: a
node is silent when its lease has not changed for :data:`GRACE_SECONDS` of this controller's *own*
clock since it saw it last change. A silent node is tainted; its pods are evicted by tolerations,
which default to :data:`TOLERATED_SECONDS` for the two taints. When every node is silent it is the
master that is cut off: then nothing is tainted for eviction (kubernetes/kubernetes#28832).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import evolve, frozen

from model.api.client import Controller, Reconciled, View, WatchEvent
from model.api.coordination import NODE_LEASES
from model.api.meta import is_deleting, key_of
from model.api.node import Node
from model.api.pod import Pod
from model.api.requests import Delete, Request
from model.api.selectors import Taint, Toleration, tolerates
from model.frozen_map import FrozenMap

__all__ = [
    "GRACE_SECONDS",
    "NODE_LIFECYCLE",
    "UNREACHABLE",
    "Heard",
    "delete_of",
    "is_full_disruption",
    "tolerated_for",
]

MONITOR = "monitor"
MONITOR_SECONDS = 5
GRACE_SECONDS = 50
TOLERATED_SECONDS = 300
UNREACHABLE = "node.kubernetes.io/unreachable"


@frozen
class Heard:
    """When a node was last heard of: the renew time of its lease, and our clock then."""

    renew_time: int
    at: int


@frozen
class Memory:
    """By node when it was last heard of, and since when it is tainted."""

    heard: FrozenMap[str, Heard] = FrozenMap()
    tainted: FrozenMap[str, int] = FrozenMap()


def is_full_disruption(silent: int, nodes: int) -> bool:
    """Whether all nodes are silent at once, so that the fault is more likely on our side."""
    return nodes > 0 and silent == nodes


def tolerated_for(pod: Pod, taint: Taint) -> int | None:
    """Seconds that a pod stays on a node with this taint; None for ever.

    A pod that says nothing of an unreachable node gets the default that admission adds
    (DefaultTolerationSeconds); any other taint evicts it at once.
    """
    fitting: list[Toleration] = [t for t in pod.spec.tolerations if tolerates(t, taint)]
    if not fitting:
        return TOLERATED_SECONDS if taint.key == UNREACHABLE else 0
    limits = [t.toleration_seconds for t in fitting if t.toleration_seconds is not None]
    return min(limits) if limits else None


def delete_of(pod: Pod) -> Delete:
    """The deletion of a pod whose node is lost: by name, as the controller really sends it."""
    return Delete("Pod", key_of(pod))


def _reconcile(view: View, memory: Memory, key: str, now: int) -> Reconciled:
    nodes: Sequence[Node] = view.list("Node")
    memory = evolve(memory, heard=_listen(view, memory, nodes, now))
    silent = [node for node in nodes if _is_silent(memory, node, now)]
    full = is_full_disruption(len(silent), len(nodes))
    writes: list[Request] = []
    tainted = FrozenMap(
        {k: v for k, v in memory.tainted.items() if view.by_key("Node", k) is not None}
    )
    for node in nodes:
        name = node.metadata.name
        wanted = _wanted(node, node in silent, evict=not full)
        if wanted != node:
            writes.append(_write(view, node, wanted))
        if any(taint.effect == "NoExecute" for taint in node.spec.taints):
            tainted = tainted if name in tainted else tainted.set(name, now)
        else:
            tainted = tainted.discard(name)
    memory = evolve(memory, tainted=tainted)
    writes.extend(delete_of(pod) for pod in _overdue(view, memory, now))
    return Reconciled(tuple(writes), memory, requeue_after=MONITOR_SECONDS)


def _listen(view: View, memory: Memory, nodes: Sequence[Node], now: int) -> FrozenMap[str, Heard]:
    heard = {}
    for node in nodes:
        name = node.metadata.name
        lease = view.by_key("Lease", f"{NODE_LEASES}/{name}")
        renewed = -1 if lease is None else lease.spec.renew_time
        before = memory.heard.get(name)
        heard[name] = (
            before if before is not None and before.renew_time == renewed else (Heard(renewed, now))
        )
    return FrozenMap(heard)


def _is_silent(memory: Memory, node: Node, now: int) -> bool:
    return now - int(memory.heard[node.metadata.name].at) > GRACE_SECONDS


def _wanted(node: Node, silent: bool, *, evict: bool) -> Node:
    """The node as it should be: Unknown and tainted while silent, clean when heard of."""
    others = tuple(t for t in node.spec.taints if t.key != UNREACHABLE)
    taints = others
    if silent:
        taints = (*others, Taint(UNREACHABLE, "", "NoSchedule"))
        if evict:
            taints = (*taints, Taint(UNREACHABLE, "", "NoExecute"))
    ready = "Unknown" if silent else node.status.ready
    return evolve(
        node, spec=evolve(node.spec, taints=taints), status=evolve(node.status, ready=ready)
    )


def _write(view: View, before: Node, after: Node) -> Request:
    """The status first, then the taints: two writes in two rounds."""
    if before.status != after.status:
        return view.update_status(after)
    return view.update(after)


def _overdue(view: View, memory: Memory, now: int) -> list[Pod]:
    """The pods on tainted nodes whose toleration has run out, by key."""
    found = []
    for pod in view.list("Pod"):
        since = memory.tainted.get(pod.spec.node_name)
        if since is None or is_deleting(pod):
            continue
        node: Node = view.by_key("Node", pod.spec.node_name)
        limits = [tolerated_for(pod, t) for t in node.spec.taints if t.effect == "NoExecute"]
        if any(limit is not None and now - since >= limit for limit in limits):
            found.append(pod)
    return found


def _keys(view: View, event: WatchEvent) -> tuple[str, ...]:
    return (MONITOR,) if event.kind == "Node" else ()


def _shape(memory: Any, now: int) -> Any:
    """How long each node has been silent and tainted, as far as it still matters."""
    return (
        tuple(
            (name, min(now - heard.at, GRACE_SECONDS + 1)) for name, heard in memory.heard.items()
        ),
        tuple(
            (name, min(now - since, TOLERATED_SECONDS)) for name, since in memory.tainted.items()
        ),
    )


NODE_LIFECYCLE = Controller(
    name="node-lifecycle-controller",
    watches=("Node", "Lease", "Pod"),
    reconcile=_reconcile,
    keys=_keys,
    start=Memory(),
    first_keys=(MONITOR,),
    shape=_shape,
)
