"""Proposals (Raft paper, section 5.3; for configuration changes dissertation, section 4.1).

Rules of this file: a proposal is taken whole, or dropped; who proposes is told which.
"""

from __future__ import annotations

from model.evolve import evolve
from model.raft.conf_change import ConfChange
from model.raft.log import Entry
from model.raft.message import Message, MessageType
from model.raft.node import NONE, Node, Role, note, send
from model.raft.notes import DEBUG, INFO
from model.raft.replication import append_entries, broadcast_append, refuse_over_limit
from model.raft.transfer import is_transferring

__all__ = ["is_conf_change_pending", "propose", "propose_conf_change", "propose_entries"]

Proposed = tuple[Node, bool]
"""The node, and whether the proposal was accepted or passed on (False: dropped)."""


def propose(node: Node, data: str) -> Proposed:
    """The application proposes ``data``."""
    return propose_entries(node, (Entry(0, 0, data),))


def propose_conf_change(node: Node, change: ConfChange) -> Proposed:
    """The application proposes a change of the configuration."""
    return propose_entries(node, (Entry(0, 0, change=change),))


def propose_entries(node: Node, entries: tuple[Entry, ...], source: int = NONE) -> Proposed:
    """Append as leader, pass on as follower, drop as candidate (``source``: who proposed)."""
    if node.role is Role.LEADER:
        return _append(node, entries)
    if node.role is not Role.FOLLOWER or node.leader == NONE:
        words = "%x no leader at term %d; dropping proposal"
        return note(node, INFO, words, node.id, node.term), False
    if node.config.disable_proposal_forwarding:
        words = "%x not forwarding to leader %x at term %d; dropping proposal"
        return note(node, INFO, words, node.id, node.leader, node.term), False
    message = Message(MessageType.PROP, source or node.id, node.leader, entries=entries)
    return send(node, message), True


def _append(node: Node, entries: tuple[Entry, ...]) -> Proposed:
    if node.id not in node.progress:
        return node, False  # removed while it leads
    if is_transferring(node):
        words = "%x [term %d] transfer leadership to %x is in progress; dropping proposal"
        return note(node, DEBUG, words, node.id, node.term, node.transferee), False
    checked = []
    for position, entry in enumerate(entries):
        if entry.change is None:
            checked.append(entry)
            continue
        why = why_not_now(node, entry.change)
        if why and not node.config.disable_conf_change_validation:
            node = note_ignored(node, entry.change, why)
            checked.append(Entry(0, 0))
            continue
        node = evolve(node, pending_conf_index=node.log.last_index + position + 1)
        checked.append(entry)
    appended = append_entries(node, tuple(checked))
    if appended is None:
        return refuse_over_limit(node), False
    return broadcast_append(appended), True


def is_conf_change_pending(node: Node) -> bool:
    """Whether an earlier change may be in the log and is not applied yet (section 4.1)."""
    return node.pending_conf_index > node.applied


def why_not_now(node: Node, change: ConfChange) -> str:
    """Why the change is refused, in etcd's words; empty when it may go into the log."""
    if is_conf_change_pending(node):
        return (
            f"possible unapplied conf change at index {node.pending_conf_index} "
            f"(applied to {node.applied})"
        )
    if node.configuration.is_joint and change.changes:
        return "must transition out of joint config first"
    if not node.configuration.is_joint and not change.changes:
        return "not in joint state; refusing empty conf change"
    return ""


TYPE_WORDS = {
    "v": "ConfChangeAddNode",
    "r": "ConfChangeRemoveNode",
    "u": "ConfChangeUpdateNode",
    "l": "ConfChangeAddLearnerNode",
}


def in_protobuf_words(change: ConfChange) -> str:
    """The change as etcd logs it (``DescribeConfChange``): one in the older form as its newer."""
    singles = (
        f"changes:{{type:{TYPE_WORDS[each.type.value]} node_id:{each.node}}}"
        for each in change.changes
    )
    return " ".join((f"transition:ConfChangeTransition{change.transition.value}", *singles))


def note_ignored(node: Node, change: ConfChange, why: str) -> Node:
    """A note that an entry without content takes the place of the change."""
    if not node.config.logs:
        return node
    words = "%x ignoring conf change %s at config %s: %s"
    here = node.configuration.sentence()
    return note(node, INFO, words, node.id, in_protobuf_words(change), here, why)
