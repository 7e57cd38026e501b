"""What a tick of a node's own clock does (etcd-io/raft ``tickElection``, ``tickHeartbeat``)."""

from __future__ import annotations

from model.evolve import evolve
from model.raft.election import Campaign, hup, is_promotable
from model.raft.node import NONE, Node, Role, note
from model.raft.notes import WARN
from model.raft.quorum import joint_has_quorum
from model.raft.replication import broadcast_heartbeat
from model.raft.roles import become_follower
from model.raft.transfer import abort_transfer

__all__ = ["campaign", "check_quorum", "tick", "time_out"]


def campaign(node: Node) -> Node:
    """Stand for election, with PreVote when the configuration says so."""
    return hup(node, Campaign.PRE_ELECTION if node.config.pre_vote else Campaign.ELECTION)


def time_out(node: Node) -> Node:
    """The election timer fires now (section 5.2)."""
    return campaign(evolve(node, election_elapsed=0))


def tick(node: Node) -> Node:
    """One tick of the node's own clock."""
    if node.role is Role.LEADER:
        return _tick_leader(node)
    node = evolve(node, election_elapsed=node.election_elapsed + 1)
    if node.election_elapsed >= node.timeout and is_promotable(node):
        return time_out(node)
    return node


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
            node = check_quorum(node)
        if node.role is Role.LEADER:
            node = abort_transfer(node)  # it has taken too long
    if node.role is Role.LEADER and node.heartbeat_elapsed >= config.heartbeat_timeout:
        node = broadcast_heartbeat(evolve(node, heartbeat_elapsed=0))
    return node


def check_quorum(node: Node) -> Node:
    """Step down without a quorum that was heard from since the last check."""
    active = [peer for peer, each in node.progress.items() if each.active or peer == node.id]
    if not joint_has_quorum(node.configuration, active):
        words = "%x stepped down to follower since quorum is not active"
        node = become_follower(note(node, WARN, words, node.id), node.term, NONE)
    progress = node.progress
    for peer, each in node.progress.items():
        if peer != node.id and each.active:
            progress = progress.set(peer, evolve(each, active=False))
    return evolve(node, progress=progress)
