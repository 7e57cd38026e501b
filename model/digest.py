"""A digest of any value of the model that is the same on every machine, run and Python version.

``hash()`` differs between hash seeds and builds, so traces and pinned states use this instead:
the value is written in a canonical, unambiguous byte form (type tag, length, content) and hashed
with BLAKE2b. Attributes marked ``metadata={"digest": False}`` (caches) are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from enum import Enum
from functools import cache
from hashlib import blake2b
from typing import Any

import attrs

from model.frozen_map import FrozenMap

__all__ = ["digest"]

DIGEST_BYTES = 8


def digest(value: Any) -> str:
    """The digest of ``value``: 16 hexadecimal digits.

    Raises ``TypeError`` for a type that has no canonical form (floats, dicts, open objects):
    such a value has no place in the model.
    """
    hasher = blake2b(digest_size=DIGEST_BYTES)
    _write(value, hasher.update)
    return hasher.hexdigest()


@cache
def _layout(kind: Hashable) -> tuple[bytes, tuple[str, ...]]:
    """The name of an attrs class and the names of the fields that are part of its value."""
    assert isinstance(kind, type)
    names = tuple(f.name for f in attrs.fields(kind) if f.metadata.get("digest", True))
    return kind.__qualname__.encode(), names


def _write(value: Any, emit: Callable[[bytes], None]) -> None:
    if value is None:
        emit(b"N")
    elif value is True:
        emit(b"T")
    elif value is False:
        emit(b"F")
    elif isinstance(value, Enum):
        text = f"{type(value).__qualname__}.{value.name}".encode()
        emit(b"E%d:" % len(text) + text)
    elif isinstance(value, int):
        emit(b"I%d;" % value)
    elif isinstance(value, str):
        text = value.encode()
        emit(b"S%d:" % len(text) + text)
    elif isinstance(value, bytes):
        emit(b"B%d:" % len(value) + value)
    elif isinstance(value, tuple):
        emit(b"(%d:" % len(value))
        for item in value:
            _write(item, emit)
    elif isinstance(value, frozenset):
        emit(b"{%d:" % len(value))
        for item in sorted(digest(item) for item in value):
            emit(item.encode())
    elif isinstance(value, FrozenMap):
        emit(b"M%d:" % len(value))
        for key, item in value.items():
            _write(key, emit)
            _write(item, emit)
    elif isinstance(value, type):
        emit(b"K" + value.__qualname__.encode() + b";")
    elif hasattr(type(value), "__attrs_attrs__"):
        name, names = _layout(value.__class__)
        emit(b"C%d:" % len(name) + name)
        for field in names:
            _write(getattr(value, field), emit)
    else:
        raise TypeError(f"a {type(value).__qualname__} has no canonical form: {value!r}")
