"""An object as a key of a cache by identity, so that large equal values need not be compared."""

from __future__ import annotations

from typing import Generic, TypeVar

from attrs import field, frozen

__all__ = ["Same"]

T = TypeVar("T")


@frozen(eq=False)
class Same(Generic[T]):
    """Stands for this very object; it is kept alive, so its identity is its own meanwhile."""

    it: T = field(repr=False)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.it is self.it

    def __hash__(self) -> int:
        return id(self.it)
