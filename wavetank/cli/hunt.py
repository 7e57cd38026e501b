"""``wavetank hunt``: random runs of a world until an invariant breaks."""

from __future__ import annotations

import argparse
import json
from itertools import islice
from pathlib import Path
from typing import Any

from invariants.invariant import Kind
from wavetank.bad_input import BadInput
from wavetank.cli.shared import add_extensions
from wavetank.cli.tour import run_tour
from wavetank.extensions import load_extensions
from wavetank.hunt import HuntResult
from wavetank.order import DEFAULT_BUDGET, Order
from wavetank.terminal import console, progress, summary_line, tell
from wavetank.trace_file import save_trace

__all__ = ["add_to", "report"]

EPILOG = """\
examples:
  wavetank hunt --world raft --budget 60s --seed 7
  wavetank hunt --defect R3                        the world is the one that the defect names
  wavetank hunt --world kube --invariant replicas_converge --budget 100000
  wavetank hunt --world examples/port              the cluster that these manifests describe
  wavetank hunt --world raft --invariants my_invariants.py
  wavetank hunt --tour                             what `make hunt` runs

exit codes: 0 nothing broke, 1 counterexample, 2 bad input, 3 undecided: something was not reached
within its bound, but no state repeats, 130 interrupted (what was found until then is kept).
The same seed makes the same runs; a budget in seconds only decides where they stop.
--tour: 0 when the clean worlds held and every defect was found, else 1.
"""


def add_to(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "hunt",
        help="random runs of a world until an invariant breaks",
        description="Random runs of a world until an invariant breaks; what broke is shrunk.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--world", "--layer", metavar="W", help="raft, etcd, kube, full, or a path of manifests"
    )
    parser.add_argument(
        "--budget",
        default=DEFAULT_BUDGET,
        metavar="B",
        help=f"60s, 2m, or a number of steps (default {DEFAULT_BUDGET})",
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="the same seed, the same hunt (default 0)"
    )
    parser.add_argument("--defect", metavar="D", help="put this real bug back (`wavetank defects`)")
    parser.add_argument("--invariant", metavar="I", help="ask only this one")
    parser.add_argument(
        "--findings", type=int, default=1, metavar="N", help="stop after so many (default 1)"
    )
    add_extensions(parser)
    parser.add_argument("--save", default="traces", metavar="DIR", help="where (default traces)")
    parser.add_argument("--no-save", action="store_true", help="save no traces")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument(
        "--tour", action="store_true", help="every layer, clean and with defects (make hunt)"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Hunt, print, save."""
    load_extensions(options.extensions)
    folder = None if options.no_save else Path(options.save)
    if options.findings < 1:
        raise BadInput(f"--findings {options.findings}: expected at least 1")
    if options.tour:
        return run_tour(options.seed, folder)
    order = Order.of(
        world=options.world,
        budget=options.budget,
        seed=options.seed,
        defect=options.defect,
        invariant=options.invariant,
    )
    with progress() as on_progress:
        result = order.carry_out(options.findings, on_progress)
    return report(result, folder, as_json=options.json)


def report(result: HuntResult, folder: Path | None, *, as_json: bool) -> int:
    """Print what a hunt found, save its traces, and return the exit code."""
    saved = [] if folder is None else [save_trace(trace, folder) for trace in result.traces]
    if as_json:
        print(json.dumps(_as_data(result, saved), indent=2))
    else:
        paths = iter(saved)
        for trace in result.traces:
            console.print(f"[bold]{trace.invariant}[/bold] in {len(trace.actions)} steps:")
            for line in tell(trace):
                console.print(line, markup=False)
            for path in islice(paths, 1):
                console.print(f"  saved: {path}; replay it: wavetank replay {path}", markup=False)
        if not result.traces:
            held = [inv for inv in result.invariants if inv.kind is not Kind.SOMETIMES]
            console.print(f"{len(held)} invariants held in every run.")
            if result.unreached:
                console.print(f"never reached: {', '.join(result.unreached)}")
        console.print(summary_line(result, saved), markup=False)
    if any(trace.verdict != "not_reached" for trace in result.traces):
        return 1
    if result.traces:
        return 3
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
