"""What must hold of watches (etcd documentation, "Watch API guarantees").

Ordered, unique, atomic, reliable, bookmarkable; one invariant each, over the same record of what
was written and what every client has seen. "Resumable" is in all of them: a client opens its next
watch where it has seen everything, and the promises go on from there.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator

from attrs import evolve, frozen

from invariants.invariant import eventually, history, sometimes
from model.etcd.cluster import EtcdWorld
from model.etcd.mvcc import Event
from model.etcd.observed import Executed, ProgressSeen, WatchCancelled, Watched, WatchOpened
from model.etcd.watch import has_lost_history
from model.frozen_map import FrozenMap
from model.world import Observation

__all__ = ["Seen", "Watches"]

GUARANTEES = "etcd Watch API guarantees"


@frozen
class Seen:
    """A client's watch: its prefix, and up to which revision it has shown everything.

    ``last_batch``: the revision of the events that it has shown last.
    """

    prefix: str
    upto: int
    last_batch: int = 0


@frozen
class Watches:
    """What was ever written, by revision, and what each client's watch has shown."""

    written: FrozenMap[int, tuple[Event, ...]] = FrozenMap()
    clients: FrozenMap[str, Seen] = FrozenMap()

    def missed(self, watch: Seen, upto: int) -> tuple[int, ...]:
        """The revisions up to ``upto`` that concern the watch and that it has not shown."""
        return tuple(
            revision
            for revision, events in self.written.items()
            if watch.upto < revision <= upto and _of_prefix(events, watch.prefix)
        )

    def after(self, seen: Observation) -> Watches:
        """The record with one more observation."""
        if isinstance(seen, Executed):
            return self._executed(seen)
        if isinstance(seen, WatchOpened):
            return self._with(seen.client, Seen(seen.prefix, seen.after))
        if isinstance(seen, WatchCancelled):
            return evolve(self, clients=self.clients.discard(seen.client))
        if isinstance(seen, Watched):
            watch = self.clients[seen.client]
            revision = seen.events[0].revision
            return self._with(seen.client, Seen(watch.prefix, max(watch.upto, revision), revision))
        if isinstance(seen, ProgressSeen):
            watch = self.clients[seen.client]
            return self._with(seen.client, evolve(watch, upto=max(watch.upto, seen.revision)))
        return self

    def _with(self, client: str, watch: Seen) -> Watches:
        return evolve(self, clients=self.clients.set(client, watch))

    def _executed(self, seen: Executed) -> Watches:
        store = seen.store
        if store.revision in self.written or seen.request.compact:
            return self
        events = store.events_after(store.revision - 1)
        if not events:
            return self
        return evolve(self, written=self.written.set(store.revision, events))


def _of_prefix(events: tuple[Event, ...], prefix: str) -> tuple[Event, ...]:
    if not prefix:
        return events
    return tuple(event for event in events if event.key.startswith(prefix))


_CONCERNED = (Executed, WatchOpened, WatchCancelled, Watched, ProgressSeen)
_RESPONSES = (WatchOpened, WatchCancelled, Watched, ProgressSeen)

Monitor = Generator[str, None, Watches]


@history("watch", source=f"{GUARANTEES}: ordered; etcd issues 15271, 20221", start=Watches())
def watch_ordered(watches: Watches, seen: Observation) -> Monitor:
    """A watch shows changes in the order of their revisions, none from before where it began."""
    if not isinstance(seen, _RESPONSES):
        return watches
    if isinstance(seen, Watched):
        watch: Seen = watches.clients[seen.client]
        revision = seen.events[0].revision
        if revision <= watch.upto and revision != watch.last_batch:
            yield f"{seen.sentence()}, after it has seen everything up to {watch.upto}"
    return watches.after(seen)


