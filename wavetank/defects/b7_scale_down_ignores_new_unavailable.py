"""B7: a rollout scales old pods down as if all new ones were available."""

from model.controllers.scaling import Strategy
from wavetank.defects.defect import Defect, Replacement


def max_scaled_down(strategy: Strategy, total: int, new_unavailable: int) -> int:
    """All that is above the least available, new pods included."""
    return total - strategy.least_available


DEFECT = Defect(
    id="B7",
    name="deploy-scale-down-ignores-new-unavailable",
    title="Old pods are scaled down while new ones are not available.",
    source="kubernetes pkg/controller/deployment/rolling.go, newRSUnavailablePodCount",
    layer="kube",
    breaks=("scale_down_never_counts_on_unavailable_pods",),
    replaces=(Replacement("model.controllers.scaling", "max_scaled_down", max_scaled_down),),
)
