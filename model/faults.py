"""Fault budgets: how often each kind of fault may still strike in a run.

A run without a bound on its faults proves nothing about what happens when they end, and shrinks
to nothing readable. Every fault is therefore a rule with a named budget; ``fault_rule`` adds the
book-keeping so that the fault itself only says what breaks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from attrs import evolve, frozen

from model.frozen_map import FrozenMap
from model.world import Action, Rule, Transition

__all__ = ["Faults", "HasFaults", "fault_rule"]


@frozen
class Faults:
    """How many faults of each name are left. A name that is absent has none."""

    left: FrozenMap[str, int] = FrozenMap()

    def is_spent(self, name: str) -> bool:
        """Whether no fault of ``name`` is left."""
        left: int = self.left.get(name, 0)
        return left <= 0

    def spend(self, name: str) -> Faults:
        """One fault of ``name`` has struck."""
        return Faults(self.left.set(name, self.left[name] - 1))


class HasFaults(Protocol):
    """A world, or a part of one, that keeps fault budgets in ``faults``."""

    @property
    def faults(self) -> Faults: ...


W = TypeVar("W", bound=HasFaults)


def fault_rule(
    fault: str,
    action: type[Action],
    step: Callable[[W, Any], Transition[W]],
    domains: Callable[[W], tuple[Sequence[Any], ...]],
    why_not: Callable[[W, Any], str | None] = lambda world, action: None,
    weight: int = 1,
    idle: Callable[[W], bool] = lambda world: False,
) -> Rule[W]:
    """A rule that is enabled only while the budget ``fault`` lasts, and spends one of it."""

    def refuse(world: W, chosen: Any) -> str | None:
        if world.faults.is_spent(fault):
            return f"the budget of {fault!r} faults is spent"
        return why_not(world, chosen)

    def strike(world: W, chosen: Any) -> Transition[W]:
        struck = step(world, chosen)
        budget = struck.world.faults.spend(fault)
        return Transition(evolve(struck.world, faults=budget), struck.observed)  # type: ignore[misc]

    return Rule(
        action=action,
        step=strike,
        domains=domains,
        why_not=refuse,
        weight=weight,
        fault=fault,
        idle=lambda world: world.faults.is_spent(fault) or idle(world),
        allowed=lambda world: not world.faults.is_spent(fault),
    )
