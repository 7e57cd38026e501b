"""The ``raft`` layer: consensus and nothing else.

Members elect leaders, replicate proposals, commit and apply them, serve linearizable reads, save
snapshots and compact their logs, change who is a member, learns or leads, while messages are
lost, doubled and reordered, links are cut one way or both, clocks drift and members crash with
whatever their disks have not yet synced.
"""

from __future__ import annotations

from collections.abc import Hashable

from attrs import evolve as attrs_evolve

from model.evolve import evolve
from model.raft.actions import (
    RULES,
    Apply,
    Deliver,
    Heal,
    HearDisk,
    ReportSnapshot,
    Restart,
    Sync,
    Tick,
)
from model.raft.group import RaftConfig, RaftGroup, start_group
from model.raft.node import Node
from model.world import Action, Component, Layer

__all__ = ["RAFT"]


WRITES_A_ROUND = 4
"""Writes that an asynchronous disk does in a fair round; it does them one by one."""


def calm_raft(group: RaftGroup) -> tuple[Action, ...]:
    """One fair round: heal, restart, tick each clock once, then let all that is in flight arrive.

    Members sync before and after the deliveries, so that a round carries a question and answer.
    """
    ids = tuple(group.members)
    links = tuple((source, target) for source in ids for target in ids if source != target)
    arrivals = [Deliver(*link) for _ in range(group.network.capacity) for link in links]
    asynchronous = group.config.async_storage_writes
    writes = WRITES_A_ROUND if asynchronous else 1
    everyone = [step for i in ids for step in (*(Sync(i),) * writes, HearDisk(i))]
    return (
        Heal(),
        *(Restart(i) for i in ids),
        *(ReportSnapshot(*link, lost=True) for link in links),
        *(Tick(i) for i in ids),
        *everyone,
        *arrivals,
        *everyone,
        *(Apply(i) for i in ids),
    )


def raft_shape(group: RaftGroup) -> Hashable:
    """The group with the members' terms counted from the lowest.

    Terms grow for ever in a livelock of elections; only their differences decide what happens.
    The terms of log entries stay: they do not grow unless somebody leads.
    """
    nodes = [m.memory.node for m in group.members.values() if m.memory is not None]
    base = min((node.term for node in nodes), default=0)
    return (
        tuple(_countless(node, base) for node in nodes),
        tuple(
            (link, attrs_evolve(message, term=message.term - base))
            for link, _, message in group.network.in_flight()
        ),
        group.network.cut,
    )


def _countless(node: Node, base: int) -> Node:
    """The node without what grows also where nothing happens: its term, and its vote's."""
    return evolve(node, term=node.term - base)


RAFT: Layer[RaftGroup] = Layer(
    name="raft",
    config=RaftConfig,
    start=start_group,
    rules=RULES,
    components=(Component("raft", lambda group: group),),
    calm=calm_raft,
    shape=raft_shape,
)
