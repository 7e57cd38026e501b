"""B2: expectations are given up after five minutes, however far behind the cache still is."""

from wavetank.defects.defect import Anomaly

DEFECT = Anomaly(
    id="B2",
    name="rs-expectations-ttl-overcreate",
    title="After five minutes without its watch a ReplicaSet is synced from the old cache.",
    source="kubernetes/kubernetes issue 129795",
    layer="kube",
    breaks=("expectations_hold_for_ever",),
    holds=("expectations_prevent_surplus_pods", "replicas_converge"),
    faults="a watch that is silent for more than five minutes",
)
