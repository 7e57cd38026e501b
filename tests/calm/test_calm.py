"""The calm after the storm: reached and stays, a livelock, or not within the bound."""

from collections.abc import Callable, Generator, Hashable
from typing import Any

import pytest
from attrs import frozen

from invariants.checker import Checker
from invariants.invariant import Invariant, Kind
from model.world import Action, Component, Layer, Rule, Transition
from wavetank.calm import CalmVerdict, calm_down


@frozen
class Turn(Action):
    """The wheel turns by one."""


@frozen
class Wheel:
    """A wheel of three spokes that is turned once a round."""

    turns: int = 0


WHEEL: Layer[Wheel] = Layer(
    name="wheel",
    config=Wheel,
    start=lambda config: config,
    rules=(Rule(Turn, lambda wheel, _: Transition(Wheel(wheel.turns + 1))),),
    components=(Component("wheel", lambda wheel: wheel),),
    calm=lambda wheel: (Turn(),),
    shape=lambda wheel: wheel.turns % 3,
)

Check = Callable[[Wheel], Generator[str, None, Hashable]]


def calm(check: Check, within: int = 20, lasting: int = 8) -> CalmVerdict[Any]:
    """The verdict on one ``eventually`` invariant of the wheel."""
    invariant = Invariant(
        "toy", "wheel", Kind.EVENTUALLY, "this test", check, "Doc.", within=within, lasting=lasting
    )
    checker = Checker.of(WHEEL, [invariant])
    return calm_down(checker, checker.start(Wheel())[0], Wheel())


def always(wheel: Wheel):
    yield from ()


def never(wheel: Wheel):
    yield "all of it"


@pytest.mark.parametrize("spoke", [0, 1, 2])
def test_what_is_missing_at_one_spoke_never_stays(spoke: int) -> None:
    """Also where the wheel comes back to a spoke at which nothing is missing."""

    def but_there(wheel: Wheel):
        if wheel.turns % 3 == spoke:
            yield f"spoke {spoke}"

    verdict = calm(but_there)
    assert verdict.verdict == "livelock"
    assert [finding.evidence for finding in verdict.findings] == [(f"spoke {spoke}",)]


def test_what_moves_with_the_wheel_never_stays() -> None:
    def which(wheel: Wheel):
        yield from ()
        return wheel.turns

    verdict = calm(which)
    assert verdict.verdict == "livelock"
    assert verdict.findings[0].evidence == ("it does not stay: from 2 to 3",)


def test_what_holds_at_every_spoke_stays_for_ever() -> None:
    verdict = calm(always)
    assert (verdict.verdict, verdict.rounds) == ("reached", 3), "one whole turn is enough"


def test_what_has_stayed_for_long_enough_is_let_go() -> None:
    verdict = calm(always, lasting=1)
    assert (verdict.verdict, verdict.rounds) == ("reached", 2)


def test_what_comes_true_on_the_way_is_reached() -> None:
    def after_two(wheel: Wheel):
        if wheel.turns < 2:
            yield "patience"

    assert calm(after_two, lasting=0).verdict == "reached"


def test_what_is_missing_for_ever_is_a_livelock_within_the_bound_and_late_beyond_it() -> None:
    assert calm(never).verdict == "livelock"
    late = calm(never, within=1)
    assert (late.verdict, late.findings[0].evidence) == ("not_reached", ("all of it",))
