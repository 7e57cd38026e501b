"""Acting on a configuration change once it is applied (etcd-io/raft ``applyConfChange``)."""

from __future__ import annotations

from model.evolve import evolve
from model.raft.commit import maybe_commit
from model.raft.conf_change import ConfChange
from model.raft.membership import Refused, Roster, change
from model.raft.node import NONE, Node, Role, note
from model.raft.notes import DEBUG, INFO
from model.raft.proposal import propose_conf_change
from model.raft.replication import broadcast_append, maybe_send_append
from model.raft.roles import become_follower
from model.raft.transfer import abort_transfer

__all__ = ["apply_conf_change", "leave_joint_if_due", "switch_to_configuration"]


def apply_conf_change(node: Node, asked: ConfChange) -> Node:
    """The node in the configuration that a committed change leads to.

    A change that has no meaning where it is applied (it was accepted without validation) leaves
    the configuration as it is.
    """
    changed = change(Roster(node.configuration, node.progress), asked, node.log.last_index)
    return node if isinstance(changed, Refused) else switch_to_configuration(node, changed)


def switch_to_configuration(node: Node, roster: Roster) -> Node:
    """Who joins is sent to at once; a leader that is no longer a voter may step down."""
    node = evolve(node, configuration=roster.configuration, progress=roster.progress)
    if node.config.logs:
        words = "%x switched to configuration %s"
        node = note(node, INFO, words, node.id, roster.configuration.sentence())
    if node.role is not Role.LEADER:
        return node
    if node.id not in node.progress or node.is_learner:
        if node.config.step_down_on_removal:
            return become_follower(node, node.term, NONE)
        return node
    committed = maybe_commit(node)
    if committed is not node:
        node = broadcast_append(committed)
    else:
        for peer in node.progress:
            if peer != node.id:
                node, _ = maybe_send_append(node, peer, even_empty=False)
    if node.transferee not in (NONE, *node.configuration.all_voters()):
        node = abort_transfer(node)
    return node


def is_exit_due(node: Node) -> bool:
    """Whether this leader is to propose the way out of a joint configuration.

    Also one that was elected while the configuration was joint: its ``pending_conf_index`` is the
    end of its log then, which it has applied by the time it looks.
    """
    return (
        node.configuration.auto_leave
        and node.role is Role.LEADER
        and node.applied >= node.pending_conf_index
    )


def leave_joint_if_due(node: Node) -> Node:
    """A leader that has applied a joint configuration proposes the way out of it."""
    if not is_exit_due(node):
        return node
    node, accepted = propose_conf_change(node, ConfChange())
    if not node.config.logs:
        return node
    where = node.configuration.sentence()
    if not accepted:
        words = (
            "not initiating automatic transition out of joint configuration %s: "
            "raft proposal dropped"
        )
        return note(node, DEBUG, words, where)
    words = "initiating automatic transition out of joint configuration %s"
    return note(node, INFO, words, where)
