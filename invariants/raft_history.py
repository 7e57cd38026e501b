"""What must hold of a group of Raft members over a whole run, and once the faults have ended.

Rules of this file: a monitor's state is a frozen value; it remembers only what later
observations are held against.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator

from attrs import evolve, frozen

from invariants.invariant import eventually, history
from model.frozen_map import FrozenMap
from model.raft.group import RaftGroup
from model.raft.log import Entry, Log
from model.raft.message import MessageType
from model.raft.node import Role
from model.raft.observed import (
    Applied,
    BecameLeader,
    Committed,
    Crashed,
    Promised,
    ReadConfirmed,
    ReadInvoked,
)
from model.world import Observation

NO_ENTRIES: FrozenMap[int, Entry] = FrozenMap()


@history("raft", source="Raft paper, figure 3: election safety", start=FrozenMap())
def election_safety(
    leaders: FrozenMap[int, int], seen: Observation
) -> Generator[str, None, FrozenMap[int, int]]:
    """At most one leader is ever elected in a term, over the whole run."""
    if not isinstance(seen, BecameLeader):
        return leaders
    other = leaders.get(seen.term)
    if other is not None and other != seen.member:
        yield f"members {other} and {seen.member} were both elected in term {seen.term}"
    return leaders.set(seen.term, seen.member)


@history("raft", source="Raft paper, section 5.2; dissertation 3.4", start=FrozenMap())
def one_vote_a_term(
    votes: FrozenMap[tuple[int, int], int], seen: Observation
) -> Generator[str, None, FrozenMap[tuple[int, int], int]]:
    """A member votes for at most one candidate a term, also across its restarts."""
    if not isinstance(seen, Promised) or seen.message.type is not MessageType.VOTE_RESP:
        return votes
    term, candidate = seen.message.term, seen.message.target
    other = votes.get((seen.member, term))
    if other is not None and other != candidate:
        yield f"member {seen.member} voted for {other} and for {candidate} in term {term}"
    return votes.set((seen.member, term), candidate)


@history("raft", source="etcd-io/raft doc.go: what is promised is durable before it is sent")
def promises_are_durable(nothing: None, seen: Observation) -> Generator[str, None, None]:
    """A member acknowledges entries and gives votes only when they are synced to its disk."""
    if isinstance(seen, Promised):
        message, synced = seen.message, seen.synced
        if message.type is MessageType.VOTE_RESP:
            durable = synced.term > message.term or (
                synced.term == message.term and synced.vote == message.target
            )
        else:
            stale = synced.term > message.term  # its entries may have been overwritten since
            durable = stale or synced.log.last_index >= message.index
        if not durable:
            yield f"{message.sentence()}: it is not on the disk of member {seen.member} yet"


@frozen
class CommittedLog:
    """What anybody ever knew committed: the entry by index, and the least term that knew it."""

    entries: FrozenMap[int, Entry] = NO_ENTRIES
    known_in: FrozenMap[int, int] = FrozenMap()


def _disagreements(
    entries: FrozenMap[int, Entry], fresh: tuple[Entry, ...], who: str
) -> Iterator[str]:
    for entry in fresh:
        other = entries.get(entry.index)
        if other is not None and other != entry:
            yield f"{who} {entry.sentence()}, but {other.sentence()} was committed there"


@history("raft", source="Raft paper, figure 3: leader completeness", start=CommittedLog())
def leader_completeness(
    committed: CommittedLog, seen: Observation
) -> Generator[str, None, CommittedLog]:
    """An entry committed in a term is in the log of the leader of every later term."""
    if isinstance(seen, Committed):
        yield from _disagreements(
            committed.entries, seen.entries, f"member {seen.member} knows committed:"
        )
        fresh = [e for e in seen.entries if e.index not in committed.entries]
        if not fresh:
            return committed
        return CommittedLog(
            committed.entries.update({e.index: e for e in fresh}),
            committed.known_in.update({e.index: seen.term for e in fresh}),
        )
    if isinstance(seen, BecameLeader):
        for index, entry in committed.entries.items():
            if committed.known_in[index] < seen.term and not _has(seen.log, entry):
                yield (
                    f"member {seen.member} leads term {seen.term} without {entry.sentence()}, "
                    f"which was committed in term {committed.known_in[index]}"
                )
                break
    return committed


def _has(log: Log, entry: Entry) -> bool:
    return log.term_at(entry.index) == entry.term


@frozen
class AppliedLog:
    """What any member ever applied, by index, and how far each has come since it started."""

    entries: FrozenMap[int, Entry] = NO_ENTRIES
    upto: FrozenMap[int, int] = FrozenMap()


@history("raft", source="Raft paper, figure 3: state machine safety", start=AppliedLog())
def state_machine_safety(
    applied: AppliedLog, seen: Observation
) -> Generator[str, None, AppliedLog]:
    """No two members apply different entries at one index; each applies in order, without gaps."""
    if isinstance(seen, Crashed):
        return evolve(applied, upto=applied.upto.discard(seen.member))
    if not isinstance(seen, Applied):
        return applied
    expected = applied.upto.get(seen.member, 0) + 1
    indexes = [entry.index for entry in seen.entries]
    if indexes != list(range(expected, expected + len(indexes))):
        yield f"member {seen.member} applies {indexes}, expected from {expected} on"
    yield from _disagreements(applied.entries, seen.entries, f"member {seen.member} applies")
    return AppliedLog(
        applied.entries.update({entry.index: entry for entry in seen.entries}),
        applied.upto.set(seen.member, indexes[-1]),
    )


@frozen
class ReadFloors:
    """How far anything was known committed, and how far it was when each read was asked."""

    committed: int = 0
    floors: FrozenMap[str, int] = FrozenMap()


@history("raft", source="dissertation, section 6.4; etcd-io/raft read_only.go", start=ReadFloors())
def read_index_is_fresh(floors: ReadFloors, seen: Observation) -> Generator[str, None, ReadFloors]:
    """A read is served at an index that includes all that was committed when it was asked."""
    if isinstance(seen, Committed):
        last = seen.entries[-1].index
        return evolve(floors, committed=last) if last > floors.committed else floors
    if isinstance(seen, ReadInvoked):
        return evolve(floors, floors=floors.floors.set(seen.context, floors.committed))
    if isinstance(seen, ReadConfirmed):
        floor = floors.floors.get(seen.context, 0)
        if seen.index < floor:
            yield (
                f"read {seen.context} may be served at index {seen.index} by member {seen.member}, "
                f"but index {floor} was committed before it was asked"
            )
    return floors


ROUNDS = 40
"""Rounds of the fair schedule, one tick a round: some six election timeouts of 3 to 7 ticks."""


@eventually("raft", source="Raft paper, section 5.2: a leader is elected", within=ROUNDS)
def a_leader_is_elected(group: RaftGroup) -> Iterator[str]:
    """One member leads, and all others follow it."""
    nodes = [group.node(i) for i in group.members]
    leaders = [n.id for n in nodes if n is not None and n.role is Role.LEADER]
    if len(leaders) != 1:
        yield f"leading: {leaders or 'nobody'}"
        return
    for node in nodes:
        if node is None or node.leader != leaders[0]:
            yield f"member {'?' if node is None else node.id} does not follow {leaders[0]}"


@eventually("raft", source="Raft paper, section 5.3: followers catch up", within=ROUNDS)
def members_converge(group: RaftGroup) -> Iterator[str]:
    """All members have the same log, all of it committed and applied."""
    nodes = [group.node(i) for i in group.members]
    up = [node for node in nodes if node is not None]
    longest = max(up, key=lambda node: node.log.last_index, default=None)
    for node in up:
        if longest is not None and node.log != longest.log:
            yield f"member {node.id} has {node.log.last_index} entries, {longest.id} others"
        elif node.applied < node.log.last_index:
            yield f"member {node.id} has applied {node.applied} of {node.log.last_index} entries"
