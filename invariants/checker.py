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

__all__ = ["Checker", "Finding", "Readings"]

W = TypeVar("W")


@frozen
class Finding:
    """An invariant that is broken, and the sentences that say how."""

    invariant: Invariant
    evidence: tuple[str, ...]


@frozen
class Readings:
    """What the invariants know so far: monitors' states in order, situations not yet reached."""

    monitors: tuple[Hashable, ...]
    unreached: tuple[Invariant, ...]


_Bound = tuple[Invariant, Callable[[Any], Any], Callable[..., Any]]


def _view(layer: Layer[Any], invariant: Invariant) -> Callable[[Any], Any]:
    """From a world to what the invariant reads."""
    part = {component.name: component.of for component in layer.components}[invariant.component]
    reads = invariant.reads or invariant.each
    if reads is None:
        return part
    return lambda world: reads(part(world))


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
    _always: tuple[_Bound, ...] = field(init=False, repr=False, default=())
    _each: tuple[_Bound, ...] = field(init=False, repr=False, default=())
    _transitions: tuple[_Bound, ...] = field(init=False, repr=False, default=())
    _histories: tuple[Invariant, ...] = field(init=False, repr=False, default=())
    _views: dict[str, Callable[[Any], Any]] = field(init=False, repr=False, eq=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        bound = [(inv, _view(self.layer, inv), inv.check) for inv in self.invariants]
        for name, kind, each in (
            ("_always", Kind.ALWAYS, False),
            ("_each", Kind.ALWAYS, True),
            ("_transitions", Kind.TRANSITION, False),
        ):
            chosen = (b for b in bound if b[0].kind is kind and (b[0].each is not None) is each)
            object.__setattr__(self, name, tuple(chosen))
        object.__setattr__(self, "_histories", self._of_kind(Kind.HISTORY))
        self._views.update((inv.name, view) for inv, view, _ in bound)

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
            if inv.needs is None or inv.needs(self._views[inv.name](world))
        )
        readings = Readings(tuple(inv.start for inv in self._histories), tuple(possible))
        findings = [
            Finding(inv, said)
            for inv, view, _ in (*self._always, *self._each)
            if (said := _said_of_all(inv, view(world)))
        ]
        return self.reach(readings, world), tuple(findings)

    def read(
        self, readings: Readings, before: W, action: Action, transition: Transition[W]
    ) -> tuple[Readings, tuple[Finding, ...]]:
        """The readings after one step, and every invariant that the step broke."""
        after = transition.world
        findings: list[Finding] = []
        if after is not before:
            for inv, view, check in self._always:
                now = view(after)
                if now is not view(before):
                    said = tuple(check(now))
                    if said:
                        findings.append(Finding(inv, said))
            for inv, view, check in self._each:
                now, was = view(after), view(before)
                if now is not was:
                    said = tuple(
                        words
                        for key, value in now.items()
                        if was.get(key) is not value
                        for words in check(key, value)
                    )
                    if said:
                        findings.append(Finding(inv, said))
            for inv, view, check in self._transitions:
                was, now = view(before), view(after)
                if now is not was:
                    said = tuple(check(was, action, now))
                    if said:
                        findings.append(Finding(inv, said))
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
                state = _fold(inv.check(state, observation), said)
            if said:
                findings.append(Finding(inv, tuple(said)))
            monitors.append(state)
        return evolve(readings, monitors=tuple(monitors))

    def reach(self, readings: Readings, world: W) -> Readings:
        """The readings with the ``sometimes`` situations of this world ticked off."""
        if not readings.unreached:
            return readings
        left = tuple(
            inv for inv in readings.unreached if not inv.check(self._views[inv.name](world))
        )
        return (
            readings if len(left) == len(readings.unreached) else evolve(readings, unreached=left)
        )

    def missing(self, world: W) -> tuple[Finding, ...]:
        """The ``eventually`` invariants that are not reached in this world, and what is missing."""
        return tuple(
            Finding(inv, said)
            for inv in self._of_kind(Kind.EVENTUALLY)
            if (said := tuple(inv.check(self._views[inv.name](world))))
        )


def _fold(monitor: Any, said: list[str]) -> Any:
    """Run one monitor step: collect its sentences, return its next state."""
    while True:
        try:
            said.append(next(monitor))
        except StopIteration as done:
            return done.value
