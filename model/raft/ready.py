"""What a node hands to its application, and in which order that must happen.

The contract (etcd-io/raft ``node.go`` Ready, ``doc.go``, ``rawnode.go``): hard state, entries and
snapshot are on disk before ``messages`` that answer for them are sent, and before what is in
``committed_entries`` is applied in order; with ``must_sync`` the disk must be synced, for term,
vote or entries have changed (the commit index alone may be lost). With asynchronous storage
writes the same order is kept by two threads, each with a queue of messages that carry what is to
be sent once they are done.

Rules of this file: values; :func:`take_ready` is the only way to get one.
"""

from __future__ import annotations

from attrs import evolve as attrs_evolve
from attrs import frozen

from model.evolve import evolve
from model.raft.apply import accept_applying, committed_to_apply
from model.raft.log import Entry, Snapshot
from model.raft.message import APPEND_THREAD, APPLY_THREAD, Message, MessageType
from model.raft.node import NONE, Node, NodeConfig, ReadState, Role
from model.raft.step import step

__all__ = [
    "HardState",
    "RawNode",
    "Ready",
    "SoftState",
    "advance",
    "apply_response",
    "hard_state",
    "has_ready",
    "is_promise",
    "leaves_at_once",
    "soft_state",
    "take_ready",
    "waits_for_sync",
]


@frozen
class SoftState:
    """What need not survive: the leader that is known, and the role."""

    leader: int = NONE
    role: Role = Role.FOLLOWER


@frozen
class HardState:
    """What must survive besides the log."""

    term: int = 0
    vote: int = NONE
    commit: int = 0


@frozen
class Ready:
    """What has to be done after some inputs; None or empty where nothing has."""

    soft_state: SoftState | None = None
    hard_state: HardState | None = None
    read_states: tuple[ReadState, ...] = ()
    entries: tuple[Entry, ...] = ()
    snapshot: Snapshot | None = None
    committed_entries: tuple[Entry, ...] = ()
    messages: tuple[Message, ...] = ()
    must_sync: bool = False


@frozen
class RawNode:
    """A node, what its application was last told, and what it will tell itself on ``advance``."""

    node: Node
    soft_state: SoftState = SoftState()
    hard_state: HardState = HardState()
    steps_on_advance: tuple[Message, ...] = ()


def soft_state(node: Node) -> SoftState:
    """The node's soft state now."""
    return SoftState(node.leader, node.role)


def hard_state(node: Node) -> HardState:
    """The node's hard state now."""
    return HardState(node.term, node.vote, node.commit)


def next_unstable_entries(node: Node) -> tuple[Entry, ...]:
    """The entries that were not yet handed out for writing."""
    return node.log.between(node.unstable.in_progress - 1, node.log.last_index)


def next_unstable_snapshot(node: Node) -> Snapshot | None:
    """The snapshot that was received and not yet handed out for writing."""
    unstable = node.unstable
    return None if unstable.snapshot_in_progress else unstable.snapshot


def has_ready(raw: RawNode) -> bool:
    """Whether there is anything to do."""
    node = raw.node
    return bool(
        soft_state(node) != raw.soft_state
        or hard_state(node) != raw.hard_state
        or next_unstable_snapshot(node) is not None
        or node.outbox
        or node.after_append
        or node.unstable.in_progress <= node.log.last_index
        or committed_to_apply(node, unstable_too=applies_unstable(node))
        or node.ready_reads
    )


def applies_unstable(node: Node) -> bool:
    """Whether a Ready may hold committed entries that it also asks to write.

    With asynchronous storage writes nothing would order the two.
    """
    return not node.config.async_storage_writes


