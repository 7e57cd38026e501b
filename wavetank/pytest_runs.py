"""From the run that a failed Hypothesis test carries to a trace that can be saved and replayed."""

from __future__ import annotations

from typing import Any

from invariants.invariant import InvariantViolation
from wavetank.bad_input import BadInput
from wavetank.hunt import trace_of
from wavetank.layers import layer_named
from wavetank.run import Run
from wavetank.shrink import shrink
from wavetank.trace import Trace

__all__ = ["shrunk_trace", "told_run"]


def shrunk_trace(run: Run[Any]) -> Trace | None:
    """The run's trace, after a pass that deletes actions.

    None when it cannot be replayed from a file: its layer is the test's own, or the clean model
    does not break (the test had put a defect back, which is gone by now).
    """
    try:
        layer = layer_named(run.layer.name)
    except BadInput:
        return None
    again = Run(layer, run.config, run.checker)
    broken = {finding.invariant.name for finding in run.findings}
    again.follow(run.actions)
    if not again.findings and run.calm is not None:
        again.settle()
    if broken.isdisjoint(finding.invariant.name for finding in again.findings):
        return None
    return trace_of(shrink(again).run, None, "rule machine", None)


def told_run(violation: InvariantViolation) -> list[str]:
    """The actions of a run as a numbered story, then what broke and the evidence."""
    run: Run[Any] = violation.trace
    lines = [f"{violation.name} breaks in {len(run.actions)} steps:"]
    lines += [f"  {n:>3}. {action.sentence()}" for n, action in enumerate(run.actions, start=1)]
    lines.append(f"  {violation.name}:")
    return [*lines, *(f"    {sentence}" for sentence in violation.evidence)]
