"""One node with the application that the scripts imagine around it (etcd-io/raft ``rafttest``).

Its storage is etcd's ``MemoryStorage``, its state machine appends what is applied to a text. Its
snapshot is, at any time, that text and the last configuration that a change has led to; one that
it receives from the leader goes into the log's storage and not there.
"""

from __future__ import annotations

from attrs import define, evolve, field

from model.evolve import evolve as evolve_node
from model.raft.configure import apply_conf_change
from model.raft.log import Entry, Log, Snapshot
from model.raft.message import Message, MessageType, is_local_target
from model.raft.node import Node, NodeConfig, Stable
from model.raft.notes import Note
from model.raft.proposal import propose_entries
from model.raft.ready import (
    HardState,
    RawNode,
    Ready,
    advance,
    hard_state,
    take_ready,
)
from model.raft.start import start_node
from model.raft.step import step

__all__ = ["Machine", "Refusal"]

RESPONSES = (
    MessageType.APP_RESP,
    MessageType.VOTE_RESP,
    MessageType.HEARTBEAT_RESP,
    MessageType.UNREACHABLE,
    MessageType.READ_INDEX_RESP,
    MessageType.PRE_VOTE_RESP,
    MessageType.STORAGE_APPEND_RESP,
    MessageType.STORAGE_APPLY_RESP,
)
LOCAL = (
    MessageType.HUP,
    MessageType.BEAT,
    MessageType.UNREACHABLE,
    MessageType.SNAP_STATUS,
    MessageType.CHECK_QUORUM,
    MessageType.STORAGE_APPEND,
    MessageType.STORAGE_APPEND_RESP,
    MessageType.STORAGE_APPLY,
    MessageType.STORAGE_APPLY_RESP,
)


class Refusal(Exception):
    """What etcd would return as an error: its words are part of the output."""


PROPOSAL_DROPPED = "raft proposal dropped"
LOCAL_MESSAGE = "raft: cannot step raft local message"
PEER_NOT_FOUND = "raft: cannot step as peer not found"
COMPACTED = "requested index is unavailable due to compaction"
SNAPSHOT_OUT_OF_DATE = "requested index is older than the existing snapshot"
SNAPSHOT_AND_ENTRIES = "can't apply snapshot and entries at the same time"


@define
class Machine:
    """The node, what its storage holds, and the work that waits for its two threads."""

    raw: RawNode
    stable: Stable
    append_work: list[Message] = field(factory=list)
    apply_work: list[Message] = field(factory=list)

    @classmethod
    def start(cls, node_id: int, config: NodeConfig, snapshot: Snapshot) -> Machine:
        """A node that begins with a snapshot, which may be empty."""
        stable = Stable(log=Log((), snapshot.index, snapshot.term), snapshot=snapshot)
        node = start_node(node_id, config, stable)
        return cls(RawNode(node, hard_state=hard_state(node)), stable)

    @property
    def node(self) -> Node:
        return self.raw.node

    @node.setter
    def node(self, node: Node) -> None:
        self.raw = evolve(self.raw, node=node)

    @property
    def snapshot(self) -> Snapshot:
        """The application's latest."""
        return self.node.snapshot

    def take_notes(self) -> tuple[Note, ...]:
        """What the node has noted since they were last taken."""
        notes = self.node.notes
        if notes:
            self.node = evolve_node(self.node, notes=())
        return notes

    # -- what reaches the node ----------------------------------------------------------------

    def receive(self, message: Message) -> None:
        """A message from the network or a thread (etcd-io/raft ``RawNode.Step``)."""
        if not is_local_target(message.source):
            if message.type in LOCAL:
                raise Refusal(LOCAL_MESSAGE)
            if message.type in RESPONSES and message.source not in self.node.progress:
                raise Refusal(PEER_NOT_FOUND)
        if message.type is MessageType.PROP:
            self.propose(message.entries, message.source)
        else:
            self.node = step(self.node, message)

    def propose(self, entries: tuple[Entry, ...], source: int) -> None:
        """Something is to be appended, by this node's application or by another's."""
        self.node, accepted = propose_entries(self.node, entries, source)
        if not accepted:
            raise Refusal(PROPOSAL_DROPPED)

    # -- doing what a Ready asks for ----------------------------------------------------------

    def take_ready(self) -> Ready:
        """What is to be done; the work of the two threads is queued for them."""
        ready, self.raw = take_ready(self.raw)
        for message in ready.messages:
            if message.type is MessageType.STORAGE_APPEND:
                self.append_work.append(message)
            elif message.type is MessageType.STORAGE_APPLY:
                self.apply_work.append(message)
        return ready

    def advance(self) -> None:
        """What the last Ready asked for is done (without asynchronous storage writes)."""
        self.raw = advance(self.raw)

    def store(
        self, hard: HardState | None, entries: tuple[Entry, ...], snapshot: Snapshot | None
    ) -> None:
        """Write to the storage."""
        stable = self.stable
        if hard is not None:
            stable = evolve(stable, term=hard.term, vote=hard.vote, commit=hard.commit)
        self.stable = stable
        if snapshot is None or not snapshot.index:
            self.stable = evolve(stable, log=_appended(stable.log, entries))
            return
        if entries:
            raise Refusal(SNAPSHOT_AND_ENTRIES)
        if snapshot.index <= stable.snapshot.index:
            raise Refusal(SNAPSHOT_OUT_OF_DATE)
        log = Log((), snapshot.index, snapshot.term)
        self.stable = evolve(stable, log=log, snapshot=snapshot)

    def apply(self, entry: Entry) -> None:
        """Apply a committed entry; the application has a new snapshot then."""
        before = self.snapshot
        configuration = before.configuration
        if entry.change is not None:
            self.node = apply_conf_change(self.node, entry.change)
            configuration = self.node.configuration
        data = f"{before.data}{entry.data}"
        after = Snapshot(entry.index, entry.term, configuration, data)
        self.node = evolve_node(self.node, snapshot=after)

    def compact(self, upto: int) -> None:
        """The entries up to ``upto`` go, from the storage and from the node's view of it."""
        log = self.stable.log
        if upto <= log.compacted:
            raise Refusal(COMPACTED)
        self.stable = evolve(self.stable, log=log.compact(upto))
        self.node = evolve_node(self.node, log=self.node.log.compact(upto))


def _appended(log: Log, entries: tuple[Entry, ...]) -> Log:
    """The stored log with entries, which take the place of what was there from their first on."""
    entries = tuple(entry for entry in entries if entry.index > log.compacted)
    if not entries:
        return log
    if entries[0].index > log.last_index + 1:
        raise AssertionError(
            f"missing log entry [last: {log.last_index}, append at: {entries[0].index}]"
        )
    return log.overwritten(entries)
