"""What came of a trace, as a value and in words."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Any

from attrs import frozen

from wavetank.state_trace.event import Event, Place, differences

__all__ = ["Outcome", "Possible", "Verdict", "as_json", "describe", "summary"]

SHOWN = 5
"""So many of the possible states are printed; all are in the JSON."""


class Outcome(Enum):
    """Whether the model can make the steps of a trace."""

    EXPLAINED = "explained"
    NOT_EXPLAINED = "not explained"
    UNDECIDED = "undecided"

    __hash__ = object.__hash__


@frozen
class Possible:
    """A state that the node could be in before the event that nothing explains.

    ``state``: the node then, in words. ``event``: what it would have written instead, None when it
    can do nothing of that name.
    """

    state: str
    event: Event | None = None


@frozen
class Verdict:
    """The outcome, with what was covered.

    ``most``: the greatest number of states that were possible at once, of all nodes together.
    ``event``, ``possible`` and ``why``: of the first event that nothing explains, or at which the
    search gave up.
    """

    outcome: Outcome
    file: str
    events: int
    explained: int
    nodes: int
    most: int
    seconds: float
    event: Event | None = None
    possible: tuple[Possible, ...] = ()
    why: str = ""

    @property
    def place(self) -> Place | None:
        """Where the event is."""
        return None if self.event is None else self.event.place


def describe(verdict: Verdict) -> Iterator[str]:
    """The lines that tell where and why a trace ends to be one of the model."""
    event = verdict.event
    if event is None:
        return
    where = verdict.file if event.place is None else event.place.sentence()
    yield f"{where}: {verdict.outcome.value}: {verdict.why}"
    yield f"  logged:   {event.sentence()}"
    for possible in verdict.possible[:SHOWN]:
        yield f"  possible: {possible.state}"
        if possible.event is not None:
            yield f"            which writes {possible.event.sentence()}"
            yield from (f"            {line}" for line in differences(event, possible.event))
    hidden = len(verdict.possible) - SHOWN
    if hidden > 0:
        yield f"  ... and {hidden} more (--json has all)"


def summary(verdict: Verdict) -> str:
    """One line with the figures."""
    done = f"{verdict.events:,} events"
    if verdict.outcome is not Outcome.EXPLAINED:
        done = f"{verdict.explained:,} of {done} explained"
    rate = f", {verdict.explained / verdict.seconds:,.0f} events/s" if verdict.seconds > 0 else ""
    return (
        f"{verdict.file}: {verdict.outcome.value}: {done}, {verdict.nodes} nodes, "
        f"at most {verdict.most} states at once, {verdict.seconds:.1f} s{rate}"
    )


def as_json(verdict: Verdict) -> dict[str, Any]:
    """The verdict as plain data; what could not be explained is null when all was."""
    event = verdict.event
    value: dict[str, Any] = {
        "file": verdict.file,
        "outcome": verdict.outcome.value,
        "events": verdict.events,
        "explained": verdict.explained,
        "nodes": verdict.nodes,
        "states_at_once": verdict.most,
        "seconds": round(verdict.seconds, 3),
        "unexplained": None,
    }
    if event is not None:
        value["unexplained"] = {
            "line": None if event.place is None else event.place.line,
            "name": event.name,
            "node": event.node,
            "why": verdict.why,
            "event": event.sentence(),
            "possible": [
                {
                    "state": each.state,
                    "event": None if each.event is None else each.event.sentence(),
                    "differences": []
                    if each.event is None
                    else list(differences(event, each.event)),
                }
                for each in verdict.possible
            ],
        }
    return value
