"""What the user gave us is wrong: one clear message, exit code 2, nothing written."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["BadInput", "nearest"]


class BadInput(Exception):
    """Bad input. The message names the file, line or field, and says what would be right."""


def nearest(word: str, known: Iterable[str]) -> str:
    """``; did you mean 'raft'?`` for the known words nearest to ``word``, or nothing."""
    close = get_close_matches(word.lower(), sorted(known), n=3, cutoff=0.5)
    if not close:
        return ""
    return "; did you mean " + " or ".join(repr(name) for name in close) + "?"
