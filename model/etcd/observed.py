"""What can be seen of etcd from outside: requests and answers, watch events; and each apply."""

from __future__ import annotations

from attrs import frozen

from model.etcd.mvcc import Event, KeyValue, Operation, Store, TxnResult
from model.etcd.server import Request
from model.world import Observation

__all__ = [
    "Executed",
    "GaveUp",
    "Invoked",
    "ProgressSeen",
    "Returned",
    "WatchCancelled",
    "WatchOpened",
    "Watched",
]


def _operations(request: Request) -> str:
    def one(operation: Operation) -> str:
        value = f" {operation.value}" if operation.kind == "put" else ""
        kind = operation.kind.replace("_", " ")
        return f"{kind} {operation.key}{value}" if operation.key else f"{kind} all keys"

    if request.compact:
        return f"compact at revision {request.compact}"
    words = ", ".join(one(operation) for operation in request.txn.success)
    if request.txn.compares:
        conditions = ", ".join(
            f"{c.target} of {c.key} {c.relation} {c.value}" for c in request.txn.compares
        )
        words = f"if {conditions}: {words}"
    return f"serializable {words}" if request.serializable else words


@frozen
class Invoked(Observation):
    """A client has sent a request to a server.

    ``origin``: the store that all servers began with, before anything was asked.
    """

    request: Request
    server: int
    origin: Store = Store()

    def sentence(self) -> str:
        request = self.request
        return f"{request.client} asks server {self.server}: {_operations(request)} ({request.id})"


def _found(found: KeyValue | tuple[KeyValue, ...] | None) -> str:
    if found is None or found == ():
        return "nothing"
    if isinstance(found, tuple):
        return " ".join(_found(kv) for kv in found)
    return f"{found.key}={found.value}@{found.mod_revision}"


@frozen
class Returned(Observation):
    """A client has its answer.

    ``durable_on``: for a write, the members that had its log entry on disk by then, of so many
    ``members``.
    """

    request: Request
    server: int
    result: TxnResult
    durable_on: tuple[int, ...] = ()
    members: int = 0

    def sentence(self) -> str:
        result = self.result
        outcome = result.error or ("done" if result.succeeded else "condition failed")
        words = f"{outcome} at revision {result.revision}"
        found = ", ".join(_found(each) for each in result.found)
        return f"{self.request.client} is answered ({self.request.id}): {words} {found}".rstrip()


@frozen
class GaveUp(Observation):
    """A client stops waiting: its request may have taken effect, may yet, or never will."""

    request: Request

    def sentence(self) -> str:
        return f"{self.request.client} gives up on {self.request.id}: outcome unknown"


@frozen
class Executed(Observation):
    """A server has applied a request; ``store`` is what it has after it, ``result`` the outcome."""

    server: int
    index: int
    request: Request
    store: Store
    result: TxnResult

    def sentence(self) -> str:
        return (
            f"server {self.server} applies {self.request.id} at index {self.index}: "
            f"revision {self.store.revision}"
        )


@frozen
class WatchOpened(Observation):
    """A client watches a prefix on a server, from the change after ``after``."""

    client: str
    server: int
    prefix: str
    after: int

    def sentence(self) -> str:
        keys = f"keys {self.prefix}..." if self.prefix else "all keys"
        return f"{self.client} watches {keys} on server {self.server} after revision {self.after}"


@frozen
class WatchCancelled(Observation):
    """A client is told that its watch is over: what it has yet to see was compacted away."""

    client: str
    compact_revision: int

    def sentence(self) -> str:
        return f"the watch of {self.client} is cancelled, compacted at {self.compact_revision}"


@frozen
class Watched(Observation):
    """A client has received the events of one revision."""

    client: str
    prefix: str
    events: tuple[Event, ...]

    def sentence(self) -> str:
        words = ", ".join(f"{e.kind} {e.key}@{e.revision}" for e in self.events)
        return f"{self.client} sees {words}"


@frozen
class ProgressSeen(Observation):
    """A client has been told that it has seen all changes up to ``revision``."""

    client: str
    revision: int

    def sentence(self) -> str:
        return f"{self.client} is told that it has seen everything up to revision {self.revision}"
