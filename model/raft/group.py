"""A group of Raft members with their disks, and the network between them.

Rules of this file: what a member holds on disk (``Disk``) and in memory (``Memory``) are values
of different types. After every input the node's Ready is taken at once (``absorb``) and its order
is kept (``model/raft/ready.py``): what must be durable is asked for, what promises nothing leaves,
the rest waits for ``Sync``; committed entries wait for ``Apply``. The application is the simplest
there is: a list of the values that it has applied.
"""

from __future__ import annotations

from attrs import evolve as attrs_evolve
from attrs import frozen

from model.evolve import evolve
from model.faults import Faults
from model.frozen_map import FrozenMap
from model.network.messages import Network
from model.raft.configure import apply_conf_change
from model.raft.group_config import REPLICATION_ONLY, RaftConfig
from model.raft.log import Entry, Log, Snapshot
from model.raft.message import Message, MessageType
from model.raft.node import Node, ReadOnly, Role, Stable
from model.raft.observed import (
    Applied,
    BecameLeader,
    Committed,
    Promised,
    ReadConfirmed,
    Restarted,
    Restored,
)
from model.raft.ready import (
    RawNode,
    Ready,
    apply_response,
    hard_state,
    has_ready,
    is_promise,
    leaves_at_once,
    soft_state,
    take_ready,
    waits_for_sync,
)
from model.raft.start import start_node
from model.raft.step import step
from model.raft.storage import Disk, Write, stable_of
from model.world import Observation, Transition

__all__ = [
    "REPLICATION_ONLY",
    "Disk",
    "Member",
    "Memory",
    "RaftConfig",
    "RaftGroup",
    "absorb",
    "apply_committed",
    "founding_disk",
    "hear_disk",
    "release",
    "snapshot_of",
    "start_group",
    "start_member",
]


@frozen(slots=False)
class Memory:
    """What a crash loses: the running node, and what it has asked for that is not done yet.

    ``writes``: what the disk is still to hold, oldest first; all is synced together, with
    asynchronous storage writes one by one. ``told``: with those, what the disk has told the node
    and the node has not heard yet. ``to_apply``: what was handed out for applying.
    ``state``: the values that were applied, in order. ``asked``: the reads of its own clients
    that are not confirmed yet, each with the latest context it was asked under.
    """

    node: Node
    writes: tuple[Write, ...] = ()
    told: tuple[Message, ...] = ()
    to_apply: tuple[Entry, ...] = ()
    state: tuple[str, ...] = ()
    asked: FrozenMap[str, str] = FrozenMap()


@frozen
class Member:
    """One member; ``memory`` is None while it is down."""

    disk: Disk
    memory: Memory | None


@frozen(slots=False)
class RaftGroup:
    """The members by id, what is in flight, the faults left, and how much of the bounds is used.

    ``ids``: those of all servers, ascending. ``clocks``: ticks by member, where their skew is
    bounded, else empty. ``broken``: links (source, target) that are never healed.
    """

    config: RaftConfig
    members: FrozenMap[int, Member]
    network: Network[int, Message]
    faults: Faults
    ids: tuple[int, ...]
    used: FrozenMap[str, int] = FrozenMap()
    clocks: FrozenMap[int, int] = FrozenMap()
    broken: tuple[tuple[int, int], ...] = ()

    def node(self, member: int) -> Node | None:
        """The running node of ``member``; None while it is down."""
        memory: Memory | None = self.members[member].memory
        return None if memory is None else memory.node

    def running(self, member: int) -> Node:
        """The node of a member that is known to be up."""
        node = self.node(member)
        assert node is not None
        return node

    def with_member(self, member_id: int, member: Member) -> RaftGroup:
        """The group with another state of one member."""
        return evolve(self, members=self.members.set(member_id, member))

    def use(self, what: str) -> RaftGroup:
        """One more of what is bounded in a run was used."""
        return evolve(self, used=self.used.set(what, self.used.get(what, 0) + 1))


def founding_disk(config: RaftConfig) -> Disk:
    """A disk with nothing on it but which members the group begins with."""
    founders = Stable(snapshot=Snapshot(configuration=config.founders()))
    return Disk(founders, founders)


def start_group(config: RaftConfig) -> RaftGroup:
    """Every server up, in term 0, with nothing on its disk but how the group begins."""
    disk = founding_disk(config)
    node_config = config.node_config()
    ids = config.ids()
    return RaftGroup(
        config=config,
        members=FrozenMap(
            {i: Member(disk, Memory(start_node(i, node_config, disk.synced))) for i in ids}
        ),
        network=Network(capacity=config.link_capacity),
        faults=Faults(config.faults),
        ids=ids,
        clocks=FrozenMap() if config.clock_skew is None else FrozenMap(dict.fromkeys(ids, 0)),
    )


