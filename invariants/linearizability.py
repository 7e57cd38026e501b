"""Linearizability of a history with unknown outcomes (Herlihy and Wing 1990).

A checker that goes along with the history (Wing and Gong; Lowe, "Testing for linearizability",
2017): it keeps every *configuration* that explains what was seen so far, which is a state of the
specification and the requests that have taken effect in it but were not answered yet. A request
without an answer may take effect at any later time, or never. Nothing explains the history any
more when no configuration is left.

The specification is a pure function ``apply(state, request) -> (state, result)``.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from attrs import evolve, frozen

from model.frozen_map import FrozenMap

__all__ = ["Configuration", "Explanations", "answered", "invoked"]

Apply = Callable[[Any, Any], tuple[Hashable, Hashable]]


@frozen(cache_hash=True)
class Configuration:
    """One way in which the history can have come about.

    ``state``: the specification's state; ``done``: requests that took effect and were not
    answered yet, with their results, ascending by id.
    """

    state: Hashable
    done: tuple[tuple[str, Hashable], ...] = ()


@frozen
class Explanations:
    """All configurations that explain the history, and the requests that were not answered."""

    configurations: frozenset[Configuration]
    open: FrozenMap[str, Any] = FrozenMap()

    @classmethod
    def of(cls, state: Hashable) -> Explanations:
        """Nothing has happened: one configuration."""
        return cls(frozenset({Configuration(state)}))


def invoked(known: Explanations, request_id: str, request: Any) -> Explanations:
    """A request was sent; from now on it may take effect."""
    return evolve(known, open=known.open.set(request_id, request))


def answered(
    known: Explanations,
    request_id: str,
    result: Hashable,
    apply: Apply,
    possible: Callable[[Any, Any], bool] = lambda state, result: True,
) -> Explanations:
    """A request was answered: it has taken effect by now, with this result.

    The result has no configurations when nothing explains that. ``possible(state, result)`` may
    say that a state is already too late for such a result, which spares looking further there.
    """
    left: set[Configuration] = set()
    for configuration in known.configurations:
        for reached in _with_effect(
            configuration, request_id, known.open, apply, lambda state: possible(state, result)
        ):
            if dict(reached.done)[request_id] == result:
                done = tuple(each for each in reached.done if each[0] != request_id)
                left.add(Configuration(reached.state, done))
    return Explanations(frozenset(left), known.open.discard(request_id))


def _with_effect(
    configuration: Configuration,
    request_id: str,
    waiting: FrozenMap[str, Any],
    apply: Apply,
    possible: Callable[[Any], bool],
) -> set[Configuration]:
    """The configurations from this one in which ``request_id`` has taken effect.

    Others that are open may have taken effect before it; those that might as well come later are
    left for later, so only what leads to ``request_id`` is explored.
    """
    found: set[Configuration] = set()
    seen: set[Configuration] = set()
    todo = [configuration]
    while todo:
        now = todo.pop()
        if now in seen:
            continue
        seen.add(now)
        done = dict(now.done)
        if request_id in done:
            found.add(now)
            continue
        if not possible(now.state):
            continue
        for other, request in waiting.items():
            if other not in done:
                state, result = apply(now.state, request)
                effects = tuple(sorted([*now.done, (other, result)], key=lambda each: each[0]))
                todo.append(Configuration(state, effects))
    return found
