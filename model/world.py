"""The contract that every layer of the model meets: world, action, rule, step.

A *world* is one frozen value: everything that the modelled system knows, in memory, on disk and
on the wire. An *action* is a small frozen value that says which nondeterministic choice is made
(deliver this message, crash that member). A *rule* is one row of a layer's table: for one kind of
action, which values it can take, when it is enabled and what it does. A *layer* (``raft``,
``etcd``, ``kube``, ``full``) is the table with its initial world.

Rules of this file: it knows no layer. ``Layer.step`` is a function: the same world and action
give the same transition, always. What goes wrong inside the modelled system is a value in the
world or an observation; :class:`NotEnabled` says that a *driver* asked for a step that the
system cannot make, and leaves the world untouched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any, Generic, TypeVar

import attrs
from attrs import field, frozen

__all__ = ["Action", "Component", "Layer", "NotEnabled", "Observation", "Rule", "Transition"]

W = TypeVar("W")
V = TypeVar("V")


class Action:
    """One nondeterministic choice. Subclasses are ``@frozen`` attrs classes.

    Fields are small and plain (int, str, bool): a trace file stores them by name. The kind's
    name in traces and on the command line is the class name in snake_case.
    """

    __slots__ = ()

    @classmethod
    def kind(cls) -> str:
        """``DeliverMessage`` -> ``deliver_message``."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    def sentence(self) -> str:
        """What happens, as one short English clause without a full stop."""
        fields: Any = attrs.fields(type(self))  # type: ignore[arg-type]
        values = (f"{f.name}={getattr(self, f.name)}" for f in fields)
        return " ".join((self.kind().replace("_", " "), *values))


class Observation:
    """Something that the outside can see of a step: a response, an applied entry, an API event.

    Subclasses are ``@frozen`` attrs classes. History invariants fold over them.
    """

    __slots__ = ()

    def sentence(self) -> str:
        """What was seen, as one short English clause."""
        return str(self)


class NotEnabled(Exception):
    """The action has no meaning in this world; the world is untouched.

    ``action`` is the action, ``why`` the reason in words.
    """

    def __init__(self, action: Action, why: str) -> None:
        super().__init__(f"{action.sentence()}: not enabled: {why}")
        self.action = action
        self.why = why


@frozen
class Transition(Generic[W]):
    """What one step led to: the next world, and what could be observed, in order."""

    world: W
    observed: tuple[Observation, ...] = ()


def _no_domains(world: Any) -> tuple[Sequence[Any], ...]:
    return ()


def _always(world: Any, action: Any) -> None:
    return None


def _not_idle(world: Any) -> bool:
    return False


def _allowed(world: Any) -> bool:
    return True


