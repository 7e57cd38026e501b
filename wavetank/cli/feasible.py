"""``wavetank feasible``: can everything be scheduled, and if not, why not?"""

from __future__ import annotations

import argparse
from typing import Any

from wavetank.bad_input import BadInput
from wavetank.feasible import report_feasibility

__all__ = ["add_to"]

EPILOG = """\
examples:
  wavetank feasible examples/port
  kubectl get nodes,pods,deployments -A -o yaml | wavetank feasible -

exit codes: 0 feasible, 1 infeasible, 2 bad input, 3 undecided within the time limit
"""


def add_to(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "feasible",
        help="can everything be scheduled, and if not, why not",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="files, directories, or -")
    parser.add_argument("--timeout", type=float, default=20.0, metavar="SECONDS")
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Decide and print."""
    if options.timeout <= 0:
        raise BadInput(f"--timeout {options.timeout}: expected a number of seconds above 0")
    return report_feasibility(options.paths, timeout_s=options.timeout, as_json=options.json)
