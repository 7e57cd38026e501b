"""YAML and JSON text as values that know their file, document and line.

Rules of this file: nothing in the text is executed. Plain scalars are read as kubectl reads them,
with two traps of YAML 1.1 left out: ``22:22`` is no base-60 number and a date is a string.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from attrs import frozen

from wavetank.bad_input import BadInput

__all__ = ["Located", "Place", "documents"]

NODES_MAX = 5_000_000
"""Values in one file, aliases expanded: more is an alias bomb and not a cluster."""

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@frozen
class Place:
    """Where a value stands: file, number of the document, line, and path of fields."""

    file: str
    document: int
    line: int
    path: str = ""
    object: str = ""

    def error(self, message: str) -> BadInput:
        """The complaint about the value at this place."""
        what = f" ({self.object})" if self.object else ""
        path = f"{self.path}: " if self.path else ""
        return BadInput(
            f"{self.file}: document {self.document}{what}, line {self.line}: {path}{message}"
        )


@frozen
class Located:
    """A value and its line: ``value`` is a dict or list of ``Located``, or a plain scalar."""

    value: Any
    line: int


def documents(text: str, file: str) -> Iterator[tuple[int, Located]]:
    """The non-empty documents of a YAML or JSON text, numbered from 1."""
    loader = _Loader(text)
    try:
        number = 0
        while loader.check_node():
            number += 1
            node = loader.get_node()
            found = _Builder(file, number).build(node, ())
            if found.value is not None:
                yield number, found
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark is not None else 1
        raise BadInput(f"{file}: line {line}: not YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise BadInput(f"{file}: not YAML: {' '.join(str(error).split())}") from None
    except RecursionError:
        raise BadInput(f"{file}: nested too deeply") from None
    finally:
        loader.dispose()


class _Builder:
    """Turns a document's nodes into located values, within a bound on their number."""

    def __init__(self, file: str, document: int) -> None:
        self.file, self.document, self.left = file, document, NODES_MAX

    def build(self, node: Any, inside: tuple[int, ...]) -> Located:
        line = node.start_mark.line + 1
        place = Place(self.file, self.document, line)
        self.left -= 1
        if self.left < 0 or id(node) in inside:
            raise place.error("an alias refers to itself, or expands without end")
        if isinstance(node, yaml.ScalarNode):
            return Located(_scalar(node), line)
        inside = (*inside, id(node))
        if len(inside) > 100:
            raise place.error("nested too deeply")
        if isinstance(node, yaml.SequenceNode):
            return Located([self.build(item, inside) for item in node.value], line)
        found: dict[str, Located] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise place.error("expected a plain field name")
            if key.value in found:
                at = Place(self.file, self.document, key.start_mark.line + 1)
                raise at.error(f"the field {key.value!r} is given twice")
            found[key.value] = self.build(value, inside)
        return Located(found, line)


def _scalar(node: Any) -> Any:
    tag, text = node.tag.rsplit(":", 1)[-1], node.value
    if tag == "null":
        return None
    if tag == "bool":
        return text.lower() in ("true", "yes", "on", "y")
    if tag == "int" and ":" not in text:
        digits = text.replace("_", "")
        try:
            if digits.lstrip("+-").startswith("0") and digits.lstrip("+-").isdecimal():
                return int(digits, 8)
            return int(digits, 0)
        except ValueError:
            return text
    if tag == "float" and ":" not in text:
        try:
            return float(text.replace("_", ""))
        except ValueError:
            return text
    return text


def read_text(path: Path) -> str:
    """The text of a file. Raises ``BadInput`` where it cannot be had."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BadInput(f"{path}: not text in UTF-8") from None
