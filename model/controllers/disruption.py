"""The disruption controller: how many pods of each budget may be evicted now.

Models ``pkg/controller/disruption``; the arithmetic is in ``budget.py``. Rules of this file: one
write a sync, refused on a conflict (the eviction API writes the same status) and then computed
anew, never written again as it was (kubernetes/kubernetes#82149).
"""

from __future__ import annotations

from typing import Any

from attrs import evolve

from model.api.client import Controller, Reconciled, View, WatchEvent
from model.api.meta import controller_of, is_deleting, key_of
from model.api.pod import Pod
from model.api.policy import PodDisruptionBudget
from model.api.selectors import matches
from model.controllers.budget import Budget, Guarded, budget_status
from model.frozen_map import FrozenMap

__all__ = ["DISRUPTION"]

RECHECK_SECONDS = 60


def _guarded(pod: Pod) -> Guarded:
    owner = controller_of(pod)
    return Guarded(
        pod.metadata.name,
        "" if owner is None else owner.uid,
        ready=pod.status.ready,
        terminating=is_deleting(pod),
    )


def _reconcile(view: View, memory: Any, key: str, now: int) -> Reconciled:
    pdb: PodDisruptionBudget | None = view.by_key("PodDisruptionBudget", key)
    if pdb is None:
        return Reconciled()
    namespace = pdb.metadata.namespace
    pods = [
        pod
        for pod in view.list("Pod", namespace)
        if matches(pdb.spec.selector, pod.metadata.labels)
    ]
    scales = {rs.metadata.uid: rs.spec.replicas for rs in view.list("ReplicaSet", namespace)}
    evicted = {name: now - at for name, at in pdb.status.disrupted_pods.items()}
    wanted = Budget(pdb.spec.min_available, pdb.spec.max_unavailable)
    counted = budget_status(wanted, [_guarded(pod) for pod in pods], scales, evicted)
    if counted is None:
        status = evolve(pdb.status, disruptions_allowed=0)
    else:
        kept = {name: pdb.status.disrupted_pods[name] for name in counted.disrupted}
        status = evolve(
            pdb.status,
            observed_generation=pdb.metadata.generation,
            expected_pods=counted.expected_pods,
            desired_healthy=counted.desired_healthy,
            current_healthy=counted.current_healthy,
            disruptions_allowed=counted.disruptions_allowed,
            disrupted_pods=FrozenMap(kept),
        )
    again = RECHECK_SECONDS if status.disrupted_pods else None
    if status == pdb.status:
        return Reconciled(requeue_after=again)
    return Reconciled((view.update_status(evolve(pdb, status=status)),), requeue_after=again)


def _keys(view: View, event: WatchEvent) -> tuple[str, ...]:
    if event.kind == "PodDisruptionBudget":
        return (event.key,)
    if event.kind == "ReplicaSet":
        return tuple(key_of(pdb) for pdb in view.list("PodDisruptionBudget"))
    pods = [pod for pod in (event.obj, event.old) if pod is not None]
    return tuple(
        key_of(pdb)
        for pdb in view.list("PodDisruptionBudget")
        if any(matches(pdb.spec.selector, pod.metadata.labels) for pod in pods)
    )


DISRUPTION = Controller(
    name="disruption-controller",
    watches=("PodDisruptionBudget", "ReplicaSet", "Pod"),
    reconcile=_reconcile,
    keys=_keys,
)
