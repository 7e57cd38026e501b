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

from attrs import define, frozen

from invariants.checker import Checker, Finding, Readings
from invariants.invariant import Invariant, Kind
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
    stays = {inv.name: _Stay(inv) for inv in checker.invariants if inv.kind is Kind.EVENTUALLY}
    actions: list[Action] = []
    shapes: dict[Hashable, dict[str, Hashable]] = {}
    rounds = 0
    while stays:
        missing = _look(checker, world, stays)
        late = tuple(f for f in missing if f.invariant.within <= rounds)
        shape = layer.shape(world)
        values = {name: stay.value for name, stay in stays.items()}
        if shape in shapes:
            moving = missing or _moving(stays, shapes[shape])
            verdict = "livelock" if moving else "reached"
            return CalmVerdict(verdict, moving, rounds, tuple(actions), world)
        shapes[shape] = values
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
        rounds += 1
    return CalmVerdict("reached", (), rounds, tuple(actions), world)


@define
class _Stay:
    """For how many rounds in a row an invariant has been reached, and what was."""

    invariant: Invariant
    value: Hashable = None
    rounds: int = 0


def _look(checker: Checker[W], world: W, stays: dict[str, _Stay]) -> tuple[Finding, ...]:
    """What is missing of those that have not stayed for long enough; the others are let go."""
    missing = []
    for reached in checker.reached(world):
        name = reached.invariant.name
        if name not in stays:
            continue
        stay = stays[name]
        if reached.missing:
            missing.append(Finding(reached.invariant, reached.missing))
            stay.rounds = 0
        else:
            stay.rounds = stay.rounds + 1 if stay.value == reached.value else 1
        stay.value = reached.value
        if stay.rounds > reached.invariant.lasting:
            del stays[name]
    return tuple(missing)


def _moving(stays: dict[str, _Stay], before: dict[str, Hashable]) -> tuple[Finding, ...]:
    """What is reached again and again, each time in another way, while all else repeats."""
    return tuple(
        Finding(stay.invariant, (f"it does not stay: from {before[name]} to {stay.value}",))
        for name, stay in stays.items()
        if name in before and stay.value != before[name]
    )
