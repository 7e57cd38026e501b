"""Elections (Raft paper, sections 5.2 and 5.4; dissertation, section 9.6 for PreVote)."""

from __future__ import annotations

from enum import Enum

from model.evolve import evolve
from model.raft.log import Entry, Log, is_up_to_date
from model.raft.message import TRANSFER, Message, MessageType
from model.raft.node import NONE, Node, Role, note, send
from model.raft.notes import DEBUG, INFO, WARN
from model.raft.progress import become_replicate
from model.raft.quorum import VoteResult, joint_vote_result
from model.raft.replication import append_entries, broadcast_append
from model.raft.roles import become_candidate, become_follower, become_pre_candidate, reset

__all__ = [
    "Campaign",
    "become_leader",
    "counts_as_vote",
    "grants_vote",
    "hup",
    "is_promotable",
    "receive_vote",
    "receive_vote_response",
]


class Campaign(Enum):
    """Why and how a node stands for election."""

    PRE_ELECTION = "pre-election"
    ELECTION = "election"
    TRANSFER = "transfer"

    __hash__ = object.__hash__


def is_promotable(node: Node) -> bool:
    """Whether it may stand: it votes itself, and no snapshot waits to become its log."""
    return (
        node.id in node.progress
        and node.id in node.configuration.all_voters()
        and node.unstable.snapshot is None
    )


def has_unapplied_conf_changes(node: Node) -> bool:
    """Whether a change is committed that this node does not act on yet."""
    return any(entry.change is not None for entry in node.log.between(node.applied, node.commit))


def hup(node: Node, campaign: Campaign) -> Node:
    """Stand for election, where that makes sense (etcd-io/raft ``hup``)."""
    if node.role is Role.LEADER:
        return note(node, DEBUG, "%x ignoring MsgHup because already leader", node.id)
    if not is_promotable(node):
        return note(node, WARN, "%x is unpromotable and can not campaign", node.id)
    if has_unapplied_conf_changes(node):
        return note(
            node,
            WARN,
            "%x cannot campaign at term %d since there are still pending configuration changes "
            "to apply",
            *(node.id, node.term),
        )
    node = note(node, INFO, "%x is starting a new election at term %d", node.id, node.term)
    return stand(node, campaign)


def candidate_term(node: Node, campaign: Campaign) -> int:
    """The term that a candidate asks for: a pre-candidate only speaks of the next one."""
    return node.term + 1 if campaign is Campaign.PRE_ELECTION else node.term


def stand(node: Node, campaign: Campaign) -> Node:
    """Ask everybody for a vote, ourselves too: our own counts once it is on disk.

    A pre-candidate may win when it is no longer a voter itself, and then stands all the same.
    """
    if not is_promotable(node):
        words = "%x is unpromotable; campaign() should have been called"
        node = note(node, WARN, words, node.id)
    if campaign is Campaign.PRE_ELECTION:
        node = become_pre_candidate(node)
        kind, answer = MessageType.PRE_VOTE, MessageType.PRE_VOTE_RESP
    else:
        node = become_candidate(node)
        kind, answer = MessageType.VOTE, MessageType.VOTE_RESP
    term = candidate_term(node, campaign)
    context = TRANSFER if campaign is Campaign.TRANSFER else ""
    last_term, last_index = node.log.last_term, node.log.last_index
    messages = []
    for peer in node.configuration.all_voters():
        if peer == node.id:
            messages.append(Message(answer, node.id, node.id, term))
            continue
        node = note(
            node,
            INFO,
            "%x [logterm: %d, index: %d] sent %s request to %x at term %d",
            *(node.id, last_term, last_index, kind.value, peer, node.term),
        )
        messages.append(Message(kind, node.id, peer, term, last_term, last_index, context=context))
    return send(node, *messages)


