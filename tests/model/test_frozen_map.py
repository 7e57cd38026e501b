"""A FrozenMap is a value: equal however it was made, always in key order."""

from hypothesis import given
from hypothesis import strategies as st

from model.frozen_map import FrozenMap

ENTRIES = st.dictionaries(st.integers(0, 9), st.integers())


@given(ENTRIES, st.randoms())
def test_equal_maps_are_equal_hash_equal_and_iterate_alike(entries, random) -> None:
    pairs = list(entries.items())
    random.shuffle(pairs)
    one_by_one = FrozenMap()
    for key, value in pairs:
        one_by_one = one_by_one.set(key, value)
    at_once = FrozenMap(entries)
    assert one_by_one == at_once
    assert hash(one_by_one) == hash(at_once)
    assert list(one_by_one.items()) == list(at_once.items()) == sorted(entries.items())


@given(ENTRIES, st.integers(0, 9), st.integers())
def test_it_agrees_with_dict_and_never_changes(entries, key, value) -> None:
    before = FrozenMap(entries)
    with_key, without = before.set(key, value), before.discard(key)
    assert dict(before.items()) == entries
    assert dict(with_key.items()) == {**entries, key: value}
    assert dict(without.items()) == {k: v for k, v in entries.items() if k != key}
    assert before.update({key: value}) == with_key


def test_setting_what_is_there_gives_the_same_object() -> None:
    """Untouched parts stay identical, so that checks of them can be skipped."""
    value = ("a",)
    before = FrozenMap({1: value})
    assert before.set(1, value) is before
    assert before.discard(2) is before
