"""The rule machine: a layer as a Hypothesis ``RuleBasedStateMachine``.

One rule an action kind, each with a precondition, so that Hypothesis's swarm choice can switch
kinds off and its shrinker can work on each step alone. A rule draws from the actions that are
enabled now, in the order of the table. Invariants are asked within the step; each raises its own
exception class, which carries the run so far. The calm phase runs at teardown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import event
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from invariants.checker import Checker
from invariants.invariant import Invariant, InvariantViolation
from model.world import Action, Layer, Rule
from wavetank.run import Run

__all__ = ["LayerMachine", "machine_for", "run_machine", "violation_of"]


def violation_of(run: Run[Any]) -> InvariantViolation:
    """The exception of the run's first finding, with the run attached as its ``trace``."""
    finding = run.findings[0]
    return finding.invariant.violation(finding.evidence, run)


class LayerMachine(RuleBasedStateMachine):
    """Base of the machines; ``machine_for`` adds a layer and its rules."""

    layer: Layer[Any]
    layer_config: Any
    checker: Checker[Any]

    def __init__(self) -> None:
        super().__init__()
        self.tank: Run[Any] = Run(self.layer, self.layer_config, self.checker)
        self._enabled: dict[int, tuple[Action, ...]] = {}
        self._broken()

    def enabled_of(self, number: int) -> tuple[Action, ...]:
        """The enabled actions of one rule, listed once a state."""
        found = self._enabled.get(number)
        if found is None:
            found = self._enabled[number] = tuple(self.layer.rules[number].enabled(self.tank.world))
        return found

    def is_enabled(self, number: int) -> bool:
        """Whether one rule has an enabled action; lists no more than it must."""
        found = self._enabled.get(number)
        if found is not None:
            return bool(found)
        return next(self.layer.rules[number].enabled(self.tank.world), None) is not None

    def act(self, rule_: Rule[Any], action: Action) -> None:
        """Take one step; raises the exception of the invariant that it breaks."""
        self._enabled.clear()
        self.tank.take(rule_, action)
        self._broken()

    def _broken(self) -> None:
        if self.tank.findings:
            raise violation_of(self.tank)

    def teardown(self) -> None:
        """The calm after the storm, unless the storm has already broken something."""
        if self.tank.findings:
            return
        event(f"leads to: {len(self.tank.actions) // 10 * 10}+ steps")
        self.tank.settle()
        self._broken()


def _method(number: int, layer_rule: Rule[Any]) -> Any:
    """The Hypothesis rule of one action kind."""
    choices = st.runner().flatmap(lambda self: st.sampled_from(self.enabled_of(number)))

    def act(self: LayerMachine, action: Action) -> None:
        self.act(layer_rule, action)

    act.__name__ = act.__qualname__ = layer_rule.action.kind()
    return precondition(lambda self: self.is_enabled(number))(rule(action=choices)(act))


def machine_for(
    layer: Layer[Any], config: Any, invariants: Sequence[Invariant]
) -> type[LayerMachine]:
    """The machine of a layer; its ``TestCase`` is an ordinary Hypothesis test.

    It has no rule for what the configuration does not allow.
    """
    start = layer.start(config)
    rules = {
        layer_rule.action.kind(): _method(number, layer_rule)
        for number, layer_rule in enumerate(layer.rules)
        if layer_rule.allowed(start)
    }
    body = {
        **rules,
        "layer": layer,
        "layer_config": config,
        "checker": Checker.of(layer, invariants),
        "__doc__": f"The {layer.name} layer, driven by Hypothesis.",
    }
    return type(f"{layer.name.capitalize()}Machine", (LayerMachine,), body)


def run_machine(machine: type[LayerMachine], settings: Any = None) -> None:
    """Run a machine as a test would, outside pytest."""
    run_state_machine_as_test(machine, settings=settings)
