"""From small integers to absolute actions.

The first number chooses the kind through a table in which each kind takes as many places as its
weight; place 0 is "do nothing". The others choose the fields' values. What a number means does
not depend on what is enabled or in flight, so that a shrinker can delete steps without changing
the meaning of those that follow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

from attrs import frozen

from model.world import Action, Layer, Rule

__all__ = ["STEP_BYTES", "Menu", "chunks"]

W = TypeVar("W")

STEP_BYTES = 5
"""Bytes a step: one for the kind, four for the fields."""

PLACES = 255


@frozen
class Menu(Generic[W]):
    """Which kind of action each value 1 to 255 of a kind byte stands for."""

    places: tuple[Rule[W], ...]

    @classmethod
    def of(cls, layer: Layer[W], weights: Mapping[str, int] | None = None) -> Menu[W]:
        """The menu of a layer, by the rules' own weights or by ``weights`` (kind -> weight)."""
        shares = [
            (rule, rule.weight if weights is None else weights.get(rule.action.kind(), 0))
            for rule in layer.rules
        ]
        total = sum(weight for _, weight in shares)
        places: list[Rule[W]] = []
        passed = 0
        for rule, weight in shares:
            passed += weight
            places.extend([rule] * (passed * PLACES // total - len(places)))
        return cls(tuple(places))

    def pick(self, world: W, draws: Sequence[int]) -> tuple[Rule[W], Action] | None:
        """The action that a chunk stands for, whether enabled or not; None for "do nothing"."""
        if not draws[0]:
            return None
        rule = self.places[draws[0] - 1]
        action: Any = rule.pick(world, draws[1:])
        return None if action is None else (rule, action)


def chunks(data: bytes) -> list[bytes]:
    """``data`` in whole steps of ``STEP_BYTES``; a rest that is no whole step is left out."""
    return [data[i : i + STEP_BYTES] for i in range(0, len(data) - STEP_BYTES + 1, STEP_BYTES)]
