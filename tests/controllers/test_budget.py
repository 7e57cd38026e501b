"""A PodDisruptionBudget's status: by example, and against recorded syncs of the real code."""

import gzip
import json
from pathlib import Path

import pytest

from model.controllers.budget import Budget, BudgetStatus, Guarded, budget_status, fail_safe

RECORDED = Path(__file__).resolve().parents[3] / "shared/conformance/kubernetes/controllers"


def pods(*ready: bool) -> list[Guarded]:
    return [Guarded(f"p{i}", "web", ready=is_ready) for i, is_ready in enumerate(ready)]


def test_healthy_pods_above_the_minimum_may_go() -> None:
    status = budget_status(Budget(min_available=2), pods(True, True, True), {}, {})
    assert status == BudgetStatus(3, 2, 3, 1)


def test_a_percentage_is_of_the_controllers_scale_not_of_the_pods() -> None:
    status = budget_status(Budget(max_unavailable="25%"), pods(True, True), {"web": 4}, {})
    assert status == BudgetStatus(4, 3, 2, 0)


def test_an_evicted_pod_counts_as_gone_until_its_deletion_is_overdue() -> None:
    budget = Budget(min_available=1)
    assert budget_status(budget, pods(True, True), {}, {"p0": 5}) == BudgetStatus(
        2, 1, 1, 0, ("p0",)
    )
    assert budget_status(budget, pods(True, True), {}, {"p0": 121}) == BudgetStatus(2, 1, 2, 1)


def test_every_recorded_sync_of_a_budget_gives_the_same_status() -> None:
    path = RECORDED / "disruption_budget.jsonl.gz"
    if not path.exists():
        pytest.skip(f"the recorded decisions are not there: {path}")
    different = []
    with gzip.open(path, "rt") as lines:
        cases = [json.loads(line) for line in lines]
    for case in cases:
        given, expected = case["input"], case["expected"]
        budget = Budget(given.get("minAvailable"), given.get("maxUnavailable"))
        guarded = [
            Guarded(f"p{i}", pod.get("replicaSet", ""), pod["ready"], pod["terminating"])
            for i, pod in enumerate(given["pods"] or ())
        ]
        ago = {
            f"p{i}": int(pod["disruptedSecondsAgo"])
            for i, pod in enumerate(given["pods"] or ())
            if "disruptedSecondsAgo" in pod
        }
        status = budget_status(budget, guarded, given["replicaSets"], ago)
        before = BudgetStatus(disrupted=tuple(sorted(ago)))
        if status is None:
            status = fail_safe(before)
        elif status == before:
            status = None
        got: dict[str, object] = {"unchanged": True}
        if status is not None:
            got = {
                "currentHealthy": status.current_healthy,
                "desiredHealthy": status.desired_healthy,
                "disruptedPods": len(status.disrupted),
                "disruptionsAllowed": status.disruptions_allowed,
                "expectedPods": status.expected_pods,
            }
        if got != expected:
            different.append((case["id"], given, got, expected))
    assert not different, (len(different), different[:3])
