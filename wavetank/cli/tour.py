"""``wavetank hunt --tour`` (``make hunt``): every layer clean, then real bugs put back.

It has done what it should when every clean world held and every defect was found; only then is
its exit code 0.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from attrs import define, evolve, field, frozen

from wavetank.hunt import Budget, HuntResult
from wavetank.layers import LAYERS
from wavetank.order import Order
from wavetank.terminal import console, progress, summary_line, tell
from wavetank.trace_file import save_trace

__all__ = ["DEFECTS", "run_tour"]

CLEAN_SECONDS = 5.0
TOUR_SECONDS = 105.0
"""Everything together, shrinking apart."""

DEFECTS = ("R2", "R3", "R6", "E5", "B7", "G3")
"""A few of each layer, quick to find and short to read."""

EXAMPLE = "examples/port"
"""The shipped example: the manifests of the README's tutorial, found from a clone."""


@frozen
class Stop:
    """One stop of the tour: what was hunted, what came of it, the traces saved."""

    order: Order
    result: HuntResult
    saved: tuple[Path, ...] = ()

    @property
    def as_it_should_be(self) -> bool:
        """A clean world held, or the defect was found."""
        return bool(self.result.traces) == (self.order.defect is not None)

    def line(self) -> str:
        """One line of the table at the end."""
        traces, after = self.result.traces, self.result.found_after
        mark = "ok " if self.as_it_should_be else "NOT"
        if not traces or after is None:
            return f"  {mark} {self.order.name:<18} held for {self.result.steps:,} steps"
        return (
            f"  {mark} {self.order.name:<18} {traces[0].invariant}: found after "
            f"{after[0]:,} steps, {after[1]:.1f} s; shrunk to {len(traces[0].actions)}"
        )


@define
class _Tour:
    """The tour so far."""

    seed: int
    folder: Path | None
    began: float = field(factory=time.monotonic)
    stops: list[Stop] = field(factory=list)

    def visit(self, order: Order, seconds: float) -> bool:
        """Hunt, tell, save; False when it was interrupted."""
        left = max(1.0, min(seconds, TOUR_SECONDS - (time.monotonic() - self.began)))
        with progress() as on_progress:
            result = evolve(order, budget=Budget(seconds=left)).carry_out(1, on_progress)
        saved = (
            ()
            if self.folder is None
            else tuple(save_trace(trace, self.folder) for trace in result.traces)
        )
        self.stops.append(Stop(order, result, saved))
        if order.defect is not None:
            console.print(f"\n[bold]{order.defect.id} put back:[/bold] {order.defect.title}")
        for trace in result.traces:
            for line in tell(trace):
                console.print(line, markup=False)
        for path in saved:
            console.print(f"  saved: {path}", markup=False)
        console.print(summary_line(result, saved), markup=False)
        return not result.interrupted


def _clean_orders(seed: int) -> list[Order]:
    worlds = [*LAYERS, *([EXAMPLE] if Path(EXAMPLE).is_dir() else [])]
    return [Order.of(world=world, seed=seed) for world in worlds]


def run_tour(seed: int, folder: Path | None, defects: Sequence[str] = DEFECTS) -> int:
    """Hunt everywhere; print as it goes, then a table and one summary line."""
    tour = _Tour(seed, folder)
    clean = _clean_orders(seed)
    bugs = [Order.of(defect=name, seed=seed) for name in defects]
    console.print(
        f"Hunting the clean model in {len(clean)} worlds for {CLEAN_SECONDS:.0f} s each, then with "
        f"{len(bugs)} real bugs put back, one at a time."
    )
    stays = True
    for order in clean:
        stays = stays and tour.visit(order, CLEAN_SECONDS)
    for order in bugs:
        stays = stays and tour.visit(order, TOUR_SECONDS)
    console.print()
    for stop in tour.stops:
        console.print(stop.line(), markup=False)
    saved = [path for stop in tour.stops for path in stop.saved]
    if saved:
        console.print(f"\nreplay one:  wavetank replay {saved[-1]}", markup=False)
        console.print(f"look at it:  wavetank show {saved[-1]}", markup=False)
    good = stays and all(stop.as_it_should_be for stop in tour.stops)
    found = sum(bool(stop.result.traces) for stop in tour.stops if stop.order.defect is not None)
    steps = sum(stop.result.steps for stop in tour.stops)
    verdict = "as it should be" if good else "NOT as it should be"
    seconds = time.monotonic() - tour.began
    console.print(
        f"tour: {verdict}: {len(clean)} clean worlds, {found} of {len(bugs)} defects found, "
        f"{steps:,} steps, {seconds:.0f} s, seed {seed}",
        markup=False,
    )
    if not stays:
        return 130
    return 0 if good else 1
