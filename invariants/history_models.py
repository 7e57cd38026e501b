"""Specifications that recorded histories are checked against: a register, a key-value store.

Rules of this file: requests are tuples ``(kind, argument...)``, results what the client was told.
"""

from __future__ import annotations

from typing import Any

from invariants.recorded_history import Specification

__all__ = ["REGISTER", "TEXTS"]


def _register(state: Any, request: Any) -> tuple[Any, Any]:
    """``("read",)``, ``("write", v)``, ``("cas", old, new)``; a cas tells whether it was done."""
    match request:
        case ("read",):
            return state, state
        case ("write", value):
            return value, True
        case ("cas", old, new):
            return (new, True) if state == old else (state, False)
    raise ValueError(f"a register has no operation {request!r}")


def _text(state: Any, request: Any) -> tuple[Any, Any]:
    """``("get",)``, ``("put", text)``, ``("append", text)``, for one key."""
    match request:
        case ("get",):
            return state, state
        case ("put", text):
            return text, True
        case ("append", text):
            return state + text, True
    raise ValueError(f"a text has no operation {request!r}")


def _writes(request: Any) -> bool:
    return request[0] not in ("read", "get")


REGISTER = Specification(None, _register, _writes)
"""One register, absent (None) at first: read, write, compare-and-set."""

TEXTS = Specification("", _text, _writes)
"""Texts by key, all empty at first: get, put, append. Every key is a part of its own."""
