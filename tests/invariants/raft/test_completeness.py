"""Every invariant about a group of members is shown here, firing and holding."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from invariants.invariant import Kind
from model.evolve import evolve
from tests.invariants.raft.by_hand import down, group_of, holds, leader, log_of, member, shipped

HERE = Path(__file__).parent
LAWS = sorted(name for name, inv in shipped().items() if inv.kind is not Kind.SOMETIMES)


@cache
def asked_by(question: str) -> set[str]:
    """The invariants that the tests of this folder ask with ``said`` or with ``holds``."""
    return {name for path in sorted(HERE.glob("test_*.py")) for name in _named(path, question)}


def _named(path: Path, question: str) -> Iterator[str]:
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == question and call.args:
            first = call.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


@pytest.mark.parametrize("name", LAWS)
def test_every_law_is_shown_to_fire_and_to_hold(name: str) -> None:
    assert name in asked_by("said"), f"no test shows the evidence of {name}"
    assert name in asked_by("holds"), f"no test shows a state in which {name} just holds"


def test_no_test_asks_for_a_law_that_is_gone() -> None:
    assert asked_by("said") | asked_by("holds") <= set(LAWS)


@pytest.mark.parametrize("name", [name for name in LAWS if shipped()[name].kind is Kind.TRANSITION])
def test_no_step_law_has_anything_to_say_of_who_goes_down_or_comes_up(name: str) -> None:
    """Memory is lost and made anew; what must survive is on the disk, which does not change."""
    up = group_of(leader(1, term=3, log=log_of(3), commit=1, applied=1), member(2), member(3))
    asleep = evolve(up, members=up.members.set(1, down(up.members[1])))
    back = member(1, term=3, log=log_of(3), commit=1, vote=0)
    again = evolve(up, members=up.members.set(1, back))
    assert holds(name, up, asleep)
    assert holds(name, asleep, again)
    assert holds(name, asleep, evolve(asleep, members=asleep.members.set(2, down(member(2)))))


def test_there_are_laws_of_every_kind() -> None:
    kinds = {shipped()[name].kind for name in LAWS}
    assert kinds == {Kind.ALWAYS, Kind.TRANSITION, Kind.HISTORY, Kind.EVENTUALLY}
