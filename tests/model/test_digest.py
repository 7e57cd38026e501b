"""The digest tells values apart and is the same everywhere."""

import subprocess
import sys
from enum import Enum

import pytest
from attrs import field, frozen
from hypothesis import given
from hypothesis import strategies as st

from model.digest import digest
from model.frozen_map import FrozenMap

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.binary(),
    lambda inner: st.lists(inner).map(tuple) | st.dictionaries(st.text(), inner).map(FrozenMap),
    max_leaves=6,
)


class Role(Enum):
    LEADER = 1


@frozen
class Member:
    role: Role
    votes: frozenset[int]
    cache: int = field(default=0, metadata={"digest": False})


@given(VALUES, VALUES)
def test_different_values_have_different_digests(left, right) -> None:
    same = repr(left) == repr(right)  # True == 1 in Python, but they are different values
    assert (digest(left) == digest(right)) == same


def test_a_cache_is_no_part_of_the_value() -> None:
    assert digest(Member(Role.LEADER, frozenset({1, 2}), cache=5)) == digest(
        Member(Role.LEADER, frozenset({2, 1}))
    )


def test_a_type_without_a_canonical_form_is_refused() -> None:
    with pytest.raises(TypeError, match="float has no canonical form"):
        digest((1, 0.5))


@pytest.mark.parametrize("hash_seed", ["0", "1"])
def test_it_does_not_depend_on_the_hash_seed(hash_seed: str) -> None:
    program = (
        "from model.digest import digest; from model.frozen_map import FrozenMap;"
        "print(digest((FrozenMap({'b': 1, 'a': frozenset({'x', 'y', 'z'})}), 'term', 3, None)))"
    )
    printed = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONHASHSEED": hash_seed, "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert printed.strip() == "88845f1cfb2087ef"
