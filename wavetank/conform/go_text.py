"""Values as Go reads and prints them: scripts were written by, and for, a Go program.

Rules of this file: the words of an error are those of Go's ``strconv``, for scripts show them.
"""

from __future__ import annotations

import re

__all__ = ["CannotParse", "parse_bool", "parse_int", "parse_uint", "quote"]

DIGITS = re.compile(r"[0-9]+")
SIGNED = re.compile(r"[+-]?[0-9]+")
BOOLS = {
    **dict.fromkeys(("1", "t", "T", "TRUE", "true", "True"), True),
    **dict.fromkeys(("0", "f", "F", "FALSE", "false", "False"), False),
}
ESCAPES = {
    "\a": r"\a",
    "\b": r"\b",
    "\f": r"\f",
    "\n": r"\n",
    "\r": r"\r",
    "\t": r"\t",
    "\v": r"\v",
    "\\": r"\\",
    '"': r"\"",
}


class CannotParse(ValueError):
    """Text that is no value of the wanted kind; the message is Go's."""


def parse_uint(text: str) -> int:
    """``strconv.ParseUint`` of a decimal number of 64 bits."""
    if DIGITS.fullmatch(text) is None:
        raise CannotParse(f"strconv.ParseUint: parsing {quote(text)}: invalid syntax")
    if int(text) >= 2**64:
        raise CannotParse(f"strconv.ParseUint: parsing {quote(text)}: value out of range")
    return int(text)


def parse_int(text: str, function: str = "ParseInt") -> int:
    """``strconv.ParseInt`` of a decimal number of 64 bits, or another function that is like it."""
    if SIGNED.fullmatch(text) is None:
        raise CannotParse(f"strconv.{function}: parsing {quote(text)}: invalid syntax")
    if not -(2**63) <= int(text) < 2**63:
        raise CannotParse(f"strconv.{function}: parsing {quote(text)}: value out of range")
    return int(text)


def parse_bool(text: str) -> bool:
    """``strconv.ParseBool``."""
    if text not in BOOLS:
        raise CannotParse(f"strconv.ParseBool: parsing {quote(text)}: invalid syntax")
    return BOOLS[text]


def quote(text: str) -> str:
    """``%q``: between double quotes, with Go's escapes for what cannot be printed."""
    return '"' + "".join(map(_quoted, text)) + '"'


def _quoted(letter: str) -> str:
    if letter in ESCAPES:
        return ESCAPES[letter]
    if letter.isprintable():
        return letter
    code = ord(letter)
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
