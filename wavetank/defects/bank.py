"""Finds the defects, and puts one back into the model for a while.

A replacement takes effect wherever a module of the model refers to the original function by a
global name, so ``from model.raft.commit import may_commit`` is replaced too. Caches over model
functions are emptied on the way in and out, because they would remember the other version.
"""

from __future__ import annotations

import pkgutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

import wavetank.defects as room
from wavetank.bad_input import BadInput, nearest
from wavetank.defects.defect import Defect, Replacement

__all__ = ["all_defects", "defect_named", "put_back"]

_NOT_DEFECTS = ("bank", "defect")


@cache
def all_defects() -> tuple[Defect, ...]:
    """Every defect of the bank, in the order of layer letter and number (R1, R2, ... R10)."""
    found = []
    for module in pkgutil.iter_modules(room.__path__):
        if module.name not in _NOT_DEFECTS:
            found.append(import_module(f"{room.__name__}.{module.name}").DEFECT)
    return tuple(sorted(found, key=lambda d: (d.id[0], int(d.id[1:]))))


def defect_named(name: str) -> Defect:
    """The defect with this id (``R1``) or name (``commit-previous-term``), in any case.

    Raises ``BadInput`` with the nearest names when there is none.
    """
    known: dict[str, Defect] = {}
    for defect in all_defects():
        known[defect.id.lower()] = known[defect.name.lower()] = defect
    found = known.get(name.lower())
    if found is None:
        raise BadInput(
            f"unknown defect {name!r}{nearest(name, known)}; `wavetank defects` lists them"
        )
    return found


def _model_modules() -> list[ModuleType]:
    return [
        module
        for name, module in sorted(sys.modules.items())
        if module is not None and (name == "model" or name.startswith("model."))
    ]


def _clear_caches() -> None:
    for name, module in sorted(sys.modules.items()):
        if module is not None and name.split(".")[0] in ("model", "invariants"):
            for value in list(vars(module).values()):
                if callable(getattr(value, "cache_clear", None)):
                    value.cache_clear()


def _original(replacement: Replacement) -> Any:
    module = import_module(replacement.module)
    try:
        return getattr(module, replacement.function)
    except AttributeError:
        raise LookupError(
            f"{replacement.module} has no function {replacement.function!r}: "
            "the defect has fallen behind the model"
        ) from None


@contextmanager
def put_back(defect: Defect | None) -> Iterator[None]:
    """Within the block the model has the defect (None: the clean model); after it, not any more.

    Raises ``LookupError`` when the model no longer has a function that the defect replaces.
    """
    swapped: list[tuple[ModuleType, str, Any]] = []
    if defect is not None:
        pairs = [(_original(r), r.by) for r in defect.replaces]
        for module in _model_modules():
            for name, value in list(vars(module).items()):
                for original, by in pairs:
                    if value is original:
                        swapped.append((module, name, original))
                        setattr(module, name, by)
        _clear_caches()
    try:
        yield
    finally:
        for module, name, original in swapped:
            setattr(module, name, original)
        if swapped:
            _clear_caches()
