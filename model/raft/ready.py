"""What must be on disk before what is sent (etcd-io/raft ``doc.go``; etcdserver ``raft.go``).

Only what a leader sends as a leader may leave while its disk is still writing (dissertation,
section 10.2.1). Everything else speaks of what the sender has: a vote, an acknowledgement, and
also a request for votes, which tells the term that the candidate has entered and the log that it
has. A candidate that asks before that is durable, crashes and stands again in the same term, can
be elected by votes for a log that it has lost.
"""

from __future__ import annotations

from model.raft.message import Message, MessageType
from model.raft.node import Node, Stable

__all__ = ["is_promise", "must_sync", "stable_of", "waits_for_sync"]

PROMISES = (MessageType.APP_RESP, MessageType.VOTE_RESP)
OF_A_LEADER = (MessageType.APP, MessageType.HEARTBEAT, MessageType.READ_INDEX_RESP)


def is_promise(message: Message) -> bool:
    """Whether the message promises something: that entries are kept, that a vote is given."""
    return message.type in PROMISES and not message.reject


def waits_for_sync(message: Message) -> bool:
    """Whether the message must be held until what was written before it is durable."""
    return message.type not in OF_A_LEADER


def stable_of(node: Node) -> Stable:
    """What the node wants on its disk."""
    return Stable(node.term, node.vote, node.commit, node.log)


def must_sync(before: Stable, after: Stable) -> bool:
    """Whether the change needs a sync: term, vote or entries (the commit index alone does not)."""
    return before.log is not after.log or before.term != after.term or before.vote != after.vote
