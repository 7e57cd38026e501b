"""Is a recorded history linearizable? For histories of any system, checked as a whole.

The search of Wing and Gong with Lowe's memory of configurations, as in Porcupine: take any
operation that may come first, go on with the rest, never look at the same configuration twice.
Operations without an answer (crashed, timed out) make that explode when they are treated like the
others. Here they are lazy: the search ends when all answered operations are explained; one without
an answer is taken only where it changes the state; of several that ask the same, the one asked
first; and a configuration is passed over when another with the same state has used up fewer.

Rules of this file: it knows no system. A specification is a pure function ``apply(state, request)
-> (state, result)``; parts of a history with different keys are independent. Where a bound on the
search is hit the verdict is None, undecided, never a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Any

from attrs import evolve, field, frozen

__all__ = ["Operation", "Specification", "Verdict", "check", "first_unexplained"]


@frozen
class Operation:
    """One operation of a client: what it asked and what came of it.

    ``called`` and ``returned`` are positions in the history (or times), ``returned`` None when
    the answer never came; then ``result`` means nothing. ``key``: the part of the system that it
    is about, parts being independent.
    """

    client: str
    called: int
    returned: int | None
    request: Any
    result: Any = None
    key: Hashable = ""


@frozen
class Specification:
    """What the system should do: its state at the start, and one operation at a time.

    ``changes(request)`` is False for operations that never change the state: without an answer
    they can be left out.
    """

    start: Hashable
    apply: Callable[[Any, Any], tuple[Hashable, Any]] = field(eq=False)
    changes: Callable[[Any], bool] = field(eq=False, default=lambda request: True)


@frozen
class Verdict:
    """Whether a history is linearizable; None: not decided within ``steps``.

    ``witness``: when it is, an order in which the operations can have taken effect (those without
    an answer that are not in it need not have). ``key``: when it is not, the part that is to blame.
    """

    linearizable: bool | None
    steps: int
    witness: tuple[Operation, ...] = ()
    key: Hashable = None


FIRST_TURN = 2_000
"""Steps of the first turn of each part; every further turn takes twice as many."""


def check(
    operations: Iterable[Operation],
    specification: Specification,
    *,
    steps: int | None = None,
) -> Verdict:
    """The verdict on a history; ``steps``: operations tried in all before it is left undecided.

    The parts take turns, so that one that is hard does not keep a plain violation waiting.
    """
    parts: dict[Hashable, list[Operation]] = {}
    for operation in operations:
        parts.setdefault(operation.key, []).append(operation)
    searches = [(key, _Search(part, specification)) for key, part in sorted(parts.items(), key=_by)]
    turn, spent = FIRST_TURN, 0
    open_searches = searches
    while open_searches:
        undecided = []
        for key, search in open_searches:
            left = turn if steps is None else min(turn, steps - spent)
            spent += search.go(left)
            if search.verdict is False:
                return Verdict(False, spent, key=key)
            if search.verdict is None:
                undecided.append((key, search))
        open_searches = undecided
        turn *= 2
        if steps is not None and spent >= steps and undecided:
            return Verdict(None, spent)
    witness = tuple(operation for _, search in searches for operation in search.witness())
    return Verdict(True, spent, witness)


def _by(part: tuple[Hashable, list[Operation]]) -> tuple[int, str]:
    """Short parts first, then by key."""
    return len(part[1]), repr(part[0])


def first_unexplained(
    operations: Sequence[Operation], specification: Specification, *, steps: int | None = None
) -> Operation | None:
    """The operation whose answer nothing can explain: up to before it, the history is right.

    None when the history is linearizable, or when that was not decided within ``steps`` a try.
    """
    answers = sorted(op.returned for op in operations if op.returned is not None)
    right, wrong = -1, len(answers)
    while wrong - right > 1:
        middle = (right + wrong) // 2
        verdict = check(_until(operations, answers[middle]), specification, steps=steps)
        if verdict.linearizable is None:
            return None
        if verdict.linearizable:
            right = middle
        else:
            wrong = middle
    if wrong == len(answers):
        return None
    return next(op for op in operations if op.returned == answers[wrong])


def _until(operations: Iterable[Operation], time: int) -> Iterator[Operation]:
    """The history as it was known at ``time``."""
    for operation in operations:
        if operation.called > time:
            continue
        if operation.returned is None or operation.returned <= time:
            yield operation
        else:
            yield evolve(operation, returned=None, result=None)


_Used = tuple[int, ...]
_Trail = tuple[Operation, Any] | None
_Choice = tuple[Operation, int, int, Hashable]


@frozen
class _Place:
    """Where the search can go on.

    ``done``: the answered operations that are explained (as bits), ``first`` the first that is
    not. ``used``: how many of those without an answer were used, by group. ``trail``: the order so
    far, latest first.
    """

    done: int
    first: int
    used: _Used
    state: Hashable
    trail: _Trail = None


class _Search:
    """The search for an order of one part, which can be interrupted and go on.

    ``verdict``: None while it goes on. Places that have used few of the lost operations come
    first: what can be explained without one is never tried with it, so that using one up for
    nothing is noticed at once.
    """

    def __init__(self, part: list[Operation], specification: Specification) -> None:
        self.apply = specification.apply
        self.known = sorted(
            (op for op in part if op.returned is not None), key=lambda op: op.called
        )
        self.lost = _alike(
            op for op in part if op.returned is None and specification.changes(op.request)
        )
        self.all = (1 << len(self.known)) - 1
        self.seen: dict[tuple[int, Hashable], list[_Used]] = {}
        self.trail: _Trail = None
        self.verdict: bool | None = None if self.known else True
        start = _Place(0, 0, (0,) * len(self.lost), specification.start)
        self.now, self.next = [start], list[_Place]()

    def witness(self) -> tuple[Operation, ...]:
        """The order that was found."""
        order = []
        trail = self.trail
        while trail is not None:
            operation, trail = trail
            order.append(operation)
        return tuple(reversed(order))

    def go(self, steps: int) -> int:
        """Try so many operations at most (those of one place together); say how many."""
        tried = 0
        while self.verdict is None and tried < steps:
            if not self.now:
                if not self.next:
                    self.verdict = False
                    break
                self.now, self.next = self.next, []
            tried += self._from(self.now.pop())
        return tried

    def _from(self, place: _Place) -> int:
        """Try everything that may come next here; the likeliest ends on top of what is to do."""
        if place.used in self.seen.get((place.done, place.state), ()) or place.trail is None:
            choices = list(self._choices(place.done, place.used, place.first, place.state))
        else:
            return 0  # meanwhile another place was found that leaves more to use
        for operation, bit, group, state in reversed(choices):
            done, used, first = place.done, place.used, place.first
            if bit:
                done |= bit
                while done >> first & 1:
                    first += 1
            else:
                used = (*used[:group], used[group] + 1, *used[group + 1 :])
            if self._is_dominated(done, used, state):
                continue
            reached = _Place(done, first, used, state, (operation, place.trail))
            if done == self.all:
                self.verdict, self.trail = True, reached.trail
                break
            (self.now if bit else self.next).append(reached)
        return len(choices) + 1

    def _choices(self, done: int, used: _Used, first: int, state: Hashable) -> Iterator[_Choice]:
        """What may come next: (operation, its bit or 0, its group, the state after it)."""
        apply = self.apply
        candidates: list[tuple[int, int]] = []
        deadline: int | None = None
        for position in range(first, len(self.known)):
            if done >> position & 1:
                continue
            operation = self.known[position]
            if deadline is not None and operation.called > deadline:
                break
            returned = operation.returned
            assert returned is not None
            candidates.append((returned, position))
            if deadline is None or returned < deadline:
                deadline = returned
        for _, position in sorted(candidates):
            operation = self.known[position]
            after, result = apply(state, operation.request)
            if result == operation.result:
                yield operation, 1 << position, 0, after
        for group, (count, alike) in enumerate(zip(used, self.lost, strict=True)):
            if count == len(alike) or (deadline is not None and alike[count].called > deadline):
                continue
            after, _ = apply(state, alike[count].request)
            if after != state:
                yield alike[count], 0, group, after

    def _is_dominated(self, done: int, used: _Used, state: Hashable) -> bool:
        """Whether this was seen with no more of the lost operations used; else note it."""
        earlier = self.seen.setdefault((done, state), [])
        for other in earlier:
            if all(mine >= theirs for mine, theirs in zip(used, other, strict=True)):
                return True
        earlier[:] = [
            other
            for other in earlier
            if not all(theirs >= mine for mine, theirs in zip(used, other, strict=True))
        ]
        earlier.append(used)
        return False


def _alike(lost: Iterable[Operation]) -> list[list[Operation]]:
    """Operations without an answer, those that ask the same together, in the order of asking."""
    groups: dict[Any, list[Operation]] = {}
    for operation in sorted(lost, key=lambda op: op.called):
        groups.setdefault(operation.request, []).append(operation)
    return list(groups.values())
