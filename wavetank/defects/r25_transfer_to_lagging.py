"""R25: a leader tells a member to stand that has not caught up, and goes on taking proposals."""

from attrs import evolve

from model.raft.group import REPLICATION_ONLY
from model.raft.node import Node
from model.raft.progress import Progress
from wavetank.defects.defect import Defect, Replacement


def is_ready_to_lead(node: Node, progress: Progress) -> bool:
    """At any time."""
    return True


def is_transferring(node: Node) -> bool:
    """Proposals are taken as ever."""
    return False


DEFECT = Defect(
    id="R25",
    name="transfer-to-lagging",
    title="TimeoutNow is sent before the transferee has caught up, and proposals are still taken.",
    source="Raft dissertation, section 3.10; etcd-io/raft raft.go",
    layer="raft",
    config=evolve(REPLICATION_ONLY, transfers=1),
    breaks=("a_transferee_has_caught_up", "a_transferring_leader_takes_no_proposals"),
    replaces=(
        Replacement("model.raft.transfer", "is_ready_to_lead", is_ready_to_lead),
        Replacement("model.raft.transfer", "is_transferring", is_transferring),
    ),
)
