"""The replicated store: etcd servers over a group of Raft members (``server/etcdserver``).

Rules of this file: each server applies committed entries to its own ``Store``. A write is
answered by the server that proposed it, once it has applied it; a linearizable read once the
index that Raft confirmed is applied there; a serializable read at once. The store is rebuilt from
the log after a crash (the log is the disk here; what a backend could have done in between is the
defects' business). Requests and answers are values with a request id.
"""

from __future__ import annotations

from typing import Any

from attrs import evolve, frozen

from model.etcd.mvcc import Store, Txn, TxnResult
from model.frozen_map import FrozenMap

__all__ = ["Request", "Server", "apply_request", "is_read_ready"]


@frozen
class Request:
    """What a client asks: a transaction, by the server that it was sent to.

    ``id`` is unique in a run; ``serializable`` reads may be answered from the local store.
    """

    id: str
    client: str
    txn: Txn
    serializable: bool = False

    @property
    def is_read(self) -> bool:
        """Whether it writes nothing, whatever its compares say."""
        operations = (*self.txn.success, *self.txn.failure)
        return all(operation.kind == "get" for operation in operations)


@frozen
class Watch:
    """One watch of a client on one server; a client has at most one.

    ``sent``: the revision up to which events were put on the stream. ``stream``: what is on its
    way to the client, oldest first: events of one revision each, or progress notifications.
    """

    client: str
    prefix: str
    sent: int
    stream: tuple[Any, ...] = ()


@frozen
class Progress:
    """A progress notification: all events up to ``revision`` were sent before it."""

    revision: int


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


def apply_request(store: Store, request: Request) -> tuple[Store, TxnResult]:
    """What applying a committed request does to a store: the same on every server."""
    return store.txn(request.txn)


def is_read_ready(server: Server, index: int) -> bool:
    """Whether a read that was confirmed at ``index`` may be answered: not before it is applied."""
    return server.applied >= index


def notify_progress(watch: Watch, applied_revision: int) -> Progress | None:
    """The progress notification that may go on a watch's stream now; None when not yet.

    It promises that all events up to its revision were sent, so it must not overtake events that
    are applied but not on the stream yet (etcd issue 15220).
    """
    return Progress(applied_revision) if watch.sent >= applied_revision else None


def fill_stream(watch: Watch, store: Store) -> Watch:
    """The watch with everything that the store has for it on its stream, a revision at a time."""
    batches: list[Any] = []
    for event in store.events_after(watch.sent):
        if not event.key.startswith(watch.prefix):
            continue
        if batches and batches[-1][0].revision == event.revision:
            batches[-1] = (*batches[-1], event)
        else:
            batches.append((event,))
    return evolve(watch, sent=store.revision, stream=watch.stream + tuple(batches))
