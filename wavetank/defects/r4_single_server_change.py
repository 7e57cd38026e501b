"""R4: a new leader accepts a membership change before it has committed an entry of its own."""

from attrs import evolve

from model.raft.group import REPLICATION_ONLY
from model.raft.log import Log
from wavetank.defects.defect import Defect, Replacement


def inherited_conf_index(log: Log) -> int:
    """Nothing that was inherited counts."""
    return 0


DEFECT = Defect(
    id="R4",
    name="single-server-change",
    title="A new leader accepts a membership change although an earlier one is still in its log.",
    source="Ongaro on raft-dev, July 2015; dissertation 4.1",
    layer="raft",
    config=evolve(REPLICATION_ONLY, spares=1, changes=2, proposals=0, snapshots=0),
    breaks=(
        "one_change_at_a_time",
        "more_up_to_date_is_correct",
        "leader_completeness",
        "election_safety",
        "every_quorum_has_what_is_applied",
    ),
    faults="a leader that crashes or is cut off",
    replaces=(Replacement("model.raft.election", "inherited_conf_index", inherited_conf_index),),
)
