"""The message network: one queue a directed link, any of which can be cut, one way or both.

A message that was sent stays on its link until it is delivered or dropped. Delivering from a
position other than 0 is reordering; a cut link keeps what is on it (it arrives late, after the
link heals). A full link loses what is sent next, as a peer connection with a bounded buffer does
(etcd server/etcdserver/api/rafthttp/peer.go).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Generic, TypeVar

from attrs import evolve, frozen

from model.frozen_map import FrozenMap

__all__ = ["Network"]

A = TypeVar("A")
M = TypeVar("M")
Link = tuple[Any, Any]


@frozen
class Network(Generic[A, M]):
    """Messages in flight between addresses.

    ``queues``: link (source, target) -> messages, oldest first; absent when empty.
    ``cut``: links over which nothing is delivered now, ascending.
    ``capacity``: messages a link holds at most.
    """

    queues: FrozenMap[Link, tuple[M, ...]] = FrozenMap()
    cut: tuple[Link, ...] = ()
    capacity: int = 16

    def send(self, source: A, target: A, message: M) -> Network[A, M]:
        """The message is on its way; lost when the link is full."""
        queue = self.queues.get((source, target), ())
        if len(queue) >= self.capacity:
            return self
        return self._with_queue((source, target), (*queue, message))

    def waiting(self, source: A, target: A) -> tuple[M, ...]:
        """What is in flight from ``source`` to ``target``, oldest first."""
        queue: tuple[M, ...] = self.queues.get((source, target), ())
        return queue

    def take(self, source: A, target: A, position: int) -> tuple[M, Network[A, M]]:
        """The message at ``position`` (0: the oldest), and the network without it."""
        queue = self.queues[(source, target)]
        left = queue[:position] + queue[position + 1 :]
        return queue[position], self._with_queue((source, target), left)

    def duplicate(self, source: A, target: A, position: int) -> Network[A, M]:
        """A second copy of the message at ``position`` follows at the end of its link."""
        queue = self.queues[(source, target)]
        return self._with_queue((source, target), (*queue, queue[position]))

    def is_cut(self, source: A, target: A) -> bool:
        """True when nothing is delivered from ``source`` to ``target`` now."""
        return (source, target) in self.cut

    def with_cut(self, *links: Link) -> Network[A, M]:
        """These links carry nothing until they are healed."""
        return evolve(self, cut=tuple(sorted({*self.cut, *links})))

    def healed(self) -> Network[A, M]:
        """Every link carries again."""
        return evolve(self, cut=()) if self.cut else self

    def without(self, address: A) -> Network[A, M]:
        """All that is in flight to ``address`` is lost (its process is gone)."""
        gone = [link for link in self.queues if link[1] == address]
        return evolve(
            self, queues=FrozenMap({k: v for k, v in self.queues.items() if k not in gone})
        )

    def in_flight(self) -> Iterator[tuple[Link, int, M]]:
        """Every message with its link and position, in the order of the links."""
        for link, queue in self.queues.items():
            for position, message in enumerate(queue):
                yield link, position, message

    def _with_queue(self, link: Link, queue: tuple[M, ...]) -> Network[A, M]:
        queues = self.queues.set(link, queue) if queue else self.queues.discard(link)
        return Network(queues, self.cut, self.capacity)
