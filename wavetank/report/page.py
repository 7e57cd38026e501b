"""Writes the page: the template with its style, its script and the trace's data put in.

Rules of this file: the data is embedded as JSON that cannot end its ``script`` element, and text
reaches the page as text only, so nothing in a trace file can run.
"""

from __future__ import annotations

import json
import os
import tempfile
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

from wavetank.bad_input import BadInput
from wavetank.report.story_data import story_data
from wavetank.trace import Trace

__all__ = ["page", "write_page"]


def page(trace: Trace) -> str:
    """The whole HTML page of a trace."""
    data = story_data(trace)
    defect = f" with {trace.defect}" if trace.defect else ""
    return Template(_part("page.html")).substitute(
        title=escape(f"{trace.invariant} · {trace.layer}{defect}"),
        style=_part("page.css"),
        script=_part("page.js"),
        data=_embedded(data),
    )


def write_page(trace: Trace, path: Path) -> None:
    """Write the page of ``trace`` to ``path``: whole or not at all.

    Raises ``BadInput`` when it cannot be written there.
    """
    text = page(trace)
    temporary = None
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
        temporary = Path(name)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        temporary.chmod(0o644)
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise BadInput(f"{path}: cannot be written: {error.strerror}") from None


def _part(name: str) -> str:
    return (files("wavetank.report") / name).read_text(encoding="utf-8")


def _embedded(data: dict[str, Any]) -> str:
    """JSON inside a ``script`` element: no ``<`` and no line separators that end it early."""
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
