"""Rules that list their enabled actions without trying every combination.

The drivers ask at every step which kinds of action are possible. Where most combinations of a
rule's values are not, asking each costs more than the step itself. Rules of this file: a shortcut
changes the cost, never the answer, which is what ``Rule.enabled`` would give, in the same order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import attrs
from attrs import frozen

from model.control_plane.plane import ControlPlane
from model.world import Action, Rule

__all__ = ["ShortcutRule", "listed", "only_if", "while_budget_lasts"]


@frozen
class ShortcutRule(Rule[ControlPlane]):
    """A rule with a shortcut: ``possible`` false means that no action of it is enabled; else
    ``candidates`` lists those worth asking, in the order of the domains (None: all of them)."""

    possible: Callable[[ControlPlane], bool] | None = None
    candidates: Callable[[ControlPlane], Iterator[Action]] | None = None

    def enabled(self, world: ControlPlane) -> Iterator[Action]:
        """The actions of this kind that are possible now, in the order of the domains."""
        if self.possible is not None and not self.possible(world):
            return
        if self.candidates is None:
            yield from Rule.enabled(self, world)
            return
        for action in self.candidates(world):
            if self.why_not(world, action) is None:
                yield action


def _shortcut(rule: Rule[ControlPlane]) -> dict[str, object]:
    return {field.name: getattr(rule, field.name) for field in attrs.fields(Rule)}


def only_if(rule: Rule[ControlPlane], possible: Callable[[ControlPlane], bool]) -> ShortcutRule:
    """The rule with a cheap test that rules out all its actions at once."""
    candidates = rule.candidates if isinstance(rule, ShortcutRule) else None
    return ShortcutRule(**_shortcut(rule), possible=possible, candidates=candidates)  # type: ignore[arg-type]


def listed(
    rule: Rule[ControlPlane], candidates: Callable[[ControlPlane], Iterator[Action]]
) -> ShortcutRule:
    """The rule with a list of the actions that are worth asking."""
    possible = rule.possible if isinstance(rule, ShortcutRule) else None
    return ShortcutRule(**_shortcut(rule), possible=possible, candidates=candidates)  # type: ignore[arg-type]


def while_budget_lasts(rule: Rule[ControlPlane]) -> Rule[ControlPlane]:
    """The rule of a fault, passed over at once when the fault's budget is spent."""
    fault = rule.fault
    if fault is None:
        return rule
    return only_if(rule, lambda plane: plane.faults.left.get(fault, 0) > 0)
