"""B1: the ReplicaSet controller forgets what it has just asked for."""

from model.controllers.replica_set import Expectations
from wavetank.defects.defect import Defect, Replacement


def may_sync_pods(expected: Expectations | None, now: int) -> bool:
    """Always, however far behind the cache is."""
    return True


DEFECT = Defect(
    id="B1",
    name="rs-no-expectations",
    title="A ReplicaSet is synced from a cache that does not show its own pods yet.",
    source="kubernetes pkg/controller/controller_utils.go, ControllerExpectations",
    layer="kube",
    breaks=("expectations_prevent_surplus_pods",),
    faults="none: caches lag anyway",
    replaces=(Replacement("model.controllers.replica_set", "may_sync_pods", may_sync_pods),),
)
