"""The multi-version key-value store (etcd ``server/storage/mvcc``, "KV API guarantees").

It is the *atomic store*: the specification that the replicated servers are held against, and what
the ``kube`` layer keeps its objects in. Rules of this file: a store is a value. One main revision
a write transaction, none for reads and for transactions that write nothing. Values can be any
hashable value.
"""

from __future__ import annotations

from typing import Any

from attrs import evolve, frozen

from model.frozen_map import FrozenMap

__all__ = ["Compare", "Event", "KeyValue", "Operation", "Store", "Txn", "TxnResult"]


@frozen
class KeyValue:
    """A key as it is stored.

    ``create_revision``: when it was last created; ``mod_revision``: when it was last written;
    ``version``: writes since it was created.
    """

    key: str
    value: Any
    create_revision: int
    mod_revision: int
    version: int


@frozen
class Event:
    """A change: ``kind`` is ``put`` or ``delete``; ``previous`` is the key before it, if any.

    For a delete, ``current`` is the key as it was, and ``revision`` that of the delete.
    """

    kind: str
    revision: int
    current: KeyValue
    previous: KeyValue | None

    @property
    def key(self) -> str:
        """The key that changed."""
        return self.current.key


@frozen
class Compare:
    """A condition of a transaction: ``target`` of ``key`` equals ``value``.

    ``target``: ``mod_revision``, ``create_revision``, ``version`` or ``value``; all but the value
    are 0 for a key that is not there.
    """

    key: str
    target: str
    value: Any


@frozen
class Operation:
    """One operation: ``kind`` is ``put``, ``delete`` or ``get``."""

    kind: str
    key: str
    value: Any = None


@frozen
class Txn:
    """If all compares hold, do ``success``, else ``failure``; at one revision, all or nothing."""

    compares: tuple[Compare, ...] = ()
    success: tuple[Operation, ...] = ()
    failure: tuple[Operation, ...] = ()


@frozen
class TxnResult:
    """Whether the compares held, the store's revision after it, and what the ``get``s found."""

    succeeded: bool
    revision: int
    found: tuple[KeyValue | None, ...] = ()


@frozen
class Store:
    """The keys as they are now, and every change since the last compaction.

    ``revision`` is that of the last write, 1 for a store that was never written.
    ``history`` has the events after ``compact_revision``, oldest first.
    """

    revision: int = 1
    keys: FrozenMap[str, KeyValue] = FrozenMap()
    history: tuple[Event, ...] = ()
    compact_revision: int = 0

    def get(self, key: str) -> KeyValue | None:
        """The key as it is now; None when it is not there."""
        found: KeyValue | None = self.keys.get(key)
        return found

    def range(self, prefix: str) -> tuple[KeyValue, ...]:
        """All keys that begin with ``prefix``, ascending."""
        return tuple(kv for key, kv in self.keys.items() if key.startswith(prefix))

    def put(self, key: str, value: Any) -> Store:
        """The store with ``key`` written, one revision later."""
        return self._write((Operation("put", key, value),))

    def delete(self, key: str) -> Store:
        """The store without ``key``, one revision later; itself when the key is not there."""
        return self._write((Operation("delete", key),))

    def txn(self, txn: Txn) -> tuple[Store, TxnResult]:
        """The store after the transaction, and its result."""
        succeeded = all(self.holds(compare) for compare in txn.compares)
        operations = txn.success if succeeded else txn.failure
        store = self._write(operations)
        found = tuple(store.get(op.key) for op in operations if op.kind == "get")
        return store, TxnResult(succeeded, store.revision, found)

    def holds(self, compare: Compare) -> bool:
        """Whether one compare holds now."""
        found = self.get(compare.key)
        if found is None:
            return bool(compare.value == (None if compare.target == "value" else 0))
        return bool(getattr(found, compare.target) == compare.value)

    def events_after(self, revision: int) -> tuple[Event, ...]:
        """The changes after ``revision``, oldest first."""
        history = self.history
        position = len(history)
        while position and history[position - 1].revision > revision:
            position -= 1
        return history[position:]

    def compact(self, revision: int) -> Store:
        """The store without the history up to ``revision``."""
        return evolve(self, history=self.events_after(revision), compact_revision=revision)

    def _write(self, operations: tuple[Operation, ...]) -> Store:
        revision = self.revision + 1
        keys = self.keys
        events: list[Event] = []
        for operation in operations:
            key = operation.key
            previous: KeyValue | None = keys.get(key)
            if operation.kind == "put":
                now = next_version(previous, key, operation.value, revision)
                keys = keys.set(key, now)
                events.append(Event("put", revision, now, previous))
            elif operation.kind == "delete" and previous is not None:
                keys = keys.discard(key)
                events.append(Event("delete", revision, previous, previous))
        if not events:
            return self
        return Store(revision, keys, self.history + tuple(events), self.compact_revision)


def next_version(previous: KeyValue | None, key: str, value: Any, revision: int) -> KeyValue:
    """The key after a put; a key that was deleted starts again at version 1."""
    if previous is None:
        return KeyValue(key, value, revision, revision, 1)
    return KeyValue(key, value, previous.create_revision, revision, previous.version + 1)
