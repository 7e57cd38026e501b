"""What a node does with a message (etcd-io/raft ``raft.go``, ``Step`` and ``step*``).

Rules of this file: terms first (Raft paper, figure 2, rules for all servers), then the table by
role and message type. A handler sees only messages of the node's own term, but for votes and
pre-votes, and for what is local and has no term.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from model.evolve import evolve
from model.raft.acknowledgement import (
    of_a_member,
    receive_append_response,
    receive_heartbeat_response,
    receive_unreachable,
)
from model.raft.apply import applied_entries, applied_to
from model.raft.election import note_vote, receive_vote, receive_vote_response
from model.raft.message import TRANSFER, Message, MessageType
from model.raft.node import NONE, Node, Role, note, send
from model.raft.notes import INFO
from model.raft.proposal import propose_entries
from model.raft.read import (
    forward_read_index,
    receive_read_index,
    receive_read_index_response,
)
from model.raft.replication import (
    broadcast_heartbeat,
    receive_append,
    receive_heartbeat,
    stable_to,
)
from model.raft.roles import become_follower
from model.raft.snapshot import receive_snapshot, receive_snapshot_status, stable_snapshot_to
from model.raft.timers import campaign, check_quorum
from model.raft.transfer import (
    forget_leader,
    forward_transfer,
    ignore_timeout_now,
    receive_timeout_now,
    receive_transfer,
)

__all__ = ["step"]

Handler = Callable[[Node, Message], Node]

FROM_LEADER = (MessageType.APP, MessageType.HEARTBEAT, MessageType.SNAP)
VOTES = (MessageType.VOTE, MessageType.PRE_VOTE)


def step(node: Node, message: Message) -> Node:
    """The node after it has received ``message``."""
    term = message.term
    if term > node.term:
        met = meet_newer_term(node, message)
        if met is None:
            return node if not node.config.logs else note_lease(node, message)
        node = met
    elif 0 < term < node.term:
        return answer_older_term(node, message)
    handler = OF_EVERYBODY.get(message.type) or BY_ROLE[node.role].get(message.type)
    return node if handler is None else handler(node, message)


def holds_lease(node: Node) -> bool:
    """Whether the node heard from a leader so lately that it helps nobody to unseat it."""
    config = node.config
    return (
        config.check_quorum
        and node.leader != NONE
        and node.election_elapsed < config.election_timeout
    )


def meet_newer_term(node: Node, message: Message) -> Node | None:
    """Enter the term of the message; None when the message is to be ignored.

    A vote that the leader itself asks for (a transfer) unseats nobody.
    """
    kind = message.type
    if kind in VOTES and message.context != TRANSFER and holds_lease(node):
        return None
    if kind is MessageType.PRE_VOTE:
        return node  # it speaks of a term that its sender has not entered
    if kind is MessageType.PRE_VOTE_RESP and not message.reject:
        return node  # it answers for the term that we would enter
    node = note(
        node,
        INFO,
        "%x [term: %d] received a %s message with higher term from %x [term: %d]",
        *(node.id, node.term, kind.value, message.source, message.term),
    )
    return become_follower(node, message.term, message.source if kind in FROM_LEADER else NONE)


def note_lease(node: Node, message: Message) -> Node:
    """A note that a vote was not even considered."""
    left = node.config.election_timeout - node.election_elapsed
    noted = note_vote(node, "ignored %s from", message)
    last = noted.notes[-1]
    words = f"{last.words}: lease is not expired (remaining ticks: %d)"
    return evolve(node, notes=(*node.notes, type(last)(last.level, words, (*last.values, left))))


def answer_older_term(node: Node, message: Message) -> Node:
    """A message of an older term is ignored, unless its sender would stay stuck without us.

    A leader that was deposed while it was cut off, or a candidate that ran ahead and rejoined,
    learns our term from the answer. A snapshot that our own disk has taken is there, whatever the
    term; entries may have been overwritten since.
    """
    config = node.config
    kind = message.type
    if kind in (MessageType.APP, MessageType.HEARTBEAT) and (
        config.check_quorum or config.pre_vote
    ):
        return send(node, Message(MessageType.APP_RESP, node.id, message.source, node.term))
    if kind is MessageType.PRE_VOTE:
        node = note_vote(node, "rejected %s from", message)
        answer = Message(MessageType.PRE_VOTE_RESP, node.id, message.source, node.term, reject=True)
        return send(node, answer)
    if kind is MessageType.STORAGE_APPEND_RESP:
        return stored(node, message)
    return note(
        node,
        INFO,
        "%x [term: %d] ignored a %s message with lower term from %x [term: %d]",
        *(node.id, node.term, kind.value, message.source, message.term),
    )


def stored_snapshot(node: Node, message: Message) -> Node:
    """The disk has taken a snapshot: the application's state is that of the snapshot now."""
    snapshot = message.snapshot
    if snapshot is None:
        return node
    return applied_to(stable_snapshot_to(node, snapshot.index), snapshot.index, 0)


