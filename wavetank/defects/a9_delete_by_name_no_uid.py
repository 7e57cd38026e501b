"""A9: a controller deletes by name from an old cache, and hits the pod's healthy successor."""

from attrs import evolve

from model.api.meta import ObjectMeta
from model.api.pod import Container, Pod, PodSpec
from model.api.selectors import Taint
from model.control_plane.config import KubeConfig, example_node
from model.frozen_map import FrozenMap
from wavetank.defects.defect import Anomaly

DB = Pod(
    ObjectMeta("db", labels=FrozenMap({"app": "db"})),
    PodSpec((Container("db", "db:1", requests=FrozenMap({"cpu": 500})),), node_name="n1"),
)
LEAKING = Taint("leaking", "", "NoExecute")
N1 = example_node("n1", "zone-a")

DEFECT = Anomaly(
    id="A9",
    name="delete-by-name-no-uid",
    title="A deletion without uid as precondition hits the successor of the pod it was meant for.",
    source="kubernetes 1.20 taint manager, RealPodControl.DeletePod",
    layer="kube",
    breaks=("delete_removes_the_observed_uid",),
    holds=("preconditions_are_kept",),
    faults="a cache that lags",
    config=KubeConfig(
        nodes=(
            evolve(N1, spec=evolve(N1.spec, taints=(LEAKING,))),
            example_node("n2", "zone-b"),
        ),
        objects=(DB,),
        edits=(evolve(DB, spec=evolve(DB.spec, node_name="n2")),),
    ),
)
