"""PodDisruptionBudgets: how many pods may be evicted at once.

Models ``PodDisruptionBudget`` (policy/v1 ``types.go``). Rules of this file: bounds are integers or
percentages; exactly one of the two is set.
"""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from model.api.meta import ObjectMeta
from model.api.selectors import LabelSelector
from model.frozen_map import FrozenMap

__all__ = [
    "PodDisruptionBudget",
    "PodDisruptionBudgetSpec",
    "PodDisruptionBudgetStatus",
]


@frozen
class PodDisruptionBudgetSpec:
    """Which pods are guarded, and how many of them have to stay (or may go)."""

    selector: LabelSelector = LabelSelector()
    min_available: int | str | None = None
    max_unavailable: int | str | None = None


@frozen
class PodDisruptionBudgetStatus:
    """What the disruption controller counted, less what the API server has evicted since.

    ``disrupted_pods``: name -> when it was evicted, on the API server's clock.
    """

    observed_generation: int = 0
    expected_pods: int = 0
    desired_healthy: int = 0
    current_healthy: int = 0
    disruptions_allowed: int = 0
    disrupted_pods: FrozenMap[str, int] = FrozenMap()


@frozen
class PodDisruptionBudget:
    """A PodDisruptionBudget."""

    kind: ClassVar[str] = "PodDisruptionBudget"

    metadata: ObjectMeta
    spec: PodDisruptionBudgetSpec = PodDisruptionBudgetSpec()
    status: PodDisruptionBudgetStatus = PodDisruptionBudgetStatus()
