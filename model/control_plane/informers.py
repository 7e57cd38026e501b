"""Informers: what a process learns, one event at a time, and how it lists again.

Models client-go's reflector, store and event handlers (tools/cache). Rules of this file: the
cache changes first, then the handlers see the event: the controller's memory observes it, and the
keys that it concerns join the work queue. There is no order between streams.
"""

from __future__ import annotations

from attrs import evolve

from model.api.client import Cached, Controller, WatchEvent
from model.control_plane.commit import listed
from model.control_plane.plane import Change, ControlPlane, Informer, Process
from model.frozen_map import FrozenMap

__all__ = ["disconnect", "enqueue", "receive", "relist"]


def receive(plane: ControlPlane, controller: Controller, stream: str) -> ControlPlane:
    """The oldest event under way on this stream reaches the process."""
    watching = plane.informers[stream]
    informer = watching[controller.name]
    change = informer.pending[0]
    objects, event = _apply(informer.objects, stream, change)
    received = Informer(objects, informer.pending[1:], informer.connected)
    informers = plane.informers.set(stream, watching.set(controller.name, received))
    plane = evolve(plane, informers=informers)
    return plane if event is None else _notice(plane, controller, (event,))


def _apply(
    objects: FrozenMap[str, Cached], stream: str, change: Change
) -> tuple[FrozenMap[str, Cached], WatchEvent | None]:
    """The cache after the change, and what the handlers are told (nothing, if nothing changed)."""
    kind = stream.partition("@")[0]
    key, version = change.key, change.resource_version
    cached = objects.get(key)
    old = None if cached is None else cached.obj
    if change.deleted:
        if cached is None:
            return objects, None
        gone = WatchEvent("DELETED", kind, key, change.obj, old, version)
        return objects.discard(key), gone
    word = "ADDED" if cached is None else "MODIFIED"
    objects = objects.set(key, Cached(change.obj, version))
    return objects, WatchEvent(word, kind, key, change.obj, old, version)


def _notice(
    plane: ControlPlane, controller: Controller, events: tuple[WatchEvent, ...]
) -> ControlPlane:
    """The handlers run: memory observes each event, and the keys concerned join the queue."""
    process: Process = plane.processes[controller.name]
    view = plane.view(controller.name, controller.watches)
    memory, queue = process.memory, process.queue
    for event in events:
        memory = controller.observe(memory, event)
        queue = enqueue(queue, controller.keys(view, event))
    if memory is process.memory and queue is process.queue:
        return plane
    process = evolve(process, memory=memory, queue=queue)
    return evolve(plane, processes=plane.processes.set(controller.name, process))


def enqueue(queue: tuple[str, ...], keys: tuple[str, ...]) -> tuple[str, ...]:
    """The queue with the keys at its end; one that waits already keeps its place."""
    for key in keys:
        if key not in queue:
            queue = (*queue, key)
    return queue


def relist(plane: ControlPlane, controller: Controller, stream: str) -> ControlPlane:
    """The process lists the stream and watches from there; the handlers are told the difference.

    What came and went in between is never seen; what was deleted and made again under the same
    name looks like one change.
    """
    watching = plane.informers[stream]
    before: FrozenMap[str, Cached] = watching[controller.name].objects
    kind = stream.partition("@")[0]
    changes = listed(plane.store, stream)
    now = FrozenMap({c.key: Cached(c.obj, c.resource_version) for c in changes})
    events = [
        WatchEvent("DELETED", kind, key, cached.obj, cached.obj, cached.resource_version)
        for key, cached in before.items()
        if key not in now
    ]
    for key, cached in now.items():
        old = before.get(key)
        if old is None or old.resource_version != cached.resource_version:
            word, was = ("ADDED", None) if old is None else ("MODIFIED", old.obj)
            events.append(WatchEvent(word, kind, key, cached.obj, was, cached.resource_version))
    informers = plane.informers.set(stream, watching.set(controller.name, Informer(now)))
    return _notice(evolve(plane, informers=informers), controller, tuple(events))


def disconnect(plane: ControlPlane, process: str, stream: str, *, forget: bool) -> ControlPlane:
    """The watch is closed, and what was under way is lost; ``forget``: the cache as well."""
    watching = plane.informers[stream]
    objects = FrozenMap[str, Cached]() if forget else watching[process].objects
    closed = Informer(objects, (), connected=False)
    return evolve(plane, informers=plane.informers.set(stream, watching.set(process, closed)))
