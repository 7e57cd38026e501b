"""The five kinds of invariant and the decorators that declare them.

An invariant is one pure function with a name that can be said aloud. It yields sentences, the
evidence (which members, which entries, which objects), and nothing when it holds::

    @always("raft", source="Raft paper, figure 3 and section 5.2")
    def election_safety(group: RaftGroup) -> Iterator[str]:
        '''At most one leader in a term.'''
        ...

Each has an exception class of its own, because Hypothesis tells bugs apart by exception type and
place: two broken invariants are then found, shrunk and saved separately.

=============  ================================  ============================================
kind           the function sees                 it yields
=============  ================================  ============================================
always         the component                     evidence that it is broken now
transition     the component before, the         evidence that this step broke it
               action, the component after
history        the monitor's state so far, and   evidence; *returns* the monitor's next state
               one observation
eventually     the component after the faults    what is still missing; nothing once reached
               have ended
sometimes      the component                     (returns True where the situation is reached)
=============  ================================  ============================================
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from enum import Enum
from typing import Any, TypeVar

from attrs import field, frozen

__all__ = [
    "Invariant",
    "InvariantViolation",
    "Kind",
    "always",
    "declared",
    "eventually",
    "history",
    "sometimes",
    "transition",
]

F = TypeVar("F", bound=Callable[..., Any])


class Kind(Enum):
    """What an invariant sees, and when it is asked."""

    ALWAYS = "always"
    TRANSITION = "transition"
    HISTORY = "history"
    EVENTUALLY = "eventually"
    SOMETIMES = "sometimes"


class InvariantViolation(AssertionError):
    """An invariant is broken. Every invariant has its own subclass, ``Invariant.violation``.

    ``name`` is the invariant's name, ``evidence`` the sentences that it yielded, ``trace`` the
    trace that led there, once a driver has attached it.
    """

    name: str = ""

    def __init__(self, evidence: tuple[str, ...], trace: Any = None) -> None:
        super().__init__(f"{self.name}: " + "; ".join(evidence))
        self.evidence = evidence
        self.trace = trace


@frozen(eq=False)
class Invariant:
    """One invariant as declared: its function with everything a report says about it.

    ``component`` names the part of the world that it is given (see ``model.world.Component``);
    ``source`` is where the promise is written (paper section, documentation page, issue).
    ``reads`` takes out of the component what the function looks at: while that is the same object
    as before, an ``always`` invariant is not asked again. ``each`` takes out a map instead: the
    function is asked about each (key, value) that is not the same object as before. ``start`` is a
    history monitor's first state, ``sees`` the kinds of observation that it is told (None: all).
    ``within`` bounds an ``eventually`` invariant, in rounds of the
    fair schedule; once reached it must stay so for ``lasting`` rounds. ``needs`` says of the
    initial component whether a ``sometimes`` situation is possible in that configuration.
    ``anomaly`` is the id of the anomaly that makes it false of real systems too ("" for none): it
    is asked only where that anomaly is hunted.
    """

    name: str
    component: str
    kind: Kind
    source: str
    check: Callable[..., Any]
    doc: str
    reads: Callable[[Any], Any] | None = None
    start: Hashable = None
    within: int = 0
    anomaly: str = ""
    each: Callable[[Any], Any] | None = None
    sees: tuple[type[Any], ...] | None = None
    lasting: int = 0
    needs: Callable[[Any], bool] | None = None
    violation: type[InvariantViolation] = field(init=False, repr=False)

    @violation.default
    def _own_exception_class(self) -> type[InvariantViolation]:
        words = "".join(word.capitalize() for word in self.name.split("_"))
        return type(words, (InvariantViolation,), {"name": self.name, "__doc__": self.doc})


_declared: dict[str, Invariant] = {}


def declared() -> tuple[Invariant, ...]:
    """All invariants of the modules imported so far, by component and name."""
    return tuple(sorted(_declared.values(), key=lambda inv: (inv.component, inv.name)))


def _declare(
    function: F,
    component: str,
    kind: Kind,
    source: str,
    **more: Any,
) -> F:
    name = function.__name__
    doc = " ".join((function.__doc__ or "").split())
    if not doc:
        raise TypeError(f"invariant {name}: write its sentence as the function's docstring")
    earlier = _declared.get(name)
    if earlier is not None and earlier.check.__module__ != function.__module__:
        raise TypeError(
            f"invariant {name}: declared in {earlier.check.__module__} and again in "
            f"{function.__module__}; give one of them another name"
        )
    _declared[name] = Invariant(name, component, kind, source, function, doc, **more)
    return function


def always(
    component: str,
    *,
    source: str,
    reads: Callable[[Any], Any] | None = None,
    each: Callable[[Any], Any] | None = None,
) -> Callable[[F], F]:
    """Declare what must hold of the component in every world: ``check(part) -> sentences``.

    With ``each``: of every value of a map in it, ``check(key, value) -> sentences``.
    """
    return lambda f: _declare(f, component, Kind.ALWAYS, source, reads=reads, each=each)


def transition(
    component: str, *, source: str, reads: Callable[[Any], Any] | None = None
) -> Callable[[F], F]:
    """Declare what must hold of every step: ``check(before, action, after) -> sentences``."""
    return lambda f: _declare(f, component, Kind.TRANSITION, source, reads=reads)


def history(
    component: str,
    *,
    source: str,
    start: Hashable = None,
    anomaly: str = "",
    sees: tuple[type[Any], ...] | None = None,
) -> Callable[[F], F]:
    """Declare a monitor over all that is observed.

    ``check(state, observation)`` is a generator: it yields sentences where the history is broken
    and returns its next state, a frozen value (the same object when the observation does not
    concern it). ``sees``: the kinds of observation that concern it at all; None: every kind.
    """
    return lambda f: _declare(
        f, component, Kind.HISTORY, source, start=start, anomaly=anomaly, sees=sees
    )


STAYS = 2
"""Rounds for which what was reached must stay reached, where nothing else is said."""


def eventually(
    component: str, *, source: str, within: int, lasting: int = STAYS
) -> Callable[[F], F]:
    """Declare what must come true within ``within`` fair rounds once the faults have ended.

    ``check(part)`` yields what is still missing, nothing when it is reached; it must stay reached
    for ``lasting`` rounds, and so must the value that it returns, if any (who leads, say).
    """
    return lambda f: _declare(f, component, Kind.EVENTUALLY, source, within=within, lasting=lasting)


def sometimes(
    component: str, *, source: str, needs: Callable[[Any], bool] | None = None
) -> Callable[[F], F]:
    """Declare a situation that a run must reach, else it was blind: ``check(part) -> bool``.

    ``needs(part)``: whether it is possible at all, as the run is configured.
    """
    return lambda f: _declare(f, component, Kind.SOMETIMES, source, needs=needs)
