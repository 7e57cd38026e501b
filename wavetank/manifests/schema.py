"""Readers of fields: each turns a located value into a plain one, or says what would be right.

An object's reader knows every field of its kind: those the model looks at, and real ones that it
ignores. Anything else is a mistake, and the nearest name is suggested.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import define, evolve, field, frozen

from model.frozen_map import FrozenMap
from wavetank.bad_input import nearest
from wavetank.manifests.quantity import NotAQuantity, parse_quantity
from wavetank.manifests.source import Located, Place

__all__ = [
    "Ignored",
    "Reader",
    "any_value",
    "boolean",
    "int_or_string",
    "list_of",
    "object_of",
    "one_of",
    "resources",
    "strings",
    "text",
    "whole",
]


@define
class Ignored:
    """Real fields that were given and that the model does not look at, with how often."""

    counts: dict[str, int] = field(factory=dict)

    def note(self, name: str) -> None:
        """One more."""
        self.counts[name] = self.counts.get(name, 0) + 1


Reader = Callable[[Located, Place, Ignored], Any]


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return "true" if value else "false"
    return "nothing" if value is None else repr(value)


def text(given: Located, place: Place, ignored: Ignored) -> str:
    """A string."""
    if not isinstance(given.value, str):
        hint = "" if isinstance(given.value, dict | list) or given.value is None else "; quote it"
        raise place.error(f"expected a string, found {_words(given.value)}{hint}")
    return given.value


def boolean(given: Located, place: Place, ignored: Ignored) -> bool:
    """true or false."""
    if not isinstance(given.value, bool):
        raise place.error(f"expected true or false, found {_words(given.value)}")
    return given.value


def any_value(given: Located, place: Place, ignored: Ignored) -> Any:
    """Anything."""
    return given.value


def whole(least: int | None = 0) -> Reader:
    """A whole number, at least ``least``."""

    def read(given: Located, place: Place, ignored: Ignored) -> int:
        value = given.value
        if isinstance(value, bool) or not isinstance(value, int):
            raise place.error(f"expected a whole number, found {_words(value)}")
        if least is not None and value < least:
            raise place.error(f"expected at least {least}, found {value}")
        return value

    return read


def int_or_string(given: Located, place: Place, ignored: Ignored) -> int | str:
    """A count, or a percentage such as ``25%``."""
    value = given.value
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str) and value.endswith("%") and value[:-1].isdecimal():
        return value
    raise place.error(f"expected a whole number or a percentage like '25%', found {_words(value)}")


def one_of(*values: str) -> Reader:
    """One of these strings."""

    def read(given: Located, place: Place, ignored: Ignored) -> str:
        if given.value not in values:
            close = nearest(str(given.value), values)
            raise place.error(
                f"expected one of {', '.join(values)}, found {_words(given.value)}{close}"
            )
        return str(given.value)

    return read


def list_of(item: Reader) -> Reader:
    """A list; nothing counts as an empty one."""

    def read(given: Located, place: Place, ignored: Ignored) -> tuple[Any, ...]:
        if given.value is None:
            return ()
        if not isinstance(given.value, list):
            raise place.error(f"expected a list, found {_words(given.value)}")
        return tuple(
            item(each, evolve(place, line=each.line, path=f"{place.path}[{i}]"), ignored)
            for i, each in enumerate(given.value)
        )

    return read


def _entries(given: Located, place: Place) -> dict[str, Located]:
    if given.value is None:
        return {}
    if not isinstance(given.value, dict):
        raise place.error(f"expected an object, found {_words(given.value)}")
    return given.value


def strings(given: Located, place: Place, ignored: Ignored) -> FrozenMap[str, str]:
    """An object whose values are strings (labels, say)."""
    return FrozenMap(
        {
            key: text(value, evolve(place, line=value.line, path=f"{place.path}.{key}"), ignored)
            for key, value in _entries(given, place).items()
        }
    )


def resources(given: Located, place: Place, ignored: Ignored) -> FrozenMap[str, int]:
    """Quantities by resource: cpu in millicores, everything else in units (bytes, pods)."""
    found = {}
    for name, value in _entries(given, place).items():
        at = evolve(place, line=value.line, path=f"{place.path}.{name}")
        if isinstance(value.value, bool) or not isinstance(value.value, int | float | str):
            raise at.error(f"expected a quantity like 500m or 1Gi, found {_words(value.value)}")
        try:
            amount = parse_quantity(str(value.value), 1000 if name == "cpu" else 1)
        except NotAQuantity as error:
            raise at.error(str(error)) from None
        if amount < 0:
            raise at.error(f"expected a quantity of at least 0, found {value.value}")
        found[name] = amount
    return FrozenMap(found)


@frozen
class Required:
    """A field that must be there."""

    reader: Reader


def object_of(
    make: Callable[..., Any],
    fields: Mapping[str, Reader | Required],
    ignores: tuple[str, ...] = (),
) -> Reader:
    """An object: ``make`` is called with the fields that are there, by name in snake_case.

    ``ignores``: real fields that the model does not look at.
    """

    def read(given: Located, place: Place, ignored: Ignored) -> Any:
        entries = _entries(given, place)
        values = {}
        for name, value in entries.items():
            at = evolve(place, line=value.line, path=f"{place.path}.{name}".lstrip("."))
            reader = fields.get(name)
            if reader is None:
                if name not in ignores:
                    known = (*fields, *ignores)
                    raise at.error(f"unknown field{nearest(name, known)}")
                ignored.note(_general(at.path))
                continue
            if value.value is None and not isinstance(reader, Required):
                continue
            if isinstance(reader, Required):
                reader = reader.reader
            values[snake(name)] = reader(value, at, ignored)
        for name, reader in fields.items():
            if isinstance(reader, Required) and name not in entries:
                path = f"{place.path}.{name}".lstrip(".")
                raise evolve(place, path=path).error("the field is missing")
        return make(**values)

    return read


def _general(path: str) -> str:
    """A path without the numbers of list items."""
    return "".join(part.split("]")[-1] for part in path.split("["))


def snake(name: str) -> str:
    """``maxSurge`` -> ``max_surge``; ``podIP`` -> ``pod_ip``; ``clusterIP`` -> ``cluster_ip``."""
    words = []
    for position, letter in enumerate(name):
        previous = name[position - 1] if position else ""
        if letter.isupper() and position and not previous.isupper():
            words.append("_")
        words.append(letter.lower())
    return "".join(words)
