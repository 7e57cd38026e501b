"""``wavetank worlds``, ``invariants`` and ``defects``: what there is."""

from __future__ import annotations

import argparse
import json
from shutil import get_terminal_size
from textwrap import fill
from typing import Any

import attrs
from rich.markup import escape

from wavetank.cli.shared import add_extensions
from wavetank.defects.bank import all_defects
from wavetank.defects.defect import Anomaly
from wavetank.extensions import invariants_for, load_extensions
from wavetank.layers import LAYERS, layer_named
from wavetank.terminal import console

__all__ = ["add_to"]


def add_to(commands: Any) -> None:
    """Add the commands to the command line."""
    for name, text, run in (
        ("worlds", "the worlds, their actions and configuration", worlds),
        ("invariants", "the invariants with their sources", invariants),
        ("defects", "the real bugs that can be put back", defects),
    ):
        parser = commands.add_parser(name, help=text, description=text)
        parser.add_argument("--json", action="store_true", help="print as JSON")
        if name == "invariants":
            parser.add_argument("--world", metavar="W", help="only those of this world")
            add_extensions(parser)
        parser.set_defaults(run=run)


def worlds(options: argparse.Namespace) -> int:
    """List the layers."""
    rows = []
    for name in LAYERS:
        layer = layer_named(name)
        rows.append(
            {
                "world": name,
                "actions": [r.action.kind() for r in layer.rules if r.fault is None],
                "faults": [r.action.kind() for r in layer.rules if r.fault is not None],
                "configuration": [f.name for f in attrs.fields(layer.config)],
            }
        )
    return _print(rows, "worlds", as_json=options.json)


def invariants(options: argparse.Namespace) -> int:
    """List the invariants."""
    load_extensions(options.extensions)
    names = LAYERS if options.world is None else (options.world,)
    found = {inv.name: inv for name in names for inv in invariants_for(layer_named(name), None)}
    rows = [
        {
            "name": inv.name,
            "component": inv.component,
            "kind": inv.kind.value,
            "says": inv.doc,
            "source": inv.source,
        }
        for inv in sorted(found.values(), key=lambda inv: (inv.component, inv.kind.value, inv.name))
    ]
    return _print(rows, "invariants", as_json=options.json)


def defects(options: argparse.Namespace) -> int:
    """List the defect bank."""
    rows = [
        {
            "id": defect.id,
            "name": defect.name,
            "kind": "live anomaly" if isinstance(defect, Anomaly) else "defect",
            "world": defect.layer,
            "breaks": list(defect.breaks),
            "what": defect.title,
            "source": defect.source,
        }
        for defect in all_defects()
    ]
    return _print(rows, "defects", as_json=options.json)


def _print(rows: list[dict[str, Any]], what: str, *, as_json: bool) -> int:
    """Each row as a headline and its other fields below; wraps at the width of the terminal."""
    if as_json:
        print(json.dumps(rows, indent=2))
        return 0
    width = min(get_terminal_size((100, 24)).columns, 110)
    for row in rows:
        (_, head), *others = row.items()
        console.print(f"[bold]{escape(head)}[/bold]")
        for name, value in others:
            text = value if isinstance(value, str) else ", ".join(value)
            if text:
                console.print(_indented(f"{name}: {text}", width), markup=False)
    console.print(f"{len(rows)} {what}")
    return 0


def _indented(text: str, width: int) -> str:
    return fill(text, width, initial_indent="    ", subsequent_indent="      ")
