"""Writes events as etcd's library would (etcd-io/raft ``state_trace.go``, the JSON tags)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from wavetank.state_trace.event import Event, TraceMessage

__all__ = ["as_line", "as_lines"]


def as_lines(events: Iterable[Event]) -> str:
    """The trace as text, one event a line."""
    return "".join(as_line(event) + "\n" for event in events)


def as_line(event: Event) -> str:
    """One event as a line, with the tag that the specification of the library looks for."""
    return json.dumps({"tag": "trace", "event": _event(event)}, separators=(",", ":"))


def _event(event: Event) -> dict[str, Any]:
    value: dict[str, Any] = {
        "name": event.name,
        "nid": str(event.node),
        "state": {"term": event.term, "vote": str(event.vote), "commit": event.commit},
        "role": event.role,
        "log": event.log,
        "conf": [[str(member) for member in half] for half in event.conf],
    }
    if event.message is not None:
        value["msg"] = _message(event.message)
    properties = _properties(event)
    if properties:
        value["prop"] = properties
    return value


def _properties(event: Event) -> dict[str, Any]:
    if event.name in ("ChangeConf", "ApplyConfChange"):
        change: dict[str, Any] = {}
        if event.changes:
            change["changes"] = [
                {"nid": str(member), "action": action} for member, action in event.changes
            ]
        if event.newconf:
            change["newconf"] = [str(member) for member in event.newconf]
        return {"cc": change}
    return {} if event.match is None else {"match": event.match, "next": event.next}


def _message(message: TraceMessage) -> dict[str, Any]:
    return {
        "type": message.type,
        "term": message.term,
        "from": str(message.source),
        "to": str(message.target),
        "entries": message.entries,
        "logTerm": message.log_term,
        "index": message.index,
        "commit": message.commit,
        "vote": str(message.vote),
        "reject": message.reject,
        "rejectHint": message.reject_hint,
    }
