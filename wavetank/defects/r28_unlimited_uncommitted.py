"""R28: a leader without a quorum accepts proposals without bound."""

from attrs import evolve

from model.raft.group import REPLICATION_ONLY
from model.raft.node import Node
from wavetank.defects.defect import Defect, Replacement


def exceeds_uncommitted_size(node: Node, size: int) -> bool:
    """Never."""
    return False


DEFECT = Defect(
    id="R28",
    name="unlimited-uncommitted",
    title="A leader that can commit nothing goes on accepting proposals.",
    source="etcd-io/raft raft.go MaxUncommittedEntriesSize",
    layer="raft",
    config=evolve(REPLICATION_ONLY, max_uncommitted_size=4, proposals=5),
    breaks=("what_a_leader_sends_is_within_limits",),
    replaces=(
        Replacement("model.raft.replication", "exceeds_uncommitted_size", exceeds_uncommitted_size),
    ),
)
