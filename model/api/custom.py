"""Custom resources: kinds that a user's own controller brings along.

Models objects of a CustomResourceDefinition without a schema. Rules of this file: ``spec`` and
``status`` are maps of plain frozen values.
"""

from __future__ import annotations

from attrs import frozen

from model.api.meta import ObjectMeta
from model.frozen_map import FrozenMap

__all__ = ["CustomResource"]

Plain = str | int | bool | None


@frozen
class CustomResource:
    """An object of the user's own kind, named by ``custom_kind``."""

    custom_kind: str
    metadata: ObjectMeta
    spec: FrozenMap[str, Plain] = FrozenMap()
    status: FrozenMap[str, Plain] = FrozenMap()

    @property
    def kind(self) -> str:
        """What every API object has; here a matter of the object."""
        return self.custom_kind
