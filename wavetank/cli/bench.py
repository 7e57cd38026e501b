"""``wavetank bench defects``: the kill table, defect by driver."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from statistics import median
from typing import Any

from attrs import evolve
from rich.table import Table

from wavetank.bad_input import BadInput
from wavetank.defects.bank import all_defects, defect_named
from wavetank.order import Order
from wavetank.terminal import console, progress
from wavetank.trace import Trace
from wavetank.trace_file import save_trace

EPILOG = """\
examples:
  wavetank bench defects                       the whole bank, 10 seeds each
  wavetank bench defects R3 E5 --seeds 20 --budget 60s
  wavetank bench defects R16 --save traces     keep the shortest counterexample of each
"""

__all__ = ["add_to"]


def add_to(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "bench",
        help="how quickly the drivers find each defect",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("what", choices=["defects"])
    parser.add_argument("ids", nargs="*", metavar="ID", help="defects (default: all)")
    parser.add_argument("--seeds", type=int, default=10, help="seeds 0 to N-1 (default 10)")
    parser.add_argument("--budget", default="60s", help="for each seed (default 60s)")
    parser.add_argument(
        "--save", metavar="DIR", type=Path, help="save the shortest trace of each defect there"
    )
    parser.add_argument("--json", action="store_true", help="print the rows as JSON")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Measure and print the table; exit code 1 when a defect was missed by more than one in ten."""
    if options.seeds < 1:
        raise BadInput(f"--seeds {options.seeds}: expected at least 1")
    names = [defect_named(name).id for name in options.ids]
    names = names or [defect.id for defect in all_defects()]
    rows = [_measured(name, options.seeds, options.budget, options.save) for name in names]
    missed = sum(row["found"] < 0.9 * options.seeds for row in rows)
    if options.json:
        print(json.dumps(rows, indent=2))
        return 1 if missed else 0
    table = Table("id", "world", "found", "median steps", "median s", "max s", "length")
    for row in rows:
        table.add_row(
            row["id"],
            row["world"],
            f"{row['found']}/{row['seeds']}",
            f"{row['median_steps']:,.0f}",
            f"{row['median_seconds']:.1f}",
            f"{row['max_seconds']:.1f}",
            f"{row['length_min']}-{row['length_max']}",
        )
    console.print(table)
    console.print(f"{len(rows)} defects, {missed} found in fewer than 9 of 10 seeds")
    return 1 if missed else 0


def _measured(name: str, seeds: int, budget: str, folder: Path | None) -> dict[str, Any]:
    """One row: the defect hunted from each seed; its shortest trace is saved in ``folder``."""
    found: list[tuple[int, float, int]] = []
    traces: list[Trace] = []
    order = Order.of(defect=name, budget=budget)
    for seed in range(seeds):
        with progress() as on_progress:
            result = evolve(order, seed=seed).carry_out(1, on_progress)
        if result.traces and result.found_after is not None:
            found.append((*result.found_after, len(result.traces[0].actions)))
            traces.append(result.traces[0])
        if result.interrupted:
            raise KeyboardInterrupt
    if folder is not None and traces:
        save_trace(min(traces, key=lambda trace: len(trace.actions)), folder)
    steps, seconds, lengths = list(zip(*found, strict=True)) or [(0,), (0.0,), (0,)]
    return {
        "id": name,
        "world": order.layer.name,
        "found": len(found),
        "seeds": seeds,
        "median_steps": median(steps),
        "median_seconds": round(median(seconds), 3),
        "max_seconds": round(max(seconds), 3),
        "length_min": min(lengths),
        "length_max": max(lengths),
    }
