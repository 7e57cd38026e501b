"""What users bring: invariants, faults and controllers from their own files.

A file or module is imported by name (``--invariants``, in pytest ``--tank-invariants``) or found
through the entry point group ``wavetank.invariants``. Its ``@always``... invariants declare
themselves when it is imported; ``add_rule`` adds a kind of action, a fault say, to a layer, and
``add_controller`` lets a controller run in every control plane.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import traceback
from collections.abc import Iterable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from invariants.invariant import Invariant, declared
from model.world import Action, Layer
from wavetank.bad_input import BadInput, nearest
from wavetank.layers import add_controller, add_rule, is_extended

__all__ = [
    "add_controller",
    "add_rule",
    "extensions_behind",
    "invariant_named",
    "invariants_for",
    "load_extensions",
    "missing_extensions",
]

SHIPPED = {
    "raft": tuple(
        f"invariants.raft.{room}"
        for room in (
            "agreement",
            "durability",
            "elections",
            "liveness",
            "logs",
            "membership",
            "reads",
            "situations",
        )
    ),
    "etcd": ("invariants.etcd", "invariants.etcd_history"),
    "watch": ("invariants.watch",),
    "kube": ("invariants.kube", "invariants.kube_history", "invariants.kube_feasibility"),
    "full": ("invariants.full",),
}
"""Modules with the shipped invariants of each component."""

_loaded: list[str] = []


def load_extensions(names: Iterable[str] = ()) -> None:
    """Import the modules or files that the user named, and those that are installed.

    Raises ``BadInput`` naming file and line when one cannot be imported.
    """
    installed = (point.value for point in entry_points(group="wavetank.invariants"))
    for name in (*sorted(installed), *names):
        _import(name)
        if name not in _loaded:
            _loaded.append(name)


def missing_extensions(needed: Iterable[str]) -> tuple[str, ...]:
    """Those of the files and modules that have not been loaded."""
    return tuple(name for name in needed if name not in _loaded)


def extensions_behind(
    layer: str, invariant: Invariant, actions: Iterable[Action]
) -> tuple[str, ...]:
    """The user's own files that a counterexample cannot be replayed without."""
    own = (
        not invariant.check.__module__.startswith("invariants.")
        or any(not type(action).__module__.startswith("model.") for action in actions)
        or is_extended(layer)
    )
    return tuple(_loaded) if own else ()


def _import(name: str) -> None:
    path = Path(name)
    try:
        if path.suffix == ".py":
            _import_file(path)
        else:
            importlib.import_module(name)
    except BadInput:
        raise
    except ModuleNotFoundError as error:
        if error.name != name.split(".")[0] and error.name != name:
            raise _broken(name, error) from None
        raise BadInput(
            f"{name}: no such module; expected a module that can be imported, or a .py file"
        ) from None
    except Exception as error:
        raise _broken(name, error) from None


def _broken(name: str, error: Exception) -> BadInput:
    """What is wrong with a user's module, and where."""
    if isinstance(error, SyntaxError):
        return BadInput(f"{error.filename}:{error.lineno}: cannot be imported: {error.msg}")
    frames = traceback.extract_tb(error.__traceback__)
    at = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else name
    return BadInput(f"{at}: cannot be imported: {type(error).__name__}: {error}")


def _import_file(path: Path) -> None:
    if not path.is_file():
        raise BadInput(f"{path}: no such file; expected a Python file with invariants")
    name = f"wavetank_extension_{path.stem}"
    if name in sys.modules:
        return
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise


def invariants_for(layer: Layer[Any], anomaly: str | None = "") -> tuple[Invariant, ...]:
    """All invariants that apply to the layer, shipped and the user's own.

    Those that an anomaly makes false of real systems are in it only for that ``anomaly`` (its
    id), or for None.
    """
    parts = [component.name for component in layer.components]
    for part in parts:
        for module in SHIPPED.get(part, ()):
            importlib.import_module(module)
    return tuple(
        inv
        for inv in declared()
        if inv.component in parts and (anomaly is None or inv.anomaly in ("", anomaly))
    )


def invariant_named(layer: Layer[Any], name: str) -> Invariant:
    """The invariant of this name. Raises ``BadInput`` with the nearest names."""
    known = {inv.name: inv for inv in invariants_for(layer, None)}
    if name not in known:
        raise BadInput(
            f"unknown invariant {name!r} of the {layer.name} world{nearest(name, known)}; "
            "`wavetank invariants` lists them; name the file of your own with --invariants "
            "(pytest: --tank-invariants)"
        )
    return known[name]
