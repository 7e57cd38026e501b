"""One server of the replicated store (etcd ``server/etcdserver``, ``server/storage/backend``).

Rules of this file: each server applies committed entries to its own ``Store``. A write is
answered by the server that proposed it, once it has applied it; a linearizable read once the
index that Raft confirmed is applied there; a serializable read at once. What it has applied is in
memory until its backend commits: then the keys and the index of the last entry in them, the
*consistent index*, are on disk together. After a crash the store is what the backend has, and the
log's entries above the consistent index are applied again.
"""

from __future__ import annotations

from functools import lru_cache

from attrs import frozen

from model.etcd.mvcc import Store, Txn, TxnResult
from model.etcd.watch import Watch
from model.frozen_map import FrozenMap
from model.same import Same

__all__ = [
    "COMPACTED",
    "FUTURE_REVISION",
    "Backend",
    "Request",
    "Server",
    "apply_request",
    "committed_index",
    "execute",
    "is_read_ready",
    "should_apply",
]

COMPACTED = "etcdserver: mvcc: required revision has been compacted"
FUTURE_REVISION = "etcdserver: mvcc: required revision is a future revision"


@frozen
class Request:
    """What a client asks: a transaction, or the compaction of the history.

    ``id`` is unique in a run; ``serializable`` reads may be answered from the local store.
    ``compact``: the revision to compact at, 0 for a transaction. ``retry_of``: the id of the
    first request of those that this one repeats, because their answers never came.
    """

    id: str
    client: str
    txn: Txn = Txn()
    serializable: bool = False
    compact: int = 0
    retry_of: str = ""

    @property
    def is_read(self) -> bool:
        """Whether it writes nothing, whatever its compares say."""
        operations = (*self.txn.success, *self.txn.failure)
        return not self.compact and all(op.kind in ("get", "range") for op in operations)


@frozen
class Backend:
    """What survives a crash of a server: its keys as last committed, and up to which log index."""

    store: Store = Store()
    consistent_index: int = 0


@frozen
class Server:
    """What one running server holds in memory.

    ``store``: what it has applied; ``applied``: up to which log index. ``writes``: its clients'
    requests that wait to be applied; ``reads``: those that wait for Raft to confirm an index;
    ``ready``: confirmed reads with the index that must be applied first; ``watches``: by client.
    """

    store: Store = Store()
    applied: int = 0
    writes: FrozenMap[str, Request] = FrozenMap()
    reads: FrozenMap[str, Request] = FrozenMap()
    ready: FrozenMap[str, int] = FrozenMap()
    watches: FrozenMap[str, Watch] = FrozenMap()


def should_apply(index: int, applied: int) -> bool:
    """Whether the entry at ``index`` is still to be applied: not if the backend has it already."""
    return index > applied


def committed_index(applied: int, being_applied: int) -> int:
    """The consistent index that a commit of the backend writes beside the keys.

    ``applied`` is the last entry whose effect is among those keys; ``being_applied`` the one that
    the apply loop is about to work on. (etcd issue 13766: the index must not run ahead.)
    """
    return applied


def is_read_ready(server: Server, index: int) -> bool:
    """Whether a read that was confirmed at ``index`` may be answered: not before it is applied."""
    return server.applied >= index


def apply_request(store: Store, request: Request) -> tuple[Store, TxnResult]:
    """What applying a committed request does to a store: the same on every server."""
    if not request.compact:
        return store.txn(request.txn)
    if request.compact <= store.compact_revision:
        return store, TxnResult(False, store.revision, error=COMPACTED)
    if request.compact > store.revision:
        return store, TxnResult(False, store.revision, error=FUTURE_REVISION)
    return store.compact(request.compact), TxnResult(True, store.revision)


@lru_cache(maxsize=256)
def _executed(store: Same[Store], request: Same[Request]) -> tuple[Store, TxnResult]:
    return apply_request(store.it, request.it)


def execute(store: Store, request: Request) -> tuple[Store, TxnResult]:
    """``apply_request``, remembered: servers that apply the same to the same share the outcome.

    Equal stores are then one object, which makes comparing members free.
    """
    return _executed(Same(store), Same(request))
