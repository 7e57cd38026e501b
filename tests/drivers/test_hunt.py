"""Hunts find what is planted, hold where nothing is, and are the same from the same seed."""

import pytest

from wavetank.bad_input import BadInput
from wavetank.defects.bank import defect_named, put_back
from wavetank.extensions import invariants_for
from wavetank.hunt import Budget, hunt
from wavetank.layers import layer_named
from wavetank.replay import replay, replay_clean
from wavetank.run import Run
from wavetank.shrink import shrink

STEPS = Budget(steps=20_000)


def hunt_for(name: str, seed: int = 0, budget: Budget = STEPS):
    defect = defect_named(name)
    layer = layer_named(defect.layer)
    config = layer.config() if defect.config is None else defect.config
    asked = invariants_for(layer, defect.id)
    return hunt(layer, config, asked, budget=budget, seed=seed, defect=defect)


@pytest.mark.parametrize(
    "name", ["R2", "R3", "R6", "R7", "R13", "R20", "R25", "R26", "R28", "E5", "E20"]
)
def test_a_planted_bug_is_found_and_its_trace_breaks_with_it_and_holds_without(name: str) -> None:
    trace = hunt_for(name, budget=Budget(steps=60_000)).traces[0]
    assert trace.invariant in defect_named(name).breaks
    assert replay(trace).outcome == "same"
    assert replay_clean(trace).outcome == "holds"


def test_the_same_seed_is_the_same_hunt() -> None:
    first, second = hunt_for("R3", seed=7), hunt_for("R3", seed=7)
    assert first.traces[0].actions == second.traces[0].actions
    assert first.traces[0].digests == second.traces[0].digests
    assert (first.steps, first.kinds) == (second.steps, second.kinds)


@pytest.mark.parametrize("name", ["raft", "etcd"])
def test_the_clean_model_holds(name: str) -> None:
    layer = layer_named(name)
    result = hunt(layer, layer.config(), invariants_for(layer), budget=STEPS, seed=3)
    assert result.traces == ()
    assert result.steps >= 20_000


def test_no_action_of_a_shrunk_trace_can_be_left_out() -> None:
    trace = hunt_for("R3").traces[0]
    layer = layer_named("raft")
    from invariants.checker import Checker
    from wavetank.extensions import invariant_named

    checker = Checker.of(layer, (invariant_named(layer, trace.invariant),))
    with put_back(defect_named("R3")):
        for position in range(len(trace.actions)):
            run = Run(layer, trace.config, checker)
            run.follow(trace.actions[:position] + trace.actions[position + 1 :])
            assert not run.findings, f"step {position + 1} is not needed"


def test_shrinking_keeps_the_invariant() -> None:
    layer = layer_named("raft")
    from invariants.checker import Checker

    checker = Checker.of(layer, invariants_for(layer))
    trace = hunt_for("R3").traces[0]
    with put_back(defect_named("R3")):
        run = Run(layer, trace.config, checker)
        run.follow(trace.actions)
        assert shrink(run).run.findings[0].invariant.name == trace.invariant


@pytest.mark.parametrize(
    ("text", "budget"),
    [("60s", Budget(seconds=60)), ("2m", Budget(seconds=120)), ("1000", Budget(steps=1000))],
)
def test_a_budget_is_a_time_or_a_number_of_steps(text: str, budget: Budget) -> None:
    assert Budget.parse(text) == budget


@pytest.mark.parametrize("text", ["", "soon", "-1", "0", "s", "1h"])
def test_a_budget_that_is_none_says_what_would_be_right(text: str) -> None:
    with pytest.raises(BadInput, match="expected seconds like '60s'"):
        Budget.parse(text)
