"""The command line: ``wavetank hunt``, ``replay``, ``show``, ``check``, ``feasible``...

Exit codes: 0 held, 1 counterexample, 2 bad input, 3 undecided within the bounds, 130 interrupted.
The last line of the output is a one-line summary with the figures. One file a command; only the
one that is asked for is imported.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from wavetank.bad_input import BadInput, nearest

__all__ = ["main"]

EPILOG = """\
examples:
  wavetank hunt --tour                         every layer, clean and with real bugs put back
  wavetank hunt --defect R3                    put one real bug back and find it
  wavetank replay traces/FILE.json --step      walk through a counterexample
  wavetank show traces/FILE.json               one HTML page of it
  wavetank check examples/port                 your own manifests in the tank
  wavetank feasible cluster.yaml               can all of it be scheduled, and if not, why not
  wavetank conform raft ~/src/raft             the model against etcd's own scripts, line for line

exit codes: 0 held, 1 counterexample, 2 bad input, 3 undecided within bounds, 130 interrupted
"""

COMMANDS = {
    "hunt": "hunt",
    "replay": "replay",
    "show": "show",
    "shrink": "shrink",
    "check": "check",
    "feasible": "feasible",
    "conform": "conform",
    "worlds": "lists",
    "invariants": "lists",
    "defects": "lists",
    "bench": "bench",
}
"""Each command with the module that adds it."""


def parser(*modules: str) -> argparse.ArgumentParser:
    """The command line with the commands of these modules."""
    top = argparse.ArgumentParser(
        prog="wavetank",
        description="A scale model of Kubernetes: hunt, replay and look at counterexamples.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in modules:
        module: Any = import_module(f"wavetank.cli.{name}")
        module.add_to(commands)
    return top


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    first = arguments[0] if arguments else ""
    if first in COMMANDS:
        return parser(COMMANDS[first]).parse_args(arguments)
    if first and not first.startswith("-"):
        raise BadInput(
            f"unknown command {first!r}{nearest(first, COMMANDS)}; there are: {', '.join(COMMANDS)}"
        )
    return parser(*dict.fromkeys(COMMANDS.values())).parse_args(arguments or ["--help"])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    try:
        options = _parsed(sys.argv[1:] if arguments is None else arguments)
        code: int = options.run(options)
        sys.stdout.flush()
    except BadInput as error:
        print(f"wavetank: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("wavetank: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # Whoever read us has gone; what is still buffered must not be written at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code
