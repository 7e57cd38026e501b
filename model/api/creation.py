"""Creating objects: names, uids, defaults, validation.

Models ``Store.Create`` (apiserver/pkg/registry/generic/registry/store.go) and ``BeforeCreate``.
Rules of this file: what is refused is an answer; what is created starts with an empty status
(a node's excepted: its kubelet registers it with one).
"""

from __future__ import annotations

from typing import Any

from attrs import evolve

from model.api.errors import already_exists, forbidden, invalid
from model.api.namespace import Namespace
from model.api.objects import store_key, store_key_of
from model.api.pod import Pod, PodStatus
from model.api.prepared import Mint, Prepared, put_new
from model.api.requests import Create, Response
from model.api.selectors import matches
from model.api.workloads import Deployment, ReplicaSet
from model.etcd.mvcc import Store

__all__ = ["WITHOUT_GENERATION", "create", "namespace_terminating", "validation_error"]

WITHOUT_GENERATION = ("ConfigMap", "Lease", "Namespace", "Secret")
"""Kinds whose changes are not counted: they have no spec that a controller would observe."""


def create(store: Store, mint: Mint, request: Create, now: int) -> tuple[Prepared | Response, Mint]:
    """The transaction that creates the object, or why it cannot be created."""
    obj = request.obj
    metadata = obj.metadata
    name, minted = metadata.name, mint
    if not name and metadata.generate_name:
        name, minted = mint.name(metadata.generate_name)
    key = f"{metadata.namespace}/{name}" if metadata.namespace else name
    if not name:
        return invalid(obj.kind, key, "metadata.name or metadata.generateName is required"), mint
    why = validation_error(obj)
    if why is not None:
        return invalid(obj.kind, key, why), mint
    if namespace_terminating(store, metadata.namespace):
        return forbidden(obj.kind, key, "its namespace is being terminated"), mint
    uid, minted = minted.uid()
    made = evolve(
        obj,
        metadata=evolve(
            metadata,
            name=name,
            uid=uid,
            generation=0 if obj.kind in WITHOUT_GENERATION else 1,
            creation_timestamp=now,
            deletion_timestamp=None,
            deletion_grace_period_seconds=None,
        ),
    )
    if isinstance(made, Pod):
        made = evolve(made, status=PodStatus())
    if store.get(store_key_of(made)) is not None:
        return already_exists(obj.kind, key), mint
    return put_new(made), minted


def validation_error(obj: Any) -> str | None:
    """Why the object makes no sense in itself, None when it does."""
    if isinstance(obj, Deployment | ReplicaSet):
        if not matches(obj.spec.selector, obj.spec.template.labels):
            return "spec.selector does not match spec.template.metadata.labels"
        if obj.spec.replicas < 0:
            return "spec.replicas must not be negative"
    return None


def namespace_terminating(store: Store, namespace: str) -> bool:
    """True when the namespace is on its way out. One without an object is taken as there."""
    if not namespace:
        return False
    found = store.get(store_key(Namespace.kind, namespace))
    return found is not None and found.value.phase == "Terminating"
