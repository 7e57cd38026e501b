"""What must hold of etcd's answers: linearizability, refinement, serializable reads, durability.

Sources: etcd documentation, "KV API guarantees"; etcd ``tests/robustness/validate``; Jepsen's
report on etcd 3.4.3.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Hashable
from typing import Any

from attrs import evolve, frozen

from invariants.etcd import describe
from invariants.etcd_specification import KeySpace, answer_to
from invariants.invariant import history
from invariants.linearizability import Explanations, answered, forgotten, invoked
from model.etcd.mvcc import KeyValue, Store, TxnResult
from model.etcd.observed import Executed, GaveUp, Invoked, Returned
from model.etcd.server import Request
from model.frozen_map import FrozenMap
from model.raft.observed import Restarted
from model.world import Observation


def _may_wait(state: Any, request: Any, result: Any) -> bool:
    """Whether other requests may take effect before this one, which was answered with ``result``.

    Revisions only grow: where they have reached the answer's, the request is next or it is late.
    Compactions come and go at one revision.
    """
    return bool(state.revision < result.revision or request.compact)


def _origin(seen: Invoked) -> KeySpace:
    """The atomic store as it was before anything was asked."""
    store = seen.origin
    return KeySpace(store.revision, store.keys, store.compact_revision)


@frozen
class Asked:
    """What the clients have asked and seen, with all explanations of it.

    ``executed``: outcomes of requests that a server has applied and nobody was told yet.
    ``given_up``: requests that nobody waits for and no server has applied: they cannot be seen.
    """

    known: Explanations
    executed: FrozenMap[str, TxnResult] = FrozenMap()
    given_up: FrozenMap[str, Request] = FrozenMap()


@history("etcd", source="etcd KV API guarantees; Jepsen etcd 3.4.3")
def linearizable_reads_and_writes(
    asked: Asked | None, seen: Observation
) -> Generator[str, None, Asked | None]:
    """Reads, writes and transactions take effect once each, between request and answer.

    One without an answer may take effect at any later time, or never; when it does, a server has
    applied it.
    """
    if asked is None:
        if not isinstance(seen, Invoked):
            return None
        asked = Asked(Explanations.of(_origin(seen)))
    if not isinstance(seen, _OF_REQUESTS) or seen.request.serializable:
        return asked
    known, request_id = asked.known, seen.request.id
    if isinstance(seen, Invoked):
        return evolve(asked, known=invoked(known, request_id, seen.request))
    if isinstance(seen, Executed):
        if request_id in asked.given_up:
            left = asked.given_up.discard(request_id)
            asked = Asked(invoked(known, request_id, seen.request), asked.executed, left)
            return (yield from _outcome(asked, seen, seen.result))
        if request_id in known.open and request_id not in asked.executed:
            return evolve(asked, executed=asked.executed.set(request_id, seen.result))
        return asked
    if isinstance(seen, GaveUp):
        if request_id in asked.executed:
            return (yield from _outcome(asked, seen, asked.executed[request_id]))
        known = forgotten(known, request_id)
        if not known.configurations:
            yield f"{seen.sentence()}; what was answered since needs it, but nobody has applied it"
            return None
        if seen.request.is_read:
            return evolve(asked, known=known)
        return Asked(known, asked.executed, asked.given_up.set(request_id, seen.request))
    return (yield from _outcome(asked, seen, seen.result))


_OF_REQUESTS = (Invoked, Executed, Returned, GaveUp)


def _outcome(
    asked: Asked, seen: Executed | GaveUp | Returned, result: TxnResult
) -> Generator[str, None, Asked | None]:
    """A request is known to have taken effect by now, with this result."""
    known = asked.known
    after = answered(known, seen.request.id, result, answer_to, _may_wait)
    if not after.configurations:
        states = sorted({describe(c.state) for c in known.configurations})
        yield f"{seen.sentence()}; possible were only: {'; '.join(states)}"
        return None
    return Asked(after, asked.executed.discard(seen.request.id), asked.given_up)


@frozen
class AtomicStore:
    """The atomic store after each log index, and at each revision.

    ``latest`` is where it is, ``latest_index`` the last entry that it has taken; ``checked`` the
    servers' store that was last found to be like ``checked_index``.
    """

    latest: KeySpace
    latest_index: int = 0
    by_index: FrozenMap[int, KeySpace] = FrozenMap()
    checked: Hashable = None
    checked_index: int = 0


@history("etcd", source="design: each server's step is a step of the atomic store")
def refines_the_atomic_store(
    atomic: AtomicStore | None, seen: Observation
) -> Generator[str, None, AtomicStore | None]:
    """Every server applies, at each index, exactly what the atomic store does there."""
    if atomic is None:
        return AtomicStore(_origin(seen)) if isinstance(seen, Invoked) else None
    if not isinstance(seen, Executed):
        return atomic
    if seen.index > atomic.latest_index:
        after = answer_to(atomic.latest, seen.request)[0]
        by_index = atomic.by_index.set(seen.index, after)
        atomic = AtomicStore(after, seen.index, by_index, atomic.checked, atomic.checked_index)
    expected: KeySpace | None = atomic.by_index.get(seen.index)
    store = seen.store
    if expected is None:
        yield f"{seen.sentence()}, where the atomic store has no request"
    elif store is not atomic.checked or seen.index != atomic.checked_index:
        if store.revision != expected.revision or store.keys != expected.keys:
            yield (
                f"{seen.sentence()}: it has {describe(store)}, "
                f"the atomic store {describe(expected)}"
            )
        elif store.compact_revision != expected.compact_revision:
            yield (
                f"{seen.sentence()}: it is compacted at {store.compact_revision}, "
                f"the atomic store at {expected.compact_revision}"
            )
        atomic = evolve(atomic, checked=store, checked_index=seen.index)
    return atomic


Past = FrozenMap[int, FrozenMap[str, KeyValue]]


@history("etcd", source="etcd KV API guarantees: serializable reads", start=FrozenMap())
def serializable_reads_see_a_past_state(
    past: Past, seen: Observation
) -> Generator[str, None, Past]:
    """A serializable read may be stale, but finds all keys as they once were together."""
    if isinstance(seen, Invoked) and not past:
        return past.set(seen.origin.revision, seen.origin.keys)
    if isinstance(seen, Executed):
        store = seen.store
        return past if store.revision in past else past.set(store.revision, store.keys)
    if isinstance(seen, Returned) and seen.request.serializable:
        keys = past.get(seen.result.revision)
        found = seen.result.found
        if keys is None or found != (tuple(keys.values()),):
            yield f"{seen.sentence()}: the store was never like that"
    return past


@history("etcd", source="etcd documentation: serializable reads", start=FrozenMap())
def serializable_reads_never_go_back(
    shown: FrozenMap[int, int], seen: Observation
) -> Generator[str, None, FrozenMap[int, int]]:
    """While a server runs, a serializable read shows no older state than one before it did."""
    if isinstance(seen, Restarted):
        return shown.discard(seen.member)
    if isinstance(seen, Returned) and seen.request.serializable:
        before = shown.get(seen.server, 0)
        if seen.result.revision < before:
            yield f"{seen.sentence()}, after server {seen.server} has shown revision {before}"
        return shown.set(seen.server, max(before, seen.result.revision))
    return shown


@history(
    "etcd", source="etcd documentation: serializable reads may be stale", start=1, anomaly="E18"
)
def serializable_reads_are_fresh(
    answered_upto: int, seen: Observation
) -> Generator[str, None, int]:
    """A serializable read shows all writes that were answered before. Not so in etcd."""
    if not isinstance(seen, Returned):
        return answered_upto
    if seen.request.serializable and seen.result.revision < answered_upto:
        yield f"{seen.sentence()}, after a client was told of revision {answered_upto}"
    return max(answered_upto, seen.result.revision)


Repeated = FrozenMap[str, tuple[int, ...]]


def _once(
    done: Repeated, seen: Observation, concerned: Callable[[Request], bool]
) -> Generator[str, None, Repeated]:
    """By first request, the log indexes at which it or a repetition of it has written."""
    if not isinstance(seen, Executed) or not seen.result.succeeded:
        return done
    request = seen.request
    if not concerned(request):
        return done
    first = request.retry_of or request.id
    indexes: tuple[int, ...] = done.get(first, ())
    if seen.index in indexes:
        return done
    if indexes:
        yield f"{seen.sentence()}; the same was applied at index {indexes[0]} already"
    return done.set(first, (*indexes, seen.index))


def _is_guarded(request: Request) -> bool:
    """Whether it writes only over one version of a key, which never comes again."""
    return any(c.target == "mod_revision" and c.value > 0 for c in request.txn.compares)


def _puts(request: Request) -> bool:
    return any(operation.kind == "put" for operation in request.txn.success)


@history("etcd", source="Jepsen: indeterminate operations", start=FrozenMap(), anomaly="E19")
def a_repeated_write_takes_effect_once(
    done: Repeated, seen: Observation
) -> Generator[str, None, Repeated]:
    """What a client sends again after a timeout takes effect once. Not so in etcd."""
    return (yield from _once(done, seen, _puts))


@history("etcd", source="etcd API guarantees: compare mod_revision", start=FrozenMap())
def a_guarded_write_takes_effect_once(
    done: Repeated, seen: Observation
) -> Generator[str, None, Repeated]:
    """A write that compares a key's mod_revision takes effect once, however often it is sent."""
    return (yield from _once(done, seen, lambda r: _puts(r) and _is_guarded(r)))


