"""The scheduling queue: which pod is tried next, and which must wait, and for what.

Models ``internal/queue/scheduling_queue.go``. Rules of this file: a pod is in exactly one of
three places. *Active* pods are popped by priority, then by how long they wait. A pod that failed
is *unschedulable* until something in the cluster changes that may help it (any event does here;
queueing hints only make it rarer), or until :data:`FLUSH_INTERVAL` has passed; on its way back it
sits out its *backoff*. Times are seconds of the scheduler's own clock.
"""

from __future__ import annotations

from attrs import evolve, frozen

from model.frozen_map import FrozenMap

__all__ = ["BACKOFF_MAX", "FLUSH_INTERVAL", "SchedulingQueue", "Waiting"]

BACKOFF_INITIAL = 1
BACKOFF_MAX = 10
FLUSH_INTERVAL = 300
"""Seconds after which an unschedulable pod is tried again although nothing has changed."""


@frozen
class Waiting:
    """A pod (by key) that waits to be scheduled.

    ``added`` is when it came into the queue, ``attempts`` how often it was tried, ``until`` when
    its backoff ends, ``failed`` when it was last found unschedulable.
    """

    key: str
    priority: int = 0
    added: int = 0
    attempts: int = 0
    until: int = 0
    failed: int = 0


def backoff(attempts: int) -> int:
    """Seconds that a pod sits out after so many attempts: 1, 2, 4, 8, 10, 10..."""
    return min(BACKOFF_MAX, BACKOFF_INITIAL << max(0, attempts - 1))


@frozen
class SchedulingQueue:
    """The pods that wait, each in one place, by key."""

    active: FrozenMap[str, Waiting] = FrozenMap()
    backing_off: FrozenMap[str, Waiting] = FrozenMap()
    unschedulable: FrozenMap[str, Waiting] = FrozenMap()

    def __contains__(self, key: str) -> bool:
        return key in self.active or key in self.backing_off or key in self.unschedulable

    def __len__(self) -> int:
        return len(self.active) + len(self.backing_off) + len(self.unschedulable)

    def add(self, key: str, priority: int, now: int) -> SchedulingQueue:
        """The queue with a pod that is new to it; a pod that waits already keeps its place."""
        if key in self:
            return self
        return evolve(self, active=self.active.set(key, Waiting(key, priority, now)))

    def remove(self, key: str) -> SchedulingQueue:
        """The queue without the pod: it is bound, or gone."""
        if key not in self:
            return self
        return SchedulingQueue(
            self.active.discard(key), self.backing_off.discard(key), self.unschedulable.discard(key)
        )

    def wake(self, now: int) -> SchedulingQueue:
        """The queue with the pods active whose backoff is over or that waited long enough."""
        ready = [w for w in self.backing_off.values() if w.until <= now]
        stale = [w for w in self.unschedulable.values() if w.failed + FLUSH_INTERVAL <= now]
        if not ready and not stale:
            return self
        active, backing_off, unschedulable = self.active, self.backing_off, self.unschedulable
        for waiting in ready:
            active = active.set(waiting.key, waiting)
            backing_off = backing_off.discard(waiting.key)
        for waiting in stale:
            active = active.set(waiting.key, waiting)
            unschedulable = unschedulable.discard(waiting.key)
        return SchedulingQueue(active, backing_off, unschedulable)

    def cluster_changed(self) -> SchedulingQueue:
        """The queue after an event that may help: what was unschedulable backs off instead."""
        if not self.unschedulable:
            return self
        backing_off = self.backing_off
        for waiting in self.unschedulable.values():
            backing_off = backing_off.set(waiting.key, waiting)
        return evolve(self, backing_off=backing_off, unschedulable=FrozenMap())

    def pop(self) -> tuple[Waiting | None, SchedulingQueue]:
        """The pod to try next, None when none is active, and the queue without it."""
        first = next_to_schedule(tuple(self.active.values()))
        if first is None:
            return None, self
        tried = evolve(first, attempts=first.attempts + 1)
        return tried, evolve(self, active=self.active.discard(first.key))

    def failed(self, waiting: Waiting, now: int) -> SchedulingQueue:
        """The queue with a popped pod for which there is no node now."""
        waits = evolve(waiting, until=now + backoff(waiting.attempts), failed=now)
        return evolve(self, unschedulable=self.unschedulable.set(waits.key, waits))

    def retry(self, waiting: Waiting, now: int) -> SchedulingQueue:
        """The queue with a popped pod whose binding went wrong: it backs off and tries again."""
        waits = evolve(waiting, until=now + backoff(waiting.attempts), failed=now)
        return evolve(self, backing_off=self.backing_off.set(waits.key, waits))

    def wakes_in(self, now: int) -> int | None:
        """Seconds until :meth:`wake` has something to do, None when nothing waits for time."""
        ends = [w.until for w in self.backing_off.values()]
        ends += [w.failed + FLUSH_INTERVAL for w in self.unschedulable.values()]
        return max(0, min(ends) - now) if ends else None


def next_to_schedule(active: tuple[Waiting, ...]) -> Waiting | None:
    """The pod of highest priority; among equals the one that waits longest, then by key."""
    return min(active, key=lambda w: (-w.priority, w.added, w.key), default=None)
