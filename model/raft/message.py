"""The messages that Raft nodes send each other (etcd-io/raft ``raftpb/raft.proto``)."""

from __future__ import annotations

from enum import Enum

from attrs import frozen

from model.raft.log import Entry

__all__ = ["Message", "MessageType"]


class MessageType(Enum):
    """What a message asks or answers; the value is etcd's name for it."""

    APP = "MsgApp"
    APP_RESP = "MsgAppResp"
    VOTE = "MsgVote"
    VOTE_RESP = "MsgVoteResp"
    PRE_VOTE = "MsgPreVote"
    PRE_VOTE_RESP = "MsgPreVoteResp"
    HEARTBEAT = "MsgHeartbeat"
    HEARTBEAT_RESP = "MsgHeartbeatResp"
    READ_INDEX = "MsgReadIndex"
    READ_INDEX_RESP = "MsgReadIndexResp"

    __hash__ = object.__hash__


@frozen
class Message:
    """One message.

    ``source``, ``target``: ids of the nodes. ``term``: the sender's term. ``log_term`` and
    ``index``: the entry before ``entries`` (MsgApp), the last entry (MsgVote), the last entry
    that matches (MsgAppResp) or the answer to a read (MsgReadIndexResp). ``commit``: the sender's
    commit index as far as the receiver may use it. ``reject``: the request is refused;
    ``reject_hint``: where the receiver's log may match (MsgAppResp). ``context``: identifies a
    read (MsgHeartbeat and its answer, MsgReadIndex).
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

    def sentence(self) -> str:
        """As etcd prints it: ``1->2 MsgApp term 2 log 1/3 commit 2 [2/4 x]``."""
        words = [f"{self.source}->{self.target} {self.type.value} term {self.term}"]
        if self.log_term or self.index:
            words.append(f"log {self.log_term}/{self.index}")
        if self.commit:
            words.append(f"commit {self.commit}")
        if self.entries:
            words.append("[" + ", ".join(entry.sentence() for entry in self.entries) + "]")
        if self.reject:
            words.append(f"rejected (hint {self.reject_hint})" if self.reject_hint else "rejected")
        if self.context:
            words.append(f"read {self.context}")
        return " ".join(words)
