"""``wavetank conform``: the model against what others have recorded. One file a suite."""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import Any

__all__ = ["SUITES", "add_to"]

EPILOG = """\
examples:
  wavetank conform raft ~/src/raft             etcd's own scripts, from a checkout of etcd-io/raft
  wavetank conform trace node.ndjson           a state trace that etcd's library has written

exit codes: 0 equal, 1 differences, 2 bad input, 3 undecided
"""

SUITES = {
    "raft": "conform_raft",
    "trace": "conform_trace",
}
"""Each suite with the module that adds it."""


def add_to(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "conform",
        help="hold the model against recordings of the real thing",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    suites = parser.add_subparsers(dest="suite", metavar="SUITE", required=True)
    for name in dict.fromkeys(SUITES.values()):
        module: Any = import_module(f"wavetank.cli.{name}")
        module.add_to(suites)
