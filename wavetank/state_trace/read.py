"""Reads a state trace: one JSON object a line, as the loggers of etcd's tests write them.

A line is an event, or an object with the event under ``event`` (with ``tag`` ``trace`` where it
has a tag). Other objects are lines of an ordinary log, and are passed over.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from wavetank.bad_input import BadInput, nearest
from wavetank.state_trace.event import (
    ACTIONS,
    MESSAGE_TYPES,
    NAMES,
    ROLES,
    Event,
    Place,
    TraceMessage,
)

__all__ = ["parse_trace", "read_trace"]

WITH_MESSAGE = tuple(name for name in NAMES if name.startswith(("Send", "Receive")))


def read_trace(path: str) -> tuple[Event, ...]:
    """The events of a file, in order. ``BadInput`` names the line and the field that are wrong."""
    try:
        lines = Path(path).read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: cannot be read as text: {error}") from None
    return parse_trace(lines, path)


def parse_trace(lines: Iterable[str], file: str) -> tuple[Event, ...]:
    """The events among ``lines``; ``file`` is the name that errors give."""
    events = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        place = Place(file, number)
        found = _event_of(line, place)
        if found is not None:
            events.append(_Reader(place).event(found))
    if not events:
        raise BadInput(
            f"{file}: no event of a state trace; expected lines like "
            '{"event":{"name":"InitState","nid":"1","state":{...},...}}'
        )
    return tuple(events)


def _event_of(line: str, place: Place) -> Any:
    """The event that a line holds, still as JSON; None when it holds none."""
    try:
        value = json.loads(line)
    except ValueError as error:
        raise BadInput(f"{place.sentence()}: not JSON ({error}); expected one object a line") from (
            None
        )
    if not isinstance(value, dict):
        raise BadInput(f"{place.sentence()}: expected an object, found {_kind(value)}")
    if "event" in value:
        return value["event"] if value.get("tag", "trace") == "trace" else None
    return value if "name" in value and "nid" in value else None


def _kind(value: object) -> str:
    kinds: dict[type, str] = {
        dict: "an object",
        list: "a list",
        str: f"the text {value!r}",
        bool: f"{str(value).lower()}",
        type(None): "null",
    }
    return kinds.get(type(value), f"the number {value}")


class _Reader:
    """Takes the fields of one line apart; knows where it is for the sake of errors."""

    def __init__(self, place: Place) -> None:
        self.place = place

    def wrong(self, where: str, expected: str, value: object) -> BadInput:
        return BadInput(
            f"{self.place.sentence()}: {where}: expected {expected}, found {_kind(value)}"
        )

    def object(self, value: Any, where: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.wrong(where, "an object", value)
        return value

    def get(self, value: dict[str, Any], name: str, where: str) -> Any:
        if name not in value:
            raise BadInput(f"{self.place.sentence()}: {where} has no field {name!r}")
        return value[name]

    def number(self, value: dict[str, Any], name: str, where: str) -> int:
        found = self.get(value, name, where)
        if type(found) is not int or found < 0:
            raise self.wrong(f"{where}.{name}", "a number of at least 0", found)
        return found

    def id(self, found: Any, where: str) -> int:
        """Ids are decimal numbers in quotes."""
        if isinstance(found, str) and found.isascii() and found.isdigit():
            return int(found)
        raise self.wrong(where, 'an id in quotes, like "1"', found)

    def ids(self, found: Any, where: str) -> tuple[int, ...]:
        if not isinstance(found, list):
            raise self.wrong(where, "a list of ids", found)
        return tuple(sorted(self.id(each, where) for each in found))

    def word(self, found: Any, where: str, known: tuple[str, ...]) -> str:
        if not isinstance(found, str):
            raise self.wrong(where, "a text", found)
        if found not in known:
            raise BadInput(
                f"{self.place.sentence()}: {where}: unknown {found!r}{nearest(found, known)}; "
                f"there are: {', '.join(known)}"
            )
        return found

    def event(self, found: Any) -> Event:
        value = self.object(found, "event")
        name = self.word(self.get(value, "name", "event"), "event.name", NAMES)
        state = self.object(self.get(value, "state", "event"), "event.state")
        conf = self.get(value, "conf", "event")
        if not isinstance(conf, list) or len(conf) != 2:
            raise self.wrong("event.conf", "two lists of ids", conf)
        message = value.get("msg")
        if (message is not None) != (name in WITH_MESSAGE):
            words = "needs a field 'msg'" if message is None else "must have no field 'msg'"
            raise BadInput(f"{self.place.sentence()}: event.msg: a {name} {words}")
        properties = self.object(value.get("prop") or {}, "event.prop")
        change = value.get("cc") or properties.get("cc") or {}
        applied = "applied" if "applied" in value else "Applied"
        return Event(
            name,
            self.id(self.get(value, "nid", "event"), "event.nid"),
            self.number(state, "term", "event.state"),
            self.id(self.get(state, "vote", "event.state"), "event.state.vote"),
            self.number(state, "commit", "event.state"),
            self.word(self.get(value, "role", "event"), "event.role", ROLES),
            self.number(value, "log", "event"),
            (self.ids(conf[0], "event.conf[0]"), self.ids(conf[1], "event.conf[1]")),
            None if message is None else self.message(message),
            self.changes(change, name),
            self.ids(self.object(change, "cc").get("newconf") or [], "cc.newconf"),
            self.number(properties, "match", "event.prop") if "match" in properties else None,
            self.number(properties, "next", "event.prop") if "next" in properties else None,
            self.number(value, applied, "event") if applied in value else None,
            self.place,
        )

    def message(self, found: Any) -> TraceMessage:
        where = "event.msg"
        value = self.object(found, where)
        reject = self.get(value, "reject", where)
        if not isinstance(reject, bool):
            raise self.wrong(f"{where}.reject", "true or false", reject)
        return TraceMessage(
            self.word(self.get(value, "type", where), f"{where}.type", MESSAGE_TYPES),
            self.number(value, "term", where),
            self.id(self.get(value, "from", where), f"{where}.from"),
            self.id(self.get(value, "to", where), f"{where}.to"),
            self.number(value, "entries", where),
            self.number(value, "logTerm", where),
            self.number(value, "index", where),
            self.number(value, "commit", where),
            self.id(self.get(value, "vote", where), f"{where}.vote"),
            reject,
            self.number(value, "rejectHint", where),
        )

    def changes(self, found: Any, name: str) -> tuple[tuple[int, str], ...]:
        changes = self.object(found, "cc").get("changes") or []
        if not isinstance(changes, list) or (name == "ChangeConf" and not changes):
            raise self.wrong("cc.changes", "a list of at least one change", changes)
        return tuple(self.change(self.object(each, "cc.changes")) for each in changes)

    def change(self, value: dict[str, Any]) -> tuple[int, str]:
        where = "cc.changes"
        member = self.id(self.get(value, "nid", where), f"{where}.nid")
        return member, self.word(self.get(value, "action", where), f"{where}.action", ACTIONS)
