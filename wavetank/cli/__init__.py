"""The command line: ``wavetank hunt``, ``replay``, ``show``, ``check``, ``feasible``...

Exit codes: 0 held, 1 counterexample, 2 bad input, 3 undecided within the bounds, 130 interrupted.
The last line of the output is a one-line summary with the figures.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from wavetank.bad_input import BadInput
from wavetank.cli import bench, check, feasible, hunt, lists, replay, show, shrink

__all__ = ["main"]

EPILOG = """\
examples:
  wavetank hunt --tour                         every layer, clean and with real bugs put back
  wavetank hunt --world raft --defect R1       put figure 8's bug back and find it
  wavetank replay traces/FILE.json --step      walk through a counterexample
  wavetank show traces/FILE.json               one HTML page of it
  wavetank check examples/port                 your own manifests in the tank
  wavetank feasible cluster.yaml               can all of it be scheduled, and if not, why not

exit codes: 0 held, 1 counterexample, 2 bad input, 3 undecided within bounds, 130 interrupted
"""

COMMANDS = (hunt, replay, show, shrink, check, feasible, lists, bench)


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = argparse.ArgumentParser(
        prog="wavetank",
        description="A scale model of Kubernetes: hunt, replay and look at counterexamples.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for module in COMMANDS:
        module.add_to(commands)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    options = parser().parse_args(arguments)
    try:
        code: int = options.run(options)
    except BadInput as error:
        print(f"wavetank: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("wavetank: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    return code
