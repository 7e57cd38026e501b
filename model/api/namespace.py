"""Namespaces: rooms for names.

Models ``Namespace`` (core/v1). Left out so far: the life of a terminating namespace.
"""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from model.api.meta import ObjectMeta

__all__ = ["Namespace"]


@frozen
class Namespace:
    """A namespace; ``phase`` is Active or Terminating."""

    kind: ClassVar[str] = "Namespace"

    metadata: ObjectMeta
    phase: str = "Active"
