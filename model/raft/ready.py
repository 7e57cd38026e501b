"""What must be on disk before what is sent (etcd-io/raft ``doc.go``; async storage writes).

A message that promises something must wait until what it promises is synced: an acknowledged
entry, a vote. All others may leave while the disk is still writing.
"""

from __future__ import annotations

from model.raft.message import Message, MessageType
from model.raft.node import Node, Stable

__all__ = ["must_sync", "stable_of", "waits_for_sync"]

PROMISES = (MessageType.APP_RESP, MessageType.VOTE_RESP, MessageType.PRE_VOTE_RESP)


def waits_for_sync(message: Message) -> bool:
    """Whether the message promises what must be durable first."""
    return message.type in PROMISES


def stable_of(node: Node) -> Stable:
    """What the node wants on its disk."""
    return Stable(node.term, node.vote, node.commit, node.log)


def must_sync(before: Stable, after: Stable) -> bool:
    """Whether the change needs a sync: term, vote or entries (the commit index alone does not)."""
    return before.log is not after.log or before.term != after.term or before.vote != after.vote
