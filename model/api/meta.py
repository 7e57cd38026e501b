"""What every API object has: its name, its identity, its owners, its way out.

Models ``ObjectMeta`` (apimachinery ``meta/v1/types.go``). Rules of this file: fields are named as
in Kubernetes, in snake_case; times are seconds on the clock of whoever wrote them. The
resourceVersion is *not* a field: it is the ``mod_revision`` of the object's key in the store, and
clients get it beside the object. Left out: managed fields, self links.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from attrs import frozen

from model.frozen_map import FrozenMap

__all__ = [
    "KubeObject",
    "ObjectMeta",
    "OwnerReference",
    "controller_of",
    "is_deleting",
    "key_of",
    "names_in_key",
    "owned_by",
]


@frozen
class OwnerReference:
    """The object depends on this owner; ``controller`` marks the one that manages it."""

    kind: str
    name: str
    uid: str
    controller: bool = True
    block_owner_deletion: bool = True


@frozen
class ObjectMeta:
    """An object's metadata.

    ``namespace`` is "" for objects of the cluster (nodes, namespaces). ``uid`` is given by the
    API server, once, and never again to another object; "" before creation. ``generation`` grows
    when the spec changes. ``generate_name``: with an empty ``name``, the prefix that the API
    server completes. ``deletion_timestamp``: when the object may go at the earliest, None while
    nobody has asked for its deletion.
    """

    name: str = ""
    namespace: str = "default"
    uid: str = ""
    generation: int = 0
    labels: FrozenMap[str, str] = FrozenMap()
    annotations: FrozenMap[str, str] = FrozenMap()
    owner_references: tuple[OwnerReference, ...] = ()
    finalizers: tuple[str, ...] = ()
    deletion_timestamp: int | None = None
    deletion_grace_period_seconds: int | None = None
    creation_timestamp: int = 0
    generate_name: str = ""


class KubeObject(Protocol):
    """Any API object: it says its kind, and has metadata.

    Most also have ``spec`` and ``status``, each a frozen value of its own.
    """

    @property
    def kind(self) -> str: ...

    @property
    def metadata(self) -> ObjectMeta: ...


def key_of(obj: KubeObject) -> str:
    """``default/web-1``, or ``n1`` for an object without namespace: what work queues hold."""
    metadata = obj.metadata
    return f"{metadata.namespace}/{metadata.name}" if metadata.namespace else metadata.name


def names_in_key(key: str) -> tuple[str, str]:
    """(namespace, name) of a key; the namespace is "" for an object of the cluster."""
    namespace, _, name = key.rpartition("/")
    return namespace, name


def controller_of(obj: KubeObject) -> OwnerReference | None:
    """The owner that manages the object, None for an orphan."""
    for owner in obj.metadata.owner_references:
        if owner.controller:
            return owner
    return None


def owned_by(objects: Iterator[KubeObject], uid: str) -> Iterator[KubeObject]:
    """Those of the objects whose controller has this uid."""
    for obj in objects:
        owner = controller_of(obj)
        if owner is not None and owner.uid == uid:
            yield obj


def is_deleting(obj: KubeObject) -> bool:
    """True once somebody has asked for the object's deletion."""
    return obj.metadata.deletion_timestamp is not None
