"""Reading recorded histories: Jepsen's log lines of a register, EDN maps of a key-value store.

``:invoke`` begins an operation of a process; ``:ok`` ends it; ``:fail`` says that it was not done
(a compare-and-set: that the comparison did not hold); after ``:info``, or nothing at all, the
outcome is unknown. Rules of this file: a line that is neither is bad input, with its number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from invariants.history_models import REGISTER, TEXTS
from invariants.recorded_history import Operation, Specification
from wavetank.bad_input import BadInput

__all__ = ["History", "read_history"]

LOG_LINE = re.compile(r"INFO\s+jepsen\.util - (\S+)\s+:(\w+)\s+:(\w+)\s+(.*)")
EDN_LINE = re.compile(
    r"\{:process (\S+), :type :(\w+), :f :(\w+), :key (\"[^\"]*\"|\S+), :value (nil|\".*\")\}"
)


@frozen
class History:
    """Operations in the order of their calls, and what they are checked against."""

    operations: tuple[Operation, ...]
    specification: Specification


@frozen
class _Line:
    """One line of either format."""

    number: int
    process: str
    type: str
    f: str
    key: str
    value: str


def read_history(path: Path) -> History:
    """The history in a file. Raises ``BadInput`` naming file and line where it is none."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: cannot be read: {error}") from None
    lines = list(_lines(text, str(path)))
    if not lines:
        raise BadInput(f"{path}: no operations; expected Jepsen log lines or EDN maps")
    is_log = LOG_LINE.match(text) is not None
    operations = _paired(lines, str(path), _register if is_log else _text)
    return History(tuple(operations), REGISTER if is_log else TEXTS)


def _lines(text: str, where: str) -> Iterator[_Line]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        found = LOG_LINE.match(line)
        if found is not None:
            process, kind, f, value = found.groups()
            yield _Line(number, process, kind, f, "", value.strip())
            continue
        found = EDN_LINE.match(line.strip())
        if found is None:
            raise BadInput(
                f"{where}: line {number}: expected a Jepsen log line "
                f"(INFO jepsen.util - 0 :invoke :read nil) or an EDN map"
            )
        yield _Line(number, *found.groups())


def _paired(lines: list[_Line], where: str, read: Any) -> list[Operation]:
    """Each call with its end, by process; a failed write or read is left out."""
    operations: list[Operation | None] = []
    under_way: dict[str, int] = {}
    for line in lines:
        if line.type == "invoke":
            if line.process in under_way:
                raise BadInput(f"{where}: line {line.number}: process {line.process} is busy")
            under_way[line.process] = len(operations)
            request, _ = read(line, where)
            operations.append(Operation(line.process, line.number, None, request, key=line.key))
            continue
        position = under_way.pop(line.process, None)
        if position is None:
            if line.type == "info":
                continue
            raise BadInput(f"{where}: line {line.number}: process {line.process} asked nothing")
        asked = operations[position]
        assert asked is not None
        if line.type == "ok":
            _, result = read(line, where)
            operations[position] = evolve(asked, returned=line.number, result=result)
        elif line.type == "fail":
            refused = evolve(asked, returned=line.number, result=False)
            operations[position] = refused if line.f == "cas" else None
        elif line.type != "info":
            raise BadInput(f"{where}: line {line.number}: unknown type :{line.type}")
    return [operation for operation in operations if operation is not None]


def _register(line: _Line, where: str) -> tuple[Any, Any]:
    """(request, result) of a line about a register."""
    if line.f == "read":
        return ("read",), None if line.value == "nil" else line.value
    if line.f == "write":
        return ("write", line.value), True
    if line.f == "cas":
        return ("cas", *line.value.strip("[]").split()), True
    raise BadInput(f"{where}: line {line.number}: a register has no operation :{line.f}")


def _text(line: _Line, where: str) -> tuple[Any, Any]:
    """(request, result) of a line about a text."""
    value = "" if line.value == "nil" else line.value[1:-1]
    if line.f == "get":
        return ("get",), value
    if line.f in ("put", "append"):
        return (line.f, value), True
    raise BadInput(f"{where}: line {line.number}: a text has no operation :{line.f}")
