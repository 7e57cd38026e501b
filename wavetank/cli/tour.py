"""``wavetank hunt --tour`` (``make hunt``): every layer clean, then real bugs put back.

It has done what it should when the clean model held everywhere and every defect was found; only
then is its exit code 0.
"""

from __future__ import annotations

from pathlib import Path

from rich.table import Table

from wavetank.defects.bank import defect_named
from wavetank.extensions import invariants_for
from wavetank.hunt import Budget, HuntResult, hunt
from wavetank.layers import LAYERS, layer_named
from wavetank.terminal import console, progress, summary_line, tell
from wavetank.trace_file import save_trace

__all__ = ["DEFECTS", "run_tour"]

CLEAN_SECONDS = 5.0
DEFECT_SECONDS = 45.0
DEFECTS = ("R3", "R8", "E5", "B7", "G3")
"""A few from each layer, quick to find and short to read."""


def run_tour(seed: int, folder: Path | None) -> int:
    """Hunt everywhere; print as it goes, then a table and one summary line."""
    table = Table("world", "defect", "broken invariant", "steps", "found in", "trace")
    good = True
    steps = 0
    for name in LAYERS:
        result = _hunt(name, None, CLEAN_SECONDS, seed)
        steps += result.steps
        good = good and not result.traces
        console.print(summary_line(result, []), markup=False)
        _add(table, result, folder)
    for name in DEFECTS:
        result = _hunt(defect_named(name).layer, name, DEFECT_SECONDS, seed)
        steps += result.steps
        good = good and bool(result.traces)
        _print_defect(name, result)
        _add(table, result, folder)
        if result.interrupted:
            break
    console.print(table)
    console.print(
        f"tour: {'as it should be' if good else 'NOT as it should be'}: "
        f"{len(LAYERS)} worlds clean, "
        f"{len(DEFECTS)} defects, {steps:,} steps, seed {seed}"
    )
    return 0 if good else 1


def _hunt(world: str, defect_name: str | None, seconds: float, seed: int) -> HuntResult:
    layer = layer_named(world)
    defect = None if defect_name is None else defect_named(defect_name)
    config = defect.config if defect is not None and defect.config is not None else layer.config()
    with progress() as on_progress:
        return hunt(
            layer,
            config,
            invariants_for(layer),
            budget=Budget(seconds=seconds),
            seed=seed,
            defect=defect,
            on_progress=on_progress,
        )


def _print_defect(name: str, result: HuntResult) -> None:
    defect = defect_named(name)
    console.print(f"\n[bold]{defect.id} {defect.name}[/bold] put back: {defect.title}")
    for trace in result.traces:
        for line in tell(trace):
            console.print(line, markup=False)
    if not result.traces:
        console.print("  not found within the budget")


def _add(table: Table, result: HuntResult, folder: Path | None) -> None:
    if not result.traces:
        table.add_row(result.layer, result.defect or "none", "none", f"{result.steps:,}", "", "")
    for trace in result.traces:
        path = "" if folder is None else str(save_trace(trace, folder))
        after = result.found_after
        table.add_row(
            result.layer,
            result.defect or "none",
            trace.invariant,
            str(len(trace.actions)),
            "" if after is None else f"{after[1]:.1f} s",
            path,
        )