def take_ready(raw: RawNode) -> tuple[Ready, RawNode]:
    """What is to be done now, and the node that has handed it out."""
    node = raw.node
    soft, hard = soft_state(node), hard_state(node)
    entries = next_unstable_entries(node)
    committed = committed_to_apply(node, unstable_too=applies_unstable(node))
    ready = Ready(
        soft_state=None if soft == raw.soft_state else soft,
        hard_state=None if hard == raw.hard_state else hard,
        read_states=node.ready_reads,
        entries=entries,
        snapshot=next_unstable_snapshot(node),
        committed_entries=committed,
        messages=node.outbox,
        must_sync=bool(entries)
        or (hard.term, hard.vote) != (raw.hard_state.term, raw.hard_state.vote),
    )
    steps: tuple[Message, ...] = ()
    if node.config.async_storage_writes:
        ready = attrs_evolve(ready, messages=(*ready.messages, *storage_messages(node, ready)))
    else:
        others = (message for message in node.after_append if message.target != node.id)
        ready = attrs_evolve(ready, messages=(*ready.messages, *others))
        steps = (
            *(message for message in node.after_append if message.target == node.id),
            *storage_append_response(node, ready),
            *((apply_response(node, committed),) if committed else ()),
        )
    last = node.log.last_index
    unstable = attrs_evolve(
        node.unstable,
        in_progress=max(node.unstable.in_progress, last + 1),
        snapshot_in_progress=node.unstable.snapshot is not None,
    )
    node = evolve(node, outbox=(), after_append=(), ready_reads=(), unstable=unstable)
    if committed:
        node = accept_applying(node, committed, unstable_too=applies_unstable(node))
    return ready, RawNode(node, soft, hard, steps)


def advance(raw: RawNode) -> RawNode:
    """All of the last Ready is done (without asynchronous storage writes)."""
    node = raw.node
    for message in raw.steps_on_advance:
        node = step(node, message)
    return attrs_evolve(raw, node=node, steps_on_advance=())


def storage_append_response(node: Node, ready: Ready) -> tuple[Message, ...]:
    """What the append thread tells the node once it has written a Ready; nothing if no need.

    It names the last entry of the log, by index and term: when the entry was overwritten in the
    meantime, the answer must not count (see ``stable_to``).
    """
    waiting = node.unstable.offset <= node.log.last_index
    if not waiting and ready.snapshot is None:
        return ()
    return (
        Message(
            MessageType.STORAGE_APPEND_RESP,
            APPEND_THREAD,
            node.id,
            node.term,
            node.log.last_term if waiting else 0,
            node.log.last_index if waiting else 0,
            snapshot=ready.snapshot,
        ),
    )


def apply_response(node: Node, committed: tuple[Entry, ...]) -> Message:
    """What the apply thread tells the node once it has applied ``committed``."""
    return Message(MessageType.STORAGE_APPLY_RESP, APPLY_THREAD, node.id, entries=committed)


def storage_messages(node: Node, ready: Ready) -> tuple[Message, ...]:
    """The work of a Ready for the two threads, with asynchronous storage writes."""
    messages: tuple[Message, ...] = ()
    hard = ready.hard_state or HardState()
    if ready.entries or ready.hard_state or ready.snapshot or node.after_append:
        messages = (
            Message(
                MessageType.STORAGE_APPEND,
                node.id,
                APPEND_THREAD,
                hard.term,
                entries=ready.entries,
                commit=hard.commit,
                vote=hard.vote,
                snapshot=ready.snapshot,
                responses=(*node.after_append, *storage_append_response(node, ready)),
            ),
        )
    if ready.committed_entries:
        work = Message(
            MessageType.STORAGE_APPLY,
            node.id,
            APPLY_THREAD,
            entries=ready.committed_entries,
            responses=(apply_response(node, ready.committed_entries),),
        )
        messages = (*messages, work)
    return messages


PROMISES = (MessageType.APP_RESP, MessageType.VOTE_RESP)
OF_A_LEADER = (
    MessageType.APP,
    MessageType.HEARTBEAT,
    MessageType.READ_INDEX_RESP,
    MessageType.SNAP,
    MessageType.TIMEOUT_NOW,
)


def is_promise(message: Message) -> bool:
    """Whether the message promises something: that entries are kept, that a vote is given."""
    return message.type in PROMISES and not message.reject


def waits_for_sync(message: Message) -> bool:
    """Whether the message must be held until what was written before it is durable.

    Only what a leader sends as a leader may leave while its disk is still writing (dissertation,
    section 10.2.1; etcdserver ``raft.go``). Everything else speaks of what the sender has: a vote,
    an acknowledgement, and also a request for votes, which tells the term that the candidate has
    entered and the log that it has. A candidate that asks before that is durable, crashes and
    stands again in the same term, can be elected by votes for a log that it has lost.
    """
    return message.type not in OF_A_LEADER


def leaves_at_once(message: Message, config: NodeConfig) -> bool:
    """Whether what a Ready sends may leave before what the Ready writes is durable.

    With asynchronous storage writes all that the library puts beside the append may; our
    application still holds back requests for votes, for the reason above.
    """
    if config.async_storage_writes and message.type is not MessageType.VOTE:
        return True
    return not waits_for_sync(message)
