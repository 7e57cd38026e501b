"""Shrinks a list of actions to one from which no action can be taken away.

First big chunks go, then single actions (delta debugging, Zeller and Hildebrandt 2002), then
fields move towards the first, simplest value of their domains. Actions that are no longer enabled
after a deletion are passed over, so one deletion may take its consequences with it. What must
stay is the invariant that breaks, not the way it breaks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any, Generic, TypeVar

import attrs
from attrs import field, frozen

from invariants.checker import Checker
from invariants.invariant import Kind
from model.world import Action, Layer
from wavetank.run import Run

__all__ = ["Shrunk", "shrink"]

W = TypeVar("W")

SIMPLER_MAX = 24
"""How many simpler versions of one action are tried."""


@frozen
class Shrunk(Generic[W]):
    """The shortest run found, and how many runs it took."""

    run: Run[W]
    runs: int


@frozen
class _Attempts(Generic[W]):
    layer: Layer[W]
    config: Any
    checker: Checker[W]
    invariant: str
    calm: bool
    on_progress: Callable[[int], None]
    count: list[int] = field(factory=lambda: [0])

    def breaks(self, actions: Sequence[Action]) -> Run[W] | None:
        """The run of those actions that are possible, if it breaks the invariant in question."""
        self.count[0] += 1
        run = Run(self.layer, self.config, self.checker)
        run.follow(actions)
        if not run.findings and self.calm:
            run.settle()
        names = [finding.invariant.name for finding in run.findings]
        return run if self.invariant in names else None


def shrink(
    run: Run[W],
    invariant: str | None = None,
    on_progress: Callable[[int], None] = lambda length: None,
) -> Shrunk[W]:
    """The run reduced until no single action can be left out and ``invariant`` still break.

    ``invariant``: which of the findings to keep, the first by default. Only that invariant is
    asked while shrinking. ``on_progress`` is told the length whenever it falls.
    """
    found = [finding.invariant for finding in run.findings]
    kept = next((inv for inv in found if inv.name == invariant), found[0])
    checker = Checker(run.layer, (kept,))
    attempts = _Attempts(
        run.layer, run.config, checker, kept.name, kept.kind is Kind.EVENTUALLY, on_progress
    )
    best = attempts.breaks(run.actions)
    if best is None:
        return Shrunk(run, attempts.count[0])
    while True:
        length = len(best.actions)
        best = _delete_chunks(attempts, best)
        best = _simplify(attempts, best)
        if len(best.actions) == length:
            return Shrunk(best, attempts.count[0])


def _delete_chunks(attempts: _Attempts[W], best: Run[W]) -> Run[W]:
    size = max(len(best.actions) // 2, 1)
    while size:
        position = len(best.actions)
        while position > 0:
            position = min(position, len(best.actions))
            start = max(position - size, 0)
            shorter = best.actions[:start] + best.actions[position:]
            run = attempts.breaks(shorter)
            if run is not None and len(run.actions) < len(best.actions):
                best = run
                attempts.on_progress(len(best.actions))
            position = start
        size //= 2
    return best


def _simplify(attempts: _Attempts[W], best: Run[W]) -> Run[W]:
    """Replace actions by earlier ones of their domains, where the same invariant still breaks."""
    for position in range(len(best.actions)):
        if position >= len(best.actions):
            break
        for simpler in _simpler(attempts, best, position):
            changed = [*best.actions[:position], simpler, *best.actions[position + 1 :]]
            run = attempts.breaks(changed)
            if run is not None and len(run.actions) <= len(best.actions):
                best = run
                break
    return best


def _simpler(attempts: _Attempts[W], best: Run[W], position: int) -> list[Action]:
    """Simpler versions of an action: of a kind earlier in the table, or with earlier values."""
    action = best.actions[position]
    rule = attempts.layer.rule_of(action)
    if rule is None:
        return []
    world = attempts.layer.start(attempts.config)
    for earlier in best.actions[:position]:
        world = attempts.layer.step(world, earlier).world
    found = _of_earlier_kinds(attempts.layer, action)
    for values in product(*rule.domains(world)):
        candidate: Action = rule.action(*values)
        if candidate == action or len(found) == SIMPLER_MAX:
            break
        found.append(candidate)
    return found


def _of_earlier_kinds(layer: Layer[Any], action: Action) -> list[Action]:
    """Actions of kinds earlier in the table whose fields this action has (``Tick``: ``TimeOut``).

    A rule's own order says what is plain: the everyday before the faults.
    """
    values: dict[str, Any] = attrs.asdict(action)  # type: ignore[arg-type]
    found: list[Action] = []
    for rule in layer.rules:
        if rule.action is type(action):
            break
        names = [f.name for f in attrs.fields(rule.action)]  # type: ignore[arg-type]
        if names and all(name in values for name in names):
            found.append(rule.action(*(values[name] for name in names)))
    return found
