"""What a node does with a message or a tick (etcd-io/raft ``raft.go``, ``Step`` and ``tick``).

Rules of this file: terms first (Raft paper, figure 2, rules for all servers), then the table by
message type. A handler sees only messages of the node's own term, but for votes and pre-votes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from attrs import evolve

from model.raft.election import (
    become_follower,
    campaign,
    receive_vote,
    receive_vote_response,
)
from model.raft.message import Message, MessageType
from model.raft.node import NONE, Node, Role, send, ticks_until_candidacy
from model.raft.quorum import has_quorum
from model.raft.read import (
    receive_read_confirmation,
    receive_read_index,
    receive_read_index_response,
)
from model.raft.replication import (
    broadcast_heartbeat,
    receive_append,
    receive_append_response,
    receive_heartbeat,
    receive_heartbeat_response,
)

__all__ = ["step", "tick", "time_out"]

FROM_LEADER = (MessageType.APP, MessageType.HEARTBEAT)
VOTES = (MessageType.VOTE, MessageType.PRE_VOTE)


def step(node: Node, message: Message) -> Node:
    """The node after it has received ``message``."""
    if message.term > node.term and message.type is not MessageType.READ_INDEX_RESP:
        met = _meet_newer_term(node, message)
        if met is None:
            return node
        node = met
    elif message.term < node.term:
        return answer_older_term(node, message)
    handler = HANDLERS[message.type]
    return handler(node, message)


def holds_lease(node: Node) -> bool:
    """Whether the node heard from a leader so lately that it helps nobody to unseat it."""
    config = node.config
    return (
        config.check_quorum
        and node.leader != NONE
        and node.election_elapsed < config.election_timeout
    )


def _meet_newer_term(node: Node, message: Message) -> Node | None:
    """Enter the term of the message; None when the message is to be ignored."""
    if message.type in VOTES and holds_lease(node):
        return None
    if message.type is MessageType.PRE_VOTE:
        return node  # it speaks of a term that its sender has not entered
    if message.type is MessageType.PRE_VOTE_RESP and not message.reject:
        return node  # it answers for the term that we would enter
    leader = message.source if message.type in FROM_LEADER else NONE
    return become_follower(node, message.term, leader)


def answer_older_term(node: Node, message: Message) -> Node:
    """A message of an older term is ignored, unless its sender would stay stuck without us.

    A leader that was deposed while it was cut off, or a candidate that ran ahead and rejoined,
    learns our term from the answer.
    """
    config = node.config
    if message.type in FROM_LEADER and (config.check_quorum or config.pre_vote):
        return send(node, Message(MessageType.APP_RESP, node.id, message.source, node.term))
    if message.type is MessageType.PRE_VOTE:
        answer = Message(MessageType.PRE_VOTE_RESP, node.id, message.source, node.term, reject=True)
        return send(node, answer)
    return node


def _follow_then(handler: Callable[[Node, Message], Node]) -> Callable[[Node, Message], Node]:
    """A message that only this term's leader sends: follow it, then handle the message."""

    def follow(node: Node, message: Message) -> Node:
        if node.role is Role.FOLLOWER:
            node = evolve(node, leader=message.source, election_elapsed=0)
        elif node.role is not Role.LEADER:
            node = become_follower(node, message.term, message.source)
        return handler(node, message)

    return follow


def _heartbeat_response(node: Node, message: Message) -> Node:
    return receive_read_confirmation(receive_heartbeat_response(node, message), message)


HANDLERS: Mapping[MessageType, Callable[[Node, Message], Node]] = {
    MessageType.APP: _follow_then(lambda node, m: receive_append(node, m)),
    MessageType.APP_RESP: lambda node, m: receive_append_response(node, m),
    MessageType.VOTE: lambda node, m: receive_vote(node, m),
    MessageType.VOTE_RESP: lambda node, m: receive_vote_response(node, m),
    MessageType.PRE_VOTE: lambda node, m: receive_vote(node, m),
    MessageType.PRE_VOTE_RESP: lambda node, m: receive_vote_response(node, m),
    MessageType.HEARTBEAT: _follow_then(lambda node, m: receive_heartbeat(node, m)),
    MessageType.HEARTBEAT_RESP: lambda node, m: _heartbeat_response(node, m),
    MessageType.READ_INDEX: lambda node, m: receive_read_index(node, m),
    MessageType.READ_INDEX_RESP: lambda node, m: receive_read_index_response(node, m),
}
"""By message type. The lambdas look handlers up when called, so that a defect can replace them."""


def time_out(node: Node) -> Node:
    """The election timer fires now: stand for election (section 5.2)."""
    return campaign(evolve(node, election_elapsed=0))


def tick(node: Node) -> Node:
    """One tick of the node's own clock."""
    if node.role is Role.LEADER:
        return _tick_leader(node)
    elapsed = node.election_elapsed + 1
    if elapsed >= ticks_until_candidacy(node):
        return time_out(node)
    return evolve(node, election_elapsed=elapsed)


def _tick_leader(node: Node) -> Node:
    config = node.config
    node = evolve(
        node,
        election_elapsed=node.election_elapsed + 1,
        heartbeat_elapsed=node.heartbeat_elapsed + 1,
    )
    if node.election_elapsed >= config.election_timeout:
        node = evolve(node, election_elapsed=0)
        if config.check_quorum:
            node = _check_quorum(node)
    if node.role is Role.LEADER and node.heartbeat_elapsed >= config.heartbeat_timeout:
        node = broadcast_heartbeat(evolve(node, heartbeat_elapsed=0))
    return node


def _check_quorum(node: Node) -> Node:
    """Step down without a quorum that was heard from since the last check."""
    active = [peer for peer, progress in node.progress.items() if progress.active]
    if not has_quorum(node.config.voters, active):
        return become_follower(node, node.term, NONE)
    progress = node.progress
    for peer, each in node.progress.items():
        progress = progress.set(peer, evolve(each, active=peer == node.id))
    return evolve(node, progress=progress)
