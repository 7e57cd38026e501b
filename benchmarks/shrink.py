"""From a planted bug to a one-minimal counterexample: binary driver, rule machine, random walk."""

from __future__ import annotations

import time
from collections.abc import Callable

from hypothesis import settings

from invariants import InvariantViolation
from wavetank.defects.bank import defect_named, put_back
from wavetank.drivers.binary import binary_test, run_binary
from wavetank.drivers.machine import machine_for, run_machine
from wavetank.extensions import invariants_for
from wavetank.hunt import Budget, hunt
from wavetank.layers import layer_named

SETTINGS = settings(max_examples=2000, stateful_step_count=50, deadline=None, database=None)
DEFECT = "R3"


def timed(what: str, go: Callable[[], int]) -> None:
    """Run it and print how long it took, and the steps that are left."""
    before = time.perf_counter()
    length = go()
    print(f"{what}: {time.perf_counter() - before:.2f} s, {length} steps")


def length_of(go: Callable[[], None]) -> int:
    """The steps of the violation that ``go`` raises."""
    try:
        go()
    except InvariantViolation as violation:
        return len(violation.trace.actions)
    raise SystemExit("not found")


def main() -> None:
    """Each driver finds and shrinks the same planted bug (five steps)."""
    defect = defect_named(DEFECT)
    layer = layer_named(defect.layer)
    config, asked = layer.config(), invariants_for(layer)
    with put_back(defect):
        test = SETTINGS(binary_test(layer, config, asked))
        timed("binary, our pass at the end", lambda: length_of(lambda: run_binary(test)))
        machine = machine_for(layer, config, asked)
        timed("rule machine", lambda: length_of(lambda: run_machine(machine, SETTINGS)))
    timed(
        "random walk, our shrinker",
        lambda: len(
            hunt(layer, config, asked, budget=Budget(seconds=60), seed=0, defect=defect)
            .traces[0]
            .actions
        ),
    )


if __name__ == "__main__":
    main()
