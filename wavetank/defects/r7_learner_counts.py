"""R7: what a learner has acknowledged counts towards the quorum."""

from collections.abc import Mapping

from attrs import evolve

from model.raft.conf_change import Configuration
from model.raft.group import REPLICATION_ONLY
from model.raft.quorum import committed_index
from wavetank.defects.defect import Defect, Replacement


def joint_committed_index(configuration: Configuration, match: Mapping[int, int]) -> int:
    """A majority of everybody who is sent the log."""
    return committed_index(configuration.members(), match)


DEFECT = Defect(
    id="R7",
    name="learner-counts",
    title="A learner's acknowledgement counts towards the majority that commits an entry.",
    source="etcd-io/raft tracker.go; dissertation 4.2.1",
    layer="raft",
    config=evolve(REPLICATION_ONLY, members=2, learners=1),
    breaks=(
        "committed_is_durable_on_a_quorum",
        "every_quorum_has_what_is_applied",
        "more_up_to_date_is_correct",
        "leader_completeness",
    ),
    replaces=(Replacement("model.raft.quorum", "joint_committed_index", joint_committed_index),),
)