def grants_vote(node: Node, message: Message) -> bool:
    """Whether to vote for the sender: free to, and its log is as up to date (section 5.4.1)."""
    free = (
        node.vote == message.source
        or (node.vote == NONE and node.leader == NONE)
        or (message.type is MessageType.PRE_VOTE and message.term > node.term)
    )
    return free and is_up_to_date(node.log, message.log_term, message.index)


def note_vote(node: Node, words: str, message: Message) -> Node:
    """A note on what becomes of a request for a vote, with both logs."""
    if not node.config.logs:
        return node
    kind = message.type.value
    return note(
        node,
        INFO,
        f"%x [logterm: %d, index: %d, vote: %x] {words} %x [logterm: %d, index: %d] at term %d",
        *(node.id, node.log.last_term, node.log.last_index, node.vote, kind, message.source),
        *(message.log_term, message.index, node.term),
    )


def receive_vote(node: Node, message: Message) -> Node:
    """Answer a MsgVote or MsgPreVote of our term (a MsgPreVote may speak of a later one)."""
    pre = message.type is MessageType.PRE_VOTE
    kind = MessageType.PRE_VOTE_RESP if pre else MessageType.VOTE_RESP
    if not grants_vote(node, message):
        node = note_vote(node, "rejected %s from", message)
        return send(node, Message(kind, node.id, message.source, node.term, reject=True))
    node = note_vote(node, "cast %s for", message)
    if not pre:
        node = evolve(node, vote=message.source, election_elapsed=0)
    return send(node, Message(kind, node.id, message.source, message.term))


def counts_as_vote(node: Node, message: Message) -> bool:
    """Whether an answer belongs to the election that is on: our role's kind, and our term."""
    if node.role is Role.CANDIDATE:
        return message.type is MessageType.VOTE_RESP and message.term == node.term
    if node.role is Role.PRE_CANDIDATE:
        return message.type is MessageType.PRE_VOTE_RESP
    return False


def receive_vote_response(node: Node, message: Message) -> Node:
    """Count an answer; lead with a majority of votes, give up with a majority against."""
    if not counts_as_vote(node, message):
        return node
    kind = message.type.value
    words = "%x received %s rejection from %x at term %d"
    if not message.reject:
        words = "%x received %s from %x at term %d"
    node = note(node, INFO, words, node.id, kind, message.source, node.term)
    if message.source not in node.votes:
        node = evolve(node, votes=node.votes.set(message.source, not message.reject))
    if node.config.logs:
        counted = [vote for peer, vote in node.votes.items() if is_counted(node, peer)]
        node = note(
            node,
            INFO,
            "%x has received %d %s votes and %d vote rejections",
            *(node.id, counted.count(True), kind, counted.count(False)),
        )
    result = joint_vote_result(node.configuration, node.votes)
    if result is VoteResult.WON:
        if node.role is Role.PRE_CANDIDATE:
            return stand(node, Campaign.ELECTION)
        return broadcast_append(become_leader(node))
    if result is VoteResult.LOST:
        return become_follower(node, node.term, NONE)
    return node


def is_counted(node: Node, peer: int) -> bool:
    """Whether a vote of ``peer`` is worth telling: it is a member, and no learner."""
    return peer in node.progress and not node.progress[peer].learner


def inherited_conf_index(log: Log) -> int:
    """Up to where a new leader may have inherited a change of the configuration: the whole log.

    Until it has applied all of that, and so committed an entry of its own term, it accepts no
    change (Ongaro on raft-dev, July 2015).
    """
    return log.last_index


def become_leader(node: Node) -> Node:
    """Lead, and append an empty entry of the new term (section 5.4.2)."""
    node = reset(node, node.term, role=Role.LEADER, leader=node.id)
    own = node.progress.get(node.id)
    progress = node.progress
    if own is not None:
        progress = progress.set(node.id, evolve(become_replicate(own), active=True))
    node = evolve(node, progress=progress, pending_conf_index=inherited_conf_index(node.log))
    led = append_entries(node, (Entry(0, 0),))
    assert led is not None  # what carries nothing always fits
    return note(led, INFO, "%x became leader at term %d", node.id, node.term)
