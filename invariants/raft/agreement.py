"""What all members agree on over a whole run (Raft paper, figure 3)."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from attrs import evolve, frozen

from invariants.invariant import history
from invariants.raft.majorities import has
from model.frozen_map import FrozenMap
from model.raft.log import Entry, Snapshot
from model.raft.observed import Applied, BecameLeader, Committed, Crashed, Restarted, Restored
from model.world import Observation

NO_ENTRIES: FrozenMap[int, Entry] = FrozenMap()


@frozen
class CommittedLog:
    """What anybody ever knew committed: the entry by index, and the least term that knew it.

    ``leaders``: who was elected, by term.
    """

    entries: FrozenMap[int, Entry] = NO_ENTRIES
    known_in: FrozenMap[int, int] = FrozenMap()
    leaders: FrozenMap[int, BecameLeader] = FrozenMap()


def _disagreements(
    entries: FrozenMap[int, Entry], fresh: tuple[Entry, ...], who: str, was: str
) -> Iterator[str]:
    for entry in fresh:
        other = entries.get(entry.index)
        if other is not None and other != entry:
            yield f"{who} {entry.sentence()}, but {other.sentence()} was {was} there"


def _incomplete(leader: BecameLeader, entry: Entry, term: int) -> Iterator[str]:
    """Whether a leader lacks an entry that was committed in an earlier term."""
    if term < leader.term and not has(leader.log, entry.index, entry.term):
        yield (
            f"member {leader.member} leads term {leader.term} without {entry.sentence()}, "
            f"which was committed in term {term}"
        )


@history(
    "raft",
    source="Raft paper, figure 3: leader completeness",
    start=CommittedLog(),
    sees=(Committed, BecameLeader),
)
def leader_completeness(
    committed: CommittedLog, seen: Observation
) -> Generator[str, None, CommittedLog]:
    """An entry committed in a term is in the log of the leader of every later term."""
    if isinstance(seen, Committed):
        yield from _disagreements(
            committed.entries, seen.entries, f"member {seen.member} knows committed:", "committed"
        )
        known = committed.known_in
        fresh = [e for e in seen.entries if seen.term < known.get(e.index, seen.term + 1)]
        if not fresh:
            return committed
        for leader in committed.leaders.values():
            for entry in fresh:
                yield from _incomplete(leader, entry, seen.term)
        return evolve(
            committed,
            entries=FrozenMap({**{e.index: e for e in fresh}, **committed.entries}),
            known_in=known.update({e.index: seen.term for e in fresh}),
        )
    if isinstance(seen, BecameLeader):
        for index, entry in committed.entries.items():
            said = tuple(_incomplete(seen, entry, committed.known_in[index]))
            if said:
                yield from said
                break
        return evolve(committed, leaders=committed.leaders.set(seen.term, seen))
    return committed


@frozen
class AppliedLog:
    """What any member ever applied, by index, and how far each has come since it started."""

    entries: FrozenMap[int, Entry] = NO_ENTRIES
    upto: FrozenMap[int, int] = FrozenMap()


def _in_snapshot(entries: FrozenMap[int, Entry], snapshot: Snapshot, member: int) -> Iterator[str]:
    """Whether a snapshot holds just what was applied up to its index."""
    if not snapshot.index:
        return
    values = tuple(e.data for i, e in entries.items() if i <= snapshot.index and e.data)
    if isinstance(snapshot.data, tuple) and snapshot.data != values:
        yield (
            f"member {member} takes over a snapshot up to {snapshot.index} with "
            f"{list(snapshot.data)}, applied were {list(values)}"
        )
    entry = entries.get(snapshot.index)
    if entry is not None and entry.term != snapshot.term:
        yield (
            f"member {member} takes over a snapshot up to {snapshot.term}/{snapshot.index}, "
            f"applied was {entry.sentence()}"
        )


@history(
    "raft",
    source="Raft paper, figure 3 and section 7",
    start=AppliedLog(),
    sees=(Applied, Crashed, Restarted, Restored),
)
def state_machine_safety(
    applied: AppliedLog, seen: Observation
) -> Generator[str, None, AppliedLog]:
    """No two members apply different entries at one index; each applies in order, without gaps."""
    if isinstance(seen, Crashed):
        return evolve(applied, upto=applied.upto.discard(seen.member))
    if isinstance(seen, Restarted | Restored):
        yield from _in_snapshot(applied.entries, seen.snapshot, seen.member)
        if seen.snapshot.index < applied.upto.get(seen.member, 0):
            yield f"member {seen.member} goes back to a snapshot up to {seen.snapshot.index}"
        return evolve(applied, upto=applied.upto.set(seen.member, seen.snapshot.index))
    if not isinstance(seen, Applied):
        return applied
    expected = applied.upto.get(seen.member, 0) + 1
    indexes = [entry.index for entry in seen.entries]
    if indexes != list(range(expected, expected + len(indexes))):
        yield f"member {seen.member} applies {indexes}, expected from {expected} on"
    yield from _disagreements(
        applied.entries, seen.entries, f"member {seen.member} applies", "applied"
    )
    return AppliedLog(
        applied.entries.update({entry.index: entry for entry in seen.entries}),
        applied.upto.set(seen.member, indexes[-1]),
    )
