"""The multi-version key-value store (etcd ``server/storage/mvcc``, "KV API guarantees").

It is the *atomic store*: the specification that the replicated servers are held against, and what
the ``kube`` layer keeps its objects in. Rules of this file: a store is a value. One main revision
a write transaction, none for reads and for transactions that write nothing. Values can be any
hashable value. Each decision that a real store got wrong once is a small function of its own.
"""

from __future__ import annotations

from typing import Any

from attrs import frozen

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
    """A condition of a transaction: ``target`` of ``key`` stands in ``relation`` to ``value``.

    ``target``: ``mod_revision``, ``create_revision``, ``version`` or ``value``; all but the value
    are 0 for a key that is not there. ``relation``: ``=``, ``!=``, ``<`` or ``>``.
    """

    key: str
    target: str
    value: Any
    relation: str = "="


@frozen
class Operation:
    """One operation: ``kind`` is ``put``, ``get``, ``delete``, ``range`` or ``delete_range``.

    The last two are about all keys that begin with ``key``.
    """

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
    """Whether the compares held, and the store's revision after the transaction.

    ``found``: what each ``get`` found, and each ``range`` (a tuple), in their order. ``deleted``:
    how many keys were deleted. ``error``: why nothing was done, in etcd's words.
    """

    succeeded: bool
    revision: int
    found: tuple[KeyValue | tuple[KeyValue, ...] | None, ...] = ()
    deleted: int = 0
    error: str = ""


@frozen
class Store:
    """The keys as they are now, and every change that was not compacted away.

    ``revision`` is that of the last write, 1 for a store that was never written.
    ``history`` has the events from ``compact_revision`` on, oldest first.
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
        return self.txn(Txn(success=(Operation("put", key, value),)))[0]

    def delete(self, key: str) -> Store:
        """The store without ``key``, one revision later; itself when the key is not there."""
        return self.txn(Txn(success=(Operation("delete", key),)))[0]

    def txn(self, txn: Txn) -> tuple[Store, TxnResult]:
        """The store after the transaction, and its result."""
        succeeded = all(self.holds(compare) for compare in txn.compares)
        writer = _Writer(self)
        for operation in txn.success if succeeded else txn.failure:
            writer.do(operation)
        store = writer.store()
        return store, TxnResult(succeeded, store.revision, tuple(writer.found), writer.deleted)

    def holds(self, compare: Compare) -> bool:
        """Whether one compare holds now."""
        found = self.get(compare.key)
        if found is None:
            actual = None if compare.target == "value" else 0
        else:
            actual = getattr(found, compare.target)
        match compare.relation:
            case "=":
                return bool(actual == compare.value)
            case "!=":
                return bool(actual != compare.value)
        if actual is None:  # a value that is not there is neither less nor greater
            return False
        return bool(actual < compare.value if compare.relation == "<" else actual > compare.value)

    def events_after(self, revision: int) -> tuple[Event, ...]:
        """The changes after ``revision``, oldest first, as far as they were not compacted."""
        history = self.history
        position = len(history)
        while position and history[position - 1].revision > revision:
            position -= 1
        return history[position:]

    def compact(self, revision: int) -> Store:
        """The store without the history before ``revision``."""
        kept = tuple(event for event in self.history if is_kept(event, revision))
        return Store(self.revision, self.keys, kept, revision)


class _Writer:
    """The one write of a transaction, while it goes on."""

    def __init__(self, before: Store) -> None:
        self.before = before
        self.revision = before.revision + 1
        self.keys = before.keys
        self.events: list[Event] = []
        self.found: list[KeyValue | tuple[KeyValue, ...] | None] = []
        self.deleted = 0

    def do(self, operation: Operation) -> None:
        """One operation; it sees what those before it have written."""
        key = operation.key
        match operation.kind:
            case "put":
                previous = predecessor(self.before.history, self.keys, key)
                revision = sub_revision(self.revision, len(self.events))
                now = next_version(previous, key, operation.value, revision)
                self.events.append(Event("put", revision, now, self.keys.get(key)))
                self.keys = self.keys.set(key, now)
            case "get":
                self.found.append(self.keys.get(key))
            case "range":
                self.found.append(self._all(key))
            case "delete":
                self._delete(self.keys.get(key), sub_revision(self.revision, len(self.events)))
            case "delete_range":
                for position, kv in enumerate(self._all(key)):
                    self._delete(kv, sub_revision_of_range(self.revision, position))

    def _all(self, prefix: str) -> tuple[KeyValue, ...]:
        return tuple(kv for key, kv in self.keys.items() if key.startswith(prefix))

    def _delete(self, found: KeyValue | None, revision: int) -> None:
        if found is not None:
            self.keys = self.keys.discard(found.key)
            self.events.append(Event("delete", revision, found, found))
            self.deleted += 1

    def store(self) -> Store:
        """The store after it; the same as before when nothing was written."""
        if not self.events:
            return self.before
        history = self.before.history + tuple(self.events)
        return Store(self.events[-1].revision, self.keys, history, self.before.compact_revision)


def sub_revision(main: int, position: int) -> int:
    """The main revision of the write at ``position`` in a transaction: one for all of them."""
    return main


def sub_revision_of_range(main: int, position: int) -> int:
    """The main revision at which a range delete removes its key number ``position``."""
    return main


def predecessor(
    history: tuple[Event, ...], keys: FrozenMap[str, KeyValue], key: str
) -> KeyValue | None:
    """What a put goes on from: the key as it is; nothing of what it was before a delete."""
    found: KeyValue | None = keys.get(key)
    return found


def next_version(previous: KeyValue | None, key: str, value: Any, revision: int) -> KeyValue:
    """The key after a put; a key that was deleted starts again at version 1."""
    if previous is None:
        return KeyValue(key, value, revision, revision, 1)
    return KeyValue(key, value, previous.create_revision, revision, previous.version + 1)


def is_kept(event: Event, compact_revision: int) -> bool:
    """Whether a compaction leaves the event: a watch may still begin at that very revision.

    A delete's tombstone too, when the delete is of that revision (etcd issues 18089 and 19179).
    """
    return event.revision >= compact_revision
