"""An immutable mapping whose iteration is always in the order of its keys.

Rules of this file: a :class:`FrozenMap` is a value. Equal maps are equal, hash equal and iterate
in the same order whatever the way they were made, so replay and shrinking never depend on hash
seeds or on insertion order. Sizes in the model are tens of entries: a sorted ``dict`` that is
copied on change beats a trie there (persistent tries also iterate in hash order, which differs
between equal maps or between hash seeds).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

__all__ = ["FrozenMap"]


class FrozenMap(Mapping[K, V], Generic[K, V]):
    """A hashable mapping, iterated in ascending key order.

    Keys must be comparable with each other; values must be hashable for ``hash`` to work.
    """

    __slots__ = ("_entries", "_hash")
    _entries: dict[K, V]
    _hash: int | None

    def __init__(self, entries: Mapping[K, V] | Iterable[tuple[K, V]] = ()) -> None:
        pairs = dict(entries)
        self._entries = {key: pairs[key] for key in sorted(pairs)}  # type: ignore[type-var]
        self._hash = None

    @classmethod
    def _adopt(cls, entries: dict[K, V]) -> FrozenMap[K, V]:
        """Wrap a dict that is already in key order and that nobody else holds."""
        made: FrozenMap[K, V] = object.__new__(cls)
        made._entries = entries
        made._hash = None
        return made

    def set(self, key: K, value: V) -> FrozenMap[K, V]:
        """The same map with ``key`` bound to ``value``; itself when it already is."""
        entries = self._entries
        if key in entries:
            if entries[key] is value:
                return self
            entries = entries.copy()
            entries[key] = value
            return self._adopt(entries)
        return FrozenMap({**entries, key: value})

    def update(self, changes: Mapping[K, V]) -> FrozenMap[K, V]:
        """The same map with every binding of ``changes``."""
        if not changes:
            return self
        return FrozenMap({**self._entries, **changes})

    def discard(self, key: K) -> FrozenMap[K, V]:
        """The same map without ``key``; itself when the key is absent."""
        if key not in self._entries:
            return self
        entries = self._entries.copy()
        del entries[key]
        return self._adopt(entries)

    def __getitem__(self, key: K) -> V:
        return self._entries[key]

    def get(self, key: K, default: Any = None) -> Any:
        """The value of ``key``, or ``default``."""
        return self._entries.get(key, default)

    def __contains__(self, key: object) -> bool:
        return key in self._entries

    def __iter__(self) -> Iterator[K]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def keys(self) -> Any:
        """The keys, ascending."""
        return self._entries.keys()

    def values(self) -> Any:
        """The values, in ascending order of their keys."""
        return self._entries.values()

    def items(self) -> Any:
        """The (key, value) pairs, ascending by key."""
        return self._entries.items()

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if isinstance(other, FrozenMap):
            return self._entries == other._entries
        return NotImplemented

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(tuple(self._entries.items()))
        return self._hash

    def __reduce__(self) -> tuple[Any, ...]:
        return (FrozenMap, (self._entries,))

    def __repr__(self) -> str:
        inside = ", ".join(f"{key!r}: {value!r}" for key, value in self._entries.items())
        return f"FrozenMap({{{inside}}})"
