"""What can have become of a trace since it was saved."""

import pytest
from attrs import evolve

from model.raft.actions import Apply, Deliver, Sync
from wavetank.defects.bank import put_back
from wavetank.layers import layer_named
from wavetank.order import Order
from wavetank.replay import defect_of, rebase, replay, replay_clean
from wavetank.run import digests_along
from wavetank.trace import Trace


@pytest.fixture(scope="module")
def trace() -> Trace:
    """A counterexample of R3."""
    return Order.of(defect="R3", budget="5000").carry_out().traces[0]


def test_it_still_breaks_what_it_says(trace: Trace) -> None:
    now = replay(trace)
    assert (now.outcome, now.step, now.drifted) == ("same", len(trace.actions), None)
    assert now.why == "; ".join(trace.evidence)


def test_without_the_defect_it_holds(trace: Trace) -> None:
    clean = replay_clean(trace)
    assert clean is not None
    assert clean.outcome == "holds"


def test_it_holds_now_when_the_last_step_is_missing(trace: Trace) -> None:
    now = replay(evolve(trace, actions=trace.actions[:-1], digests=()))
    assert now.outcome == "holds"


def test_it_breaks_another_invariant_than_it_says(trace: Trace) -> None:
    now = replay(evolve(trace, invariant="log_matching"))
    assert now.outcome == "other"
    assert now.why == f"breaks {trace.invariant}"


def test_a_step_is_not_possible_any_more(trace: Trace) -> None:
    now = replay(evolve(trace, actions=(trace.actions[0], Apply(1)), digests=()))
    assert (now.outcome, now.step) == ("not_enabled", 2)
    assert "member 1 has applied all" in now.why


@pytest.mark.parametrize("action", [Sync(99), Deliver(1, 0), Deliver(-1, 2)])
def test_a_member_that_does_not_exist_is_not_enabled(trace: Trace, action: Sync | Deliver) -> None:
    now = replay(evolve(trace, actions=(action,), digests=()))
    assert (now.outcome, now.step) == ("not_enabled", 1)


def test_the_first_step_whose_state_differs_is_named(trace: Trace) -> None:
    digests = list(trace.digests)
    digests[3] = "0" * 16
    assert replay(evolve(trace, digests=tuple(digests))).drifted == 3


def test_the_saved_digests_are_those_of_the_model_with_the_defect(trace: Trace) -> None:
    with put_back(defect_of(trace)):
        along = digests_along(layer_named("raft"), trace.config, trace.actions)
    assert along == trace.digests


def test_rebase_finds_an_equivalent_trace_around_a_step_that_is_gone(trace: Trace) -> None:
    stale = evolve(trace, actions=(*trace.actions[:2], Apply(1), *trace.actions[2:]), digests=())
    found = rebase(stale)
    assert found is not None
    assert found.invariant == trace.invariant
    assert replay(found).outcome == "same"


def test_rebase_says_when_there_is_none(trace: Trace) -> None:
    assert rebase(evolve(trace, actions=trace.actions[:1])) is None
