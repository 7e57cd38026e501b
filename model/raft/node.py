"""The state of one Raft node (Raft paper, figure 2; etcd-io/raft ``raft.go``, ``log.go``).

Rules of this file: values only; what changes them is in the other rooms. ``Node`` is everything
that a running node holds in memory. What of it must survive a crash is ``Stable``: what is on
disk is a ``Stable`` of its own, see ``model/raft/group.py``.
"""

from __future__ import annotations

from enum import Enum

from attrs import frozen

from model.evolve import evolve
from model.frozen_map import FrozenMap
from model.raft.conf_change import Configuration
from model.raft.log import Log, Snapshot
from model.raft.message import Message, MessageType
from model.raft.notes import Note
from model.raft.progress import Progress

__all__ = [
    "Applying",
    "Node",
    "NodeConfig",
    "PendingRead",
    "ReadOnly",
    "ReadState",
    "Role",
    "Stable",
    "Unstable",
    "note",
    "send",
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


class ReadOnly(Enum):
    """How a leader makes sure that it still leads before it answers a read.

    ``SAFE``: it asks a majority. ``LEASE_BASED``: it trusts its clock, and that of the others, to
    drift by less than an election timeout.
    """

    SAFE = "safe"
    LEASE_BASED = "lease-based"

    __hash__ = object.__hash__


@frozen(slots=False)
class NodeConfig:
    """What a node is started with (etcd-io/raft ``Config``). Times are in ticks of its own clock.

    ``timeout_spread``: how many different election timeouts there are; 0: as many as voters.
    ``entries_max``, ``max_size_per_msg``: entries and bytes that a MsgApp carries at most (one
    entry always fits); ``max_inflight``, ``max_inflight_bytes``: messages and bytes sent to one
    follower before it answers; ``max_uncommitted_size``: bytes a leader accepts before they are
    committed; ``max_committed_size_per_ready``: bytes handed out for applying at a time. None:
    no limit. ``pre_vote``: ask before disturbing (dissertation, section 9.6). ``check_quorum``: a
    leader that hears from no quorum steps down, and nobody helps to unseat a leader that it heard
    from lately. ``logs``: keep what etcd would log, as :class:`model.raft.notes.Note`.
    """

    election_timeout: int = 3
    timeout_spread: int = 0
    heartbeat_timeout: int = 1
    entries_max: int | None = None
    max_size_per_msg: int | None = None
    max_inflight: int = 256
    max_inflight_bytes: int | None = None
    max_uncommitted_size: int | None = None
    max_committed_size_per_ready: int | None = None
    pre_vote: bool = False
    check_quorum: bool = False
    read_only: ReadOnly = ReadOnly.SAFE
    disable_proposal_forwarding: bool = False
    disable_conf_change_validation: bool = False
    step_down_on_removal: bool = False
    async_storage_writes: bool = False
    logs: bool = False

    @property
    def inflight_limits(self) -> tuple[int, int | None]:
        """In messages and in bytes."""
        return (self.max_inflight, self.max_inflight_bytes)


@frozen
class Stable:
    """What must survive a crash: current term, vote, log (figure 2), commit index, snapshot.

    ``snapshot``: what the application has saved last; the log may begin before its end.
    """

    term: int = 0
    vote: int = NONE
    commit: int = 0
    log: Log = Log()
    snapshot: Snapshot = Snapshot()


@frozen
class Unstable:
    """Which part of the log is not known to be on disk (etcd-io/raft ``log_unstable.go``).

    ``offset``: the first index that is not; ``in_progress``: the first that was not yet handed
    out for writing. ``snapshot``: one that was received and is not known to be on disk;
    ``snapshot_in_progress``: it was handed out.
    """

    offset: int = 1
    in_progress: int = 1
    snapshot: Snapshot | None = None
    snapshot_in_progress: bool = False


@frozen
class Applying:
    """How far committed entries were handed out for applying, and how many bytes of them wait.

    ``paused``: nothing more is handed out before some of them are applied.
    """

    index: int = 0
    size: int = 0
    paused: bool = False


@frozen
class PendingRead:
    """A linearizable read that waits for a quorum to confirm the leader (dissertation 6.4).

    ``context``: the application's name for it. ``index``: the leader's commit index when the read
    arrived. ``origin``: the node that asked. ``acks``: who has confirmed, ascending.
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


@frozen(slots=False)
class Node:
    """One running node.

    ``leader``: the leader it knows of, 0 for none. ``votes``: the answers to its candidacy.
    ``configuration``: as of what it has applied. ``progress``: by member, itself included; means
    something only while it leads. ``transferee``: who is to lead next, 0 for nobody.
    ``pending_conf_index``: no configuration change is accepted before this index is applied.
    ``uncommitted_size``: bytes accepted while it leads, and not yet applied.
    ``pending_reads``: oldest first; ``confirmed_reads``: how many came before those while it
    leads; ``postponed_reads``: those that came before anything of its term was committed.
    ``snapshot``: the one that the application would give it to send.
    ``ready_reads``, ``outbox`` (what may be sent at once), ``after_append`` (what may be sent once
    all before it is on disk) and ``notes``: what the application has not picked up yet.
    ``election_elapsed``: ticks since it heard from a leader (a leader: since it checked its
    quorum); ``timeout``: at how many it stands for election.
    """

    id: int
    config: NodeConfig
    term: int = 0
    vote: int = NONE
    log: Log = Log()
    unstable: Unstable = Unstable()
    commit: int = 0
    applying: Applying = Applying()
    applied: int = 0
    configuration: Configuration = Configuration()
    progress: FrozenMap[int, Progress] = FrozenMap()
    votes: FrozenMap[int, bool] = FrozenMap()
    role: Role = Role.FOLLOWER
    leader: int = NONE
    transferee: int = NONE
    election_elapsed: int = 0
    heartbeat_elapsed: int = 0
    timeout: int = 0
    pending_conf_index: int = 0
    uncommitted_size: int = 0
    pending_reads: tuple[PendingRead, ...] = ()
    confirmed_reads: int = 0
    postponed_reads: tuple[Message, ...] = ()
    ready_reads: tuple[ReadState, ...] = ()
    snapshot: Snapshot = Snapshot()
    outbox: tuple[Message, ...] = ()
    after_append: tuple[Message, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def is_learner(self) -> bool:
        """Whether it receives the log and does not vote."""
        return self.id in self.configuration.learners


def ticks_until_candidacy(node: Node) -> int:
    """After how many ticks without a leader the node stands for election.

    A real node draws this anew each time from [T, 2T). Here it differs by member and changes its
    order with the term, so that no member is first for ever; every other outcome of the draw is
    the action ``TimeOut``.
    """
    spread = node.config.timeout_spread or max(1, len(node.configuration.voters))
    return node.config.election_timeout + (node.id + node.term) % spread


WAIT_FOR_APPEND = (MessageType.APP_RESP, MessageType.VOTE_RESP, MessageType.PRE_VOTE_RESP)


def send(node: Node, *messages: Message) -> Node:
    """The node with messages waiting to be sent; answers wait for what is written before them."""
    outbox, after_append = node.outbox, node.after_append
    for message in messages:
        if message.type in WAIT_FOR_APPEND:
            after_append = (*after_append, message)
        else:
            outbox = (*outbox, message)
    return evolve(node, outbox=outbox, after_append=after_append)


def note(node: Node, level: str, words: str, *values: object) -> Node:
    """The node with a line of its log, which is put into words only when somebody reads it."""
    if not node.config.logs:
        return node
    return evolve(node, notes=(*node.notes, Note(level, words, values)))
