"""The ReplicaSet controller: as many pods as the spec says.

Models ``pkg/controller/replicaset/replica_set.go`` and ``controller_utils.go``. Rules of this file:
it counts the pods in its cache, which may not show yet what it has just asked for. So it remembers
what it expects (*expectations*), and leaves a ReplicaSet alone until its cache has caught up, or
five minutes have passed. Its memory is lost with the process.
"""

from __future__ import annotations

from attrs import evolve, frozen

from model.api.client import Controller, Reconciled, View, WatchEvent, owner_key
from model.api.meta import ObjectMeta, OwnerReference, controller_of, is_deleting, key_of
from model.api.pod import Pod, is_active, is_available
from model.api.requests import Create, Delete, Request, Response
from model.api.workloads import ReplicaSet, ReplicaSetStatus
from model.controllers.deletion_ranking import Candidate, rank_for_deletion
from model.frozen_map import FrozenMap

__all__ = ["EXPECTATIONS_TTL", "REPLICA_SET", "Expectations", "may_sync_pods"]

EXPECTATIONS_TTL = 300
"""Seconds after which unmet expectations are given up (ExpectationsTimeout)."""


@frozen
class Expectations:
    """Creations and deletions of one ReplicaSet that the cache has not shown yet.

    ``deletions`` are pod keys. ``since``: when they were last set, on the controller's clock.
    """

    creations: int = 0
    deletions: tuple[str, ...] = ()
    since: int = 0

    @property
    def fulfilled(self) -> bool:
        """Whether the cache has shown everything."""
        return self.creations <= 0 and not self.deletions


Memory = FrozenMap[str, Expectations]


def may_sync_pods(expected: Expectations | None, now: int) -> bool:
    """Whether to create or delete pods now: not while the cache is known to be behind."""
    return expected is None or expected.fulfilled or now - expected.since > EXPECTATIONS_TTL


def _reconcile(view: View, memory: Memory, key: str, now: int) -> Reconciled:
    rs: ReplicaSet | None = view.by_key("ReplicaSet", key)
    if rs is None:
        return Reconciled((), memory.discard(key), note="it is gone")
    pods = pods_of(view, rs)
    active = [pod for pod in pods if is_active(pod)]
    writes: list[Request] = []
    missing = rs.spec.replicas - len(active)
    if missing and not is_deleting(rs) and may_sync_pods(memory.get(key), now):
        if missing > 0:
            writes.extend(Create(new_pod(rs)) for _ in range(missing))
            memory = memory.set(key, Expectations(missing, (), now))
        else:
            gone = victims(view, active, -missing, now)
            writes.extend(Delete("Pod", key_of(pod), uid=pod.metadata.uid) for pod in gone)
            memory = memory.set(key, Expectations(0, tuple(key_of(pod) for pod in gone), now))
    status = status_of(rs, active, now)
    if status != rs.status:
        writes.append(view.update_status(evolve(rs, status=status)))
    wait = rs.spec.min_ready_seconds or (EXPECTATIONS_TTL + 1 if key in memory else None)
    note = f"{len(active)} of {rs.spec.replicas} pods"
    return Reconciled(tuple(writes), memory, requeue_after=wait, note=note)


def pods_of(view: View, rs: ReplicaSet) -> list[Pod]:
    """The pods in the cache that this ReplicaSet (by uid) manages."""
    found = []
    for pod in view.list("Pod", rs.metadata.namespace):
        owner = controller_of(pod)
        if owner is not None and owner.uid == rs.metadata.uid:
            found.append(pod)
    return found


def new_pod(rs: ReplicaSet) -> Pod:
    """A pod from the template, named by the API server."""
    owner = OwnerReference("ReplicaSet", rs.metadata.name, rs.metadata.uid)
    metadata = ObjectMeta(
        namespace=rs.metadata.namespace,
        generate_name=f"{rs.metadata.name}-",
        labels=rs.spec.template.labels,
        annotations=rs.spec.template.annotations,
        owner_references=(owner,),
    )
    return Pod(metadata, rs.spec.template.spec)


def victims(view: View, active: list[Pod], count: int, now: int) -> list[Pod]:
    """The pods to delete first."""
    related: dict[str, int] = {}
    for pod in active:
        related[pod.spec.node_name] = related.get(pod.spec.node_name, 0) + 1
    by_name = {pod.metadata.name: pod for pod in active}
    candidates = [
        Candidate(
            name=pod.metadata.name,
            node_name=pod.spec.node_name,
            phase=pod.status.phase,
            ready_since=pod.status.ready_since if pod.status.ready else None,
            related=related[pod.spec.node_name],
            restarts=pod.status.restart_count,
            created=pod.metadata.creation_timestamp,
            uid=pod.metadata.uid,
        )
        for pod in active
    ]
    return [by_name[c.name] for c in rank_for_deletion(candidates, now)[:count]]


def status_of(rs: ReplicaSet, active: list[Pod], now: int) -> ReplicaSetStatus:
    """What it has counted."""
    return ReplicaSetStatus(
        replicas=len(active),
        ready_replicas=sum(pod.status.ready for pod in active),
        available_replicas=sum(is_available(pod, rs.spec.min_ready_seconds, now) for pod in active),
        observed_generation=rs.metadata.generation,
    )


def _observe(memory: Memory, event: WatchEvent) -> Memory:
    """A pod has appeared or begun to go: what was expected has happened."""
    if event.kind != "Pod":
        return memory
    for key in owner_key("ReplicaSet", event):
        expected = memory.get(key)
        if expected is None:
            continue
        if event.old is None and event.type != "DELETED":
            expected = evolve(expected, creations=expected.creations - 1)
        gone = event.type == "DELETED" or is_deleting(event.obj)
        if gone and event.key in expected.deletions:
            left = tuple(each for each in expected.deletions if each != event.key)
            expected = evolve(expected, deletions=left)
        memory = memory.set(key, expected)
    return memory


def _answered(memory: Memory, request: Request, response: Response) -> Memory:
    """A refused write will never be seen: it is expected no more."""
    if response.ok:
        return memory
    if isinstance(request, Create) and request.obj.kind == "Pod":
        owner = controller_of(request.obj)
        if owner is not None:
            key = f"{request.obj.metadata.namespace}/{owner.name}"
            expected = memory.get(key)
            if expected is not None:
                return memory.set(key, evolve(expected, creations=expected.creations - 1))
    if isinstance(request, Delete) and request.kind == "Pod":
        for key, expected in memory.items():
            if request.key in expected.deletions:
                left = tuple(each for each in expected.deletions if each != request.key)
                return memory.set(key, evolve(expected, deletions=left))
    return memory


def _keys(view: View, event: WatchEvent) -> tuple[str, ...]:
    return (event.key,) if event.kind == "ReplicaSet" else owner_key("ReplicaSet", event)


REPLICA_SET = Controller(
    name="replicaset-controller",
    watches=("ReplicaSet", "Pod"),
    reconcile=_reconcile,
    keys=_keys,
    start=FrozenMap(),
    observe=_observe,
    answered=_answered,
)
