"""The messages that Raft nodes send each other (etcd-io/raft ``raftpb/raft.proto``)."""

from __future__ import annotations

from enum import Enum

from attrs import frozen

from model.raft.log import Entry, Snapshot

__all__ = ["APPEND_THREAD", "APPLY_THREAD", "Message", "MessageType", "is_local_target"]

APPEND_THREAD = -1
"""The address of a member's own thread that writes to its disk (asynchronous storage writes)."""

APPLY_THREAD = -2
"""The address of a member's own thread that applies committed entries."""


class MessageType(Enum):
    """What a message asks or answers; the value is etcd's name for it."""

    HUP = "MsgHup"
    BEAT = "MsgBeat"
    PROP = "MsgProp"
    APP = "MsgApp"
    APP_RESP = "MsgAppResp"
    VOTE = "MsgVote"
    VOTE_RESP = "MsgVoteResp"
    SNAP = "MsgSnap"
    HEARTBEAT = "MsgHeartbeat"
    HEARTBEAT_RESP = "MsgHeartbeatResp"
    UNREACHABLE = "MsgUnreachable"
    SNAP_STATUS = "MsgSnapStatus"
    CHECK_QUORUM = "MsgCheckQuorum"
    TRANSFER_LEADER = "MsgTransferLeader"
    TIMEOUT_NOW = "MsgTimeoutNow"
    READ_INDEX = "MsgReadIndex"
    READ_INDEX_RESP = "MsgReadIndexResp"
    PRE_VOTE = "MsgPreVote"
    PRE_VOTE_RESP = "MsgPreVoteResp"
    STORAGE_APPEND = "MsgStorageAppend"
    STORAGE_APPEND_RESP = "MsgStorageAppendResp"
    STORAGE_APPLY = "MsgStorageApply"
    STORAGE_APPLY_RESP = "MsgStorageApplyResp"
    FORGET_LEADER = "MsgForgetLeader"

    __hash__ = object.__hash__


@frozen
class Message:
    """One message.

    ``source``, ``target``: ids of the nodes. ``term``: the sender's term; 0 in what is local or
    forwarded. ``log_term`` and ``index``: the entry before ``entries`` (MsgApp), the last entry
    (MsgVote), the last entry that matches (MsgAppResp) or the answer to a read
    (MsgReadIndexResp). ``commit``: the sender's commit index as far as the receiver may use it.
    ``reject``: the request is refused; ``reject_hint``: where the receiver's log may match, with
    ``log_term`` its term there (MsgAppResp). ``context``: identifies a read (MsgReadIndex and
    its answer), tells up to which of the leader's reads an answer confirms that it leads
    (MsgHeartbeat and its answer), or says that a vote is for a transfer. ``snapshot``: MsgSnap
    and what concerns the disk. ``vote`` and ``responses``: what is to be written, and what is to
    be sent once it is (MsgStorageAppend, MsgStorageApply).
    """

    type: MessageType
    source: int
    target: int
    term: int = 0
    log_term: int = 0
    index: int = 0
    entries: tuple[Entry, ...] = ()
    commit: int = 0
    reject: bool = False
    reject_hint: int = 0
    context: str = ""
    snapshot: Snapshot | None = None
    vote: int = 0
    responses: tuple[Message, ...] = ()

    def sentence(self) -> str:
        """``1->2 MsgApp term 2 log 1/3 commit 2 [2/4 x]``."""
        words = [f"{self.source}->{self.target} {self.type.value} term {self.term}"]
        if self.log_term or self.index:
            words.append(f"log {self.log_term}/{self.index}")
        if self.commit:
            words.append(f"commit {self.commit}")
        if self.entries:
            words.append("[" + ", ".join(entry.sentence() for entry in self.entries) + "]")
        if self.snapshot is not None:
            words.append(f"snapshot {self.snapshot.term}/{self.snapshot.index}")
        if self.reject:
            words.append(f"rejected (hint {self.reject_hint})" if self.reject_hint else "rejected")
        if self.context:
            words.append(self._context_sentence())
        return " ".join(words)

    def _context_sentence(self) -> str:
        if self.type in (MessageType.HEARTBEAT, MessageType.HEARTBEAT_RESP):
            return f"reads up to {self.context}"
        return f"read {self.context}" if self.context != TRANSFER else TRANSFER


TRANSFER = "CampaignTransfer"
"""The context of a vote request of a candidate that the leader itself has sent forward."""


def is_local_target(target: int) -> bool:
    """Whether it is one of the member's own threads."""
    return target in (APPEND_THREAD, APPLY_THREAD)
