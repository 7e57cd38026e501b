"""One run: actions applied to a world one after the other, the invariants asked after each.

Every driver goes through a :class:`Run`, so that the same actions give the same verdict whoever
chose them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Generic, TypeVar

from invariants.checker import Checker, Finding, Readings
from model.digest import digest
from model.world import Action, Layer, NotEnabled, Rule
from wavetank.calm import CalmVerdict, calm_down

__all__ = ["Run", "digests_along"]

W = TypeVar("W")


class Run(Generic[W]):
    """A run in progress: its world, what was done, and the first findings, if any.

    ``world``, ``readings`` and ``actions`` are where it stands; ``findings`` what the last step
    broke (empty while everything holds); ``calm`` the verdict of the calm phase once it was had;
    ``inherited`` how many of the actions were taken over from the run that this one goes on from.
    """

    __slots__ = (
        "actions",
        "calm",
        "checker",
        "config",
        "findings",
        "inherited",
        "layer",
        "readings",
        "world",
    )

    def __init__(self, layer: Layer[W], config: Any, checker: Checker[W]) -> None:
        self.layer = layer
        self.config = config
        self.checker = checker
        self.world: W = layer.start(config)
        self.actions: list[Action] = []
        self.readings: Readings
        self.findings: tuple[Finding, ...]
        self.readings, self.findings = checker.start(self.world)
        self.calm: CalmVerdict[W] | None = None
        self.inherited = 0

    @classmethod
    def resume(cls, other: Run[W]) -> Run[W]:
        """A run that goes on from where another one stands; the other stays as it is."""
        run = cls.__new__(cls)
        run.layer, run.config, run.checker = other.layer, other.config, other.checker
        run.world, run.readings, run.findings = other.world, other.readings, other.findings
        run.actions = list(other.actions)
        run.calm = None
        run.inherited = len(run.actions)
        return run

    def step(self, action: Action) -> tuple[Finding, ...]:
        """Take one step. Raises ``NotEnabled`` and changes nothing when it is not possible."""
        why = self.layer.why_not(self.world, action)
        rule = self.layer.rule_of(action)
        if why is not None or rule is None:
            raise NotEnabled(action, why or "no such action")
        return self.take(rule, action)

    def take(self, rule: Rule[W], action: Action) -> tuple[Finding, ...]:
        """Take a step that is known to be enabled, by its rule (the fast drivers' way)."""
        transition = rule.step(self.world, action)
        self.readings, self.findings = self.checker.read(
            self.readings, self.world, action, transition
        )
        self.world = transition.world
        self.actions.append(action)
        if self.readings.unreached:
            self.readings = self.checker.reach(self.readings, self.world)
        return self.findings

    def try_step(self, action: Action) -> bool:
        """Take the step if it is possible; say whether it was."""
        if self.layer.why_not(self.world, action) is not None:
            return False
        self.step(action)
        return True

    def follow(self, actions: Iterable[Action]) -> tuple[Finding, ...]:
        """Take those of the actions that are possible, until something breaks."""
        for action in actions:
            if self.try_step(action) and self.findings:
                break
        return self.findings

    def settle(self) -> tuple[Finding, ...]:
        """End the faults, run the fair schedule, and ask what must come true eventually.

        Where another kind of invariant breaks on the way, the fair steps up to there become part
        of the run: it is a counterexample like any other.
        """
        calm = calm_down(self.checker, self.readings, self.world)
        self.findings = calm.findings
        if calm.verdict == "violated":
            self.actions.extend(calm.actions)
            self.world = calm.world
        else:
            self.calm = calm
        return self.findings


def digests_along(layer: Layer[Any], config: Any, actions: Iterable[Action]) -> tuple[str, ...]:
    """The digest of the initial world, then of the world after each action."""
    world = layer.start(config)
    digests = [digest(world)]
    for action in actions:
        world = layer.step(world, action).world
        digests.append(digest(world))
    return tuple(digests)