def absorb(group: RaftGroup, node: Node) -> Transition[RaftGroup]:
    """Put a node back after an input, and begin what its Ready asks for."""
    memory: Memory | None = group.members[node.id].memory
    assert memory is not None
    before = memory.node
    return Transition(group) if node is before else _take_ready(group, before, node)


def start_member(group: RaftGroup, member_id: int, stable: Stable) -> Transition[RaftGroup]:
    """The member runs again, from what is on its disk."""
    node = start_node(member_id, group.config.node_config(), stable)
    memory = Memory(node, state=values_in(stable.snapshot))
    group = group.with_member(member_id, Member(Disk(stable, stable), memory))
    moved = _take_ready(group, node, node)
    return Transition(moved.world, (Restarted(member_id, stable.snapshot), *moved.observed))


def _take_ready(group: RaftGroup, before: Node, node: Node) -> Transition[RaftGroup]:
    member: Member = group.members[node.id]
    disk, memory = member.disk, member.memory
    assert memory is not None
    seen = _seen(before, node)
    raw = RawNode(node, soft_state(before), hard_state(before))
    if not has_ready(raw):
        return Transition(group.with_member(node.id, Member(disk, evolve(memory, node=node))), seen)
    ready, raw = take_ready(raw)
    at_once, waiting = _sorted(ready, raw)
    node = raw.node
    memory = evolve(memory, node=node)
    at_once = [_with_current_state(m, memory) for m in at_once]
    if ready.snapshot is not None:
        memory = evolve(memory, to_apply=())  # all of that is in the snapshot
    elif ready.committed_entries:
        memory = evolve(memory, to_apply=memory.to_apply + ready.committed_entries)
    if ready.read_states:
        confirmed = _confirmed(node, ready)
        seen = (*seen, *confirmed)
        memory = evolve(memory, asked=_without(memory.asked, confirmed))
    if memory.writes or ready.must_sync or ready.snapshot is not None:
        disk, memory = _ask(disk, memory, waiting)
    else:
        if ready.hard_state is not None:
            stable = stable_of(node)
            disk = Disk(stable, stable)
        at_once += waiting
    return _send(group.with_member(node.id, Member(disk, memory)), node.id, at_once, seen)


def _confirmed(node: Node, ready: Ready) -> tuple[ReadConfirmed, ...]:
    on_lease = node.config.read_only is ReadOnly.LEASE_BASED
    return tuple(
        ReadConfirmed(node.id, state.context, state.index, node.term, on_lease)
        for state in ready.read_states
    )


def values_in(snapshot: Snapshot) -> tuple[str, ...]:
    """The application's values in a snapshot; none in that with which the group begins."""
    return snapshot.data if isinstance(snapshot.data, tuple) else ()


def _with_current_state(message: Message, memory: Memory) -> Message:
    """A MsgSnap with a snapshot of what is applied now, which is never older than the node's.

    The receiver may have become a member since the last snapshot was saved (etcdserver
    ``createMergedSnapshotMessage``).
    """
    if message.type is not MessageType.SNAP:
        return message
    return attrs_evolve(message, snapshot=snapshot_of(memory))


def snapshot_of(memory: Memory) -> Snapshot:
    """A snapshot of all that was applied: the values, and the configuration as of then."""
    node = memory.node
    term = node.log.term_at(node.applied)
    assert term is not None
    return Snapshot(node.applied, term, node.configuration, memory.state)


def _without(
    asked: FrozenMap[str, str], confirmed: tuple[ReadConfirmed, ...]
) -> FrozenMap[str, str]:
    contexts = [each.context for each in confirmed]
    return FrozenMap({read: under for read, under in asked.items() if under not in contexts})


def _sorted(ready: Ready, raw: RawNode) -> tuple[list[Message], list[Message]]:
    """What a Ready sends: what may leave at once, and what must wait for its writes."""
    at_once: list[Message] = []
    waiting: list[Message] = []
    for message in ready.messages:
        if message.type is MessageType.STORAGE_APPEND:
            for response in message.responses:
                (waiting if waits_for_sync(response) else at_once).append(response)
        elif message.type is not MessageType.STORAGE_APPLY:
            held = not leaves_at_once(message, raw.node.config)
            (waiting if held else at_once).append(message)
    for message in raw.steps_on_advance:
        if message.type is not MessageType.STORAGE_APPLY_RESP:
            (waiting if waits_for_sync(message) else at_once).append(message)
    return at_once, waiting


