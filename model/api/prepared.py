"""A request that the API server has looked at and found good: one transaction for the store.

Rules of this file: the API server is a pure function from what it reads to a transaction that
compares the ``mod_revision`` of all that it read (``GuaranteedUpdate`` of etcd3/store.go). Whoever
keeps the store runs the transaction: at once over the atomic store, through Raft over etcd.
"""

from __future__ import annotations

from typing import Any

from attrs import frozen

from model.api.objects import store_key_of
from model.api.requests import Request
from model.etcd.mvcc import Compare, KeyValue, Operation, Txn
from model.frozen_map import FrozenMap

__all__ = ["Mint", "Prepared", "put_new", "put_over", "remove"]


@frozen
class Mint:
    """What the API server gives out once and never again: uids, and generated names.

    ``uids``: how many uids were given; ``names``: names given, by prefix.
    """

    uids: int = 0
    names: FrozenMap[str, int] = FrozenMap()

    def uid(self) -> tuple[str, Mint]:
        """A fresh uid."""
        return f"uid-{self.uids + 1:04}", Mint(self.uids + 1, self.names)

    def name(self, prefix: str) -> tuple[str, Mint]:
        """A fresh name. Real ones end in five random characters; ours are counted."""
        count = self.names.get(prefix, 0) + 1
        return f"{prefix}{count}", Mint(self.uids, self.names.set(prefix, count))


@frozen
class Prepared:
    """The transaction, and what it will have done once its compares held.

    ``verb``: created, updated or deleted (the key is removed). ``obj``: the object as it will be;
    for a removal as it was. ``then``: what the server goes on to do as part of the same request,
    in a further transaction (an eviction first spends the budget, then deletes).
    """

    verb: str
    obj: Any
    txn: Txn
    then: Request | None = None


def put_new(obj: Any) -> Prepared:
    """The creation of ``obj``, if its key is free."""
    key = store_key_of(obj)
    txn = Txn((Compare(key, "mod_revision", 0),), (Operation("put", key, obj),))
    return Prepared("created", obj, txn)


def put_over(found: KeyValue, obj: Any, then: Request | None = None) -> Prepared:
    """The change of what was found to ``obj``, if it is still as it was found."""
    key = found.key
    compare = Compare(key, "mod_revision", found.mod_revision)
    return Prepared("updated", obj, Txn((compare,), (Operation("put", key, obj),)), then)


def remove(found: KeyValue, obj: Any) -> Prepared:
    """The removal of what was found, if it is still as it was found; ``obj`` is its last state."""
    key = found.key
    compare = Compare(key, "mod_revision", found.mod_revision)
    return Prepared("deleted", obj, Txn((compare,), (Operation("delete", key),)))
