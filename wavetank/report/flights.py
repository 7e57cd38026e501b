"""Follows messages from the step at which they are sent to the step at which they arrive.

A layer whose view has ``<layer>_in_flight(world)`` (source lane, target lane, text; the oldest of
a link first) gets slanted arrows; what other layers move is drawn within one step.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from attrs import define

__all__ = ["Flights"]

Link = tuple[str, str]


@define
class _Flight:
    """One message on its way: where, what, and the steps at which it was sent and ended."""

    source: str
    target: str
    text: str
    sent: int
    ended: int | None = None
    fate: str = "in flight"


class Flights:
    """All messages of a run so far."""

    def __init__(self, layer: str, world: Any) -> None:
        module = import_module(f"wavetank.views.{layer}")
        self._in_flight: Callable[[Any], Any] = getattr(
            module, f"{layer}_in_flight", lambda world: ()
        )
        self._links: dict[Link, list[_Flight]] = {}
        self._all: list[_Flight] = []
        self._depart(0, world)

    def follow(self, step: int, world: Any, moved: tuple[str, str, str] | None) -> None:
        """The world after ``step``, in which ``moved`` (from, to, text) was moved."""
        if moved is not None and not moved[2].startswith("doubled: "):
            self._arrive(step, *moved)
        self._depart(step, world)

    def ended(self) -> list[dict[str, Any]]:
        """Every message as plain data, in the order of sending."""
        names = ("source", "target", "text", "sent", "ended", "fate")
        return [{name: getattr(flight, name) for name in names} for flight in self._all]

    def _arrive(self, step: int, source: str, target: str, text: str) -> None:
        fate = "lost" if text.startswith("lost: ") else "delivered"
        words = text.removeprefix("lost: ")
        queue = self._links.get((source, target), [])
        for flight in queue:
            if flight.text == words:
                queue.remove(flight)
                flight.ended, flight.fate = step, fate
                return
        self._all.append(_Flight(source, target, words, step, step, fate))

    def _depart(self, step: int, world: Any) -> None:
        now: dict[Link, list[str]] = {}
        for source, target, text in self._in_flight(world):
            now.setdefault((source, target), []).append(text)
        for link in sorted({*now, *self._links}):
            known, texts = self._links.get(link, []), now.get(link, [])
            if [flight.text for flight in known] != texts[: len(known)]:
                for flight in known:
                    flight.ended, flight.fate = step, "lost"
                known = []
            fresh = [_Flight(*link, text, step) for text in texts[len(known) :]]
            self._all.extend(fresh)
            self._links[link] = [*known, *fresh]
