"""E18: a serializable read may be stale. That is documented, and true of etcd today."""

from wavetank.defects.defect import Anomaly

DEFECT = Anomaly(
    id="E18",
    name="serializable-stale",
    title="A serializable read shows a state from before writes that were answered already.",
    source="etcd API guarantees: serializable reads",
    layer="etcd",
    breaks=("serializable_reads_are_fresh",),
    holds=("serializable_reads_see_a_past_state", "serializable_reads_never_go_back"),
    faults="a member that lags",
)
