"""Asks a layer's invariants after every step, and keeps what the monitors have seen.

Pure: a :class:`Checker` is the set of questions, :class:`Readings` what is known so far (the
monitors' states and the situations reached), a value that an explorer can keep beside the world.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any, Generic, TypeVar

from attrs import evolve, field, frozen

from invariants.invariant import Invariant, Kind
from model.world import Action, Layer, Transition

__all__ = ["Checker", "Finding", "Reached", "Readings"]

W = TypeVar("W")


@frozen
class Finding:
    """An invariant that is broken, and the sentences that say how."""

    invariant: Invariant
    evidence: tuple[str, ...]


@frozen
class Reached:
    """What is ``missing`` for an ``eventually`` invariant; when nothing is, the ``value`` reached.

    A value other than None is part of what must stay.
    """

    invariant: Invariant
    missing: tuple[str, ...]
    value: Hashable = None


@frozen
class Readings:
    """What the invariants know so far: monitors' states in order, situations not yet reached."""

    monitors: tuple[Hashable, ...]
    unreached: tuple[Invariant, ...]


View = Callable[[Any], Any]


@frozen
class _Asked:
    """The invariants that read the same part of a world: asked together when it has changed."""

    view: View
    always: tuple[Invariant, ...]
    each: tuple[Invariant, ...]
    transitions: tuple[Invariant, ...]


def _asked_together(layer: Layer[Any], invariants: Iterable[Invariant]) -> tuple[_Asked, ...]:
    parts = {component.name: component.of for component in layer.components}
    groups: dict[tuple[str, View | None], list[Invariant]] = {}
    for inv in invariants:
        if inv.kind in (Kind.ALWAYS, Kind.TRANSITION):
            groups.setdefault((inv.component, inv.reads or inv.each), []).append(inv)
    return tuple(
        _Asked(
            _view(parts[component], reads),
            tuple(inv for inv in group if inv.kind is Kind.ALWAYS and inv.each is None),
            tuple(inv for inv in group if inv.kind is Kind.ALWAYS and inv.each is not None),
            tuple(inv for inv in group if inv.kind is Kind.TRANSITION),
        )
        for (component, reads), group in groups.items()
    )


def _view(part: View, reads: View | None) -> View:
    """From a world to what is read of one of its parts."""
    return part if reads is None else lambda world: reads(part(world))


def _said_of_all(invariant: Invariant, now: Any) -> tuple[str, ...]:
    """What an ``always`` invariant says of what it reads."""
    if invariant.each is None:
        return tuple(invariant.check(now))
    return tuple(said for key, value in now.items() for said in invariant.check(key, value))


@frozen
class Checker(Generic[W]):
    """The invariants that apply to a layer, ready to be asked."""

    layer: Layer[W]
    invariants: tuple[Invariant, ...]
    _asked: tuple[_Asked, ...] = field(init=False, repr=False, default=())
    _histories: tuple[Invariant, ...] = field(init=False, repr=False, default=())
    _parts: dict[str, View] = field(init=False, repr=False, eq=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_asked", _asked_together(self.layer, self.invariants))
        object.__setattr__(self, "_histories", self._of_kind(Kind.HISTORY))
        self._parts.update((part.name, part.of) for part in self.layer.components)

    @classmethod
    def of(cls, layer: Layer[W], invariants: Iterable[Invariant]) -> Checker[W]:
        """The checker of those ``invariants`` whose component the layer has."""
        names = {component.name for component in layer.components}
        return cls(layer, tuple(inv for inv in invariants if inv.component in names))

    def _of_kind(self, kind: Kind) -> tuple[Invariant, ...]:
        return tuple(inv for inv in self.invariants if inv.kind is kind)

    def start(self, world: W) -> tuple[Readings, tuple[Finding, ...]]:
        """The readings in the initial world, and what is broken there already."""
        possible = (
            inv
            for inv in self._of_kind(Kind.SOMETIMES)
            if inv.needs is None or inv.needs(self._part(inv, world))
        )
        readings = Readings(tuple(inv.start for inv in self._histories), tuple(possible))
        findings = [
            Finding(inv, said)
            for asked in self._asked
            for inv in (*asked.always, *asked.each)
            if (said := _said_of_all(inv, asked.view(world)))
        ]
        return self.reach(readings, world), tuple(findings)

    def _part(self, invariant: Invariant, world: W) -> Any:
        return self._parts[invariant.component](world)

    def read(
        self, readings: Readings, before: W, action: Action, transition: Transition[W]
    ) -> tuple[Readings, tuple[Finding, ...]]:
        """The readings after one step, and every invariant that the step broke."""
        after = transition.world
        findings: list[Finding] = []
        if after is not before:
            for asked in self._asked:
                was, now = asked.view(before), asked.view(after)
                if now is not was:
                    _ask(asked, was, action, now, findings)
        if transition.observed and self._histories:
            readings = self._observe(readings, transition, findings)
        return readings, tuple(findings)

    def _observe(
        self, readings: Readings, transition: Transition[W], findings: list[Finding]
    ) -> Readings:
        monitors = []
        for inv, state in zip(self._histories, readings.monitors, strict=True):
            said: list[str] = []
            for observation in transition.observed:
                if inv.sees is None or isinstance(observation, inv.sees):
                    state = _fold(inv.check(state, observation), said)
            if said:
                findings.append(Finding(inv, tuple(said)))
            monitors.append(state)
        return evolve(readings, monitors=tuple(monitors))

    def reach(self, readings: Readings, world: W) -> Readings:
        """The readings with the ``sometimes`` situations of this world ticked off."""
        if not readings.unreached:
            return readings
        left = tuple(inv for inv in readings.unreached if not inv.check(self._part(inv, world)))
        return (
            readings if len(left) == len(readings.unreached) else evolve(readings, unreached=left)
        )

    def reached(self, world: W) -> tuple[Reached, ...]:
        """How far each of the ``eventually`` invariants is reached in this world."""
        found = []
        for inv in self._of_kind(Kind.EVENTUALLY):
            said: list[str] = []
            value = _fold(inv.check(self._part(inv, world)), said)
            found.append(Reached(inv, tuple(said), value))
        return tuple(found)


def _ask(asked: _Asked, was: Any, action: Action, now: Any, findings: list[Finding]) -> None:
    """Ask all that read a part that a step has changed."""
    for inv in asked.always:
        said = tuple(inv.check(now))
        if said:
            findings.append(Finding(inv, said))
    if asked.each:
        fresh = [(key, value) for key, value in now.items() if was.get(key) is not value]
        for inv in asked.each:
            said = tuple(words for key, value in fresh for words in inv.check(key, value))
            if said:
                findings.append(Finding(inv, said))
    for inv in asked.transitions:
        said = tuple(inv.check(was, action, now))
        if said:
            findings.append(Finding(inv, said))


def _fold(monitor: Any, said: list[str]) -> Any:
    """Run one monitor step: collect its sentences, return its next state."""
    while True:
        try:
            said.append(next(monitor))
        except StopIteration as done:
            return done.value
