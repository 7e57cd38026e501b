"""The checker that goes along with a history, on a register."""

import pytest

from invariants.linearizability import Explanations, answered, invoked


def register(state, request):
    """A register: ``("write", v)``, ``("read", None)`` or ``("cas", (old, new))``."""
    kind, value = request
    if kind == "read":
        return state, state
    if kind == "write":
        return value, "ok"
    old, new = value
    return (new, True) if state == old else (state, False)


def explains(*history) -> bool:
    """Whether a history of ("ask", id, request) and ("answer", id, result) is linearizable."""
    known = Explanations.of(0)
    for what, request_id, value in history:
        if what == "ask":
            known = invoked(known, request_id, value)
        else:
            known = answered(known, request_id, value, register)
    return bool(known.configurations)


READ = ("read", None)


def test_a_read_finds_the_write_that_was_answered_before_it() -> None:
    write = [("ask", "w", ("write", 1)), ("answer", "w", "ok"), ("ask", "r", READ)]
    assert explains(*write, ("answer", "r", 1))
    assert not explains(*write, ("answer", "r", 0))


@pytest.mark.parametrize("found", [0, 1])
def test_a_read_beside_a_write_finds_either(found: int) -> None:
    assert explains(
        ("ask", "w", ("write", 1)),
        ("ask", "r", READ),
        ("answer", "r", found),
        ("answer", "w", "ok"),
    )


def test_once_seen_a_write_stays_seen() -> None:
    beside = [("ask", "w", ("write", 1)), ("ask", "r1", READ), ("answer", "r1", 1)]
    assert not explains(*beside, ("ask", "r2", READ), ("answer", "r2", 0))


def test_a_write_without_an_answer_may_take_effect_much_later_but_once() -> None:
    lost = [("ask", "w", ("write", 1)), ("ask", "r1", READ), ("answer", "r1", 0)]
    later = [("ask", "r2", READ), ("answer", "r2", 1)]
    assert explains(*lost, *later)
    assert not explains(*lost, *later, ("ask", "r3", READ), ("answer", "r3", 0))


def test_one_of_two_competing_compare_and_sets_wins() -> None:
    race = [("ask", "a", ("cas", (0, 1))), ("ask", "b", ("cas", (0, 2)))]
    assert explains(*race, ("answer", "a", True), ("answer", "b", False))
    assert not explains(*race, ("answer", "a", True), ("answer", "b", True))
