"""When an entry is committed (Raft paper, sections 5.3 and 5.4.2)."""

from __future__ import annotations

from collections.abc import Mapping

from model.evolve import evolve
from model.raft.conf_change import Configuration
from model.raft.log import Log
from model.raft.node import Node
from model.raft.progress import Progress
from model.raft.quorum import joint_committed_index

__all__ = [
    "acknowledged",
    "commit_after_acknowledgement",
    "commit_to",
    "may_commit_by_counting",
    "maybe_commit",
]


def may_commit_by_counting(log: Log, index: int, term: int) -> bool:
    """Whether a leader of ``term`` may commit ``index`` because a quorum has it.

    Only entries of its own term: an older one can be on a majority and still be overwritten
    (figure 8). It is committed with the first entry of the leader's term above it.
    """
    return log.term_at(index) == term


def acknowledged(progress: Mapping[int, Progress]) -> dict[int, int]:
    """By member, the last index that is known to be on its disk."""
    return {peer: each.match for peer, each in progress.items()}


def commit_after_acknowledgement(
    log: Log, configuration: Configuration, match: Mapping[int, int], commit: int, term: int
) -> int:
    """The commit index of a leader of ``term`` when the members have acknowledged ``match``."""
    index = joint_committed_index(configuration, match)
    return index if index > commit and may_commit_by_counting(log, index, term) else commit


def maybe_commit(node: Node) -> Node:
    """The leader with its commit index advanced as far as the acknowledgements allow."""
    index = commit_after_acknowledgement(
        node.log, node.configuration, acknowledged(node.progress), node.commit, node.term
    )
    return node if index == node.commit else evolve(node, commit=index)


def commit_to(node: Node, index: int) -> Node:
    """The node knows that all up to ``index`` is committed, as far as its log goes."""
    index = min(index, node.log.last_index)
    return evolve(node, commit=index) if index > node.commit else node
