"""What must be on disk before what is sent (etcd-io/raft ``doc.go``; async storage writes).

A message that promises something must wait until what it promises is synced: an acknowledged
entry, a vote. All others may leave while the disk is still writing.
"""

from __future__ import annotations

from model.raft.message import Message, MessageType
from model.raft.node import Node, Stable

__all__ = ["is_promise", "must_sync", "stable_of", "waits_for_sync"]

PROMISES = (MessageType.APP_RESP, MessageType.VOTE_RESP)


def is_promise(message: Message) -> bool:
    """Whether the message promises something: that entries are kept, that a vote is given."""
    return message.type in PROMISES and not message.reject


def waits_for_sync(message: Message) -> bool:
    """Whether the message must be held until what was written before it is durable."""
    return message.type in PROMISES or message.type is MessageType.PRE_VOTE_RESP


def stable_of(node: Node) -> Stable:
    """What the node wants on its disk."""
    return Stable(node.term, node.vote, node.commit, node.log)


def must_sync(before: Stable, after: Stable) -> bool:
    """Whether the change needs a sync: term, vote or entries (the commit index alone does not)."""
    return before.log is not after.log or before.term != after.term or before.vote != after.vote
