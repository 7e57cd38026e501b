"""``wavetank conform trace``: state traces that etcd's raft library has written."""

from __future__ import annotations

import argparse
import json
from typing import Any

from wavetank.bad_input import BadInput
from wavetank.state_trace.read import read_trace
from wavetank.state_trace.validate import Assumptions, validate
from wavetank.state_trace.verdict import Outcome, Verdict, as_json, describe, summary

__all__ = ["add_to"]

EPILOG = """\
examples:
  wavetank conform trace trace.ndjson
  wavetank conform trace traces/*.ndjson --json
  wavetank conform trace trace.ndjson --check-quorum yes --max-inflight 512

exit codes: 0 explained, 1 not explained, 2 bad input, 3 undecided within the bound
"""


def add_to(suites: Any) -> None:
    """Add the suite to the command line."""
    parser = suites.add_parser(
        "trace",
        help="state traces of etcd-io/raft (built with the tag with_tla)",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="a trace each, one event a line")
    parser.add_argument(
        "--check-quorum",
        choices=("yes", "no"),
        help="whether the nodes had Config.CheckQuorum (default: try both)",
    )
    parser.add_argument(
        "--max-inflight",
        type=int,
        default=Assumptions().max_inflight,
        metavar="N",
        help="their Config.MaxInflightMsgs (default: %(default)s)",
    )
    parser.add_argument(
        "--states",
        type=int,
        default=Assumptions().states,
        metavar="N",
        help="give up at more possible states of nodes at once (default: %(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="print the verdicts as JSON")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Validate each file and print the verdicts."""
    for name in ("max_inflight", "states"):
        if getattr(options, name) < 1:
            flag = "--" + name.replace("_", "-")
            raise BadInput(f"{flag} {getattr(options, name)}: expected a number of at least 1")
    check_quorum = None if options.check_quorum is None else options.check_quorum == "yes"
    assumptions = Assumptions(check_quorum, options.max_inflight, options.states)
    traces = [(file, read_trace(file)) for file in options.files]
    verdicts = [validate(events, file, assumptions) for file, events in traces]
    if options.json:
        print(json.dumps([as_json(verdict) for verdict in verdicts], indent=2))
    else:
        _print(verdicts)
    outcomes = {verdict.outcome for verdict in verdicts}
    if Outcome.NOT_EXPLAINED in outcomes:
        return 1
    return 3 if Outcome.UNDECIDED in outcomes else 0


def _print(verdicts: list[Verdict]) -> None:
    """What is not explained, then a line for each file; for several a last one for all."""
    for verdict in verdicts:
        for line in describe(verdict):
            print(line)
        print(summary(verdict))
    if len(verdicts) > 1:
        counts = [
            f"{sum(verdict.outcome is outcome for verdict in verdicts)} {outcome.value}"
            for outcome in Outcome
        ]
        events = sum(verdict.events for verdict in verdicts)
        seconds = sum(verdict.seconds for verdict in verdicts)
        print(f"{len(verdicts)} traces: {', '.join(counts)}; {events:,} events, {seconds:.1f} s")
