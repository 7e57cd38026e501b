"""``wavetank conform raft``: the data-driven scripts of etcd's raft library."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from wavetank.bad_input import BadInput
from wavetank.conform.raft import ScriptResult, find_scripts, run_script
from wavetank.terminal import console

__all__ = ["add_to"]

EPILOG = """\
examples:
  wavetank conform raft ~/src/raft                  a checkout of etcd-io/raft
  wavetank conform raft ~/src/raft/quorum/testdata  some of its scripts
  wavetank conform raft my_scenario.txt --json      one script of your own

exit codes: 0 equal, 1 differences, 2 bad input
"""


def add_to(suites: Any) -> None:
    """Add the suite to the command line."""
    parser = suites.add_parser(
        "raft",
        help="the data-driven scripts of etcd-io/raft, line for line",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("path", type=Path, metavar="DIR", help="a checkout, a directory, a script")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run the scripts and print where the model differs.

    A script that is none does not keep the others from being run; the exit code is 2 then.
    """
    began = time.perf_counter()
    results: list[ScriptResult] = []
    bad: list[BadInput] = []
    for path in find_scripts(options.path):
        try:
            results.append(run_script(path))
        except BadInput as error:
            bad.append(error)
    seconds = time.perf_counter() - began
    if options.json:
        print(json.dumps(_as_data(results, bad, seconds), indent=2))
    elif results:
        _print(results, options.path, seconds)
    if bad:
        raise BadInput("; ".join(map(str, bad)))
    return 1 if any(result.differ for result in results) else 0


def _print(results: Sequence[ScriptResult], path: Path, seconds: float) -> None:
    """A table, the differences, and a line with the figures."""
    table = Table("suite")
    table.add_column("script", overflow="fold")
    for name in ("blocks", "agree", "differ"):
        table.add_column(name, justify="right", no_wrap=True)
    for result in results:
        shown = result.path.relative_to(path) if result.path != path else Path(path.name)
        differing = f"[bold red]{result.differ}[/bold red]" if result.differ else "0"
        counts = (str(len(result.outcomes)), str(result.agree), differing)
        table.add_row(result.suite, escape(str(shown)), *counts)
    console.print(table)
    for result in results:
        for outcome in result.outcomes:
            if not outcome.agrees:
                console.print(outcome.difference(), markup=False)
    blocks = sum(len(result.outcomes) for result in results)
    differ = sum(result.differ for result in results)
    agree = f"{blocks - differ} of " if differ else ""
    console.print(
        f"{agree}{_counted(blocks, 'block')} in {_counted(len(results), 'script')} agree, "
        f"{differ} differ, {seconds:.2f} s"
    )


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _as_data(
    results: Sequence[ScriptResult], bad: Sequence[BadInput], seconds: float
) -> dict[str, Any]:
    """The same for JSON."""
    return {
        "blocks": sum(len(result.outcomes) for result in results),
        "agree": sum(result.agree for result in results),
        "differ": sum(result.differ for result in results),
        "seconds": round(seconds, 3),
        "bad_input": [str(error) for error in bad],
        "scripts": [
            {
                "suite": result.suite,
                "file": str(result.path),
                "blocks": len(result.outcomes),
                "agree": result.agree,
                "differ": result.differ,
                "differences": [
                    {
                        "line": outcome.block.line,
                        "command": outcome.block.directive,
                        "crash": outcome.crash or None,
                        "diff": outcome.difference(),
                    }
                    for outcome in result.outcomes
                    if not outcome.agrees
                ],
            }
            for result in results
        ],
    }
