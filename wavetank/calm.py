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
    shapes: dict[Hashable, int] = {}
    rounds = 0
    while stays:
        missing = _look(checker, world, stays)
        late = tuple(f for f in missing if f.invariant.within <= rounds)
        shape = layer.shape(world)
        if shape in shapes:
            moving = _unsettled(stays, rounds - shapes[shape])
            verdict = "livelock" if moving else "reached"
            return CalmVerdict(verdict, moving, rounds, tuple(actions), world)
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
        rounds += 1
    return CalmVerdict("reached", (), rounds, tuple(actions), world)


@define
class _Stay:
    """For how many rounds in a row an invariant has been reached, and what was.

    ``ended``: what was missing, or moved, when it was not reached in the same way any more.
    """

    invariant: Invariant
    value: Hashable = None
    rounds: int = 0
    ended: tuple[str, ...] = ()


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
            stay.rounds, stay.ended = 0, reached.missing
        elif stay.rounds and stay.value != reached.value:
            stay.rounds, stay.ended = 1, (_moved(stay.value, reached.value),)
        else:
            stay.rounds += 1
        stay.value = reached.value
        if stay.rounds > reached.invariant.lasting:
            del stays[name]
    return tuple(missing)


def _moved(before: Hashable, now: Hashable) -> str:
    return f"it does not stay: from {before} to {now}"


def _unsettled(stays: dict[str, _Stay], cycle: int) -> tuple[Finding, ...]:
    """What was not reached, and the same, all through a cycle of rounds that now begins anew."""
    return tuple(
        Finding(stay.invariant, stay.ended) for stay in stays.values() if stay.rounds <= cycle
    )
