"""``wavetank check``: your manifests in the tank."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from wavetank.check import check
from wavetank.cli.shared import add_extensions
from wavetank.extensions import load_extensions

__all__ = ["add_to"]

EPILOG = """\
examples:
  wavetank check examples/port
  wavetank check k8s/ nodes.yaml --budget 2m
  helm template . | wavetank check - --json

exit codes: 0 held, 1 a problem was found, 2 bad input, 3 undecided within bounds
"""


def add_to(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "check",
        help="your own manifests in the tank",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="files, directories, or -")
    parser.add_argument("--budget", default="20s", help="20s, 2m, or a number of steps")
    parser.add_argument("--seed", type=int, default=0, help="the same seed, the same hunt")
    add_extensions(parser)
    parser.add_argument("--save", default="traces", metavar="DIR", help="where traces are saved")
    parser.add_argument("--no-save", action="store_true", help="save nothing")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Check and print."""
    load_extensions(options.extensions)
    return check(
        options.paths,
        budget=options.budget,
        seed=options.seed,
        folder=None if options.no_save else Path(options.save),
        as_json=options.json,
    )
