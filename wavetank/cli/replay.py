"""``wavetank replay``: a trace again, step by step."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from rich.markup import escape

from wavetank.cli.shared import add_extensions
from wavetank.defects.bank import put_back
from wavetank.extensions import load_extensions
from wavetank.replay import Moment, Replay, defect_of, rebase, replay, replay_clean, story
from wavetank.terminal import VERDICTS, console
from wavetank.trace import Trace
from wavetank.trace_file import read_trace, refresh_trace, save_trace
from wavetank.views import changes, lanes, told

__all__ = ["add_to"]

EPILOG = """\
examples:
  wavetank replay traces/FILE.json            the story, with what changed at each step
  wavetank replay traces/FILE.json --step     one step at each Enter
  wavetank replay traces/FILE.json --rebase   find an equivalent trace after the model changed

exit codes: 1 the trace still breaks its invariant, 0 it holds now, 2 the file is bad,
3 a step is not possible any more
"""


def add_to(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "replay",
        help="a saved trace again, step by step",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--step", action="store_true", help="wait for Enter after each step")
    parser.add_argument("--rebase", action="store_true", help="find an equivalent trace, save it")
    parser.add_argument("--json", action="store_true", help="print the outcome as JSON")
    add_extensions(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Replay and print."""
    load_extensions(options.extensions)
    trace = read_trace(options.file)
    if options.rebase:
        return _rebase(trace, options.file)
    outcome = replay(trace)
    if options.json:
        print(
            json.dumps(
                {
                    "file": str(options.file),
                    "outcome": outcome.outcome,
                    "step": outcome.step,
                    "why": outcome.why,
                    "drifted": outcome.drifted,
                }
            )
        )
        return _exit_code(outcome)
    _print_story(trace, pause=options.step)
    clean = replay_clean(trace)
    if clean is not None:
        console.print(f"without {trace.defect}: {clean.why}")
    if outcome.drifted is not None:
        console.print(
            f"the model has changed: from step {outcome.drifted} on the states differ "
            "from those that the trace was saved with (--rebase saves it again)"
        )
    console.print(
        f"{options.file}: {_SUMMARY[outcome.outcome]} (step {outcome.step}): {outcome.why}"
    )
    return _exit_code(outcome)


_SUMMARY = {
    "same": "still broken",
    "other": "another invariant breaks",
    "holds": "holds now",
    "not_enabled": "a step is not possible any more (try --rebase)",
}


def _exit_code(outcome: Replay) -> int:
    return {"same": 1, "other": 1, "holds": 0, "not_enabled": 3}[outcome.outcome]


def _print_story(trace: Trace, *, pause: bool) -> None:
    defect = defect_of(trace)
    with put_back(defect):
        if defect is not None:
            console.print(f"[bold]{defect.id} {defect.name}[/bold] is put back: {defect.title}")
        for moment in story(trace):
            if not isinstance(moment, Moment):
                console.print(f"then the faults end: {moment.rounds} fair rounds, {moment.verdict}")
                continue
            words = told(trace.layer, moment.before, moment.action)
            console.print(f"[bold]{moment.number:>3}. {escape(words)}[/bold]")
            after = lanes(trace.layer, moment.transition.world)
            for lane, label, was, now in changes(lanes(trace.layer, moment.before), after):
                console.print(f"       {lane} {label}: {was} -> {now}", markup=False)
            for seen in moment.transition.observed:
                console.print(f"     > {seen.sentence()}", markup=False)
            if pause and sys.stdin.isatty():
                console.input("[dim]Enter for the next step[/dim] ")
    console.print(f"[bold red]{trace.invariant} {VERDICTS[trace.verdict]}[/bold red]")
    for sentence in trace.evidence:
        console.print(f"    {sentence}", markup=False)


def _rebase(trace: Trace, path: Path) -> int:
    found = rebase(trace)
    if found is None:
        console.print(f"{path}: no equivalent trace found: {trace.invariant} holds on the way now")
        return 0
    if (found.actions, found.config) == (trace.actions, trace.config):
        refresh_trace(found, path)
        console.print(f"{path}: the same {len(found.actions)} steps, with the states of today")
        return 1
    saved = save_trace(found, path.parent)
    console.print(
        f"{path}: rebased to {saved}: {len(found.actions)} steps, {found.invariant} breaks"
    )
    return 1
