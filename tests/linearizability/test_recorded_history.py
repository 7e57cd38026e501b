"""Recorded histories, checked as a whole: against all orders, and against known verdicts."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from invariants.history_models import REGISTER, TEXTS
from invariants.recorded_history import Operation, check, first_unexplained
from wavetank.bad_input import BadInput
from wavetank.histories import read_history

HISTORIES = Path(__file__).parents[3] / "shared" / "conformance" / "histories"
needs_histories = pytest.mark.skipif(
    not HISTORIES.is_dir(), reason=f"no recorded histories in {HISTORIES}"
)
READ = ("read",)


def write(value):
    return ("write", value)


def in_an_order(operations, order) -> bool:
    """Whether the operations can have taken effect in this order, one after the other."""
    state = None
    for place, operation in enumerate(order):
        later = order[place + 1 :]
        if any(o.returned is not None and o.returned < operation.called for o in later):
            return False
        state, result = REGISTER.apply(state, operation.request)
        if operation.returned is not None and result != operation.result:
            return False
    done = set(map(id, order))
    return all(id(o) in done or o.returned is None for o in operations)


def by_trying_every_order(operations) -> bool:
    """The definition: some order of all answered operations and some of the others explains it."""
    return any(
        in_an_order(operations, order)
        for count in range(len(operations) + 1)
        for order in permutations(operations, count)
    )


REQUESTS = st.one_of(
    st.just(READ),
    st.sampled_from("ab").map(write),
    st.tuples(st.just("cas"), st.sampled_from("ab"), st.sampled_from("ab")),
)
RESULTS = {"read": st.sampled_from([None, "a", "b"]), "write": st.just(True), "cas": st.booleans()}


@st.composite
def register_histories(draw):
    """Up to five operations of any overlap, some without an answer."""
    requests = draw(st.lists(REQUESTS, min_size=1, max_size=5))
    ends = draw(st.permutations(range(2 * len(requests))))
    operations = []
    for number, request in enumerate(requests):
        called, returned = sorted(ends[2 * number : 2 * number + 2])
        lost = draw(st.booleans()) and draw(st.booleans())
        result = None if lost else draw(RESULTS[request[0]])
        operations.append(
            Operation(str(number), called, None if lost else returned, request, result)
        )
    return operations


@given(register_histories())
def test_the_verdict_is_that_of_trying_every_order(operations) -> None:
    verdict = check(operations, REGISTER)
    assert verdict.linearizable is by_trying_every_order(operations)
    if verdict.linearizable:
        assert in_an_order(operations, list(verdict.witness))


@given(register_histories())
def test_the_first_unexplained_answer_is_where_the_history_goes_wrong(operations) -> None:
    culprit = first_unexplained(operations, REGISTER)
    assert (culprit is None) is bool(check(operations, REGISTER).linearizable)
    if culprit is not None:
        before = [
            evolve(o, returned=None)
            if o.returned is not None and o.returned >= culprit.returned
            else o
            for o in operations
            if o.called < culprit.returned
        ]
        assert check(before, REGISTER).linearizable


def test_many_lost_writes_do_not_slow_the_search() -> None:
    lost = [Operation(f"lost {i}", i, None, write(str(i % 5))) for i in range(200)]
    reads = [Operation("reader", 300 + i, 300.5 + i, READ, str(i % 5)) for i in range(150)]
    assert check([*lost, *reads], REGISTER).linearizable
    never = Operation("reader", 900, 901, READ, "x")
    verdict = check([*lost, *reads[:8], never], REGISTER, steps=200_000)
    assert verdict.linearizable is False


def test_a_search_that_is_cut_short_is_undecided() -> None:
    reads = [Operation("r", i, i + 0.5, READ, None) for i in range(10)]
    assert check(reads, REGISTER, steps=3).linearizable is None


def test_parts_with_different_keys_are_independent() -> None:
    put = Operation("a", 1, 2, ("put", "x"), True, key="k")
    other = Operation("b", 3, 4, ("get",), "", key="l")
    same = Operation("b", 3, 4, ("get",), "", key="k")
    assert check([put, other], TEXTS).linearizable
    verdict = check([put, other, same], TEXTS)
    assert (verdict.linearizable, verdict.key) == (False, "k")


@needs_histories
def test_jepsens_histories_of_etcd_have_the_recorded_verdicts() -> None:
    verdicts = json.loads((HISTORIES / "verdicts.json").read_text())
    found = {}
    for name in verdicts:
        history = read_history(HISTORIES / name)
        found[name] = check(history.operations, history.specification).linearizable
    assert found == verdicts


@needs_histories
@pytest.mark.parametrize("path", sorted(HISTORIES.glob("c*.txt")), ids=lambda path: path.name)
def test_key_value_histories_have_the_verdict_in_their_name(path: Path) -> None:
    history = read_history(path)
    verdict = check(history.operations, history.specification, steps=1_000_000)
    assert verdict.linearizable is path.name.endswith("-ok.txt")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no operations"),
        ("hello\n", "line 1: expected a Jepsen log line"),
        ("INFO  jepsen.util - 0\t:ok\t:read\tnil\n", "line 1: process 0 asked nothing"),
        ("INFO  jepsen.util - 0\t:invoke\t:jump\tnil\n", "line 1: a register has no operation"),
    ],
)
def test_what_is_no_history_says_where(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "history.log"
    path.write_text(text)
    with pytest.raises(BadInput, match=message):
        read_history(path)
