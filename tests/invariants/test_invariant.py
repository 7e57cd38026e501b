"""Declaring invariants: a name, a sentence, a source, an exception class of its own."""

from collections.abc import Iterator

import pytest

from invariants import InvariantViolation, Kind, always, history
from invariants.invariant import declared


def found(name: str):
    return next(invariant for invariant in declared() if invariant.name == name)


def test_the_function_itself_stays_what_it_was() -> None:
    @always("toy", source="this test")
    def a_toy_is_small(world: int) -> Iterator[str]:
        """A toy is small."""
        if world > 3:
            yield f"it is {world}"

    assert list(a_toy_is_small(4)) == ["it is 4"]
    invariant = found("a_toy_is_small")
    assert (invariant.component, invariant.kind) == ("toy", Kind.ALWAYS)
    assert invariant.doc == "A toy is small."


def test_each_has_an_exception_class_of_its_own() -> None:
    @always("toy", source="this test")
    def first_law(world: int) -> Iterator[str]:
        """First."""
        yield from ()

    @history("toy", source="this test", start=())
    def second_law(state, observation):
        """Second."""
        yield from ()
        return state

    first, second = found("first_law").violation, found("second_law").violation
    assert first is not second
    assert issubclass(first, InvariantViolation)
    assert str(first(("n1 and n2",))) == "first_law: n1 and n2"


def test_an_invariant_without_its_sentence_is_refused() -> None:
    with pytest.raises(TypeError, match="nameless: write its sentence"):

        @always("toy", source="this test")
        def nameless(world: int) -> Iterator[str]:
            yield from ()
