"""``wavetank hunt``: random runs of a world until an invariant breaks."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from invariants.invariant import Kind
from wavetank.bad_input import BadInput
from wavetank.cli.tour import run_tour
from wavetank.defects.bank import defect_named
from wavetank.defects.defect import Defect
from wavetank.extensions import invariant_named, invariants_for, load_extensions
from wavetank.hunt import Budget, HuntResult, hunt
from wavetank.layers import layer_named
from wavetank.terminal import console, progress, summary_line, tell
from wavetank.trace_file import save_trace

__all__ = ["add_to", "hunt_once", "report"]

EPILOG = """\
examples:
  wavetank hunt --world raft --budget 60s --seed 7
  wavetank hunt --defect R3                        the world is the one that the defect names
  wavetank hunt --world kube --invariant replicas_converge --budget 100000
  wavetank hunt --world raft --with my_invariants.py
"""


def add_to(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "hunt",
        help="random runs of a world until an invariant breaks",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--world", "--layer", metavar="W", help="raft, etcd, kube or full")
    parser.add_argument("--budget", default="30s", help="30s, 2m, or a number of steps")
    parser.add_argument("--seed", type=int, default=0, help="the same seed, the same hunt")
    parser.add_argument("--defect", metavar="D", help="put this real bug back (`wavetank defects`)")
    parser.add_argument("--invariant", metavar="I", help="ask only this one")
    parser.add_argument("--findings", type=int, default=1, help="stop after so many (default 1)")
    parser.add_argument(
        "--with",
        dest="extensions",
        action="append",
        default=[],
        metavar="FILE",
        help="Python file or module with your own invariants and faults; may be repeated",
    )
    parser.add_argument("--save", default="traces", metavar="DIR", help="where traces are saved")
    parser.add_argument("--no-save", action="store_true", help="save nothing")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument(
        "--tour", action="store_true", help="every layer, clean and with defects (make hunt)"
    )
    parser.set_defaults(run=run)


def hunt_once(
    *,
    world: str | None,
    budget: str,
    seed: int,
    defect: Defect | None = None,
    invariant: str | None = None,
    findings_max: int = 1,
) -> HuntResult:
    """One hunt as the command line words it."""
    if defect is not None and world not in (None, defect.layer):
        raise BadInput(
            f"defect {defect.id} shows in the {defect.layer} world; leave --world out, "
            f"or say --world {defect.layer}"
        )
    layer = layer_named(world or (defect.layer if defect else "raft"))
    config = defect.config if defect is not None and defect.config is not None else layer.config()
    asked = invariants_for(layer)
    if invariant is not None:
        asked = (invariant_named(layer, invariant),)
    with progress() as on_progress:
        return hunt(
            layer,
            config,
            asked,
            budget=Budget.parse(budget),
            seed=seed,
            defect=defect,
            findings_max=findings_max,
            on_progress=on_progress,
        )


def run(options: argparse.Namespace) -> int:
    """Hunt, print, save."""
    load_extensions(options.extensions)
    if options.tour:
        return run_tour(options.seed, None if options.no_save else Path(options.save))
    defect = None if options.defect is None else defect_named(options.defect)
    result = hunt_once(
        world=options.world,
        budget=options.budget,
        seed=options.seed,
        defect=defect,
        invariant=options.invariant,
        findings_max=options.findings,
    )
    folder = None if options.no_save else Path(options.save)
    return report(result, folder, as_json=options.json)


def report(result: HuntResult, folder: Path | None, *, as_json: bool) -> int:
    """Print what a hunt found, save its traces, and return the exit code."""
    saved = [] if folder is None else [save_trace(trace, folder) for trace in result.traces]
    if as_json:
        print(json.dumps(_as_data(result, saved), indent=2))
    else:
        for trace, path in zip(result.traces, saved or [None] * len(result.traces), strict=True):
            console.print(f"[bold]{trace.invariant}[/bold] in {len(trace.actions)} steps:")
            for line in tell(trace):
                console.print(line, markup=False)
            if path is not None:
                console.print(f"  saved: {path}; replay: wavetank replay {path}")
        if not result.traces:
            held = [inv for inv in result.invariants if inv.kind is not Kind.SOMETIMES]
            console.print(f"{len(held)} invariants held in every run.")
            if result.unreached:
                console.print(f"never reached: {', '.join(result.unreached)}")
        console.print(summary_line(result, saved), markup=False)
    if result.traces:
        return 1
    return 130 if result.interrupted else 0


def _as_data(result: HuntResult, saved: list[Path]) -> dict[str, Any]:
    return {
        "world": result.layer,
        "defect": result.defect,
        "seed": result.seed,
        "runs": result.episodes,
        "steps": result.steps,
        "seconds": round(result.seconds, 3),
        "actions": result.kinds,
        "never_reached": list(result.unreached),
        "interrupted": result.interrupted,
        "counterexamples": [
            {
                "invariant": trace.invariant,
                "verdict": trace.verdict,
                "evidence": list(trace.evidence),
                "steps": len(trace.actions),
                "story": [action.sentence() for action in trace.actions],
            }
            for trace in result.traces
        ],
        "saved": [str(path) for path in saved],
    }
