"""What a ``kube`` world is made of, what its users may do, and what may go wrong.

The default is a small port: three nodes in three zones, a Deployment ``web`` of three replicas
behind a Service.
"""

from __future__ import annotations

from attrs import frozen

from model.api.objects import (
    ConfigMap,
    Container,
    CustomResource,
    Deployment,
    DeploymentSpec,
    EndpointSlice,
    LabelSelector,
    Lease,
    Namespace,
    Node,
    NodeStatus,
    ObjectMeta,
    Pod,
    PodDisruptionBudget,
    PodSpec,
    PodTemplate,
    Probe,
    ReplicaSet,
    Secret,
    Service,
    ServicePort,
    ServiceSpec,
)
from model.frozen_map import FrozenMap

__all__ = ["DEFAULT_FAULTS", "GIB", "AnyObject", "KubeConfig", "example_node", "web_deployment"]

AnyObject = (
    ConfigMap
    | CustomResource
    | Deployment
    | EndpointSlice
    | Lease
    | Namespace
    | Node
    | Pod
    | PodDisruptionBudget
    | ReplicaSet
    | Secret
    | Service
)
"""Any object that can stand in a configuration."""

GIB = 1024**3


def example_node(name: str, zone: str) -> Node:
    """A node of 2 CPUs, 4 GiB and room for 10 pods."""
    labels = {"kubernetes.io/hostname": name, "topology.kubernetes.io/zone": zone}
    return Node(
        ObjectMeta(name, "", labels=FrozenMap(labels)),
        status=NodeStatus(FrozenMap({"cpu": 2000, "memory": 4 * GIB, "pods": 10})),
    )


def web_deployment(replicas: int = 3) -> Deployment:
    """The Deployment ``web``: half a CPU a pod, ready when its probe says so."""
    labels = FrozenMap({"app": "web"})
    container = Container(
        "web",
        "web:1",
        requests=FrozenMap({"cpu": 500, "memory": GIB // 2}),
        readiness_probe=Probe(),
    )
    return Deployment(
        ObjectMeta("web", labels=labels),
        DeploymentSpec(replicas, LabelSelector(labels), PodTemplate(labels, PodSpec((container,)))),
    )


_WEB_SERVICE = Service(
    ObjectMeta("web"), ServiceSpec(FrozenMap({"app": "web"}), (ServicePort(80, 8080),))
)

DEFAULT_FAULTS: FrozenMap[str, int] = FrozenMap(
    {
        "break watch": 2,
        "crash node": 1,
        "crash process": 2,
        "cut node": 1,
        "lose answer": 1,
        "refuse write": 1,
        "skew clock": 0,
        "slow answer": 1,
        "unwell pod": 2,
    }
)


@frozen
class KubeConfig:
    """A ``kube`` world's configuration.

    ``nodes`` exist from the start, each with its kubelet; ``spare_nodes`` may be added by users.
    ``objects`` exist from the start. ``edits``: objects that users may apply on top, over those
    or as new ones. ``images``: what users roll Deployments out to; containers of ``bad_images``
    never become ready. ``scales``: numbers of replicas that users choose from.
    ``wishes``: how many things users may ask for in a run. ``faults``: budgets by name.
    ``controllers``: which run, by name; empty means all that the layer has.
    ``watch_window``: events that a watch holds for a slow client before it is closed.
    ``warm_up``: fair rounds that have passed when the run begins, so that pods run already.
    """

    nodes: tuple[Node, ...] = (
        example_node("n1", "zone-a"),
        example_node("n2", "zone-b"),
        example_node("n3", "zone-c"),
    )
    spare_nodes: tuple[Node, ...] = ()
    objects: tuple[AnyObject, ...] = (web_deployment(), _WEB_SERVICE)
    edits: tuple[AnyObject, ...] = ()
    images: tuple[str, ...] = ("web:2", "web:bad", "web:1")
    bad_images: tuple[str, ...] = ("web:bad",)
    scales: tuple[int, ...] = (1, 2, 4, 5, 0)
    wishes: int = 4
    faults: FrozenMap[str, int] = DEFAULT_FAULTS
    controllers: tuple[str, ...] = ()
    watch_window: int = 48
    warm_up: int = 0
