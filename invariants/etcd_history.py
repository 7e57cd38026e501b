"""What must hold of what etcd's clients see: linearizability, refinement, watches.

Sources: etcd documentation, "KV API guarantees" and "Watch API guarantees" (ordered, unique,
reliable, atomic, resumable, bookmarkable); etcd ``tests/robustness/validate``.
"""

from __future__ import annotations

from collections.abc import Generator, Hashable
from typing import Any

from attrs import evolve, frozen

from invariants.etcd import describe
from invariants.invariant import history
from invariants.linearizability import Explanations, answered, invoked
from model.etcd.mvcc import Event, Store
from model.etcd.observed import (
    Executed,
    Invoked,
    ProgressSeen,
    Returned,
    Watched,
    WatchOpened,
)
from model.frozen_map import FrozenMap
from model.world import Observation


def apply_to_store(state: Any, request: Any) -> tuple[Hashable, Hashable]:
    """The specification: the atomic store, its history left out."""
    store, result = state.txn(request.txn)
    return Store(store.revision, store.keys), result


@history("etcd", source="etcd KV API guarantees; Jepsen etcd 3.4.3", start=Explanations.of(Store()))
def linearizable_reads_and_writes(
    known: Explanations, seen: Observation
) -> Generator[str, None, Explanations]:
    """Reads, writes and transactions take effect once each, between request and answer.

    One without an answer may take effect at any later time, or never.
    """
    if isinstance(seen, Invoked) and not seen.request.serializable:
        return invoked(known, seen.request.id, seen.request)
    if isinstance(seen, Returned) and not seen.request.serializable:
        after = answered(known, seen.request.id, seen.result, apply_to_store)
        if not after.configurations:
            states = sorted({describe(c.state) for c in known.configurations})  # type: ignore[arg-type]
            yield f"{seen.sentence()}; possible were only: {'; '.join(states)}"
            return Explanations.of(Store())
        return after
    return known


@frozen
class AtomicStore:
    """The atomic store after each log index, as the first server to apply it shows."""

    by_index: FrozenMap[int, Store] = FrozenMap()
    keys_at: FrozenMap[int, Any] = FrozenMap({1: FrozenMap()})
    latest: Store = Store()
    latest_index: int = 0


@history(
    "etcd", source="design: each server's step is a step of the atomic store", start=AtomicStore()
)
def refines_the_atomic_store(
    atomic: AtomicStore, seen: Observation
) -> Generator[str, None, AtomicStore]:
    """Every server applies, at each index, exactly what the atomic store does there.

    A serializable read finds the atomic store as it was at the revision that the answer names.
    """
    if isinstance(seen, Executed):
        known = atomic.by_index.get(seen.index)
        if known is None:
            if seen.index <= atomic.latest_index:
                yield f"{seen.sentence()}, where the atomic store has no request"
                return atomic
            expected = atomic.latest.txn(seen.request.txn)[0]
            atomic = AtomicStore(
                atomic.by_index.set(seen.index, expected),
                atomic.keys_at.set(expected.revision, expected.keys),
                expected,
                seen.index,
            )
            known = expected
        if known is not seen.store and known != seen.store:
            yield (
                f"{seen.sentence()}: it has {describe(seen.store)}, "
                f"the atomic store {describe(known)}"
            )
        return atomic
    if isinstance(seen, Returned) and seen.request.serializable:
        keys = atomic.keys_at.get(seen.result.revision)
        wanted = [operation.key for operation in seen.request.txn.success]
        if keys is None or tuple(keys.get(key) for key in wanted) != seen.result.found:
            yield f"{seen.sentence()}: no past state of the store is like that"
    return atomic


@frozen
class Seen:
    """What a client's watch has shown: where it began, and the last revision it has delivered."""

    after: int
    last: int


@frozen
class Watches:
    """What was ever written, by revision, and what each client has seen."""

    written: FrozenMap[int, tuple[Event, ...]] = FrozenMap()
    clients: FrozenMap[str, Seen] = FrozenMap()


@history(
    "etcd", source="etcd Watch API guarantees; etcd issues 15220, 15271, 17529", start=Watches()
)
def watch_order_and_completeness(
    watches: Watches, seen: Observation
) -> Generator[str, None, Watches]:
    """A watch delivers every change once, whole, in order; progress never overtakes a change."""
    if isinstance(seen, Executed):
        revision = seen.store.revision
        if revision in watches.written or not seen.store.history:
            return watches
        events = seen.store.events_after(revision - 1)
        return evolve(watches, written=watches.written.set(revision, events)) if events else watches
    if isinstance(seen, WatchOpened):
        client = Seen(seen.after, seen.after)
        return evolve(watches, clients=watches.clients.set(seen.client, client))
    if isinstance(seen, Watched):
        was: Seen = watches.clients[seen.client]
        revision = seen.events[0].revision
        if revision <= was.last:
            yield f"{seen.sentence()}, after it has seen revision {was.last}"
        missed = [r for r in watches.written if was.last < r < revision]
        if missed:
            yield f"{seen.sentence()}, but never revision {missed[0]}"
        if seen.events != watches.written.get(revision):
            yield f"{seen.sentence()}, which is not all that revision {revision} has changed"
        return _advance(watches, seen.client, revision)
    if isinstance(seen, ProgressSeen):
        was = watches.clients[seen.client]
        missed = [r for r in watches.written if was.last < r <= seen.revision]
        if missed:
            yield f"{seen.sentence()}, but has not seen revision {missed[0]}"
        return _advance(watches, seen.client, seen.revision)
    return watches


def _advance(watches: Watches, client: str, revision: int) -> Watches:
    was: Seen = watches.clients[client]
    now = evolve(was, last=max(was.last, revision))
    return evolve(watches, clients=watches.clients.set(client, now))
