"""A group of Raft members with their disks, and the network between them.

Rules of this file: what a member holds on disk (``Disk``) and in memory (``Memory``) are values
of different types. After every input a member's wishes are picked up at once (``absorb``): what
must be durable is written but not synced, messages that promise nothing leave, the others are
held until ``Sync``. A crash keeps what was synced, and of the rest as much as the action says.
"""

from __future__ import annotations

from attrs import evolve, field, frozen
from attrs.validators import ge, le

from model.faults import Faults
from model.frozen_map import FrozenMap
from model.network.messages import Network
from model.raft.log import Log
from model.raft.message import Message
from model.raft.node import Node, NodeConfig, Role, Stable, start_node
from model.raft.observed import BecameLeader, Committed, Promised, ReadConfirmed
from model.raft.ready import is_promise, must_sync, stable_of, waits_for_sync
from model.raft.step import step
from model.world import Observation, Transition

__all__ = ["Disk", "Member", "Memory", "RaftConfig", "RaftGroup", "absorb", "start_group"]


@frozen
class RaftConfig:
    """How a group is set up, and the bounds of a run.

    ``members``: 1 to 7, with ids from 1. ``terms``, ``proposals``, ``reads``: how many of each a
    run may use. ``entries_max``: entries that one MsgApp carries at most; with one, the smallest
    that etcd allows too, every entry can be lost on its own. ``faults``: the budget of each fault
    by name. Times are in ticks.
    """

    members: int = field(default=3, validator=[ge(1), le(7)])
    terms: int = 4
    proposals: int = 3
    reads: int = 0
    pre_vote: bool = False
    check_quorum: bool = False
    election_timeout: int = 3
    entries_max: int = 1
    link_capacity: int = 8
    faults: FrozenMap[str, int] = FrozenMap(
        {"crash": 2, "cut": 2, "drop": 3, "duplicate": 1, "reorder": 3}
    )

    def node_config(self) -> NodeConfig:
        """What each node is started with."""
        return NodeConfig(
            voters=tuple(range(1, self.members + 1)),
            election_timeout=self.election_timeout,
            entries_max=self.entries_max,
            pre_vote=self.pre_vote,
            check_quorum=self.check_quorum,
        )


@frozen
class Disk:
    """What survives a crash: ``synced`` for certain, ``written`` (the page cache) perhaps."""

    synced: Stable = Stable()
    written: Stable = Stable()


@frozen
class Memory:
    """What a crash loses: the running node, and the messages that wait for the disk."""

    node: Node
    held: tuple[Message, ...] = ()


@frozen
class Member:
    """One member; ``memory`` is None while it is down."""

    disk: Disk
    memory: Memory | None


@frozen
class RaftGroup:
    """The members by id, what is in flight, the faults left, and how much of the bounds is used."""

    config: RaftConfig
    members: FrozenMap[int, Member]
    network: Network[int, Message]
    faults: Faults
    proposed: int = 0
    reads: int = 0

    def node(self, member: int) -> Node | None:
        """The running node of ``member``; None while it is down."""
        memory: Memory | None = self.members[member].memory
        return None if memory is None else memory.node


def start_group(config: RaftConfig) -> RaftGroup:
    """Every member up, with an empty disk, in term 0."""
    ids = range(1, config.members + 1)
    node_config = config.node_config()
    return RaftGroup(
        config=config,
        members=FrozenMap(
            {i: Member(Disk(), Memory(start_node(i, node_config, Stable()))) for i in ids}
        ),
        network=Network(capacity=config.link_capacity),
        faults=Faults(config.faults),
    )


def absorb(group: RaftGroup, node: Node) -> Transition[RaftGroup]:
    """Put a node back after an input: write what must survive, send what may be sent."""
    member: Member = group.members[node.id]
    assert member.memory is not None
    before = member.memory.node
    seen = _seen(before, node)
    if node.ready_reads:
        node = evolve(node, ready_reads=())
    outbox = node.outbox
    if outbox:
        node = evolve(node, outbox=())
    disk = _written(member.disk, before, node)
    dirty = must_sync(disk.synced, disk.written)
    held, network = member.memory.held, group.network
    own: list[Message] = []
    for message in outbox:
        if dirty and waits_for_sync(message):
            held = (*held, message)
        elif message.target == node.id:
            own.append(message)
        else:
            network = network.send(node.id, message.target, message)
            if is_promise(message):
                seen = (*seen, Promised(node.id, message, disk.synced))
    members = group.members.set(node.id, Member(disk, Memory(node, held)))
    group = evolve(group, members=members, network=network)
    return _hear_itself(group, node.id, own, seen)


def release(group: RaftGroup, member_id: int) -> Transition[RaftGroup]:
    """The disk has caught up: what was held is sent, and the member hears its own answers."""
    member: Member = group.members[member_id]
    assert member.memory is not None
    written = member.disk.written
    network = group.network
    seen: tuple[Observation, ...] = ()
    own: list[Message] = []
    for message in member.memory.held:
        if message.target == member_id:
            own.append(message)
        else:
            network = network.send(member_id, message.target, message)
            if is_promise(message):
                seen = (*seen, Promised(member_id, message, written))
    memory = Memory(member.memory.node)
    members = group.members.set(member_id, Member(Disk(written, written), memory))
    group = evolve(group, members=members, network=network)
    return _hear_itself(group, member_id, own, seen)


def _hear_itself(
    group: RaftGroup, member_id: int, own: list[Message], seen: tuple[Observation, ...]
) -> Transition[RaftGroup]:
    for message in own:
        node = group.node(member_id)
        assert node is not None
        if is_promise(message):
            seen = (*seen, Promised(member_id, message, group.members[member_id].disk.synced))
        moved = absorb(group, step(node, message))
        group, seen = moved.world, seen + moved.observed
    return Transition(group, seen)


def _written(disk: Disk, before: Node, node: Node) -> Disk:
    """The disk with what the node wants on it; the commit index alone needs no sync."""
    if (
        node.log is before.log
        and node.term == before.term
        and node.vote == before.vote
        and node.commit == before.commit
    ):
        return disk
    written = stable_of(node)
    synced = disk.synced if must_sync(disk.synced, written) else written
    return Disk(synced, written)


def _seen(before: Node, after: Node) -> tuple[Observation, ...]:
    """What an input has made visible: a new leader, committed entries, confirmed reads."""
    seen: list[Observation] = []
    if after.role is Role.LEADER and before.role is not Role.LEADER:
        seen.append(BecameLeader(after.id, after.term, Log(after.log.entries[:-1])))
    if after.commit > before.commit:
        entries = after.log.entries[before.commit : after.commit]
        seen.append(Committed(after.id, after.term, entries))
    seen.extend(ReadConfirmed(after.id, state.context, state.index) for state in after.ready_reads)
    return tuple(seen)
