"""What etcd's key-value API must answer, written once more and as plainly as possible.

The oracle of the linearizability and refinement checks. It shares no code with the store of the
model (``model/etcd/mvcc.py``), only the types of requests and results: a wrong store cannot excuse
itself. Source: etcd documentation, "KV API guarantees" and the API reference.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from attrs import frozen

from model.etcd.mvcc import Compare, KeyValue, TxnResult
from model.etcd.server import COMPACTED, FUTURE_REVISION, Request
from model.frozen_map import FrozenMap

__all__ = ["KeySpace", "answer_to"]

_RELATIONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
}


@frozen(eq=False)
class KeySpace:
    """All keys at one revision, and the revision of the last compaction."""

    revision: int = 1
    keys: FrozenMap[str, KeyValue] = FrozenMap()
    compact_revision: int = 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, KeySpace) and (
            self.revision == other.revision
            and self.compact_revision == other.compact_revision
            and self.keys == other.keys
        )

    def __hash__(self) -> int:
        return self.revision  # two states at one revision are rare, and keys are dear to hash


def answer_to(state: KeySpace, request: Request) -> tuple[KeySpace, TxnResult]:
    """The state after the request, and the answer to it."""
    if request.compact:
        return _compacted(state, request.compact)
    succeeded = all(_holds(state.keys, compare) for compare in request.txn.compares)
    revision, keys = state.revision + 1, dict(state.keys)
    found: list[Any] = []
    written = deleted = 0
    for operation in request.txn.success if succeeded else request.txn.failure:
        key = operation.key
        inside = [name for name in sorted(keys) if name.startswith(key)]
        if operation.kind == "put":
            old = keys.get(key)
            created, version = (revision, 1) if old is None else (old.create_revision, old.version)
            keys[key] = KeyValue(
                key, operation.value, created, revision, 1 if old is None else version + 1
            )
            written += 1
        elif operation.kind == "get":
            found.append(keys.get(key))
        elif operation.kind == "range":
            found.append(tuple(keys[name] for name in inside))
        else:
            gone = inside if operation.kind == "delete_range" else [key] * (key in keys)
            for name in gone:
                del keys[name]
            deleted += len(gone)
    if written + deleted == 0:
        return state, TxnResult(succeeded, state.revision, tuple(found))
    after = KeySpace(revision, FrozenMap(keys), state.compact_revision)
    return after, TxnResult(succeeded, revision, tuple(found), deleted)


def _holds(keys: FrozenMap[str, KeyValue], compare: Compare) -> bool:
    kv = keys.get(compare.key)
    if kv is not None:
        actual = getattr(kv, compare.target)
    elif compare.target != "value":
        actual = 0
    elif compare.relation in "<>":
        return False
    else:
        actual = None
    return _RELATIONS[compare.relation](actual, compare.value)


def _compacted(state: KeySpace, revision: int) -> tuple[KeySpace, TxnResult]:
    if revision <= state.compact_revision:
        return state, TxnResult(False, state.revision, error=COMPACTED)
    if revision > state.revision:
        return state, TxnResult(False, state.revision, error=FUTURE_REVISION)
    return KeySpace(state.revision, state.keys, revision), TxnResult(True, state.revision)
