"""Linearizable reads without a log entry (dissertation, section 6.4)."""

from __future__ import annotations

from collections.abc import Generator

from attrs import evolve, frozen

from invariants.invariant import history
from model.frozen_map import FrozenMap
from model.raft.observed import Committed, ReadConfirmed, ReadInvoked
from model.world import Observation

SEEN = (Committed, ReadInvoked, ReadConfirmed)


@frozen
class ReadFloors:
    """How far anything was known committed, in all and by term, and how far when a read was asked.

    ``floors``: by read; ``floors_by_term``: by read, how far was committed in which term.
    """

    committed: int = 0
    by_term: FrozenMap[int, int] = FrozenMap()
    floors: FrozenMap[str, int] = FrozenMap()
    floors_by_term: FrozenMap[str, FrozenMap[int, int]] = FrozenMap()


def _noted(floors: ReadFloors, seen: Observation) -> ReadFloors:
    """The floors after an observation. A read that is asked again keeps its first floor."""
    if isinstance(seen, Committed):
        last = seen.entries[-1].index
        known = floors.by_term.get(seen.term, 0)
        if last <= floors.committed and last <= known:
            return floors
        return evolve(
            floors,
            committed=max(last, floors.committed),
            by_term=floors.by_term.set(seen.term, max(last, known)),
        )
    if isinstance(seen, ReadInvoked) and seen.context not in floors.floors:
        return evolve(
            floors,
            floors=floors.floors.set(seen.context, floors.committed),
            floors_by_term=floors.floors_by_term.set(seen.context, floors.by_term),
        )
    return floors


def _stale(floors: ReadFloors, seen: ReadConfirmed) -> str:
    floor = floors.floors.get(seen.context, 0)
    if seen.index >= floor:
        return ""
    return (
        f"read {seen.context} may be served at index {seen.index} by member {seen.member}, "
        f"but index {floor} was committed before it was asked"
    )


@history(
    "raft",
    source="dissertation, section 6.4; etcd-io/raft read_only.go",
    start=ReadFloors(),
    sees=SEEN,
)
def read_index_is_fresh(floors: ReadFloors, seen: Observation) -> Generator[str, None, ReadFloors]:
    """A read that a quorum confirms includes all that was committed when it was asked."""
    if isinstance(seen, ReadConfirmed) and not seen.on_lease:
        stale = _stale(floors, seen)
        if stale:
            yield stale
    return _noted(floors, seen)


@history(
    "raft",
    source="dissertation, section 6.4.1; etcd-io/raft issue 166",
    start=ReadFloors(),
    sees=SEEN,
    anomaly="R10",
)
def lease_reads_are_fresh(
    floors: ReadFloors, seen: Observation
) -> Generator[str, None, ReadFloors]:
    """A read that is served on a lease includes all that was committed when it was asked."""
    if isinstance(seen, ReadConfirmed) and seen.on_lease:
        stale = _stale(floors, seen)
        if stale:
            yield stale
    return _noted(floors, seen)


@history(
    "raft", source="dissertation, section 6.4, step 1; section 5.4", start=ReadFloors(), sees=SEEN
)
def lease_reads_include_their_own_term(
    floors: ReadFloors, seen: Observation
) -> Generator[str, None, ReadFloors]:
    """A read on a lease misses nothing of its own term, at most what a later leader committed."""
    if isinstance(seen, ReadConfirmed) and seen.on_lease:
        by_term = floors.floors_by_term.get(seen.context, FrozenMap())
        floor = max((index for term, index in by_term.items() if term <= seen.term), default=0)
        if seen.index < floor:
            yield (
                f"read {seen.context} may be served at index {seen.index} by member {seen.member} "
                f"in term {seen.term}, but index {floor} was committed in that term or before"
            )
    return _noted(floors, seen)