def still_attests_entries(node: Node, message: Message) -> bool:
    """Whether what the disk has written is still what the log has there.

    In a later term another leader may have overwritten it, and even put it back, while later
    writes wait for the disk (etcd-io/raft, append ABA).
    """
    return message.term == node.term


def stored(node: Node, message: Message) -> Node:
    """The append thread has written what it was given."""
    if message.index and still_attests_entries(node, message):
        node = stable_to(node, message.log_term, message.index)
    elif message.index:
        node = note(
            node,
            INFO,
            "%x [term: %d] ignored entry appends from a %s message with lower term [term: %d]",
            *(node.id, node.term, message.type.value, message.term),
        )
    return stored_snapshot(node, message)


def applied(node: Node, message: Message) -> Node:
    """The apply thread has applied what it was given."""
    return applied_entries(node, message.entries) if message.entries else node


def _follow_then(handler: Handler) -> Handler:
    """A message that only this term's leader sends: follow it, then handle the message."""

    def follow(node: Node, message: Message) -> Node:
        if node.role is Role.FOLLOWER:
            node = evolve(node, leader=message.source, election_elapsed=0)
        else:
            node = become_follower(node, message.term, message.source)
        return handler(node, message)

    return follow


def _drop_proposal(node: Node, message: Message) -> Node:
    return propose_entries(node, message.entries, message.source)[0]


# The lambdas look handlers up when called, so that a defect can replace them.
OF_EVERYBODY: Mapping[MessageType, Handler] = {
    MessageType.HUP: lambda node, m: campaign(node),
    MessageType.VOTE: lambda node, m: receive_vote(node, m),
    MessageType.PRE_VOTE: lambda node, m: receive_vote(node, m),
    MessageType.PROP: lambda node, m: _drop_proposal(node, m),
    MessageType.STORAGE_APPEND_RESP: lambda node, m: stored(node, m),
    MessageType.STORAGE_APPLY_RESP: lambda node, m: applied(node, m),
}
"""By message type, whatever the role."""

FOR_OTHERS = (
    *FROM_LEADER,
    MessageType.VOTE_RESP,
    MessageType.PRE_VOTE_RESP,
    MessageType.TIMEOUT_NOW,
    MessageType.READ_INDEX_RESP,
)
"""What a leader has no use for; it only notices when a stranger sends it."""

OF_LEADER: Mapping[MessageType, Handler] = {
    **{kind: of_a_member(lambda node, m: node) for kind in FOR_OTHERS},
    MessageType.BEAT: lambda node, m: broadcast_heartbeat(node),
    MessageType.CHECK_QUORUM: lambda node, m: check_quorum(node),
    MessageType.READ_INDEX: lambda node, m: receive_read_index(node, m),
    MessageType.APP_RESP: of_a_member(lambda node, m: receive_append_response(node, m)),
    MessageType.HEARTBEAT_RESP: of_a_member(lambda node, m: receive_heartbeat_response(node, m)),
    MessageType.SNAP_STATUS: of_a_member(lambda node, m: receive_snapshot_status(node, m)),
    MessageType.UNREACHABLE: of_a_member(lambda node, m: receive_unreachable(node, m)),
    MessageType.TRANSFER_LEADER: lambda node, m: receive_transfer(node, m),
}

OF_CANDIDATE: Mapping[MessageType, Handler] = {
    MessageType.APP: _follow_then(lambda node, m: receive_append(node, m)),
    MessageType.HEARTBEAT: _follow_then(lambda node, m: receive_heartbeat(node, m)),
    MessageType.SNAP: _follow_then(lambda node, m: receive_snapshot(node, m)),
    MessageType.VOTE_RESP: lambda node, m: receive_vote_response(node, m),
    MessageType.PRE_VOTE_RESP: lambda node, m: receive_vote_response(node, m),
    MessageType.TIMEOUT_NOW: lambda node, m: ignore_timeout_now(node, m),
}

OF_FOLLOWER: Mapping[MessageType, Handler] = {
    MessageType.APP: _follow_then(lambda node, m: receive_append(node, m)),
    MessageType.HEARTBEAT: _follow_then(lambda node, m: receive_heartbeat(node, m)),
    MessageType.SNAP: _follow_then(lambda node, m: receive_snapshot(node, m)),
    MessageType.TRANSFER_LEADER: lambda node, m: forward_transfer(node, m),
    MessageType.FORGET_LEADER: lambda node, m: forget_leader(node),
    MessageType.TIMEOUT_NOW: lambda node, m: receive_timeout_now(node, m),
    MessageType.READ_INDEX: lambda node, m: forward_read_index(node, m),
    MessageType.READ_INDEX_RESP: lambda node, m: receive_read_index_response(node, m),
}

BY_ROLE: Mapping[Role, Mapping[MessageType, Handler]] = {
    Role.LEADER: OF_LEADER,
    Role.CANDIDATE: OF_CANDIDATE,
    Role.PRE_CANDIDATE: OF_CANDIDATE,
    Role.FOLLOWER: OF_FOLLOWER,
}
"""By role and message type; what is not in the table is ignored."""
