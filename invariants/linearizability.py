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

__all__ = ["Configuration", "Explanations", "answered", "forgotten", "invoked"]

Apply = Callable[[Any, Any], tuple[Hashable, Hashable]]
MayWait = Callable[[Any, Any, Any], bool]


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


def forgotten(known: Explanations, request_id: str) -> Explanations:
    """A request is known not to have taken effect so far; :func:`invoked` again if it may yet."""
    left = frozenset(
        each for each in known.configurations if all(other != request_id for other, _ in each.done)
    )
    return Explanations(left, known.open.discard(request_id))


def answered(
    known: Explanations,
    request_id: str,
    result: Hashable,
    apply: Apply,
    may_wait: MayWait = lambda state, request, result: True,
) -> Explanations:
    """A request was answered: it has taken effect by now, with this result.

    No configurations are left when nothing explains that. ``may_wait(state, request, result)``
    may say that in this state the request comes next or never, which spares looking at all that
    could come before it.
    """
    left: set[Configuration] = set()
    for configuration in known.configurations:
        for reached in _with_effect(configuration, request_id, result, known, apply, may_wait):
            done = tuple(each for each in reached.done if each[0] != request_id)
            left.add(Configuration(reached.state, done))
    return Explanations(frozenset(left), known.open.discard(request_id))


def _with_effect(
    configuration: Configuration,
    request_id: str,
    result: Hashable,
    known: Explanations,
    apply: Apply,
    may_wait: MayWait,
) -> set[Configuration]:
    """The configurations from this one in which ``request_id`` has taken effect as answered.

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
            if done[request_id] == result:
                found.add(now)
            continue
        state, own = apply(now.state, known.open[request_id])
        if own == result:
            found.add(Configuration(state, _and(now.done, request_id, own)))
        if not may_wait(now.state, known.open[request_id], result):
            continue
        for other, request in known.open.items():
            if other not in done and other != request_id:
                state, own = apply(now.state, request)
                todo.append(Configuration(state, _and(now.done, other, own)))
    return found


def _and(
    done: tuple[tuple[str, Hashable], ...], request_id: str, result: Hashable
) -> tuple[tuple[str, Hashable], ...]:
    return tuple(sorted([*done, (request_id, result)], key=lambda each: each[0]))
