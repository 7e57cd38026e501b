"""The checker asks each kind of invariant what it is there to see."""

from attrs import frozen

from invariants.checker import Checker
from invariants.invariant import Invariant, Kind
from model.world import Action, Component, Layer, Observation, Rule, Transition


@frozen
class Tank:
    water: tuple[int, ...] = (0,)
    paint: str = "grey"


@frozen
class Pour(Action):
    litres: int


@frozen
class Splash(Observation):
    litres: int


def pour(tank: Tank, action: Pour) -> Transition[Tank]:
    return Transition(Tank((*tank.water, tank.water[-1] + action.litres)), (Splash(action.litres),))


LAYER = Layer(
    name="tank",
    config=Tank,
    start=lambda config: Tank(),
    rules=(Rule(Pour, pour, lambda tank: ((1, -1),)),),
    components=(Component("tank", lambda tank: tank),),
    calm=lambda tank: (),
)


def invariant(kind: Kind, check, **more) -> Invariant:
    return Invariant("toy", "tank", kind, "this test", check, "Doc.", **more)


def after(invariant: Invariant, *litres: int):
    """The findings of the last of these steps, and the readings then."""
    checker = Checker.of(LAYER, [invariant])
    world = LAYER.start(None)
    readings, findings = checker.start(world)
    for amount in litres:
        moved = LAYER.step(world, Pour(amount))
        readings, findings = checker.read(readings, world, Pour(amount), moved)
        world = moved.world
    return checker, world, readings, [finding.evidence for finding in findings]


def test_always_sees_the_component() -> None:
    def not_empty(tank: Tank):
        if tank.water[-1] < 0:
            yield f"{tank.water[-1]} litres"

    assert after(invariant(Kind.ALWAYS, not_empty), 1)[3] == []
    assert after(invariant(Kind.ALWAYS, not_empty), 1, -1, -1)[3] == [("-1 litres",)]


def test_always_is_not_asked_again_while_what_it_reads_is_the_same_object() -> None:
    asked = []

    def look(paint: str):
        asked.append(paint)
        yield from ()

    after(invariant(Kind.ALWAYS, look, reads=lambda tank: tank.paint), 1, 1)
    assert asked == ["grey"]


def test_transition_sees_before_action_and_after() -> None:
    def never_falls(before: Tank, action: Pour, now: Tank):
        if now.water[-1] < before.water[-1]:
            yield f"{action.sentence()}: {before.water[-1]} -> {now.water[-1]}"

    assert after(invariant(Kind.TRANSITION, never_falls), 1, -1)[3] == [("pour litres=-1: 1 -> 0",)]


def test_history_folds_over_what_was_observed() -> None:
    def one_splash(count: int, seen: Splash):
        if count == 1:
            yield f"a second splash of {seen.litres}"
        return count + 1

    monitor = invariant(Kind.HISTORY, one_splash, start=0)
    assert after(monitor, 1)[3] == []
    assert after(monitor, 1, 1)[3] == [("a second splash of 1",)]


def test_sometimes_is_ticked_off_when_reached() -> None:
    reached = invariant(Kind.SOMETIMES, lambda tank: tank.water[-1] == 2)
    checker, world, readings, _ = after(reached, 1, 1)
    assert [inv.name for inv in readings.unreached] == ["toy"]
    assert checker.reach(readings, world).unreached == ()


def test_eventually_says_what_is_missing() -> None:
    def filled(tank: Tank):
        if tank.water[-1] < 2:
            yield f"{2 - tank.water[-1]} litres"

    checker, world, _, _ = after(invariant(Kind.EVENTUALLY, filled, within=3), 1)
    assert [each.missing for each in checker.reached(world)] == [("1 litres",)]


def test_eventually_may_say_what_must_stay() -> None:
    def level(tank: Tank):
        yield from ()
        return tank.water[-1]

    checker, world, _, _ = after(invariant(Kind.EVENTUALLY, level, within=3), 1, 1)
    assert [(each.missing, each.value) for each in checker.reached(world)] == [((), 2)]


def test_invariants_of_other_components_are_left_out() -> None:
    other = Invariant("far", "sea", Kind.ALWAYS, "this test", lambda sea: iter(()), "Doc.")
    assert Checker.of(LAYER, [other]).invariants == ()
