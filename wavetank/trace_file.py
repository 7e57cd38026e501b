"""Trace files: one trace, one JSON file, one action a line.

Reading is strict: an unknown or missing field, a wrong type, a foreign or truncated file is one
``BadInput`` that names the file and the JSON path and says what would be right. Writing is
atomic, and never overwrites a file with other content.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar

from model.world import Layer
from wavetank.bad_input import BadInput, nearest
from wavetank.codec import build, check_text, plain
from wavetank.defects.bank import defect_named
from wavetank.extensions import invariant_named, missing_extensions
from wavetank.layers import layer_named
from wavetank.trace import TRACE_VERSION, Trace

__all__ = [
    "FORMAT",
    "NeedsExtensions",
    "dump_trace",
    "load_trace",
    "read_trace",
    "refresh_trace",
    "save_trace",
    "trace_name",
]

T = TypeVar("T")

FORMAT = "wavetank trace"

FIELDS = {
    "format": str,
    "version": int,
    "layer": str,
    "config": dict,
    "defect": (str, type(None)),
    "invariant": str,
    "verdict": str,
    "evidence": list,
    "actions": list,
    "digests": list,
    "driver": str,
    "seed": (int, type(None)),
    "made_by": dict,
    "manifests": list,
}
EXPECTED: dict[Any, str] = {
    str: "a string",
    int: "a whole number",
    dict: "an object",
    list: "a list",
    (str, type(None)): "a string or null",
    (int, type(None)): "a whole number or null",
}
VERDICTS = ("violated", "livelock", "not_reached")


class NeedsExtensions(BadInput):
    """The trace speaks of something that the user's own files declare, and they are not loaded."""


