"""The API server: the only door to the store.

A pure function from what is in the store and a request to a transaction or a refusal. Rules of
this file: a table from verb to function; no controller, no cache and no time of its own (``now``
is the server's clock in seconds). Optimistic concurrency is in the transactions: each compares
the ``mod_revision`` of what was read.
"""

from __future__ import annotations

from model.api.change import bind, update, update_status
from model.api.creation import create
from model.api.deletion import delete
from model.api.errors import conflict, not_found
from model.api.eviction import evict
from model.api.meta import key_of
from model.api.objects import store_key
from model.api.prepared import Mint, Prepared
from model.api.requests import (
    Bind,
    Create,
    Delete,
    Evict,
    Get,
    Request,
    Response,
    Update,
    UpdateStatus,
)
from model.etcd.mvcc import Store, TxnResult

__all__ = ["handle", "prepare", "respond"]


def prepare(
    store: Store, mint: Mint, request: Request, now: int
) -> tuple[Prepared | Response, Mint]:
    """What the server makes of a request: a transaction to run, or an answer without one."""
    match request:
        case Create():
            return create(store, mint, request, now)
        case Update():
            return update(store, request), mint
        case UpdateStatus():
            return update_status(store, request), mint
        case Delete():
            return delete(store, request, now), mint
        case Bind():
            return bind(store, request), mint
        case Evict():
            return evict(store, request, now), mint
        case Get():
            return get(store, request), mint


def get(store: Store, request: Get) -> Response:
    """The object as it is in the store now."""
    found = store.get(store_key(request.kind, request.key))
    if found is None:
        return not_found(request.kind, request.key)
    return Response(obj=found.value, resource_version=found.mod_revision)


def respond(prepared: Prepared, result: TxnResult) -> Response:
    """The answer once the transaction was run. A lost race is a conflict."""
    obj = prepared.obj
    if not result.succeeded:
        return conflict(obj.kind, key_of(obj), "somebody else was faster")
    code = 201 if prepared.verb == "created" else 200
    return Response(code, obj=obj, resource_version=result.revision)


def handle(store: Store, mint: Mint, request: Request, now: int) -> tuple[Store, Mint, Response]:
    """The whole of a request over the atomic store, all its writes in one go.

    For tests, and for objects that exist from the start; the control plane takes the steps apart.
    """
    prepared, mint = prepare(store, mint, request, now)
    if isinstance(prepared, Response):
        return store, mint, prepared
    store, result = store.txn(prepared.txn)
    if prepared.then is not None and result.succeeded:
        return handle(store, mint, prepared.then, now)
    return store, mint, respond(prepared, result)
