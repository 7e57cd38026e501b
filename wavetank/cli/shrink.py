"""``wavetank shrink``: a saved trace reduced until no action can be left out."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from invariants.checker import Checker
from wavetank.bad_input import BadInput
from wavetank.cli.shared import add_extensions
from wavetank.defects.bank import put_back
from wavetank.extensions import invariant_named, load_extensions
from wavetank.hunt import trace_of
from wavetank.layers import layer_named
from wavetank.replay import defect_of
from wavetank.run import Run
from wavetank.shrink import shrink
from wavetank.terminal import console, tell
from wavetank.trace_file import read_trace, save_trace

__all__ = ["add_to"]


def add_to(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("shrink", help="a saved trace, as short as it can be made")
    parser.add_argument("file", type=Path, metavar="FILE")
    add_extensions(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Shrink, print, save beside the original."""
    load_extensions(options.extensions)
    trace = read_trace(options.file)
    layer = layer_named(trace.layer)
    checker = Checker.of(layer, (invariant_named(layer, trace.invariant),))
    defect = defect_of(trace)
    with put_back(defect):
        run = Run(layer, trace.config, checker)
        if not run.follow(trace.actions) and not run.settle():
            raise BadInput(f"{options.file}: {trace.invariant} holds now; nothing to shrink")
        run.calm = None
        shrunk = shrink(run)
        short = trace_of(shrunk.run, defect, trace.driver, trace.seed)
    for line in tell(short):
        console.print(line, markup=False)
    if len(short.actions) >= len(trace.actions):
        console.print(f"{options.file}: {len(trace.actions)} steps, as short as it can be made")
        return 1
    path = save_trace(short, options.file.parent)
    console.print(f"{path}: {len(trace.actions)} -> {len(short.actions)} steps")
    return 1