def dump_trace(trace: Trace) -> str:
    """The trace as the text of its file."""
    actions = [{"do": type(a).kind(), **plain(a)} for a in trace.actions]
    parts = {
        "format": FORMAT,
        "version": trace.version,
        "layer": trace.layer,
        "config": plain(trace.config, terse=True),
        "defect": trace.defect,
        "invariant": trace.invariant,
        "verdict": trace.verdict,
        "evidence": list(trace.evidence),
        "actions": actions,
        "digests": list(trace.digests),
        "driver": trace.driver,
        "seed": trace.seed,
        "made_by": trace.made_by,
        "manifests": list(trace.manifests),
    }
    lines = []
    for name, value in parts.items():
        if name in ("actions", "evidence") and value:
            inside = ",\n".join("    " + json.dumps(item) for item in value)
            lines.append(f"  {json.dumps(name)}: [\n{inside}\n  ]")
        else:
            lines.append(f"  {json.dumps(name)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def load_trace(text: str, where: str) -> Trace:
    """The trace in ``text``; ``where`` names the file in errors."""
    try:
        parts = json.loads(text)
    except json.JSONDecodeError as error:
        raise BadInput(
            f"{where}: line {error.lineno}: not JSON ({error.msg}); "
            "is the file truncated, or no trace?"
        ) from None
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{where}: not a trace: {error}") from None
    if not isinstance(parts, dict) or parts.get("format") != FORMAT:
        raise BadInput(f'{where}: not a trace: expected an object with "format": "{FORMAT}"')
    _check_fields(parts, where)
    layer = _known(where, "layer", lambda: layer_named(parts["layer"]))
    needed = parts["made_by"].get("extensions", "")
    missing = missing_extensions(needed.split(", ") if needed else ())
    if missing:
        needs = " ".join(f"--invariants {name}" for name in missing)
        raise NeedsExtensions(
            f"{where}: the trace was made with {needs}: give that here too "
            "(in pytest --tank-invariants)"
        )
    return _load(parts, layer, where)


def _load(parts: dict[str, Any], layer: Layer[Any], where: str) -> Trace:
    """The trace in fields that are there and of the right types."""
    _known(where, "invariant", lambda: invariant_named(layer, parts["invariant"]))
    if parts["defect"] is not None:
        _known(where, "defect", lambda: defect_named(parts["defect"]))
    kinds = {rule.action.kind(): rule.action for rule in layer.rules}
    actions = []
    for position, item in enumerate(parts["actions"]):
        path = f"$.actions[{position}]"
        if not isinstance(item, dict) or not isinstance(item.get("do"), str):
            raise BadInput(f'{where}: {path}: expected an object like {{"do": "deliver", ...}}')
        kind = kinds.get(item["do"])
        if kind is None:
            raise BadInput(
                f"{where}: {path}.do: the {layer.name} layer has no action "
                f"{item['do']!r}{nearest(item['do'], kinds)}"
            )
        values = {name: value for name, value in item.items() if name != "do"}
        actions.append(build(kind, values, where, path))
    config = build(layer.config, parts["config"], where, "$.config")
    try:
        layer.start(config)
    except Exception as error:
        raise BadInput(f"{where}: $.config: no world can be built from it: {error}") from None
    return Trace(
        layer=parts["layer"],
        config=config,
        actions=tuple(actions),
        invariant=parts["invariant"],
        evidence=tuple(parts["evidence"]),
        defect=parts["defect"],
        verdict=parts["verdict"],
        digests=tuple(parts["digests"]),
        driver=parts["driver"],
        seed=parts["seed"],
        made_by=parts["made_by"],
        manifests=tuple(parts["manifests"]),
        version=parts["version"],
    )


def _known(where: str, field: str, find: Callable[[], T]) -> T:
    """What a field names; an unknown name is an error that says where it stands."""
    try:
        return find()
    except BadInput as error:
        raise BadInput(f"{where}: $.{field}: {error}") from None


def _check_fields(parts: dict[str, Any], where: str) -> None:
    version = parts.get("version")
    if isinstance(version, bool) or version != TRACE_VERSION:
        newer = isinstance(version, int) and version > TRACE_VERSION
        raise BadInput(
            f"{where}: $.version: {version!r}; this wavetank reads version {TRACE_VERSION}"
            + ("; the file was made by a newer one" if newer else "")
        )
    for name in parts:
        if name not in FIELDS:
            raise BadInput(f"{where}: $.{name}: unknown field{nearest(name, FIELDS)}")
    for name, kind in FIELDS.items():
        if name not in parts:
            raise BadInput(f"{where}: $.{name}: the field is missing")
        if not isinstance(parts[name], kind) or isinstance(parts[name], bool):  # type: ignore[arg-type]
            raise BadInput(f"{where}: $.{name}: expected {EXPECTED[kind]}, found {parts[name]!r}")
    if parts["verdict"] not in VERDICTS:
        raise BadInput(f"{where}: $.verdict: expected one of {', '.join(VERDICTS)}")
    if not all(isinstance(item, str) for item in parts["made_by"].values()):
        raise BadInput(f"{where}: $.made_by: expected names with strings")
    for name in ("evidence", "digests", "manifests"):
        if not all(isinstance(item, str) for item in parts[name]):
            raise BadInput(f"{where}: $.{name}: expected a list of strings")
        for position, item in enumerate(parts[name]):
            check_text(item, where, f"$.{name}[{position}]")
    for name, item in (("driver", parts["driver"]), *parts["made_by"].items()):
        check_text(item, where, f"$.{name}")
    if len(parts["digests"]) not in (0, len(parts["actions"]) + 1):
        raise BadInput(
            f"{where}: $.digests: expected one for the start and one for each of the "
            f"{len(parts['actions'])} actions, found {len(parts['digests'])}"
        )


def read_trace(path: Path) -> Trace:
    """The trace in the file at ``path``."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BadInput(f"{path}: not a text file; expected a JSON trace") from None
    return load_trace(text, str(path))


def trace_name(trace: Trace) -> str:
    """``raft-R1-leader_completeness-1a2b3c4d``: layer, defect, invariant and a short digest."""
    what = json.dumps(
        [
            trace.layer,
            plain(trace.config, terse=True),
            [[type(a).kind(), plain(a)] for a in trace.actions],
        ]
    )
    short = blake2b(what.encode(), digest_size=4).hexdigest()
    parts = [trace.layer, trace.defect, trace.invariant, short]
    return "-".join(part for part in parts if part)


def save_trace(trace: Trace, folder: Path) -> Path:
    """Write the trace into ``folder`` and say where; the same trace again is the same file.

    The file appears whole or not at all, and a file with other content is never replaced.
    Raises ``BadInput`` when nothing can be written there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        temporary = _written(dump_trace(trace), folder)
    except OSError as error:
        raise BadInput(f"{folder}: cannot be written: {error.strerror}") from None
    try:
        for attempt in range(1, 1000):
            name = trace_name(trace) + ("" if attempt == 1 else f"-{attempt}")
            path = folder / f"{name}.json"
            if _claimed(path, temporary) or _same_story(path, trace):
                return path
        raise BadInput(f"{folder}: too many traces of the same name")
    finally:
        temporary.unlink(missing_ok=True)


def _written(text: str, folder: Path) -> Path:
    """A file of another name with this text."""
    handle, name = tempfile.mkstemp(dir=folder, suffix=".tmp")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    Path(name).chmod(0o644)
    return Path(name)


def _claimed(path: Path, temporary: Path) -> bool:
    """Give the written file its name, unless the name is taken."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    except OSError:
        # A file system without links: reserve the name first, then put the file in its place.
        try:
            path.touch(exist_ok=False)
        except FileExistsError:
            return False
        temporary.replace(path)
    return True


def refresh_trace(trace: Trace, path: Path) -> None:
    """Replace the file of a trace by the same counterexample with the digests of today."""
    _written(dump_trace(trace), path.parent).replace(path)


def _same_story(path: Path, trace: Trace) -> bool:
    """Whether the file holds the same counterexample, whoever found it and when."""
    try:
        other = read_trace(path)
    except BadInput:
        return False
    return (other.config, other.actions, other.invariant, other.defect) == (
        trace.config,
        trace.actions,
        trace.invariant,
        trace.defect,
    )
