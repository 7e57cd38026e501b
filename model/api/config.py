"""ConfigMaps and Secrets: configuration that pods are given.

Models ``ConfigMap`` and ``Secret`` (core/v1). Rules of this file: values are text.
"""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from model.api.meta import ObjectMeta
from model.frozen_map import FrozenMap

__all__ = ["ConfigMap", "Secret"]


@frozen
class ConfigMap:
    """A ConfigMap."""

    kind: ClassVar[str] = "ConfigMap"

    metadata: ObjectMeta
    data: FrozenMap[str, str] = FrozenMap()
    immutable: bool = False


@frozen
class Secret:
    """A Secret."""

    kind: ClassVar[str] = "Secret"

    metadata: ObjectMeta
    data: FrozenMap[str, str] = FrozenMap()
    immutable: bool = False
    type: str = "Opaque"
