"""The calm after the storm: faults end, a fair schedule runs, and good things must happen.

``eventually`` invariants are asked after each round of ``layer.calm``. Three outcomes are told
apart: *reached* (and it stays reached), *livelock* (something is missing while the layer's shape
repeats: it will be missing for ever) and *not_reached* (the bound was hit first: undecided about
what comes later, a violation of the stated bound). What was reached must stay so, for as long as
the invariants ask, or until the shape repeats: then it stays so for ever.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

from attrs import frozen

from invariants.checker import Checker, Finding, Readings
from invariants.invariant import Kind
from model.world import Action

__all__ = ["CalmVerdict", "calm_down"]

W = TypeVar("W")


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
    waits = {inv.name: 0 for inv in checker.invariants if inv.kind is Kind.EVENTUALLY}
    actions: list[Action] = []
    missed: set[Hashable] = set()
    reached: set[Hashable] = set()
    rounds = 0
    while waits:
        missing = tuple(f for f in checker.missing(world) if f.invariant.name in waits)
        shape = layer.shape(world)
        if missing and shape in missed:
            return CalmVerdict("livelock", missing, rounds, tuple(actions), world)
        late = tuple(f for f in missing if f.invariant.within <= rounds)
        if late:
            return CalmVerdict("not_reached", late, rounds, tuple(actions), world)
        if missing:
            missed.add(shape)
            reached.clear()
        elif shape in reached:
            break  # it goes on like this for ever
        else:
            reached.add(shape)
        _count(checker, waits, missing)
        for action in layer.calm(world):
            if layer.why_not(world, action) is not None:
                continue
            transition = layer.step(world, action)
            actions.append(action)
            readings, findings = checker.read(readings, world, action, transition)
            world = transition.world
            if findings:
                return CalmVerdict("violated", findings, rounds, tuple(actions), world)
        rounds += 1
    return CalmVerdict("reached", (), rounds, tuple(actions), world)


def _count(checker: Checker[W], waits: dict[str, int], missing: tuple[Finding, ...]) -> None:
    """One more round for those that are reached; those that have stayed so are let go."""
    gone = {finding.invariant.name for finding in missing}
    for inv in checker.invariants:
        if inv.name in waits:
            waits[inv.name] = 0 if inv.name in gone else waits[inv.name] + 1
            if waits[inv.name] > inv.lasting:
                del waits[inv.name]