def _ask(disk: Disk, memory: Memory, waiting: list[Message]) -> tuple[Disk, Memory]:
    """Ask the disk for what the node wants on it now."""
    stable = stable_of(memory.node)
    writes = memory.writes
    if not memory.node.config.async_storage_writes:
        held = _latest(writes[0].messages, waiting) if writes else tuple(waiting)
        memory = evolve(memory, writes=(Write(stable, held),))
        return Disk(disk.synced, stable), memory
    writes = (*writes, Write(stable, tuple(waiting)))
    return Disk(disk.synced, writes[0].stable), evolve(memory, writes=writes)


def _latest(held: tuple[Message, ...], more: list[Message]) -> tuple[Message, ...]:
    """All that waits; of what the disk is to tell the node about its log, only the latest."""
    if any(message.type is MessageType.STORAGE_APPEND_RESP for message in more):
        held = tuple(
            message
            for message in held
            if message.type is not MessageType.STORAGE_APPEND_RESP or message.snapshot is not None
        )
    return (*held, *more)


def release(group: RaftGroup, member_id: int) -> Transition[RaftGroup]:
    """The disk has done the oldest write: what waited for it is sent, and the node is told."""
    member: Member = group.members[member_id]
    memory = member.memory
    assert memory is not None
    done, left = memory.writes[0], memory.writes[1:]
    disk = Disk(done.stable, left[0].stable if left else done.stable)
    memory = evolve(memory, writes=left)
    seen: tuple[Observation, ...] = ()
    for message in done.messages:
        if message.type is MessageType.STORAGE_APPEND_RESP and message.snapshot is not None:
            memory = _installed(memory, message.snapshot)
            seen = (*seen, Restored(member_id, message.snapshot))
    return _send(group.with_member(member_id, Member(disk, memory)), member_id, done.messages, seen)


def _installed(memory: Memory, snapshot: Snapshot) -> Memory:
    """The application's state is that of the snapshot."""
    node = evolve(memory.node, snapshot=snapshot)
    return evolve(memory, node=node, state=values_in(snapshot))


def _send(
    group: RaftGroup,
    member_id: int,
    messages: list[Message] | tuple[Message, ...],
    seen: tuple[Observation, ...],
) -> Transition[RaftGroup]:
    """Send messages; those to the member itself arrive at once, but from an asynchronous disk."""
    if not messages:
        return Transition(group, seen)
    network = group.network
    synced = group.members[member_id].disk.synced
    own: list[Message] = []
    for message in messages:
        if message.target == member_id:
            own.append(message)
        else:
            network = network.send(member_id, message.target, message)
        if is_promise(message):
            seen = (*seen, Promised(member_id, message, synced))
    if network is not group.network:
        group = evolve(group, network=network)
    if not own:
        return Transition(group, seen)
    if group.config.async_storage_writes:
        member: Member = group.members[member_id]
        assert member.memory is not None
        memory = evolve(member.memory, told=(*member.memory.told, *own))
        return Transition(group.with_member(member_id, Member(member.disk, memory)), seen)
    moved = _hear(group, member_id, own)
    return Transition(moved.world, seen + moved.observed)


def _hear(
    group: RaftGroup, member_id: int, messages: list[Message] | tuple[Message, ...]
) -> Transition[RaftGroup]:
    node = group.running(member_id)
    for message in messages:
        node = step(node, message)
    return absorb(group, node)


def hear_disk(group: RaftGroup, member_id: int) -> Transition[RaftGroup]:
    """The node hears all that its disk has told it."""
    member: Member = group.members[member_id]
    assert member.memory is not None
    told = member.memory.told
    quiet = Member(member.disk, evolve(member.memory, told=()))
    return _hear(group.with_member(member_id, quiet), member_id, told)


def apply_committed(group: RaftGroup, member_id: int) -> Transition[RaftGroup]:
    """The application applies what it was handed, in order; the node acts on changes by the way."""
    member: Member = group.members[member_id]
    memory = member.memory
    assert memory is not None
    entries, node = memory.to_apply, memory.node
    for entry in entries:
        if entry.change is not None:
            node = apply_conf_change(node, entry.change)
    node = step(node, apply_response(node, entries))
    values = tuple(entry.data for entry in entries if entry.data)
    memory = evolve(memory, to_apply=(), state=memory.state + values)
    moved = absorb(group.with_member(member_id, Member(member.disk, memory)), node)
    return Transition(moved.world, (Applied(member_id, entries), *moved.observed))


def _seen(before: Node, after: Node) -> tuple[Observation, ...]:
    """What an input has made visible: a new leader, committed entries."""
    seen: tuple[Observation, ...] = ()
    if after.role is Role.LEADER and before.role is not Role.LEADER:
        log = after.log
        had = Log(log.entries[:-1], log.compacted, log.compacted_term)
        seen = (BecameLeader(after.id, after.term, had, after.configuration),)
    if after.commit > before.commit:
        entries = after.log.between(before.commit, after.commit)
        if entries:
            seen = (*seen, Committed(after.id, after.term, entries))
    return seen
