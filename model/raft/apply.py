"""Handing committed entries to the application, and hearing that they are applied.

Source: etcd-io/raft ``log.go`` (nextCommittedEnts, acceptApplying, appliedTo), ``raft.go``.
"""

from __future__ import annotations

from model.evolve import evolve
from model.raft.configure import leave_joint_if_due
from model.raft.log import Entry, entry_size, limit_size, payload_size
from model.raft.node import Applying, Node

__all__ = ["accept_applying", "applied_entries", "applied_to", "committed_to_apply"]


def last_appliable(node: Node, *, unstable_too: bool) -> int:
    """The last committed index that may be applied; of what is not on disk only when allowed."""
    return node.commit if unstable_too else min(node.commit, node.unstable.offset - 1)


def committed_to_apply(node: Node, *, unstable_too: bool) -> tuple[Entry, ...]:
    """The committed entries to be handed out next, as far as the limit on their size allows."""
    applying = node.applying
    if applying.paused or node.unstable.snapshot is not None:
        return ()
    upto = last_appliable(node, unstable_too=unstable_too)
    if upto <= applying.index:
        return ()
    entries = node.log.between(applying.index, upto)
    limit = node.config.max_committed_size_per_ready
    return entries if limit is None else limit_size(entries, max(0, limit - applying.size))


def accept_applying(node: Node, entries: tuple[Entry, ...], *, unstable_too: bool) -> Node:
    """The application has been handed ``entries``."""
    index = entries[-1].index
    limit = node.config.max_committed_size_per_ready
    size = 0 if limit is None else node.applying.size + sum(map(entry_size, entries))
    paused = limit is not None and (
        size >= limit or index < last_appliable(node, unstable_too=unstable_too)
    )
    return evolve(node, applying=Applying(index, size, paused))


def applied_to(node: Node, index: int, size: int) -> Node:
    """The application has applied all up to ``index``, the last ``size`` bytes of it just now."""
    limit = node.config.max_committed_size_per_ready
    left = max(0, node.applying.size - size)
    applied = max(index, node.applied)
    node = evolve(
        node,
        applied=applied,
        applying=Applying(
            max(node.applying.index, applied), left, limit is not None and left >= limit
        ),
    )
    return leave_joint_if_due(node)


def applied_entries(node: Node, entries: tuple[Entry, ...]) -> Node:
    """The application has applied ``entries``; they no longer count as uncommitted."""
    limit = node.config.max_committed_size_per_ready
    size = 0 if limit is None else sum(map(entry_size, entries))
    node = applied_to(node, entries[-1].index, size)
    if not node.uncommitted_size:
        return node
    payload = sum(map(payload_size, entries))
    return evolve(node, uncommitted_size=max(0, node.uncommitted_size - payload))