@frozen
class Rule(Generic[W]):
    """One row of a layer's table: everything about one kind of action.

    ``domains(world)`` lists, for each field of the action in order, the values worth trying.
    A domain never depends on what happens to be enabled or in flight, and only ever grows at its
    end (members of the configuration; names in order of creation): an index into it means the
    same thing after another action was removed from a trace, so that shrinking works.
    ``why_not(world, action)`` is None when the action is enabled, else the reason.
    ``step(world, action)`` is called on enabled actions only, and is total on them.
    ``weight``: how often random drivers choose this kind, relative to the others.
    ``fault``: the name of the fault budget that it spends, or None for normal operation.
    ``idle(world)``: True where it is plain, without looking at each, that no action of this kind
    is enabled (nothing is in flight, the budget is spent). ``allowed(world)``: whether it can ever
    be enabled in a run that starts in this world; drivers leave out what cannot.
    """

    action: type[Action]
    step: Callable[[W, Any], Transition[W]]
    domains: Callable[[W], tuple[Sequence[Any], ...]] = _no_domains
    why_not: Callable[[W, Any], str | None] = _always
    weight: int = 4
    fault: str | None = None
    idle: Callable[[W], bool] = _not_idle
    allowed: Callable[[W], bool] = _allowed

    def enabled(self, world: W) -> Iterator[Action]:
        """The actions of this kind that are possible now, in the order of the domains."""
        if self.idle(world):
            return
        for values in product(*self.domains(world)):
            action = self.action(*values)
            if self.why_not(world, action) is None:
                yield action

    def pick(self, world: W, draws: Sequence[int]) -> Action | None:
        """The action that ``draws`` (one small integer a field) stand for, enabled or not.

        None when a domain is empty. Zero stands for the first, simplest value.
        """
        chosen = []
        for values, draw in zip(self.domains(world), draws, strict=False):
            if not values:
                return None
            chosen.append(values[draw % len(values)])
        return self.action(*chosen)

    def lift(
        self,
        get: Callable[[V], W],
        put: Callable[[V, Transition[W]], Transition[V]],
        *,
        why_not: Callable[[V, Any], str | None] | None = None,
        weight: int | None = None,
    ) -> Rule[V]:
        """The same rule for a world of which ours is a part.

        ``get`` takes our world out of the larger one, ``put`` puts the transition back and lets
        the larger world react to what was observed (an etcd server to applied entries, say).
        ``why_not`` adds a condition of the larger world.
        """

        def refuse(whole: V, action: Any) -> str | None:
            reason = None if why_not is None else why_not(whole, action)
            return reason if reason is not None else self.why_not(get(whole), action)

        return Rule(
            action=self.action,
            step=lambda whole, action: put(whole, self.step(get(whole), action)),
            domains=lambda whole: self.domains(get(whole)),
            why_not=refuse,
            weight=self.weight if weight is None else weight,
            fault=self.fault,
            idle=lambda whole: self.idle(get(whole)),
            allowed=lambda whole: self.allowed(get(whole)),
        )


@frozen
class Component(Generic[W]):
    """A part of a layer's world that invariants of that name look at (``raft`` within ``etcd``)."""

    name: str
    of: Callable[[W], Any]


def _itself(world: Any) -> Hashable:
    result: Hashable = world
    return result


def _table(layer: Any) -> Mapping[type[Action], Rule[Any]]:
    return {rule.action: rule for rule in layer.rules}


@frozen
class Layer(Generic[W]):
    """A system that can be put into the tank: its configuration, its start and its rules.

    ``config`` is the frozen attrs class of its configuration, all fields with defaults;
    ``start(config)`` the initial world; ``components`` what its world is made of, for the
    invariants; ``calm(world)`` one round of the fair schedule after the faults have ended, as
    actions to try in order (those not enabled when their turn comes are passed over): it heals
    what is broken, and gives every clock, link, disk and controller its turn;
    ``shape(world)`` what must repeat between rounds for the run to count as a livelock (the world
    without counters that only grow).
    """

    name: str
    config: type[Any]
    start: Callable[[Any], W]
    rules: tuple[Rule[W], ...]
    components: tuple[Component[W], ...]
    calm: Callable[[W], tuple[Action, ...]]
    shape: Callable[[W], Hashable] = _itself
    _by_action: Mapping[type[Action], Rule[W]] = field(
        init=False, repr=False, eq=False, default=attrs.Factory(_table, takes_self=True)
    )

    def rule_of(self, action: Action) -> Rule[W] | None:
        """The rule for actions of this kind, or None if the layer has none."""
        return self._by_action.get(type(action))

    def enabled(self, world: W) -> Iterator[Action]:
        """Every action that is possible now, in the order of the table."""
        for rule in self.rules:
            yield from rule.enabled(world)

    def why_not(self, world: W, action: Action) -> str | None:
        """None when ``action`` is enabled in ``world``, else the reason in words."""
        rule = self._by_action.get(type(action))
        if rule is None:
            return f"the {self.name} layer has no action {type(action).kind()!r}"
        return rule.why_not(world, action)

    def step(self, world: W, action: Action) -> Transition[W]:
        """The transition that ``action`` makes. Raises :class:`NotEnabled` with the reason."""
        why = self.why_not(world, action)
        if why is not None:
            raise NotEnabled(action, why)
        return self._by_action[type(action)].step(world, action)

    def with_rules(self, *rules: Rule[W]) -> Layer[W]:
        """The same layer with further kinds of action (a user's own fault, say)."""
        return attrs.evolve(self, rules=(*self.rules, *rules))
