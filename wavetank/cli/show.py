"""``wavetank show``: one self-contained HTML page of a trace."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from wavetank.cli.shared import add_extensions
from wavetank.extensions import load_extensions
from wavetank.report.page import write_page
from wavetank.terminal import console
from wavetank.trace_file import read_trace

__all__ = ["add_to"]

EPILOG = """\
examples:
  wavetank show traces/FILE.json               writes traces/FILE.html
  wavetank show traces/FILE.json -o page.html

The page opens from disk. Arrow keys step, Home and End jump, #step=7 links to a step.
"""


def add_to(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "show",
        help="one self-contained HTML page of a trace",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("-o", "--output", type=Path, metavar="OUT", help="default: FILE.html")
    add_extensions(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Write the page."""
    load_extensions(options.extensions)
    trace = read_trace(options.file)
    output = options.output or options.file.with_suffix(".html")
    write_page(trace, output)
    console.print(f"{output}: {len(trace.actions)} steps, {trace.invariant} {trace.verdict}")
    return 0
