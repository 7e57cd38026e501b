"""Values of the model to plain JSON data and back, strictly.

attrs classes are objects, ``FrozenMap`` and tuples are objects and arrays, enums their values.
A field that may hold one of several classes carries the class's name under ``kind``. Nothing in a
file is executed: classes come from the annotations of the model, never from the file.
"""

from __future__ import annotations

import types
import typing
import unicodedata
from enum import Enum
from functools import cache
from typing import Any

import attrs

from model.frozen_map import FrozenMap
from wavetank.bad_input import BadInput, nearest

__all__ = ["build", "check_text", "plain"]


def plain(value: Any, *, terse: bool = False, hint: Any = None) -> Any:
    """``value`` as JSON data. ``terse``: fields that have their default are left out.

    ``hint`` is the annotation under which it stands; of a union of classes, an object says which.
    """
    if attrs.has(type(value)):
        hints = _hints(value.__class__)
        data = {
            f.name: plain(getattr(value, f.name), terse=terse, hint=hints[f.name])
            for f in attrs.fields(type(value))
            if f.init and not (terse and getattr(value, f.name) == _default(f))
        }
        return {"kind": type(value).__name__, **data} if len(_classes(hint)) > 1 else data
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, FrozenMap):
        inner = (typing.get_args(hint) or (None, None))[-1]
        return {str(key): plain(item, terse=terse, hint=inner) for key, item in value.items()}
    if isinstance(value, tuple):
        inner = (_tuple_args(hint) or (None,))[0]
        return [plain(item, terse=terse, hint=inner) for item in value]
    return value


def _default(field: attrs.Attribute[Any]) -> Any:
    """The default of a field; an object that equals nothing when it has none."""
    if field.default is attrs.NOTHING:
        return object()
    factory = getattr(field.default, "factory", None)
    return field.default if factory is None else factory()


def _tuple_args(hint: Any) -> tuple[Any, ...]:
    """The arguments of ``tuple[...]``, also where None may stand instead."""
    if typing.get_origin(hint) is tuple:
        return typing.get_args(hint)
    alternatives = typing.get_args(hint) if _is_union(hint) else ()
    return next((typing.get_args(a) for a in alternatives if typing.get_origin(a) is tuple), ())


def _is_union(hint: Any) -> bool:
    return typing.get_origin(hint) in (typing.Union, types.UnionType)


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _classes(hint: Any) -> list[Any]:
    """The attrs classes among the alternatives of a union."""
    if _is_union(hint):
        return [each for each in typing.get_args(hint) if attrs.has(each)]
    return []


def build(kind: Any, data: Any, where: str, path: str) -> Any:
    """A value of the class or annotation ``kind`` from JSON ``data``.

    ``where`` and ``path`` say where the data stands: the file, and the JSON path in it.
    """
    origin = typing.get_origin(kind)
    if _is_union(kind):
        return _build_union(kind, data, where, path)
    if attrs.has(kind):
        return _build_object(kind, data, where, path)
    if origin is tuple:
        if not isinstance(data, list):
            raise BadInput(f"{where}: {path}: expected a list, found {data!r}")
        inner = typing.get_args(kind)
        if len(inner) == 2 and inner[1] is Ellipsis:
            inner = (inner[0],) * len(data)
        if len(inner) != len(data):
            raise BadInput(f"{where}: {path}: expected {len(inner)} values, found {len(data)}")
        return tuple(
            build(each, item, where, f"{path}[{i}]")
            for i, (each, item) in enumerate(zip(inner, data, strict=True))
        )
    if origin is FrozenMap:
        if not isinstance(data, dict):
            raise BadInput(f"{where}: {path}: expected an object, found {data!r}")
        key_kind, value_kind = typing.get_args(kind)
        return FrozenMap(
            {
                _build_key(key_kind, key, where, path): build(
                    value_kind, item, where, f"{path}.{key}"
                )
                for key, item in data.items()
            }
        )
    return _build_scalar(kind, data, where, path)


def _build_key(kind: Any, key: str, where: str, path: str) -> Any:
    if kind is not int:
        return key
    if not key.lstrip("-").isdecimal():
        raise BadInput(f"{where}: {path}: expected whole numbers as keys, found {key!r}")
    return int(key)


def _build_scalar(kind: Any, data: Any, where: str, path: str) -> Any:
    if isinstance(kind, type) and issubclass(kind, Enum):
        for member in kind:
            if member.value == data:
                return member
        values = ", ".join(repr(member.value) for member in kind)
        raise BadInput(f"{where}: {path}: expected one of {values}, found {data!r}")
    if kind is Any:
        return data
    if kind is bool or isinstance(data, bool):
        matches = kind is bool and isinstance(data, bool)
    else:
        matches = isinstance(data, kind)
    if not matches:
        names = {int: "a whole number", str: "a string", bool: "true or false"}
        raise BadInput(f"{where}: {path}: expected {names.get(kind, kind)}, found {data!r}")
    if isinstance(data, str):
        check_text(data, where, path)
    return data


def check_text(text: str, where: str, path: str) -> None:
    """Refuse what must not reach a terminal: control characters and half characters."""
    for letter in text:
        if unicodedata.category(letter) in ("Cc", "Cs") and letter not in "\n\t":
            raise BadInput(f"{where}: {path}: expected text, found the character {letter!r}")


def _build_union(kind: Any, data: Any, where: str, path: str) -> Any:
    alternatives = typing.get_args(kind)
    if data is None and type(None) in alternatives:
        return None
    classes = _classes(kind)
    if len(classes) > 1 and isinstance(data, dict):
        names = {each.__name__: each for each in classes}
        name = data.get("kind")
        if name not in names:
            found = "the field is missing" if name is None else f"unknown {name!r}"
            close = nearest(name, names) if isinstance(name, str) else ""
            raise BadInput(
                f"{where}: {path}.kind: {found}{close}; expected one of {', '.join(names)}"
            )
        rest = {key: value for key, value in data.items() if key != "kind"}
        return build(names[name], rest, where, path)
    first: BadInput | None = None
    for each in alternatives:
        if each is type(None):
            continue
        try:
            return build(each, data, where, path)
        except BadInput as error:
            first = first or error
    assert first is not None
    raise first


def _build_object(kind: Any, data: Any, where: str, path: str) -> Any:
    if not isinstance(data, dict):
        raise BadInput(f"{where}: {path}: expected an object, found {data!r}")
    fields = {f.name: f for f in attrs.fields(kind) if f.init}
    for name in data:
        if name not in fields:
            raise BadInput(f"{where}: {path}.{name}: unknown field{nearest(name, fields)}")
    hints = _hints(kind)
    values = {}
    for name, attribute in fields.items():
        if name in data:
            values[name] = build(hints[name], data[name], where, f"{path}.{name}")
        elif attribute.default is attrs.NOTHING:
            raise BadInput(f"{where}: {path}.{name}: the field is missing")
    try:
        return kind(**values)
    except ValueError as error:
        raise BadInput(f"{where}: {path}: {error}") from None
