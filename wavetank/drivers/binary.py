"""The fast path with Hypothesis: one draw of bytes, decoded a few bytes a step.

Hypothesis then spends microseconds a step instead of a hundred and more, and still shrinks,
replays from its database and reports. A zero byte does nothing, so that its shrinker, which
deletes and zeroes blocks, takes steps away without changing the others; our own shrinker finishes
the job on what it leaves. The draw has a fixed size, for Hypothesis mostly draws short ones where
it may, and nothing happens in a few steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from invariants.checker import Checker
from invariants.invariant import Invariant, InvariantViolation
from model.world import Layer
from wavetank.drivers.decode import STEP_BYTES, Menu, chunks
from wavetank.drivers.machine import violation_of
from wavetank.run import Run
from wavetank.shrink import shrink

__all__ = ["binary_test", "run_binary", "run_bytes"]


def run_bytes(run: Run[Any], menu: Menu[Any], data: bytes) -> Run[Any]:
    """Take the steps that ``data`` stands for, passing over what is not enabled."""
    for chunk in chunks(data):
        chosen = menu.pick(run.world, chunk)
        if chosen is None or chosen[0].why_not(run.world, chosen[1]) is not None:
            continue
        if run.take(*chosen):
            break
    return run


def binary_test(
    layer: Layer[Any],
    config: Any,
    invariants: Sequence[Invariant],
    *,
    steps: int = 100,
    calm: bool = True,
) -> Callable[[], None]:
    """An ordinary Hypothesis test of the layer, of at most ``steps`` steps a run.

    A failure raises the invariant's exception with the run attached; ``run_binary`` makes it
    one-minimal.
    """
    checker = Checker.of(layer, invariants)
    menu = Menu.of(layer)

    size = steps * STEP_BYTES

    @given(st.binary(min_size=size, max_size=size))
    def hunt_by_bytes(data: bytes) -> None:
        run = run_bytes(Run(layer, config, checker), menu, data)
        if not run.findings and calm:
            run.settle()
        if run.findings:
            raise violation_of(run)

    return hunt_by_bytes


def run_binary(test: Callable[[], None]) -> None:
    """Run a test of ``binary_test``; what it raises has been reduced to a one-minimal run."""
    try:
        test()
    except InvariantViolation as violation:
        violation.trace = shrink(violation.trace).run
        raise
