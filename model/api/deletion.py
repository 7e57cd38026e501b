"""Deleting objects: preconditions, grace, finalizers.

Models ``Store.Delete`` and ``BeforeDelete`` (apiserver/pkg/registry). Rules of this file: deletion
is first a wish, written into the object (``deletionTimestamp``), and becomes true when the grace
period is zero and no finalizer is left. A wish is never taken back, and its time only comes nearer.
"""

from __future__ import annotations

from typing import Any

from attrs import evolve

from model.api.change import is_stale
from model.api.errors import conflict, not_found
from model.api.meta import ObjectMeta
from model.api.objects import store_key
from model.api.pod import Pod, is_terminal
from model.api.prepared import Prepared, put_over, remove
from model.api.requests import Delete, Response
from model.etcd.mvcc import KeyValue, Store

__all__ = ["FOREGROUND", "ORPHAN", "delete", "grace_of", "precondition_failed"]

FOREGROUND = "foregroundDeletion"
ORPHAN = "orphan"
_FINALIZER_OF = {"Foreground": FOREGROUND, "Orphan": ORPHAN}


def delete(store: Store, request: Delete, now: int) -> Prepared | Response:
    """The transaction that deletes the object or marks it for deletion, or why it cannot."""
    found = store.get(store_key(request.kind, request.key))
    if found is None:
        return not_found(request.kind, request.key)
    why = precondition_failed(found, request)
    if why is not None:
        return conflict(request.kind, request.key, why)
    obj = found.value
    grace = grace_of(obj, request)
    finalizers = _finalizers(obj.metadata, request)
    if grace == 0 and not finalizers:
        return remove(found, obj)
    marked = _marked(obj.metadata, finalizers, grace, now)
    if marked == obj.metadata:
        return Response(obj=obj, resource_version=found.mod_revision)
    return put_over(found, evolve(obj, metadata=marked))


def precondition_failed(found: KeyValue, request: Delete) -> str | None:
    """Why this is not the object that was meant, None when it is."""
    uid = found.value.metadata.uid
    if request.uid is not None and request.uid != uid:
        return f"its uid is {uid}, not {request.uid}"
    if is_stale(found, request.resource_version):
        return f"it is at version {found.mod_revision}, not {request.resource_version}"
    return None


def grace_of(obj: Any, request: Delete) -> int:
    """Seconds that the object is given; only pods that a node may be running are given any."""
    if not isinstance(obj, Pod) or not obj.spec.node_name or is_terminal(obj):
        return 0
    if request.grace_period_seconds is not None:
        return request.grace_period_seconds
    return obj.spec.termination_grace_period_seconds


def _finalizers(metadata: ObjectMeta, request: Delete) -> tuple[str, ...]:
    """The finalizers that the deletion leaves on the object."""
    wanted = _FINALIZER_OF.get(request.propagation)
    kept = tuple(f for f in metadata.finalizers if f not in (FOREGROUND, ORPHAN) or f == wanted)
    return kept if wanted is None or wanted in kept else (*kept, wanted)


def _marked(metadata: ObjectMeta, finalizers: tuple[str, ...], grace: int, now: int) -> ObjectMeta:
    """The metadata with the wish in it; a second wish can only shorten the grace."""
    if metadata.deletion_timestamp is None:
        return evolve(
            metadata,
            finalizers=finalizers,
            generation=metadata.generation + 1 if metadata.generation else 0,
            deletion_timestamp=now + grace,
            deletion_grace_period_seconds=grace,
        )
    before = metadata.deletion_grace_period_seconds or 0
    if grace >= before:
        return evolve(metadata, finalizers=finalizers)
    asked = metadata.deletion_timestamp - before
    return evolve(
        metadata,
        finalizers=finalizers,
        deletion_timestamp=asked + grace,
        deletion_grace_period_seconds=grace,
    )
