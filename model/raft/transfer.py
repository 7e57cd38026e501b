"""Handing leadership over (dissertation, section 3.10; etcd-io/raft ``raft.go``)."""

from __future__ import annotations

from attrs import evolve as attrs_evolve

from model.evolve import evolve
from model.raft.election import Campaign, hup
from model.raft.message import Message, MessageType
from model.raft.node import NONE, Node, ReadOnly, Role, note, send
from model.raft.notes import DEBUG, ERROR, INFO
from model.raft.progress import Progress
from model.raft.replication import send_append

__all__ = [
    "abort_transfer",
    "forget_leader",
    "forward_transfer",
    "is_ready_to_lead",
    "receive_timeout_now",
    "receive_transfer",
    "send_timeout_now",
]


def is_ready_to_lead(node: Node, progress: Progress) -> bool:
    """Whether the follower's log is complete, so that it can win at once (step 2)."""
    return progress.match == node.log.last_index


def is_transferring(node: Node) -> bool:
    """Whether the leader is about to hand over; it accepts no proposals meanwhile (step 1)."""
    return node.transferee != NONE


def send_timeout_now(node: Node, peer: int) -> Node:
    """Tell the follower to stand for election now (step 3)."""
    return send(node, Message(MessageType.TIMEOUT_NOW, node.id, peer, node.term))


def abort_transfer(node: Node) -> Node:
    """The leader stays."""
    return evolve(node, transferee=NONE) if node.transferee != NONE else node


def receive_transfer(node: Node, message: Message) -> Node:
    """The leader is asked to hand over to the sender."""
    peer = message.source
    progress: Progress | None = node.progress.get(peer)
    if progress is None:
        return note(node, DEBUG, "%x no progress available for %x", node.id, peer)
    if progress.learner:
        return note(node, DEBUG, "%x is learner. Ignored transferring leadership", node.id)
    before = node.transferee
    if before == peer:
        return note(
            node,
            INFO,
            "%x [term %d] transfer leadership to %x is in progress, "
            "ignores request to same node %x",
            *(node.id, node.term, peer, peer),
        )
    if before != NONE:
        words = "%x [term %d] abort previous transferring leadership to %x"
        node = note(abort_transfer(node), INFO, words, node.id, node.term, before)
    if peer == node.id:
        words = "%x is already leader. Ignored transferring leadership to self"
        return note(node, DEBUG, words, node.id)
    words = "%x [term %d] starts to transfer leadership to %x"
    node = note(node, INFO, words, node.id, node.term, peer)
    # It should be over within one election timeout.
    node = evolve(node, election_elapsed=0, transferee=peer)
    if is_ready_to_lead(node, progress):
        words = "%x sends MsgTimeoutNow to %x immediately as %x already has up-to-date log"
        return note(send_timeout_now(node, peer), INFO, words, node.id, peer, peer)
    return send_append(node, peer)  # it may be paused: then its next answer resumes the flow


def forward_transfer(node: Node, message: Message) -> Node:
    """A follower passes the wish on to its leader."""
    if node.leader == NONE:
        words = "%x no leader at term %d; dropping leader transfer msg"
        return note(node, INFO, words, node.id, node.term)
    return send(node, attrs_evolve(message, target=node.leader, term=node.term))


def receive_timeout_now(node: Node, message: Message) -> Node:
    """Stand for election at once; without PreVote, for the leader itself wants it."""
    node = note(
        node,
        INFO,
        "%x [term %d] received MsgTimeoutNow from %x and starts an election to get leadership.",
        *(node.id, node.term, message.source),
    )
    return hup(node, Campaign.TRANSFER)


def ignore_timeout_now(node: Node, message: Message) -> Node:
    """A candidate stands already."""
    return note(
        node,
        DEBUG,
        "%x [term %d state %s] ignored MsgTimeoutNow from %x",
        *(node.id, node.term, role_in_words(node.role), message.source),
    )


def role_in_words(role: Role) -> str:
    """``StatePreCandidate``."""
    return "State" + "".join(word.capitalize() for word in role.value.split("-"))


def forget_leader(node: Node) -> Node:
    """The follower no longer counts on its leader, and may vote for another in this term."""
    if node.config.read_only is ReadOnly.LEASE_BASED:
        return note(node, ERROR, "ignoring MsgForgetLeader due to ReadOnlyLeaseBased")
    if node.leader == NONE:
        return node
    words = "%x forgetting leader %x at term %d"
    node = note(node, INFO, words, node.id, node.leader, node.term)
    return evolve(node, leader=NONE)
