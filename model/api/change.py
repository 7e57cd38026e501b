"""Changing objects: updates, status updates, bindings; optimistic concurrency.

Models ``Store.Update`` and ``GuaranteedUpdate``, and the ``binding`` subresource
(pkg/registry/core/pod/storage/storage.go). Rules of this file: an update replaces spec and
metadata, a status update the status, neither touches the other's part. What does not change
anything writes nothing. Each decision is a small function of its own.
"""

from __future__ import annotations

from typing import Any

from attrs import evolve

from model.api.creation import validation_error
from model.api.errors import conflict, invalid, not_found
from model.api.meta import ObjectMeta, key_of
from model.api.objects import store_key, store_key_of
from model.api.pod import TERMINAL, Pod
from model.api.prepared import Prepared, put_over, remove
from model.api.requests import Bind, Response, Update, UpdateStatus
from model.etcd.mvcc import KeyValue, Store

__all__ = [
    "bind",
    "binding_refused",
    "finalizers_refused",
    "is_stale",
    "may_be_removed",
    "update",
    "update_status",
]


def update(store: Store, request: Update) -> Prepared | Response:
    """The transaction that writes the object's spec and metadata, or why it cannot."""
    obj = request.obj
    key = key_of(obj)
    found = store.get(store_key_of(obj))
    if found is None:
        return not_found(obj.kind, key)
    stored = found.value
    why = _expected(found, obj.metadata.uid, request.resource_version)
    if why is not None:
        return conflict(obj.kind, key, why)
    why = validation_error(obj) or _immutable(stored, obj)
    if why is not None:
        return invalid(obj.kind, key, why)
    changed = _with_servers_part(stored, obj)
    if changed == stored:
        return Response(obj=stored, resource_version=found.mod_revision)
    if may_be_removed(changed.metadata):
        return remove(found, changed)
    return put_over(found, changed)


def update_status(store: Store, request: UpdateStatus) -> Prepared | Response:
    """The transaction that writes the object's status, or why it cannot."""
    obj = request.obj
    key = key_of(obj)
    found = store.get(store_key_of(obj))
    if found is None:
        return not_found(obj.kind, key)
    why = _expected(found, obj.metadata.uid, request.resource_version)
    if why is not None:
        return conflict(obj.kind, key, why)
    stored = found.value
    if stored.status == obj.status:
        return Response(obj=stored, resource_version=found.mod_revision)
    if isinstance(stored, Pod) and _leaves_its_end(stored, obj):
        return invalid(obj.kind, key, f"phase {stored.status.phase} is final")
    return put_over(found, evolve(stored, status=obj.status))


def bind(store: Store, request: Bind) -> Prepared | Response:
    """The transaction that gives a pod its node, or why it cannot. Only the pod is looked at."""
    found = store.get(store_key(Pod.kind, request.key))
    if found is None:
        return not_found(Pod.kind, request.key)
    pod: Pod = found.value
    why = binding_refused(pod, request.uid)
    if why is not None:
        return conflict(Pod.kind, request.key, why)
    bound: Pod = evolve(pod, spec=evolve(pod.spec, node_name=request.node_name))
    return put_over(found, bound)


def binding_refused(pod: Pod, uid: str | None) -> str | None:
    """Why the pod cannot be bound, None when it can."""
    if uid is not None and uid != pod.metadata.uid:
        return f"its uid is {pod.metadata.uid}, not {uid}"
    if pod.metadata.deletion_timestamp is not None:
        return "it is being deleted"
    if pod.spec.node_name:
        return f"it is already assigned to node {pod.spec.node_name}"
    return None


def is_stale(found: KeyValue, resource_version: int | None) -> bool:
    """True when the request was computed from another version than the one in the store."""
    return resource_version is not None and resource_version != found.mod_revision


def _expected(found: KeyValue, uid: str, resource_version: int | None) -> str | None:
    """Why what was found is not what the request expects, None when it is."""
    if uid and uid != found.value.metadata.uid:
        return f"its uid is {found.value.metadata.uid}, not {uid}"
    if is_stale(found, resource_version):
        return f"it has been modified (at {found.mod_revision}, not {resource_version})"
    return None


def _immutable(stored: Any, obj: Any) -> str | None:
    """Why the stored object cannot become ``obj``, None when it can."""
    if isinstance(stored, Pod) and stored.spec.node_name != obj.spec.node_name:
        return "spec.nodeName cannot be changed"
    return finalizers_refused(stored.metadata, obj.metadata)


def finalizers_refused(stored: ObjectMeta, wanted: ObjectMeta) -> str | None:
    """Once deletion was asked for, finalizers can go but not come."""
    if stored.deletion_timestamp is None or stored.finalizers is wanted.finalizers:
        return None
    added = [name for name in wanted.finalizers if name not in stored.finalizers]
    return f"finalizer {added[0]} cannot be added during deletion" if added else None


def _with_servers_part(stored: Any, obj: Any) -> Any:
    """``obj`` with what only the server decides: status, identity, generation, deletion."""
    was: ObjectMeta = stored.metadata
    has_status = hasattr(stored, "status")
    changed = evolve(obj, status=stored.status) if has_status else obj
    same = evolve(changed, metadata=was) == stored
    metadata = evolve(
        obj.metadata,
        uid=was.uid,
        creation_timestamp=was.creation_timestamp,
        generate_name=was.generate_name,
        generation=was.generation if same or not was.generation else was.generation + 1,
        deletion_timestamp=was.deletion_timestamp,
        deletion_grace_period_seconds=was.deletion_grace_period_seconds,
    )
    return evolve(changed, metadata=metadata)


def may_be_removed(metadata: ObjectMeta) -> bool:
    """True when deletion was asked for and nothing holds the object any longer."""
    return (
        metadata.deletion_timestamp is not None
        and not metadata.finalizers
        and not metadata.deletion_grace_period_seconds
    )


def _leaves_its_end(stored: Pod, obj: Pod) -> bool:
    return stored.status.phase in TERMINAL and obj.status.phase != stored.status.phase
