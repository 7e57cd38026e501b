"""R27: a leader that is elected while the group is joint never proposes the way out."""

from attrs import evolve

from model.frozen_map import FrozenMap
from model.raft.group import REPLICATION_ONLY
from model.raft.node import Node, Role
from wavetank.defects.defect import Defect, Replacement


def is_exit_due(node: Node) -> bool:
    """Only the leader that proposed the joint configuration leaves it."""
    return (
        node.configuration.auto_leave
        and node.role is Role.LEADER
        and node.applied >= node.pending_conf_index
        and node.log.term_at(node.pending_conf_index) == node.term
    )


DEFECT = Defect(
    id="R27",
    name="auto-leave-lost",
    title="A leader elected while the group is joint never proposes to leave: it stays joint.",
    source="etcd-io/raft raft.go AutoLeave",
    layer="raft",
    config=evolve(
        REPLICATION_ONLY,
        spares=1,
        changes=1,
        proposals=0,
        faults=FrozenMap({"crash": 1, "cut": 1}),
    ),
    breaks=("joint_configurations_are_left",),
    faults="a change of the leader",
    replaces=(Replacement("model.raft.configure", "is_exit_due", is_exit_due),),
)
