"""Entering a role (Raft paper, section 5.1 and figure 4; etcd-io/raft ``raft.go``, ``become*``).

A node that enters a new term forgets its vote; a node that changes its role forgets what it knew
of the others.
"""

from __future__ import annotations

from typing import Any

from model.evolve import evolve
from model.frozen_map import FrozenMap
from model.raft.node import NONE, Node, Role, note, ticks_until_candidacy
from model.raft.notes import INFO
from model.raft.progress import Progress

__all__ = ["become_candidate", "become_follower", "become_pre_candidate", "reset"]

NO_VOTES: FrozenMap[int, bool] = FrozenMap()


def reset(node: Node, term: int, **changes: Any) -> Node:
    """The node at the beginning of a role in ``term``, with further ``changes``."""
    fresh = {"vote": NONE} if term != node.term else {}
    node = evolve(
        node,
        **{
            "term": term,
            **fresh,
            "leader": NONE,
            "transferee": NONE,
            "election_elapsed": 0,
            "heartbeat_elapsed": 0,
            "votes": NO_VOTES,
            "progress": _progress_of_strangers(node),
            "pending_conf_index": 0,
            "uncommitted_size": 0,
            "pending_reads": (),
            "confirmed_reads": 0,
            **changes,
        },
    )
    return evolve(node, timeout=ticks_until_candidacy(node))


def _progress_of_strangers(node: Node) -> FrozenMap[int, Progress]:
    """Nothing is known of anybody; everybody is sent what follows the end of the log."""
    last = node.log.last_index
    learners = node.configuration.learners
    return FrozenMap(
        {
            peer: Progress(
                match=last if peer == node.id else 0, next=last + 1, learner=peer in learners
            )
            for peer in node.progress
        }
    )


def become_follower(node: Node, term: int, leader: int) -> Node:
    """Follow ``leader`` (0: nobody known) in ``term``; a new term has a new vote."""
    node = reset(node, term, role=Role.FOLLOWER, leader=leader)
    return note(node, INFO, "%x became follower at term %d", node.id, term)


def become_candidate(node: Node) -> Node:
    """Enter the next term, and vote for itself."""
    node = reset(node, node.term + 1, role=Role.CANDIDATE, vote=node.id)
    return note(node, INFO, "%x became candidate at term %d", node.id, node.term)


def become_pre_candidate(node: Node) -> Node:
    """Speak of the next term without entering it: neither term nor vote change."""
    node = evolve(node, role=Role.PRE_CANDIDATE, leader=NONE, votes=NO_VOTES)
    return note(node, INFO, "%x became pre-candidate at term %d", node.id, node.term)
