"""Elections (Raft paper, sections 5.2 and 5.4; dissertation, section 9.6 for PreVote)."""

from __future__ import annotations

from attrs import evolve

from model.frozen_map import FrozenMap
from model.raft.log import Entry, is_up_to_date
from model.raft.message import Message, MessageType
from model.raft.node import NONE, Node, Progress, Role, send
from model.raft.quorum import has_quorum
from model.raft.replication import append_entries

__all__ = [
    "become_follower",
    "campaign",
    "counts_as_vote",
    "grants_vote",
    "receive_vote",
    "receive_vote_response",
]


def become_follower(node: Node, term: int, leader: int) -> Node:
    """Follow ``leader`` (0: nobody known) in ``term``; a new term has a new vote."""
    return evolve(
        node,
        term=term,
        vote=node.vote if term == node.term else NONE,
        role=Role.FOLLOWER,
        leader=leader,
        election_elapsed=0,
        heartbeat_elapsed=0,
        votes=FrozenMap(),
        progress=FrozenMap(),
        pending_reads=(),
    )


def campaign(node: Node, *, transfer: bool = False) -> Node:
    """Stand for election; with PreVote, ask first whether it could be won."""
    if node.role is Role.LEADER or node.id not in node.config.voters:
        return node
    if node.config.pre_vote and not transfer:
        return _stand(node, Role.PRE_CANDIDATE)
    return _stand(node, Role.CANDIDATE)


def candidate_term(node: Node, role: Role) -> int:
    """The term that a candidate takes on: a pre-candidate only speaks of the next one."""
    return node.term if role is Role.PRE_CANDIDATE else node.term + 1


def _stand(node: Node, role: Role) -> Node:
    """Ask everybody for a vote, ourselves too: our own counts once it is on disk."""
    pre = role is Role.PRE_CANDIDATE
    term = candidate_term(node, role)
    node = evolve(become_follower(node, term, NONE), role=role, vote=node.vote if pre else node.id)
    asked = term + 1 if pre else term
    kind, answer = (
        (MessageType.PRE_VOTE, MessageType.PRE_VOTE_RESP)
        if pre
        else (MessageType.VOTE, MessageType.VOTE_RESP)
    )
    log = node.log
    return send(
        node,
        Message(answer, node.id, node.id, asked),
        *(
            Message(kind, node.id, peer, asked, log.last_term, log.last_index)
            for peer in node.config.voters
            if peer != node.id
        ),
    )


def grants_vote(node: Node, message: Message) -> bool:
    """Whether to vote for the sender: free to, and its log is as up to date (section 5.4.1)."""
    free = (
        node.vote == message.source
        or (node.vote == NONE and node.leader == NONE)
        or (message.type is MessageType.PRE_VOTE and message.term > node.term)
    )
    return free and is_up_to_date(node.log, message.log_term, message.index)


def receive_vote(node: Node, message: Message) -> Node:
    """Answer a MsgVote or MsgPreVote of our term (a MsgPreVote may speak of a later one)."""
    pre = message.type is MessageType.PRE_VOTE
    kind = MessageType.PRE_VOTE_RESP if pre else MessageType.VOTE_RESP
    if grants_vote(node, message):
        if not pre:
            node = evolve(node, vote=message.source, election_elapsed=0)
        return send(node, Message(kind, node.id, message.source, message.term))
    return send(node, Message(kind, node.id, message.source, node.term, reject=True))


def counts_as_vote(node: Node, message: Message) -> bool:
    """Whether an answer belongs to the election that is on: our role's kind, and our term."""
    if node.role is Role.CANDIDATE:
        return message.type is MessageType.VOTE_RESP and message.term == node.term
    if node.role is Role.PRE_CANDIDATE:
        return message.type is MessageType.PRE_VOTE_RESP
    return False


def receive_vote_response(node: Node, message: Message) -> Node:
    """Count an answer; lead with a majority of votes, give up with a majority against."""
    if not counts_as_vote(node, message) or message.source in node.votes:
        return node
    node = evolve(node, votes=node.votes.set(message.source, not message.reject))
    voters = node.config.voters
    if has_quorum(voters, [voter for voter, granted in node.votes.items() if granted]):
        return _won(node)
    if has_quorum(voters, [voter for voter, granted in node.votes.items() if not granted]):
        return become_follower(node, node.term, NONE)
    return node


def _won(node: Node) -> Node:
    if node.role is Role.PRE_CANDIDATE:
        return _stand(node, Role.CANDIDATE)
    return become_leader(node)


def become_leader(node: Node) -> Node:
    """Lead: append an empty entry of the new term, and send it to everybody (section 5.4.2)."""
    last = node.log.last_index
    progress = FrozenMap(
        {peer: Progress(0, last + 1, active=peer == node.id) for peer in node.config.voters}
    )
    node = evolve(
        node,
        role=Role.LEADER,
        leader=node.id,
        progress=progress,
        votes=FrozenMap(),
        election_elapsed=0,
        heartbeat_elapsed=0,
    )
    return append_entries(node, (Entry(node.term, last + 1),))
