"""The control plane as one value: the store, the processes, what each has seen so far.

Rules of this file: types and questions only. A process (a controller, the scheduler, a kubelet,
kubectl) knows nothing but what its informers have received; each informer has a stream of its own
that may lag. A stream is a kind, or a kind on one node (``Pod@n1``). Functions of controllers are
not part of the world: the :class:`model.control_plane.cast.Cast` has them by process name.
"""

from __future__ import annotations

from typing import Any

from attrs import frozen

from model.api.client import Cached, View
from model.api.objects import store_key, store_prefix
from model.api.prepared import Mint, Prepared
from model.api.requests import Request, Response
from model.control_plane.config import KubeConfig
from model.etcd.mvcc import Store
from model.faults import Faults
from model.frozen_map import FrozenMap

__all__ = ["KUBECTL", "Answer", "Change", "ControlPlane", "Informer", "Process", "Ticket"]

KUBECTL = "kubectl"
"""The process through which users act."""


@frozen
class Change:
    """One event of a watch: the object as it is, or as it was when it was deleted."""

    deleted: bool
    key: str
    obj: Any
    resource_version: int


@frozen
class Informer:
    """One process's cache of one stream, and the events that are under way to it, oldest first.

    ``connected``: False when the watch was closed; then nothing is under way, and the process
    has to list again.
    """

    objects: FrozenMap[str, Cached] = FrozenMap()
    pending: tuple[Change, ...] = ()
    connected: bool = True


@frozen
class Answer:
    """What a process waits for: the answer to the write at the head of its outbox.

    ``response`` is None while the outcome is not known; then ``ticket`` says which transaction
    decides it.
    """

    response: Response | None
    ticket: int = 0


@frozen
class Process:
    """One process: up or down, with its memory, its work queue and the writes not yet sent.

    ``skew``: seconds by which its clock is ahead. ``queue``: keys, each at most once, first come
    first served. ``later``: (when on its clock, key) for what it wants to look at again.
    ``outbox``: (key, request) in the order they are sent, one at a time; ``answer``: the response
    to the first of them, when it was sent and the answer is still under way.
    """

    name: str
    memory: Any = None
    up: bool = True
    skew: int = 0
    queue: tuple[str, ...] = ()
    later: tuple[tuple[int, str], ...] = ()
    outbox: tuple[tuple[str, Request], ...] = ()
    answer: Answer | None = None


@frozen
class Ticket:
    """A transaction that the API server has sent to the store for a process's write."""

    number: int
    process: str
    request: Request
    prepared: Prepared


@frozen
class ControlPlane:
    """Everything that the ``kube`` layer models.

    ``store``: the API objects; over the atomic store the truth itself, over etcd what the API
    server has seen of it. ``clock``: seconds on the API server's clock. ``informers``: by stream
    and process; ``streams``: ``process/stream`` of every informer, ``names``: all processes,
    ``nodes``: all nodes ever, each with its kubelet; these three in order of creation.
    ``cut``: nodes that the API server cannot reach, ascending. ``wishes``: what users may still
    ask for. ``tickets``: transactions whose outcome is not known yet (over etcd only).
    """

    config: KubeConfig
    store: Store
    processes: FrozenMap[str, Process]
    informers: FrozenMap[str, FrozenMap[str, Informer]]
    streams: tuple[str, ...]
    names: tuple[str, ...]
    nodes: tuple[str, ...]
    mint: Mint = Mint()
    clock: int = 0
    cut: tuple[str, ...] = ()
    wishes: int = 0
    faults: Faults = Faults()
    tickets: tuple[Ticket, ...] = ()

    def now(self, process: Process) -> int:
        """What the process's own clock says."""
        return self.clock + process.skew

    def objects(self, kind: str) -> tuple[Any, ...]:
        """All objects of a kind, as the API has them now, by key."""
        return tuple(kv.value for kv in self.store.range(store_prefix(kind)))

    def object(self, kind: str, key: str) -> Any:
        """The object as the API has it now, None when it has none."""
        found = self.store.get(store_key(kind, key))
        return None if found is None else found.value

    def machine(self, node: str) -> Any:
        """What really runs on a node: a :class:`model.kubelet.machine.Machine`."""
        return self.processes[f"kubelet-{node}"].memory

    def view(self, process: str, streams: tuple[str, ...]) -> View:
        """What the process's informers have received so far."""
        informers = self.informers
        return View(
            {stream.partition("@")[0]: informers[stream][process].objects for stream in streams}
        )
