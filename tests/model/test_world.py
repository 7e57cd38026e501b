"""The contract of a layer, on the smallest system there is: one counter, one fault."""

from collections.abc import Iterator

import pytest
from attrs import evolve, frozen

from model.faults import Faults, fault_rule
from model.frozen_map import FrozenMap
from model.world import Action, Component, Layer, NotEnabled, Observation, Rule, Transition


@frozen
class Config:
    limit: int = 3


@frozen
class Counter:
    config: Config
    value: int = 0
    faults: Faults = Faults(FrozenMap({"reset": 1}))


@frozen
class Add(Action):
    amount: int


@frozen
class Reset(Action):
    """The counter forgets."""


@frozen
class Added(Observation):
    value: int


def add(world: Counter, action: Add) -> Transition[Counter]:
    value = world.value + action.amount
    return Transition(evolve(world, value=value), (Added(value),))


def above_limit(world: Counter, action: Add) -> str | None:
    if world.value + action.amount > world.config.limit:
        return f"{world.value} + {action.amount} is above the limit of {world.config.limit}"
    return None


ADD = Rule(Add, add, lambda world: ((1, 2),), above_limit)
RESET = fault_rule(
    "reset", Reset, lambda world, _: Transition(evolve(world, value=0)), lambda _: ()
)
COUNTER = Layer(
    name="counter",
    config=Config,
    start=Counter,
    rules=(ADD, RESET),
    components=(Component("counter", lambda world: world),),
    calm=lambda world: (Add(1),),
)


@pytest.fixture
def start() -> Counter:
    return COUNTER.start(Config())


def test_enabled_lists_the_actions_in_the_order_of_the_table(start: Counter) -> None:
    assert list(COUNTER.enabled(start)) == [Add(1), Add(2), Reset()]


def test_a_step_is_a_function(start: Counter) -> None:
    assert COUNTER.step(start, Add(2)) == COUNTER.step(start, Add(2))
    assert COUNTER.step(start, Add(2)).observed == (Added(2),)


def test_an_action_that_is_not_enabled_says_why_and_changes_nothing(start: Counter) -> None:
    two = COUNTER.step(start, Add(2)).world
    with pytest.raises(NotEnabled, match=r"add amount=2: not enabled: 2 \+ 2 is above the limit"):
        COUNTER.step(two, Add(2))


def test_a_fault_strikes_as_often_as_its_budget_says(start: Counter) -> None:
    once = COUNTER.step(start, Reset()).world
    assert COUNTER.why_not(once, Reset()) == "the budget of 'reset' faults is spent"


def test_draws_stand_for_values_not_for_what_is_enabled(start: Counter) -> None:
    two = COUNTER.step(start, Add(2)).world
    assert ADD.pick(start, (1,)) == ADD.pick(two, (1,)) == Add(2)
    assert ADD.pick(start, (0,)) == Add(1)


def test_an_action_of_another_layer_is_refused(start: Counter) -> None:
    @frozen
    class Fly(Action):
        pass

    assert COUNTER.why_not(start, Fly()) == "the counter layer has no action 'fly'"
    flying = COUNTER.with_rules(Rule(Fly, lambda world, _: Transition(world)))
    assert flying.why_not(start, Fly()) is None


@frozen
class Pair:
    left: Counter
    seen: tuple[Observation, ...] = ()


def test_a_rule_lifts_into_a_larger_world_that_sees_what_happened(start: Counter) -> None:
    def put(pair: Pair, inner: Transition[Counter]) -> Transition[Pair]:
        return Transition(Pair(inner.world, pair.seen + inner.observed), inner.observed)

    lifted = ADD.lift(lambda pair: pair.left, put)
    pair = Pair(start)
    assert list(lifted.enabled(pair)) == [Add(1), Add(2)]
    assert lifted.step(pair, Add(2)).world == Pair(evolve(start, value=2), (Added(2),))


def test_action_kinds_have_snake_case_names() -> None:
    def names() -> Iterator[str]:
        for rule in COUNTER.rules:
            yield rule.action.kind()

    assert list(names()) == ["add", "reset"]
