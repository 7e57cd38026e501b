"""What the command line and pytest print: short stories, tables, progress."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console

from model.raft.observed import Promised
from wavetank.defects.bank import put_back
from wavetank.hunt import HuntResult, Progress
from wavetank.replay import Moment, defect_of, story
from wavetank.trace import Trace
from wavetank.views import told

__all__ = ["console", "errors", "progress", "summary_line", "tell"]


class _Console(Console):
    """A console that leaves it to the command line what a reader that has gone away means."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


console = _Console(highlight=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, soft_wrap=True)

VERDICTS = {
    "violated": "is broken",
    "livelock": "is never reached: the state repeats",
    "not_reached": "is not reached within its bound",
}


def tell(trace: Trace) -> list[str]:
    """A counterexample as a numbered story: one line a step, then what broke and the evidence."""
    lines = []
    width = len(str(len(trace.actions)))
    with put_back(defect_of(trace)):
        for moment in story(trace):
            if isinstance(moment, Moment):
                words = told(trace.layer, moment.before, moment.action)
                lines.append(f"  {moment.number:>{width}}. {words}")
                for seen in moment.transition.observed:
                    if not isinstance(seen, Promised):
                        lines.append(f"  {'':>{width}}  > {seen.sentence()}")
            else:
                lines.append(f"  then the faults end: {moment.rounds} fair rounds")
    lines.append(f"  {trace.invariant} {VERDICTS[trace.verdict]}:")
    lines.extend(f"    {sentence}" for sentence in trace.evidence)
    return lines


@contextmanager
def progress() -> Iterator[Callable[[Progress], None]]:
    """A line that shows where a hunt stands; nothing when nobody is looking."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with errors.status("hunting") as status:

        def update(now: Progress) -> None:
            status.update(
                f"{now.doing}: {now.episodes:,} runs, {now.steps:,} steps, {now.seconds:.0f} s"
            )

        yield update


def summary_line(result: HuntResult, saved: Sequence[Any]) -> str:
    """One line with the figures of a hunt."""
    what = f"{result.layer}" + (f" with {result.defect}" if result.defect else ", clean")
    found = (
        f"{len(result.traces)} counterexample{'s' if len(result.traces) > 1 else ''}"
        if result.traces
        else "no violation found"
    )
    cut = ", interrupted" if result.interrupted else ""
    return (
        f"{what}: {found} in {result.episodes:,} runs, {result.steps:,} steps, "
        f"{result.seconds:.1f} s ({result.steps_a_second:,.0f} steps/s), seed {result.seed}, "
        f"{len(saved)} saved{cut}"
    )
