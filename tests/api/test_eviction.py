"""Evictions: the budget is asked, spent, and only then the pod goes."""

from __future__ import annotations

from attrs import evolve

from model.api.objects import (
    LabelSelector,
    ObjectMeta,
    Pod,
    PodDisruptionBudget,
    PodDisruptionBudgetSpec,
    PodDisruptionBudgetStatus,
    PodSpec,
    PodStatus,
)
from model.api.prepared import Mint, Prepared
from model.api.requests import Bind, Create, Delete, Evict, Get, UpdateStatus
from model.api.server import handle, prepare
from model.etcd.mvcc import Store
from model.frozen_map import FrozenMap

WEB = FrozenMap({"app": "web"})
GUARD = PodDisruptionBudget(
    ObjectMeta("guard"), PodDisruptionBudgetSpec(LabelSelector(WEB), min_available=1)
)


def store_with(allowed: int, observed: int = 1, ready: bool = True) -> tuple[Store, Mint]:
    """A running pod under a budget that allows so many disruptions."""
    status = PodDisruptionBudgetStatus(observed, 2, 1, 2, allowed)
    store, mint = Store(), Mint()
    pod = Pod(ObjectMeta("web-1", labels=WEB), PodSpec())
    for request in (
        Create(pod),
        Bind("default/web-1", "n1"),
        UpdateStatus(evolve(pod, status=PodStatus("Running", ready))),
        Create(GUARD),
        UpdateStatus(evolve(GUARD, status=status)),
    ):
        store, mint, response = handle(store, mint, request, 0)
        assert response.ok, response
    return store, mint


def test_an_eviction_spends_the_budget_and_deletes_the_pod() -> None:
    store, mint, response = handle(*store_with(allowed=1), Evict("default/web-1"), 7)
    assert response.ok
    assert response.obj.metadata.deletion_timestamp == 37
    _, _, guard = handle(store, mint, Get("PodDisruptionBudget", "default/guard"), 7)
    assert guard.obj.status.disruptions_allowed == 0
    assert guard.obj.status.disrupted_pods == FrozenMap({"web-1": 7})


def test_between_spending_and_deleting_the_server_can_die() -> None:
    store, mint = store_with(allowed=1)
    prepared, _ = prepare(store, mint, Evict("default/web-1"), 7)
    assert isinstance(prepared, Prepared)
    assert prepared.obj.kind == "PodDisruptionBudget"
    assert prepared.then == Delete("Pod", "default/web-1")


def test_a_spent_budget_refuses() -> None:
    _, _, response = handle(*store_with(allowed=0), Evict("default/web-1"), 7)
    assert (response.code, response.reason) == (429, "TooManyRequests")


def test_a_budget_that_nobody_has_looked_at_refuses() -> None:
    _, _, response = handle(*store_with(allowed=1, observed=0), Evict("default/web-1"), 7)
    assert response.code == 429


def test_an_unready_pod_may_go_while_enough_others_are_healthy() -> None:
    store, mint = store_with(allowed=0, ready=False)
    assert handle(store, mint, Evict("default/web-1"), 7)[2].ok


def test_two_budgets_over_one_pod_are_an_error() -> None:
    store, mint = store_with(allowed=1)
    second = evolve(GUARD, metadata=ObjectMeta("second"))
    store, mint, _ = handle(store, mint, Create(second), 0)
    assert handle(store, mint, Evict("default/web-1"), 7)[2].code == 500


def test_a_pod_without_a_budget_is_simply_deleted() -> None:
    store, mint = store_with(allowed=0)
    store, mint, _ = handle(store, mint, Delete("PodDisruptionBudget", "default/guard"), 0)
    assert handle(store, mint, Evict("default/web-1"), 7)[2].ok
