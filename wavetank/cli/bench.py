"""``wavetank bench defects``: the kill table, defect by driver."""

from __future__ import annotations

import argparse
from statistics import median
from typing import Any

from rich.table import Table

from wavetank.bad_input import BadInput
from wavetank.defects.bank import all_defects, defect_named
from wavetank.extensions import invariants_for
from wavetank.hunt import Budget, hunt
from wavetank.layers import layer_named
from wavetank.terminal import console, progress

__all__ = ["add_to"]


def add_to(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("bench", help="how quickly the drivers find each defect")
    parser.add_argument("what", choices=["defects"])
    parser.add_argument("ids", nargs="*", metavar="ID", help="defects (default: all)")
    parser.add_argument("--seeds", type=int, default=10, help="seeds 0 to N-1 (default 10)")
    parser.add_argument("--budget", default="60s", help="for each seed (default 60s)")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Measure and print the table; exit code 1 when a defect was missed by more than one in ten."""
    if options.seeds < 1:
        raise BadInput(f"--seeds {options.seeds}: expected at least 1")
    defects = [defect_named(name) for name in options.ids] or list(all_defects())
    table = Table("id", "defect", "world", "found", "median steps", "median s", "max s", "length")
    missed = 0
    for defect in defects:
        layer = layer_named(defect.layer)
        config = layer.config() if defect.config is None else defect.config
        found = []
        for seed in range(options.seeds):
            with progress() as on_progress:
                result = hunt(
                    layer,
                    config,
                    invariants_for(layer),
                    budget=Budget.parse(options.budget),
                    seed=seed,
                    defect=defect,
                    on_progress=on_progress,
                )
            if result.traces and result.found_after is not None:
                found.append((*result.found_after, len(result.traces[0].actions)))
        missed += len(found) < 0.9 * options.seeds
        columns = list(zip(*found, strict=True)) or [(0,), (0.0,), (0,)]
        table.add_row(
            defect.id,
            defect.name,
            defect.layer,
            f"{len(found)}/{options.seeds}",
            f"{median(columns[0]):,.0f}",
            f"{median(columns[1]):.1f}",
            f"{max(columns[1]):.1f}",
            f"{min(columns[2])}-{max(columns[2])}",
        )
    console.print(table)
    console.print(f"{len(defects)} defects, {missed} found in fewer than 9 of 10 seeds")
    return 1 if missed else 0
