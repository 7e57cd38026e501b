"""Groups made by hand, and invariants asked by name.

A group that a driver could never lead into a wrong state is put together piece by piece here:
members with the logs, disks, roles and knowledge that a test wants. ``said`` gives the evidence of
an invariant, ``holds`` whether it has none; ``reached`` asks a situation.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from attrs import evolve as attrs_evolve

from invariants.invariant import Invariant, Kind, declared
from model.evolve import evolve
from model.frozen_map import FrozenMap
from model.network.messages import Network
from model.raft.actions import Tick
from model.raft.conf_change import Configuration
from model.raft.group import Member, Memory, RaftConfig, RaftGroup, start_group
from model.raft.log import Entry, Log, Snapshot
from model.raft.message import Message
from model.raft.node import Node, NodeConfig, Role, Stable, Unstable
from model.raft.progress import Progress
from model.raft.start import start_node
from model.raft.storage import Disk, Write
from model.world import Observation
from wavetank.extensions import SHIPPED, load_extensions

load_extensions(SHIPPED["raft"])

THREE = Configuration((1, 2, 3))
NO_LOG = Log()
NO_LIMITS = NodeConfig()
SOME_ACTION = Tick(1)
"""For invariants of steps, none of which looks at which step it was."""


def shipped() -> dict[str, Invariant]:
    """Every invariant of our own rooms about a group of Raft members, by name."""
    return {
        inv.name: inv
        for inv in declared()
        if inv.component == "raft" and inv.check.__module__.startswith("invariants.raft.")
    }


# -- asking -----------------------------------------------------------------------------------


def said(name: str, *seen: Any) -> list[str]:
    """The evidence of an invariant.

    ``seen``: a group (always, eventually), two groups (transition), observations (history).
    """
    return _ask(name, *seen)[0]


def holds(name: str, *seen: Any) -> bool:
    """Whether an invariant has nothing to say."""
    return said(name, *seen) == []


def value_of(name: str, group: RaftGroup) -> Hashable:
    """What an ``eventually`` invariant says must stay, once nothing is missing."""
    return _ask(name, group)[1]


def reached(name: str, group: RaftGroup) -> bool:
    """Whether a situation is reached."""
    found: bool = shipped()[name].check(group)
    return found


def _ask(name: str, *seen: Any) -> tuple[list[str], Hashable]:
    inv = shipped()[name]
    if inv.kind is Kind.HISTORY:
        return _told(inv, seen), None
    reads = inv.reads or inv.each
    parts = seen if reads is None else tuple(reads(group) for group in seen)
    if inv.kind is Kind.TRANSITION:
        before, after = parts
        return list(inv.check(before, SOME_ACTION, after)), None
    (part,) = parts
    if inv.each is not None:
        return [words for key, value in part.items() for words in inv.check(key, value)], None
    return _exhaust(inv.check(part))


def _told(inv: Invariant, seen: tuple[Observation, ...]) -> list[str]:
    words: list[str] = []
    state: Any = inv.start
    for observation in seen:
        assert inv.sees is not None
        if isinstance(observation, inv.sees):
            more, state = _exhaust(inv.check(state, observation))
            words.extend(more)
    return words


def _exhaust(generator: Any) -> tuple[list[str], Any]:
    words = []
    while True:
        try:
            words.append(next(generator))
        except StopIteration as done:
            return words, done.value


# -- logs -------------------------------------------------------------------------------------


def log_of(*terms: int, after: tuple[int, int] = (0, 0)) -> Log:
    """A log with entries of these terms; ``after``: index and term of what was compacted."""
    index, term = after
    entries = (Entry(each, place, f"v{place}") for place, each in enumerate(terms, index + 1))
    return Log(tuple(entries), index, term)


# -- members ----------------------------------------------------------------------------------


def member(
    member_id: int,
    role: Role = Role.FOLLOWER,
    *,
    term: int = 1,
    vote: int = 0,
    log: Log = NO_LOG,
    synced: Log | None = None,
    commit: int = 0,
    applied: int = 0,
    configuration: Configuration = THREE,
    progress: dict[int, Progress] | None = None,
    limits: NodeConfig = NO_LIMITS,
    to_apply: tuple[Entry, ...] = (),
    told: tuple[Message, ...] = (),
    **changes: Any,
) -> Member:
    """A member that is up. ``synced``: what of its log is on its disk; None: all."""
    there = log if synced is None else synced
    snapshot = Snapshot(log.compacted, log.compacted_term, configuration)
    stable = Stable(term, vote, commit, there, snapshot)
    node = start_node(member_id, limits, stable)
    node = evolve(
        node,
        role=role,
        leader=member_id if role is Role.LEADER else 0,
        log=log,
        commit=max(commit, node.commit),
        applied=max(applied, node.applied),
        **({} if progress is None else {"progress": FrozenMap(progress)}),
    )
    node = evolve(node, **changes)
    wanted = attrs_evolve(stable, log=log)
    writes = () if there == log else (Write(wanted),)
    return Member(Disk(stable, wanted), Memory(node, writes, told, to_apply))


def leader(member_id: int, **more: Any) -> Member:
    """A member that leads."""
    return member(member_id, **{"role": Role.LEADER, **more})


def down(made: Member) -> Member:
    """The member after it has lost its memory."""
    return Member(Disk(made.disk.synced, made.disk.synced), None)


def waits_for_snapshot(made: Member, snapshot: Snapshot) -> Member:
    """The member after it was sent a snapshot that is not on its disk yet."""
    following = snapshot.index + 1
    return with_node(
        made,
        log=Log((), snapshot.index, snapshot.term),
        commit=snapshot.index,
        configuration=snapshot.configuration,
        unstable=Unstable(following, following, snapshot),
    )


def node_of(made: Member) -> Node:
    """The node of a member that is up."""
    assert made.memory is not None
    return made.memory.node


def with_node(made: Member, **changes: Any) -> Member:
    """The member with another node in its memory."""
    assert made.memory is not None
    node = evolve(made.memory.node, **changes)
    return attrs_evolve(made, memory=evolve(made.memory, node=node))


def with_disk(made: Member, **changes: Any) -> Member:
    """The member with something else on its disk."""
    synced = attrs_evolve(made.disk.synced, **changes)
    return attrs_evolve(made, disk=Disk(synced, attrs_evolve(made.disk.written, **changes)))


# -- groups -----------------------------------------------------------------------------------


def group_of(*members: Member, ids: tuple[int, ...] | None = None, **config: Any) -> RaftGroup:
    """A group of these members, numbered from 1 where ``ids`` does not say otherwise."""
    numbers = ids or tuple(range(1, len(members) + 1))
    setting = RaftConfig(members=len(members), spares=0, **config)
    return evolve(
        start_group(setting),
        members=FrozenMap(dict(zip(numbers, members, strict=True))),
        ids=numbers,
    )


def sending(group: RaftGroup, *messages: Message) -> RaftGroup:
    """The group with these messages in flight."""
    network: Network[int, Message] = group.network
    for message in messages:
        network = network.send(message.source, message.target, message)
    return evolve(group, network=network)
