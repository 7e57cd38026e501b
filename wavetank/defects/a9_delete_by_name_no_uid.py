"""A9: a controller deletes by name from an old cache, and hits the pod's healthy successor."""

from attrs import evolve

from model.api.meta import ObjectMeta
from model.api.pod import Container, Pod, PodSpec
from model.api.selectors import Toleration
from model.control_plane.config import KubeConfig, example_node
from model.frozen_map import FrozenMap
from wavetank.defects.defect import Anomaly

DB = Pod(
    ObjectMeta("db", labels=FrozenMap({"app": "db"})),
    PodSpec(
        (Container("db", "db:1", requests=FrozenMap({"cpu": 500})),),
        tolerations=(Toleration("node.kubernetes.io/unreachable", "Exists", "", "NoExecute", 0),),
    ),
)

DEFECT = Anomaly(
    id="A9",
    name="delete-by-name-no-uid",
    title="A deletion without uid as precondition hits the successor of the pod it was meant for.",
    source="kubernetes 1.20 taint manager, RealPodControl.DeletePod",
    layer="kube",
    breaks=("delete_removes_the_observed_uid",),
    holds=("preconditions_are_kept",),
    faults="a node that goes silent, a cache that lags",
    config=KubeConfig(
        nodes=(example_node("n1", "zone-a"), example_node("n2", "zone-b")),
        objects=(evolve(DB, spec=evolve(DB.spec, node_name="n1")),),
        edits=(evolve(DB, spec=evolve(DB.spec, node_name="n2")),),
        images=(),
        controllers=("node-lifecycle-controller",),
        faults=FrozenMap({"cut node": 1, "crash node": 1}),
        wishes=3,
    ),
)
