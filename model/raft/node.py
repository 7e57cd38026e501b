"""The state of one Raft node (Raft paper, figure 2; etcd-io/raft ``raft.go``, ``tracker``).

Rules of this file: values only; what changes them is in the other rooms. ``Node`` is everything
that a running node holds in memory. What of it must survive a crash is ``Stable``: what is on
disk is a ``Stable`` of its own, see ``model/raft/group.py``.
"""

from __future__ import annotations

from enum import Enum

from attrs import evolve, frozen

from model.frozen_map import FrozenMap
from model.raft.log import Log
from model.raft.message import Message

__all__ = [
    "Node",
    "NodeConfig",
    "PendingRead",
    "Progress",
    "ReadState",
    "Role",
    "Stable",
    "send",
    "start_node",
    "ticks_until_candidacy",
]

NONE = 0
"""No node: nobody was voted for, no leader is known."""


class Role(Enum):
    """The four roles of a node; the value is etcd's name without ``State``."""

    FOLLOWER = "follower"
    PRE_CANDIDATE = "pre-candidate"
    CANDIDATE = "candidate"
    LEADER = "leader"

    __hash__ = object.__hash__


@frozen
class NodeConfig:
    """What a node is started with. Times are in ticks of its own clock.

    ``voters``: ids of all members that vote, ascending. ``entries_max``: entries a MsgApp carries
    at most. ``pre_vote``: ask before disturbing (dissertation, section 9.6). ``check_quorum``: a
    leader that hears from no quorum steps down, and nobody helps to unseat a leader that it heard
    from lately.
    """

    voters: tuple[int, ...]
    election_timeout: int = 3
    heartbeat_timeout: int = 1
    entries_max: int = 8
    pre_vote: bool = False
    check_quorum: bool = False


@frozen
class Stable:
    """What must survive a crash: current term, vote, log (figure 2), and the commit index."""

    term: int = 0
    vote: int = NONE
    commit: int = 0
    log: Log = Log()


@frozen
class Progress:
    """What a leader knows of a follower (etcd-io/raft ``tracker/progress.go``).

    ``match``: the last index known to be on the follower's disk. ``next``: the next index to
    send. ``probing``: one MsgApp at a time until it answers; otherwise ``next`` runs ahead.
    ``paused``: the one probe is on its way. ``active``: it was heard from since the last check of
    the quorum.
    """

    match: int = 0
    next: int = 1
    probing: bool = True
    paused: bool = False
    active: bool = False


@frozen
class PendingRead:
    """A linearizable read that waits for a quorum to confirm the leader (dissertation 6.4).

    ``index``: the leader's commit index when the read arrived. ``origin``: the node that asked.
    ``acks``: who has confirmed, ascending.
    """

    context: str
    index: int
    origin: int
    acks: tuple[int, ...]


@frozen
class ReadState:
    """A read may be served once ``index`` is applied."""

    context: str
    index: int


@frozen
class Node:
    """One running node.

    ``leader``: the leader it knows of, 0 for none. ``votes``: the answers to its candidacy.
    ``progress``: by follower, itself included, while it leads. ``pending_reads``: oldest first.
    ``ready_reads`` and ``outbox``: what the application has not picked up yet.
    ``election_elapsed``: ticks since it heard from a leader (a leader: since it checked its
    quorum).
    """

    id: int
    config: NodeConfig
    term: int
    vote: int
    log: Log
    commit: int
    applied: int
    role: Role = Role.FOLLOWER
    leader: int = NONE
    election_elapsed: int = 0
    heartbeat_elapsed: int = 0
    votes: FrozenMap[int, bool] = FrozenMap()
    progress: FrozenMap[int, Progress] = FrozenMap()
    pending_reads: tuple[PendingRead, ...] = ()
    ready_reads: tuple[ReadState, ...] = ()
    outbox: tuple[Message, ...] = ()


def start_node(node_id: int, config: NodeConfig, stable: Stable) -> Node:
    """A node that has just been started from what is on its disk."""
    return Node(
        id=node_id,
        config=config,
        term=stable.term,
        vote=stable.vote,
        log=stable.log,
        commit=stable.commit,
        applied=0,
    )


def ticks_until_candidacy(node: Node) -> int:
    """After how many ticks without a leader the node stands for election.

    A real node draws this anew each time from [T, 2T). Here it differs by member and changes its
    order with the term, so that no member is first for ever; every other outcome of the draw is
    the action ``TimeOut``.
    """
    spread = len(node.config.voters)
    return node.config.election_timeout + (node.id + node.term) % spread


def send(node: Node, *messages: Message) -> Node:
    """The node with messages waiting to be sent."""
    return evolve(node, outbox=node.outbox + messages)
