"""The client's side: what a controller sees, and what it is.

Models client-go's informers and the reconcile loop of a controller. Rules of this file: a
controller is a value of pure functions. It sees only what its informers have received so far (a
:class:`View`, which may be behind), and answers with writes, which the control plane sends one at
a time: the process can crash between any two of them. Its memory is lost with the process.

A controller of your own is one function from view and key to writes::

    def reconcile(view: View, key: str) -> Iterable[Request]:
        web = view.by_key("Website", key)
        if web is not None and view.by_key("ConfigMap", key) is None:
            yield Create(ConfigMap(ObjectMeta(name=web.metadata.name)))

    WEBSITES = controller("website-controller", "Website", reconcile, owns=("ConfigMap",))
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any

from attrs import field, frozen

from model.api.meta import KubeObject, controller_of, key_of
from model.api.requests import Delete, Request, Response, Update, UpdateStatus
from model.frozen_map import FrozenMap
from model.world import Observation

__all__ = [
    "Cached",
    "Controller",
    "Reconciled",
    "View",
    "WatchEvent",
    "controller",
    "key_of_event",
    "no_memory",
    "owner_key",
]


@frozen
class Cached:
    """An object in an informer's cache, and the resourceVersion that it was received at."""

    obj: Any
    resource_version: int


@frozen
class WatchEvent:
    """An informer's cache has changed: ``type`` is ADDED, MODIFIED or DELETED.

    ``obj`` is the object now (for DELETED: as it was last known), ``old`` as the cache had it
    before, None when it did not have it. A delete and a create of the same name that happened
    while the informer was not looking are one MODIFIED event, with two uids.
    """

    type: str
    kind: str
    key: str
    obj: Any
    old: Any = None
    resource_version: int = 0


@frozen(eq=False)
class View:
    """What one process's informers have received so far, by kind and key. It may be behind."""

    caches: Mapping[str, FrozenMap[str, Cached]]

    def by_key(self, kind: str, key: str) -> Any:
        """The object that the cache has under this key, None when it has none."""
        cached = self.caches[kind].get(key)
        return None if cached is None else cached.obj

    def get(self, kind: str, namespace: str, name: str) -> Any:
        """The object of this name, None when the cache has none; ``namespace`` "" for none."""
        return self.by_key(kind, f"{namespace}/{name}" if namespace else name)

    def list(self, kind: str, namespace: str | None = None) -> tuple[Any, ...]:
        """The objects of a kind, by key; of one namespace unless it is None."""
        cached = self.caches[kind].values()
        if namespace is None:
            return tuple(c.obj for c in cached)
        return tuple(c.obj for c in cached if c.obj.metadata.namespace == namespace)

    def resource_version(self, obj: KubeObject) -> int | None:
        """The version at which the cache has the object of this kind and name, None if it has not.

        It is asked by name, so a changed copy of a cached object gives the version it is based on.
        """
        cached = self.caches[obj.kind].get(key_of(obj))
        return None if cached is None else cached.resource_version

    def update(self, obj: KubeObject) -> Update:
        """The update of a cached object to ``obj``, refused if somebody was faster."""
        return Update(obj, self.resource_version(obj))

    def update_status(self, obj: KubeObject) -> UpdateStatus:
        """The same for its status."""
        return UpdateStatus(obj, self.resource_version(obj))

    def delete(self, obj: KubeObject) -> Delete:
        """The deletion of exactly this object, not of a later one that bears its name."""
        return Delete(obj.kind, key_of(obj), uid=obj.metadata.uid)


@frozen
class Reconciled:
    """What came of one reconcile.

    ``writes`` are sent in this order, one at a time; the first that fails ends the reconcile and
    the key is tried again. ``memory`` is the controller's from now on. ``requeue_after``: try the
    key again so many seconds later although nothing has changed; 0 at once, None not at all.
    ``observed``: what the outside can see of it beside the writes (containers started, say).
    ``note``: one clause for the story, what was decided.
    """

    writes: tuple[Request, ...] = ()
    memory: Hashable = None
    requeue_after: int | None = None
    observed: tuple[Observation, ...] = ()
    note: str = ""


def key_of_event(view: View, event: WatchEvent) -> tuple[str, ...]:
    """The key of the object that changed."""
    return (event.key,)


def no_memory(memory: Any, *seen: Any) -> Any:
    """For controllers that remember nothing of events and answers."""
    return memory


def _as_it_is(memory: Any, now: int) -> Hashable:
    shape: Hashable = memory
    return shape


def _forgets(start: Any, memory: Any) -> Any:
    return start


@frozen
class Controller:
    """One process of the control plane: what it watches, remembers and does.

     ``watches``: the kinds that it has informers for, ``Pod@n1`` for those of one node only.
    ``keys(view, event)``: which keys an event puts into its work queue, after the cache has
    changed. ``start``: its memory when it starts;
     ``first_keys``: keys in its queue when it starts, for what it does periodically.
     ``observe(memory, event)`` and ``answered(memory, request, response)`` keep its memory up to
     date; ``reconcile(view, memory, key, now)`` decides, ``now`` being its own clock,
    .
     ``asynchronous``: it goes on reconciling while writes wait to be sent (the scheduler's binding
     cycles); a write that fails then does not take those behind it along.
    ``after_crash(start, memory)``: what of its memory survives (a kubelet's containers).
    ``shape(memory, now)``: the memory without what only grows (uids, absolute times), so that a
    livelock is seen to repeat.
    """

    name: str
    watches: tuple[str, ...]
    reconcile: Callable[[View, Any, str, int], Reconciled] = field(eq=False)
    keys: Callable[[View, WatchEvent], tuple[str, ...]] = field(default=key_of_event, eq=False)
    start: Hashable = None
    first_keys: tuple[str, ...] = ()
    observe: Callable[[Any, WatchEvent], Any] = field(default=no_memory, eq=False)
    answered: Callable[[Any, Request, Response], Any] = field(default=no_memory, eq=False)
    asynchronous: bool = False
    after_crash: Callable[[Any, Any], Any] = field(default=_forgets, eq=False)
    shape: Callable[[Any, int], Hashable] = field(default=_as_it_is, eq=False)


def owner_key(kind: str, event: WatchEvent) -> tuple[str, ...]:
    """The keys of the objects of ``kind`` that manage the changed object, or did before."""
    found = []
    for obj in (event.obj, event.old):
        owner = None if obj is None else controller_of(obj)
        if owner is not None and owner.kind == kind:
            namespace = obj.metadata.namespace
            found.append(f"{namespace}/{owner.name}" if namespace else owner.name)
    return tuple(dict.fromkeys(found))


def controller(
    name: str,
    for_kind: str,
    reconcile: Callable[[View, str], Iterable[Request]],
    *,
    owns: tuple[str, ...] = (),
    watches: tuple[str, ...] = (),
) -> Controller:
    """A controller from one function: ``reconcile(view, key)`` yields the writes.

    It is called with the key of an object of ``for_kind`` whenever that object, or one of the
    kinds that it ``owns`` (by owner reference), has changed. ``watches``: further kinds that it
    looks at without being woken by them.
    """

    def keys(view: View, event: WatchEvent) -> tuple[str, ...]:
        if event.kind == for_kind:
            return (event.key,)
        return owner_key(for_kind, event) if event.kind in owns else ()

    def run(view: View, memory: Any, key: str, now: int) -> Reconciled:
        return Reconciled(tuple(reconcile(view, key)), memory)

    kinds = tuple(dict.fromkeys((for_kind, *owns, *watches)))
    return Controller(name, kinds, run, keys)
