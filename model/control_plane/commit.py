"""A write takes effect: the store changes, and the change is on its way to every informer.

Models the watch cache's fan-out (apiserver/pkg/storage/cacher). Rules of this file: nobody's cache
changes here, only what is under way to it. A watcher that is too slow is closed, not skipped: it
has to list again.
"""

from __future__ import annotations

from typing import Any

from attrs import evolve

from model.api.meta import key_of
from model.api.node import Node
from model.api.objects import store_key
from model.api.pod import Pod
from model.api.prepared import Prepared
from model.api.requests import Bind, Request
from model.control_plane.observed import ApiEvent, Bound
from model.control_plane.plane import Change, ControlPlane, Informer
from model.etcd.mvcc import KeyValue, Store, TxnResult
from model.frozen_map import FrozenMap
from model.world import Observation

__all__ = ["KEPT_HISTORY", "fan_out", "take_effect"]

KEPT_HISTORY = 64
"""Events that the store keeps before it is compacted; nobody reads them in this layer."""


def take_effect(
    plane: ControlPlane, by: str, request: Request, prepared: Prepared
) -> tuple[ControlPlane, TxnResult, tuple[Observation, ...]]:
    """Run the transaction on the plane's store; if it succeeds, tell everybody who watches."""
    before: Any = plane.object(prepared.obj.kind, key_of(prepared.obj))
    store, result = plane.store.txn(prepared.txn)
    if not result.succeeded:
        return plane, result, ()
    if len(store.history) > KEPT_HISTORY:
        store = store.compact(store.revision)
    obj, verb, revision = prepared.obj, prepared.verb, result.revision
    change = Change(verb == "deleted", key_of(obj), obj, revision)
    informers = fan_out(plane.informers, streams_of(obj), change, plane.config.watch_window)
    event = ApiEvent(
        verb,
        obj.kind,
        change.key,
        obj.metadata.uid,
        revision,
        by,
        obj,
        before,
        request,
        plane.clock,
    )
    seen: tuple[Observation, ...] = (event,)
    if isinstance(request, Bind):
        seen = (event, Bound(change.key, obj.metadata.uid, request.node_name, by))
    return evolve(plane, store=store, informers=informers), result, seen


def streams_of(obj: Any) -> tuple[str, ...]:
    """The streams that an object's changes appear on."""
    if isinstance(obj, Pod):
        node = obj.spec.node_name
        return (Pod.kind, f"{Pod.kind}@{node}") if node else (Pod.kind,)
    if isinstance(obj, Node):
        return (Node.kind, f"{Node.kind}@{obj.metadata.name}")
    return (obj.kind,)


def fan_out(
    informers: FrozenMap[str, FrozenMap[str, Informer]],
    streams: tuple[str, ...],
    change: Change,
    window: int,
) -> FrozenMap[str, FrozenMap[str, Informer]]:
    """The informers with the change under way to all that are connected to these streams."""
    for stream in streams:
        watching = informers.get(stream)
        if watching is None:
            continue
        told = {
            process: informer if not informer.connected else _told(informer, change, window)
            for process, informer in watching.items()
        }
        informers = informers.set(stream, watching.update(told))
    return informers


def _told(informer: Informer, change: Change, window: int) -> Informer:
    if len(informer.pending) >= window:
        return Informer(informer.objects, (), connected=False)
    return Informer(informer.objects, (*informer.pending, change))


def listed(store: Store, stream: str) -> tuple[Change, ...]:
    """Everything that a list of this stream gives now, by key."""
    kind, _, node = stream.partition("@")
    found = []
    if node and kind == Node.kind:
        one = store.get(store_key(kind, node))
        kvs: tuple[KeyValue, ...] = () if one is None else (one,)
    else:
        kvs = store.range(store_key(kind, ""))
    for kv in kvs:
        if node and kind == Pod.kind and kv.value.spec.node_name != node:
            continue
        found.append(Change(False, key_of(kv.value), kv.value, kv.mod_revision))
    return tuple(found)
