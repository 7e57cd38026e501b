"""Watches: streams of events from one server to one client (etcd ``server/storage/mvcc/watcher``).

Rules of this file: a watch has a position of its own, so it can lag behind what its server has
applied. Events of one revision travel together. What is on the stream arrives in that order, or
not at all when the server goes down. "Watch API guarantees": ordered, unique, reliable, atomic,
resumable, bookmarkable.
"""

from __future__ import annotations

from attrs import evolve, frozen

from model.etcd.mvcc import Event, Store

__all__ = [
    "Batch",
    "Cancelled",
    "Progress",
    "Watch",
    "events_for",
    "fill_stream",
    "has_lost_history",
    "notify_progress",
    "position_after",
    "start_position",
]


@frozen
class Progress:
    """A progress notification: all events up to ``revision`` were sent before it."""

    revision: int


@frozen
class Cancelled:
    """The watch is over: it would need events from before ``compact_revision``."""

    compact_revision: int


Batch = tuple[Event, ...]
"""The events of one revision that concern a watch."""


@frozen
class Watch:
    """One watch of a client on one server; a client has at most one.

    ``sent``: the revision up to which events were put on the stream. ``stream``: what is on its
    way to the client, oldest first.
    """

    client: str
    prefix: str
    sent: int
    stream: tuple[Batch | Progress | Cancelled, ...] = ()

    @property
    def is_cancelled(self) -> bool:
        """Whether the last response that it will ever give is on its stream."""
        return bool(self.stream) and isinstance(self.stream[-1], Cancelled)


def start_position(after: int, revision: int) -> int:
    """Up to which revision a new watch wants nothing, on a server that is at ``revision``.

    What the client asks for, also when the server has not got there yet (etcd issue 20221).
    """
    return after


def has_lost_history(sent: int, compact_revision: int) -> bool:
    """Whether the next revision that a watch needs was compacted away.

    One that begins at the very revision of the compaction still gets all of it.
    """
    return sent + 1 < compact_revision


def notify_progress(watch: Watch, applied_revision: int) -> Progress | None:
    """The progress notification that may go on a watch's stream now; None when not yet.

    It promises that all events up to its revision were sent, so it must not overtake events that
    are applied but not on the stream yet (etcd issue 15220), nor go back behind a watch that
    began at a revision that its server has yet to reach (etcd issue 20221).
    """
    return Progress(applied_revision) if watch.sent == applied_revision else None


def position_after(sent: tuple[Batch, ...], left: tuple[Batch, ...], revision: int) -> int:
    """Where a watch stands once the batches ``sent`` are on its stream and ``left`` found no room.

    ``revision`` is the server's. What found no room must be sent later (etcd issue 17529).
    """
    return left[0][0].revision - 1 if left else revision


def events_for(watch: Watch, store: Store) -> tuple[Event, ...]:
    """The events that a watch still has to send, oldest first; deletes like any other.

    A watch that begins at the revision of the last compaction gets the deletes of that revision
    too (etcd issue 19179).
    """
    return tuple(e for e in store.events_after(watch.sent) if e.key.startswith(watch.prefix))


def fill_stream(watch: Watch, store: Store, room: int) -> Watch:
    """The watch with what the store has for it on its stream, at most ``room`` batches."""
    if has_lost_history(watch.sent, store.compact_revision):
        return evolve(watch, stream=(*watch.stream, Cancelled(store.compact_revision)))
    batches: list[Batch] = []
    for event in events_for(watch, store):
        if batches and batches[-1][0].revision == event.revision:
            batches[-1] = (*batches[-1], event)
        else:
            batches.append((event,))
    sent, left = tuple(batches[:room]), tuple(batches[room:])
    position = position_after(sent, left, store.revision)
    return evolve(watch, sent=position, stream=watch.stream + sent)
