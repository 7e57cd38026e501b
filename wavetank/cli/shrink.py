"""``wavetank shrink``: a saved trace reduced until no action can be left out."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from invariants.checker import Checker
from wavetank.bad_input import BadInput
from wavetank.cli.shared import add_extensions
from wavetank.defects.bank import put_back
from wavetank.extensions import invariant_named, load_extensions
from wavetank.hunt import trace_of
from wavetank.layers import layer_named
from wavetank.replay import defect_of, replay
from wavetank.run import Run
from wavetank.shrink import shrink
from wavetank.terminal import console, tell
from wavetank.trace import Trace
from wavetank.trace_file import read_trace, save_trace

__all__ = ["add_to"]

EPILOG = """\
examples:
  wavetank shrink traces/FILE.json      a shorter trace is saved beside it

exit codes: 1 the trace, shrunk, still breaks its invariant, 2 it does not, or the file is bad
"""


def add_to(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "shrink",
        help="a saved trace, as short as it can be made",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    add_extensions(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Shrink, print, save beside the original."""
    load_extensions(options.extensions)
    trace = read_trace(options.file)
    outcome = replay(trace)
    if outcome.outcome != "same":
        raise BadInput(f"{options.file}: nothing to shrink: at step {outcome.step}: {outcome.why}")
    short = _shrunk(trace)
    shorter = len(short.actions) < len(trace.actions)
    path = save_trace(short, options.file.parent) if shorter else options.file
    if options.json:
        steps = {"steps_before": len(trace.actions), "steps": len(short.actions)}
        print(json.dumps({"file": str(options.file), "saved": str(path), **steps}))
        return 1
    for line in tell(short):
        console.print(line, markup=False)
    if shorter:
        console.print(f"{path}: {len(trace.actions)} -> {len(short.actions)} steps", markup=False)
    else:
        console.print(f"{path}: {len(trace.actions)} steps, as short as it can be made")
    return 1


def _shrunk(trace: Trace) -> Trace:
    layer = layer_named(trace.layer)
    checker = Checker.of(layer, (invariant_named(layer, trace.invariant),))
    defect = defect_of(trace)
    with put_back(defect):
        run = Run(layer, trace.config, checker)
        if not run.follow(trace.actions):
            run.settle()
        return trace_of(shrink(run).run, defect, trace.driver, trace.seed)