@history("etcd", source="etcd KV API guarantees: durability; etcd issue 14370")
def acknowledged_write_is_durable(state: None, seen: Observation) -> Generator[str, None, None]:
    """A write is answered only once a majority of the members has it on disk, synced."""
    if not isinstance(seen, Returned) or seen.request.is_read:
        return
    if len(seen.durable_on) * 2 <= seen.members:
        on = ", ".join(str(each) for each in seen.durable_on) or "none"
        yield f"{seen.sentence()}, but of {seen.members} members only these have it on disk: {on}"


@history("etcd", source="etcd KV API guarantees: revisions", start=FrozenMap())
def revisions_count_write_transactions(
    stores: FrozenMap[int, Store], seen: Observation
) -> Generator[str, None, FrozenMap[int, Store]]:
    """A transaction that writes takes one revision, all others take none.

    A key remembers the revisions of its creation and of its last write, and counts its writes; a
    key that was deleted starts afresh.
    """
    if isinstance(seen, Restarted):
        return stores.discard(seen.member)
    if not isinstance(seen, Executed):
        return stores
    before: Store | None = stores.get(seen.server)
    after = seen.store
    if before is not None and after is not before:
        yield from _wrong_revisions(seen, before, after)
    return stores.set(seen.server, after)


def _wrong_revisions(seen: Executed, before: Store, after: Store) -> Generator[str, None, None]:
    events = after.events_after(before.revision)
    expected = before.revision + bool(events)
    if after.revision != expected:
        yield f"{seen.sentence()}, not {expected}"
    for event in events:
        kv, old = event.current, before.get(event.key)
        if event.revision != expected:
            yield f"{seen.sentence()}, but {event.kind} {event.key} is at {event.revision}"
        if event.kind == "put":
            created, version = (expected, 1) if old is None else (old.create_revision, old.version)
            version += old is not None
            if (kv.create_revision, kv.mod_revision, kv.version) != (created, expected, version):
                yield (
                    f"{seen.sentence()}: {kv.key} has create_revision {kv.create_revision}, "
                    f"mod_revision {kv.mod_revision}, version {kv.version}; "
                    f"right are {created}, {expected}, {version}"
                )
