"""G3: an assumed pod is forgotten before the scheduler sees it bound, and its room given away."""

from attrs import evolve

from model.api.node import NodeStatus
from model.control_plane.config import GIB, KubeConfig, example_node, web_deployment
from model.frozen_map import FrozenMap
from wavetank.defects.defect import Defect, Replacement

TTL_SECONDS = 30


def assumed_pod_expired(bound_at: int, now: int) -> bool:
    """After 30 seconds, as up to release 1.22."""
    return now - bound_at > TTL_SECONDS


SMALL = NodeStatus(FrozenMap({"cpu": 600, "memory": GIB, "pods": 10}))

DEFECT = Defect(
    id="G3",
    name="sched-assume-ttl",
    title="An assumed pod expires before its binding is seen, and its room is given to another.",
    source="kubernetes/kubernetes issue 106361, pull requests 106412 and 110925",
    layer="kube",
    breaks=("node_is_not_overcommitted",),
    faults="none: a slow cache, and time",
    config=KubeConfig(
        nodes=tuple(evolve(example_node(n, f"zone-{n}"), status=SMALL) for n in ("n1", "n2")),
        objects=(web_deployment(2),),
    ),
    replaces=(
        Replacement("model.scheduler.scheduler", "assumed_pod_expired", assumed_pod_expired),
    ),
)
