"""What can be seen of etcd from outside: requests and answers, watch events; and each apply."""

from __future__ import annotations

from attrs import frozen

from model.etcd.mvcc import Event, Operation, Store, TxnResult
from model.etcd.server import Request
from model.world import Observation

__all__ = [
    "Executed",
    "GaveUp",
    "Invoked",
    "ProgressSeen",
    "Returned",
    "WatchOpened",
    "Watched",
]


def _operations(request: Request) -> str:
    def one(operation: Operation) -> str:
        value = f" {operation.value}" if operation.kind == "put" else ""
        return f"{operation.kind} {operation.key}{value}"

    words = ", ".join(one(operation) for operation in request.txn.success)
    if request.txn.compares:
        conditions = ", ".join(f"{c.target} of {c.key} is {c.value}" for c in request.txn.compares)
        words = f"if {conditions}: {words}"
    return f"serializable {words}" if request.serializable else words


@frozen
class Invoked(Observation):
    """A client has sent a request to a server."""

    request: Request
    server: int

    def sentence(self) -> str:
        request = self.request
        return f"{request.client} asks server {self.server}: {_operations(request)} ({request.id})"


@frozen
class Returned(Observation):
    """A client has its answer."""

    request: Request
    server: int
    result: TxnResult

    def sentence(self) -> str:
        result = self.result
        found = ", ".join(
            "nothing" if kv is None else f"{kv.key}={kv.value}@{kv.mod_revision}"
            for kv in result.found
        )
        words = (
            f"{'done' if result.succeeded else 'condition failed'} at revision {result.revision}"
        )
        return f"{self.request.client} is answered ({self.request.id}): {words} {found}".rstrip()


@frozen
class GaveUp(Observation):
    """A client stops waiting: its request may have taken effect, may yet, or never will."""

    request: Request

    def sentence(self) -> str:
        return f"{self.request.client} gives up on {self.request.id}: outcome unknown"


@frozen
class Executed(Observation):
    """A server has applied a request; ``store`` is what it has after it."""

    server: int
    index: int
    request: Request
    store: Store

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
        return f"{self.client} watches on server {self.server} after revision {self.after}"


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
