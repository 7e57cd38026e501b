"""What a step of a layer's rule machine costs, over an empty machine with as many rules.

Both machines run the same number of examples and steps with the same settings and seed; the
empty one has rules without effect and always-true preconditions, so the ratio is what the model
and the invariants add to Hypothesis's own work.
"""

from __future__ import annotations

import sys
import time

from hypothesis import Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from wavetank.drivers.machine import machine_for
from wavetank.extensions import invariants_for
from wavetank.layers import layer_named

LIMITS = {"raft": 2.0, "etcd": 3.0, "kube": 3.0}
STEPS = 50
EXAMPLES = 100
SETTINGS = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    deadline=None,
    database=None,
    phases=[Phase.generate],
)


def empty_machine(rules: int) -> type[RuleBasedStateMachine]:
    """A machine of so many rules that do nothing, each drawing one value from a short list."""
    body: dict[str, object] = {"done": 0}
    for number in range(rules):

        def nothing(self, value: int) -> None:  # noqa: ARG001
            type(self).done += 1

        nothing.__name__ = f"rule_{number}"
        drawn = rule(value=st.runner().flatmap(lambda self: st.sampled_from((1, 2, 3))))
        body[nothing.__name__] = precondition(lambda self: True)(drawn(nothing))
    return type("Empty", (RuleBasedStateMachine,), body)


def microseconds_a_step(machine: type[RuleBasedStateMachine], count: object) -> float:
    """Run the machine; time over the steps that it made."""
    before = time.perf_counter()
    run_state_machine_as_test(seed(1)(machine), settings=SETTINGS)
    return (time.perf_counter() - before) / count() * 1e6  # type: ignore[operator]


def measure(name: str) -> float:
    """Print and return the ratio for one layer."""
    layer = layer_named(name)
    machine = machine_for(layer, layer.config(), invariants_for(layer))
    steps = 0
    act, settle = machine.act, machine.teardown

    def counted(self, rule_, action):
        nonlocal steps
        steps += 1
        act(self, rule_, action)

    machine.act = counted
    machine.teardown = lambda self: None  # the calm phase is no step of the machine
    count = sum(rule.allowed(layer.start(layer.config())) for rule in layer.rules)
    empty = empty_machine(count)
    ours = microseconds_a_step(machine, lambda: steps)
    theirs = microseconds_a_step(empty, lambda: empty.done)
    machine.teardown = settle
    ratio = ours / theirs
    print(
        f"{name}: {ours:.0f} us a step, empty machine with {count} rules "
        f"{theirs:.0f} us: ratio {ratio:.2f} (limit {LIMITS[name]})"
    )
    return ratio


if __name__ == "__main__":
    for chosen in sys.argv[1:] or LIMITS:
        measure(chosen)
