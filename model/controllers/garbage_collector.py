"""The garbage collector: what is owned goes when its owner is gone.

Models ``pkg/controller/garbagecollector`` for background deletion. Rules of this file: an owner is
its uid, not its name. Its caches lag, so an owner that is not in the cache is only *suspected*
gone: the API server is asked (a live GET), and only its answer, for this uid, lets the dependant
go, with the dependant's own uid as a precondition (``attemptToDeleteItem``).
"""

from __future__ import annotations

from typing import Any

from model.api.client import Controller, Reconciled, View, WatchEvent
from model.api.meta import controller_of, is_deleting, key_of
from model.api.requests import Delete, Get, Request, Response
from model.frozen_map import FrozenMap

__all__ = ["GARBAGE_COLLECTOR", "is_owner_gone"]

DEPENDENTS = ("ReplicaSet", "Pod", "EndpointSlice")
OWNERS = ("Deployment", "ReplicaSet", "Service")


def is_owner_gone(answer: Response, uid: str) -> bool:
    """Whether the API server's answer shows that the owner with this uid is no more."""
    if answer.code == 404:
        return True
    return answer.ok and answer.obj.metadata.uid != uid


Memory = FrozenMap[str, str]
"""``kind key`` -> the uid that is being looked for; ``kind key uid`` -> "gone" or "there"."""


def _reconcile(view: View, memory: Memory, key: str, now: int) -> Reconciled:
    kind, _, name = key.partition(" ")
    obj = view.by_key(kind, name)
    owner = None if obj is None else controller_of(obj)
    if obj is None or owner is None or owner.kind not in OWNERS or is_deleting(obj):
        return Reconciled((), memory)
    owner_name = f"{obj.metadata.namespace}/{owner.name}"
    cached = view.by_key(owner.kind, owner_name)
    if cached is not None and cached.metadata.uid == owner.uid:
        return Reconciled((), memory)
    asked = f"{owner.kind} {owner_name}"
    if memory.get(f"{asked} {owner.uid}") == "gone":
        gone = Delete(kind, name, uid=obj.metadata.uid)
        return Reconciled((gone,), memory, note=f"its owner {owner.kind} {owner_name} is gone")
    look = Get(owner.kind, owner_name)
    return Reconciled((look,), memory.set(asked, owner.uid), requeue_after=1)


def _keys(view: View, event: WatchEvent) -> tuple[str, ...]:
    if event.kind in DEPENDENTS and event.type != "DELETED":
        own: tuple[str, ...] = (f"{event.kind} {event.key}",)
    else:
        own = ()
    if event.kind not in OWNERS or (event.type != "DELETED" and event.old is None):
        return own
    found = []
    for kind in DEPENDENTS:
        for obj in view.list(kind):
            owner = controller_of(obj)
            if owner is None or owner.kind != event.kind:
                continue
            if f"{obj.metadata.namespace}/{owner.name}" == event.key:
                found.append(f"{kind} {key_of(obj)}")
    return (*own, *found)


def _answered(memory: Memory, request: Request, response: Response) -> Any:
    """What a live look at an owner has shown of the uid that was looked for."""
    if not isinstance(request, Get):
        return memory
    asked = f"{request.kind} {request.key}"
    uid = memory.get(asked, "")
    found = "gone" if is_owner_gone(response, uid) else "there"
    return memory.discard(asked).set(f"{asked} {uid}", found)


GARBAGE_COLLECTOR = Controller(
    name="garbage-collector",
    watches=("Deployment", "ReplicaSet", "Service", "Pod", "EndpointSlice"),
    reconcile=_reconcile,
    keys=_keys,
    start=FrozenMap(),
    answered=_answered,
)
