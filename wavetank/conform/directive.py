"""The command line of a case in a script (cockroachdb/datadriven ``line_parser.go``)."""

from __future__ import annotations

from attrs import frozen

from wavetank.conform.go_text import CannotParse

__all__ = ["Argument", "parse_directive"]


@frozen
class Argument:
    """``key``, ``key=value`` (also an empty one), or ``key=(value, ...)``."""

    key: str
    values: tuple[str, ...] = ()


def parse_directive(line: str) -> tuple[str, tuple[Argument, ...]]:
    """The command, and its arguments in order; a key may come more than once."""
    command, _, rest = line.strip().partition(" ")
    arguments = []
    rest = rest.strip()
    while rest:
        end = min((rest.index(mark) for mark in " =" if mark in rest), default=len(rest))
        key, rest = rest[:end], rest[end:]
        if not key:
            raise CannotParse(f"cannot read the arguments from {rest!r} on")
        values: tuple[str, ...] = ()
        if rest.startswith("=("):
            values, rest = _listed(rest[2:])
        elif rest.startswith("="):
            value, _, rest = rest[1:].partition(" ")
            values = (value,)
        arguments.append(Argument(key, values))
        rest = rest.strip()
    return command, tuple(arguments)


def _listed(text: str) -> tuple[tuple[str, ...], str]:
    """What is between commas up to the closing parenthesis, and what follows that.

    Within inner parentheses a comma parts nothing.
    """
    values = []
    depth = begin = 0
    for position, letter in enumerate(text):
        if letter == "(":
            depth += 1
        elif letter == ")" and depth:
            depth -= 1
        elif letter in ",)" and not depth:
            values.append(text[begin:position].strip())
            begin = position + 1
            if letter == ")":
                return tuple(values), text[begin:]
    raise CannotParse(f"no closing parenthesis for {'(' + text!r}")