@history("watch", source=f"{GUARANTEES}: unique", start=Watches())
def watch_unique(watches: Watches, seen: Observation) -> Monitor:
    """A watch shows no change twice."""
    if not isinstance(seen, _RESPONSES):
        return watches
    if isinstance(seen, Watched):
        keys = [event.key for event in seen.events]
        if seen.events[0].revision == watches.clients[seen.client].last_batch:
            yield f"{seen.sentence()}, for the second time"
        elif len(set(keys)) < len(keys):
            yield f"{seen.sentence()}, one of them twice"
    return watches.after(seen)


@history("watch", source=f"{GUARANTEES}: atomic", start=Watches())
def watch_atomic(watches: Watches, seen: Observation) -> Monitor:
    """A watch shows all changes of one revision together, and as they were made."""
    if not isinstance(seen, _CONCERNED):
        return watches
    if isinstance(seen, Watched):
        written = watches.written.get(seen.events[0].revision, ())
        expected = _of_prefix(written, watches.clients[seen.client].prefix)
        if seen.events != expected:
            words = ", ".join(f"{e.kind} {e.key}@{e.revision}" for e in expected) or "nothing"
            yield f"{seen.sentence()}, but what was written then is {words}"
    return watches.after(seen)


@history(
    "watch", source=f"{GUARANTEES}: reliable; etcd issues 17529, 18089, 19179", start=Watches()
)
def watch_reliable(watches: Watches, seen: Observation) -> Monitor:
    """A watch leaves no change out, and is cancelled only where changes were compacted away."""
    if not isinstance(seen, _CONCERNED):
        return watches
    if isinstance(seen, Watched):
        watch: Seen = watches.clients[seen.client]
        missed = watches.missed(watch, seen.events[0].revision - 1)
        if missed:
            yield f"{seen.sentence()}, but never revision {missed[0]}"
    if isinstance(seen, WatchCancelled) and seen.client in watches.clients:
        watch = watches.clients[seen.client]
        if seen.compact_revision <= watch.upto + 1:
            yield f"{seen.sentence()}, but it has seen everything up to {watch.upto}"
    return watches.after(seen)


@history("watch", source=f"{GUARANTEES}: bookmarkable; etcd issue 15220", start=Watches())
def watch_bookmarkable(watches: Watches, seen: Observation) -> Monitor:
    """A progress notification comes after all changes up to its revision, and never goes back."""
    if not isinstance(seen, _CONCERNED):
        return watches
    if isinstance(seen, ProgressSeen):
        watch: Seen = watches.clients[seen.client]
        missed = watches.missed(watch, seen.revision)
        if missed:
            yield f"{seen.sentence()}, but has not seen revision {missed[0]}"
        if seen.revision < watch.upto:
            yield f"{seen.sentence()}, but it asked for what comes after {watch.upto}"
    return watches.after(seen)


@sometimes("watch", source="etcd API: a watch delivers events")
def a_watch_has_events_on_its_way(world: EtcdWorld) -> bool:
    """A watch has something on its stream that its client has not received."""
    return any(
        watch.stream
        for server in world.servers.values()
        if server is not None
        for watch in server.watches.values()
    )


@sometimes("watch", source="etcd API: compaction; a watch is cancelled with compact_revision")
def a_watch_needs_what_was_compacted(world: EtcdWorld) -> bool:
    """A watch is about to be cancelled, because it lags behind a compaction."""
    return any(
        has_lost_history(watch.sent, server.store.compact_revision)
        for server in world.servers.values()
        if server is not None and server.store.compact_revision
        for watch in server.watches.values()
    )


@eventually("watch", source="etcd API: a watch delivers every event", within=40)
def watches_catch_up(world: EtcdWorld) -> Iterator[str]:
    """Every client with a watch on a running server has seen all changes of that server."""
    for name, client in world.clients.items():
        server = world.server(client.watches_on) if client.watches_on else None
        if server is None or name not in server.watches:
            continue
        watch = server.watches[name]
        if watch.stream or watch.sent < server.store.revision:
            yield f"{name} has not received everything on its watch"
