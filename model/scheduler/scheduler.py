"""The scheduler: one pod at a time, filters, scores, assume, bind.

Models ``pkg/scheduler/schedule_one.go``. Rules of this file: a decision sees the scheduler's own
snapshot. The pod is assumed on its node at once and the binding is sent later (binding cycles run
beside the scheduling cycle). Among nodes of equal score the first by name is taken: the real one
draws, and which of equals it is never matters to what must hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import evolve, frozen

from model.api.client import Controller, Reconciled, View, WatchEvent
from model.api.meta import is_deleting, key_of
from model.api.pod import Pod, is_terminal
from model.api.requests import Bind, Request, Response
from model.frozen_map import FrozenMap
from model.scheduler.filters import explain, rejection
from model.scheduler.scores import balanced_allocation, least_allocated
from model.scheduler.snapshot import NodeInfo, Snapshot, pod_requests, take_snapshot

__all__ = ["SCHEDULER", "Assumed", "Memory", "assumed_pod_expired", "decide"]

FLUSH_SECONDS = 300
"""After so long an unschedulable pod is tried again although nothing has changed."""


@frozen
class Assumed:
    """A pod that counts on its node already: which (uid), where, and since when it was bound."""

    uid: str
    node_name: str
    bound_at: int


@frozen
class Memory:
    """The assumed pods by key, and the pods that fit nowhere when last tried, ascending."""

    assumed: FrozenMap[str, Assumed] = FrozenMap()
    unschedulable: tuple[str, ...] = ()


def assumed_pod_expired(bound_at: int, now: int) -> bool:
    """Whether an assumed pod is forgotten although its binding was not seen: never.

    Up to 1.22 it was after 30 seconds (kubernetes/kubernetes#106361, #110925).
    """
    return False


def current(view: View, memory: Memory, now: int) -> Memory:
    """The memory without what the cache shows by now, and without what has expired."""
    assumed = memory.assumed
    for key, each in memory.assumed.items():
        pod: Pod | None = view.by_key("Pod", key)
        shown = pod is None or pod.metadata.uid != each.uid or bool(pod.spec.node_name)
        if shown or assumed_pod_expired(each.bound_at, now):
            assumed = assumed.discard(key)
    return memory if assumed is memory.assumed else evolve(memory, assumed=assumed)


def snapshot_of(view: View, memory: Memory) -> Snapshot:
    """What the scheduler believes of the nodes."""
    assumed = {key: each.node_name for key, each in memory.assumed.items()}
    return take_snapshot(view.list("Node"), view.list("Pod"), assumed)


def decide(pod: Pod, snapshot: Snapshot) -> tuple[str, Mapping[str, str]]:
    """(node, reasons against the others); the node is "" when the pod fits nowhere."""
    reasons: dict[str, str] = {}
    best: tuple[int, str] | None = None
    for info in snapshot.nodes:
        reason = rejection(pod, info, snapshot)
        if reason is not None:
            reasons[info.name] = reason
            continue
        score = -score_of(pod, info)
        if best is None or (score, info.name) < best:
            best = (score, info.name)
    return ("" if best is None else best[1]), reasons


def score_of(pod: Pod, info: NodeInfo) -> int:
    """LeastAllocated and BalancedAllocation over cpu and memory, equal weights."""
    wanted, allocatable = pod_requests(pod), info.node.status.allocatable
    usage = [
        (info.requested.get(name, 0) + wanted.get(name, 0), allocatable.get(name, 0))
        for name in ("cpu", "memory")
    ]
    least = sum(least_allocated(requested, capacity) for requested, capacity in usage) // 2
    return least + balanced_allocation(usage)


def _reconcile(view: View, memory: Memory, key: str, now: int) -> Reconciled:
    memory = current(view, memory, now)
    waiting = tuple(each for each in memory.unschedulable if each != key)
    memory = evolve(memory, unschedulable=waiting)
    pod: Pod | None = view.by_key("Pod", key)
    if pod is None or pod.spec.node_name or is_deleting(pod) or is_terminal(pod):
        return Reconciled((), memory)
    if key in memory.assumed:
        return Reconciled((), memory, note="its binding is on the way")
    node, reasons = decide(pod, snapshot_of(view, memory))
    if not node:
        memory = evolve(memory, unschedulable=tuple(sorted((*waiting, key))))
        return Reconciled((), memory, requeue_after=FLUSH_SECONDS, note=explain(reasons))
    assumed = memory.assumed.set(key, Assumed(pod.metadata.uid, node, now))
    bind = Bind(key, node, pod.metadata.uid)
    return Reconciled((bind,), evolve(memory, assumed=assumed), note=f"binds to {node}")


def _keys(view: View, event: WatchEvent) -> tuple[str, ...]:
    """A pod without node; and all of them, when room may have appeared."""
    if event.kind == "Pod":
        own = () if event.obj.spec.node_name else (event.key,)
        freed = event.type == "DELETED" or is_terminal(event.obj)
        return (*own, *_pending(view)) if freed else own
    return _pending(view)


def _pending(view: View) -> tuple[str, ...]:
    return tuple(
        key_of(pod)
        for pod in view.list("Pod")
        if not pod.spec.node_name and not is_deleting(pod) and not is_terminal(pod)
    )


def _answered(memory: Any, request: Request, response: Response) -> Any:
    """A binding that was refused holds no room any longer."""
    if isinstance(request, Bind) and not response.ok:
        return evolve(memory, assumed=memory.assumed.discard(request.key))
    return memory


def _shape(memory: Memory, now: int) -> Any:
    """Where pods are assumed, without uids and times."""
    return (
        tuple((key, each.node_name) for key, each in memory.assumed.items()),
        memory.unschedulable,
    )


SCHEDULER = Controller(
    name="scheduler",
    watches=("Pod", "Node"),
    reconcile=_reconcile,
    keys=_keys,
    start=Memory(),
    answered=_answered,
    asynchronous=True,
    shape=_shape,
)
