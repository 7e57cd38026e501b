"""The calm after the storm: faults end, a fair schedule runs, and good things must happen.

``eventually`` invariants are asked after each round of ``layer.calm``. Three outcomes are told
apart: *reached* (and it stays reached), *livelock* (something is missing while the layer's shape
repeats: it will be missing for ever) and *not_reached* (the bound was hit first: undecided about
what comes later, a violation of the stated bound).
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

from attrs import frozen

from invariants.checker import Checker, Finding, Readings
from invariants.invariant import Kind
from model.world import Action

__all__ = ["STABLE_ROUNDS", "CalmVerdict", "calm_down"]

W = TypeVar("W")

STABLE_ROUNDS = 2
"""Rounds for which what was reached must stay reached."""


@frozen
class CalmVerdict(Generic[W]):
    """What the calm phase showed.

    ``verdict``: ``reached``, ``livelock``, ``not_reached``, or ``violated`` when another kind of
    invariant broke on the way. ``rounds``: rounds run. ``actions``: what was done, in order.
    """

    verdict: str
    findings: tuple[Finding, ...]
    rounds: int
    actions: tuple[Action, ...]
    world: W


def calm_down(checker: Checker[W], readings: Readings, world: W) -> CalmVerdict[W]:
    """Run fair rounds until every ``eventually`` invariant is reached and stays, or its bound."""
    layer = checker.layer
    bounds = [inv.within for inv in checker.invariants if inv.kind is Kind.EVENTUALLY]
    last = max(bounds, default=0)
    actions: list[Action] = []
    shapes: dict[Hashable, int] = {}
    stable = 0
    for rounds in range(last + 1):
        missing = checker.missing(world)
        stable = 0 if missing else stable + 1
        if stable > STABLE_ROUNDS:
            return CalmVerdict("reached", (), rounds, tuple(actions), world)
        late = tuple(f for f in missing if f.invariant.within <= rounds)
        if missing:
            shape = layer.shape(world)
            if shape in shapes:
                return CalmVerdict("livelock", missing, rounds, tuple(actions), world)
            shapes[shape] = rounds
        if late:
            return CalmVerdict("not_reached", late, rounds, tuple(actions), world)
        for action in layer.calm(world):
            if layer.why_not(world, action) is not None:
                continue
            transition = layer.step(world, action)
            actions.append(action)
            readings, findings = checker.read(readings, world, action, transition)
            world = transition.world
            if findings:
                return CalmVerdict("violated", findings, rounds, tuple(actions), world)
    return CalmVerdict("reached", (), last, tuple(actions), world)
