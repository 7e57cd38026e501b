"""The arithmetic of a PodDisruptionBudget.

Models ``trySync``, ``getExpectedPodCount``, ``countHealthyPods`` and ``buildDisruptedPodMap`` of
the disruption controller. Rules of this file: plain values; times are seconds of the controller's
own clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import evolve, frozen

from model.controllers.scaling import resolve_int_or_percent

__all__ = [
    "DELETION_TIMEOUT",
    "Budget",
    "BudgetStatus",
    "Guarded",
    "budget_status",
    "disrupted_still_expected",
    "disruptions_allowed",
    "fail_safe",
]

DELETION_TIMEOUT = 120
"""Seconds after an eviction for which its pod counts as good as gone."""


@frozen
class Budget:
    """A PodDisruptionBudget's spec: exactly one of the two is set."""

    min_available: int | str | None = None
    max_unavailable: int | str | None = None


@frozen
class Guarded:
    """A pod that the budget selects; ``controller`` is its controller's uid, "" for none."""

    name: str
    controller: str = ""
    ready: bool = False
    terminating: bool = False


@frozen
class BudgetStatus:
    """What the controller writes into the budget's status.

    ``disrupted`` names the pods evicted lately that are still expected to go.
    """

    expected_pods: int = 0
    desired_healthy: int = 0
    current_healthy: int = 0
    disruptions_allowed: int = 0
    disrupted: tuple[str, ...] = ()


def budget_status(
    budget: Budget,
    pods: Sequence[Guarded],
    scales: Mapping[str, int],
    evicted_ago: Mapping[str, int],
) -> BudgetStatus | None:
    """The status for these pods.

    ``scales`` gives ``spec.replicas`` of each controller by uid; ``evicted_ago`` the seconds
    since the eviction of each pod in ``status.disruptedPods``. None when the budget needs the
    scale of a pod's controller and there is no such controller: then the controller gives up,
    and allows no disruption.
    """
    counted = _expected(budget, pods, scales)
    if counted is None:
        return None
    expected, desired = counted
    disrupted = disrupted_still_expected(pods, evicted_ago)
    healthy = sum(
        1
        for pod in pods
        if pod.ready
        and not pod.terminating
        and not (pod.name in evicted_ago and evicted_ago[pod.name] < DELETION_TIMEOUT)
    )
    allowed = disruptions_allowed(expected, healthy, desired)
    return BudgetStatus(expected, desired, healthy, allowed, disrupted)


def fail_safe(before: BudgetStatus) -> BudgetStatus:
    """The status when the scale cannot be known: as it was, but nothing may be disrupted."""
    return evolve(before, disruptions_allowed=0)


def disruptions_allowed(expected: int, healthy: int, desired: int) -> int:
    """How many more pods may be evicted now."""
    return max(0, healthy - desired) if expected > 0 else 0


def _expected(
    budget: Budget, pods: Sequence[Guarded], scales: Mapping[str, int]
) -> tuple[int, int] | None:
    """(expected pods, desired healthy), or None without the scale that it takes."""
    if isinstance(budget.min_available, int) and budget.max_unavailable is None:
        return len(pods), budget.min_available
    controllers = sorted({pod.controller for pod in pods})
    if any(controller not in scales for controller in controllers):
        return None
    expected = sum(scales[controller] for controller in controllers)
    if budget.max_unavailable is not None:
        lost = resolve_int_or_percent(budget.max_unavailable, expected, round_up=True)
        return expected, max(0, expected - lost)
    assert budget.min_available is not None, "a budget has one of its two bounds"
    return expected, resolve_int_or_percent(budget.min_available, expected, round_up=True)


def disrupted_still_expected(
    pods: Sequence[Guarded], evicted_ago: Mapping[str, int]
) -> tuple[str, ...]:
    """The evicted pods whose deletion is still awaited: present, not deleting, not overdue."""
    return tuple(
        pod.name
        for pod in sorted(pods, key=lambda pod: pod.name)
        if not pod.terminating
        and pod.name in evicted_ago
        and evicted_ago[pod.name] <= DELETION_TIMEOUT
    )
