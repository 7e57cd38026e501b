"""Eviction: deletion that asks the disruption budgets first.

Models the ``eviction`` subresource (pkg/registry/core/pod/storage/eviction.go). Rules of this file:
the budget is read and spent in one write of its status, and the pod is deleted in a second write;
between the two the API server can die, and then the budget is spent for nothing.
"""

from __future__ import annotations

from attrs import evolve

from model.api.deletion import delete
from model.api.errors import forbidden, not_found, too_many_requests
from model.api.objects import store_key, store_prefix
from model.api.pod import Pod
from model.api.policy import PodDisruptionBudget
from model.api.prepared import Prepared, put_over
from model.api.requests import Delete, Evict, Response
from model.api.selectors import matches
from model.etcd.mvcc import KeyValue, Store

__all__ = ["budgets_of", "can_ignore_budgets", "disruption_refused", "evict"]

MAX_DISRUPTED_PODS = 2000


def evict(store: Store, request: Evict, now: int) -> Prepared | Response:
    """The write that spends the budget (with the deletion to follow), or why it cannot."""
    found = store.get(store_key(Pod.kind, request.key))
    if found is None:
        return not_found(Pod.kind, request.key)
    pod: Pod = found.value
    if can_ignore_budgets(pod):
        version = found.mod_revision if pod.status.phase == "Pending" else None
        return delete(store, Delete(Pod.kind, request.key, resource_version=version), now)
    budgets = budgets_of(store, pod)
    if not budgets:
        return delete(store, Delete(Pod.kind, request.key), now)
    if len(budgets) > 1:
        return Response(500, "InternalError", "this pod has more than one PodDisruptionBudget")
    budget: PodDisruptionBudget = budgets[0].value
    status = budget.status
    if not pod.status.ready and status.current_healthy >= status.desired_healthy > 0:
        version = found.mod_revision
        return delete(store, Delete(Pod.kind, request.key, resource_version=version), now)
    refused = disruption_refused(budget)
    if refused is not None:
        return refused
    spent = evolve(
        status,
        disruptions_allowed=status.disruptions_allowed - 1,
        disrupted_pods=status.disrupted_pods.set(pod.metadata.name, now),
    )
    return put_over(budgets[0], evolve(budget, status=spent), Delete(Pod.kind, request.key))


def can_ignore_budgets(pod: Pod) -> bool:
    """True for pods that serve nobody: at their end, not yet started, or already going."""
    return (
        pod.status.phase in ("Succeeded", "Failed", "Pending")
        or pod.metadata.deletion_timestamp is not None
    )


def budgets_of(store: Store, pod: Pod) -> tuple[KeyValue, ...]:
    """The disruption budgets that guard the pod."""
    prefix = store_prefix(PodDisruptionBudget.kind) + pod.metadata.namespace + "/"
    return tuple(
        found
        for found in store.range(prefix)
        if matches(found.value.spec.selector, pod.metadata.labels)
    )


def disruption_refused(budget: PodDisruptionBudget) -> Response | None:
    """Why nothing may be evicted under this budget now, None when something may."""
    kind, name, status = budget.kind, budget.metadata.name, budget.status
    if status.observed_generation < budget.metadata.generation:
        return too_many_requests(kind, name, "the budget has not been processed yet")
    if status.disruptions_allowed < 0:
        return forbidden(kind, name, "the budget's status allows a negative number")
    if len(status.disrupted_pods) > MAX_DISRUPTED_PODS:
        return forbidden(kind, name, "too many evictions are under way")
    if status.disruptions_allowed == 0:
        return too_many_requests(kind, name, "the eviction would violate the disruption budget")
    return None
