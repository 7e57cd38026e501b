"""R6: a leader appends a second configuration change before it has applied the first."""

from attrs import evolve

from model.raft.group import REPLICATION_ONLY
from model.raft.node import Node
from wavetank.defects.defect import Defect, Replacement


def is_conf_change_pending(node: Node) -> bool:
    """Never."""
    return False


DEFECT = Defect(
    id="R6",
    name="overlapping-conf-changes",
    title="A leader accepts a configuration change before the one before it has been applied.",
    source="etcd-io/raft raft.go pendingConfIndex",
    layer="raft",
    config=evolve(REPLICATION_ONLY, spares=2, changes=3),
    breaks=(
        "one_change_at_a_time",
        "more_up_to_date_is_correct",
        "leader_completeness",
        "election_safety",
        "every_quorum_has_what_is_applied",
    ),
    replaces=(
        Replacement("model.raft.proposal", "is_conf_change_pending", is_conf_change_pending),
    ),
)
