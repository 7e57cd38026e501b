"""Pods: containers that share one address and one fate, on one node.

Models ``Pod`` (core/v1 ``types.go``) as far as the scheduler, the controllers and the kubelet read
it. Rules of this file: resources are integers, ``cpu`` in millicores, ``memory`` in bytes,
anything else in its own unit. The ``Ready`` condition is the pair ``ready``/``ready_since``.
Left out so far: init containers, volumes, ports on the host, exit codes.
"""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from model.api.meta import ObjectMeta
from model.api.selectors import LabelSelector, NodeSelectorTerm, Toleration
from model.frozen_map import FrozenMap

__all__ = [
    "Affinity",
    "Container",
    "ContainerPort",
    "Pod",
    "PodAffinityTerm",
    "PodSpec",
    "PodStatus",
    "PodTemplate",
    "Probe",
    "TopologySpreadConstraint",
    "is_active",
    "is_available",
    "is_terminal",
]

TERMINAL = ("Succeeded", "Failed")
"""Phases that a pod never leaves."""


@frozen
class ContainerPort:
    """A port that a container listens on; ``host_port`` 0: not on the node's own address."""

    container_port: int
    protocol: str = "TCP"
    name: str = ""
    host_port: int = 0
    host_ip: str = ""


@frozen
class Probe:
    """How often the kubelet asks, in seconds, and how many equal answers it takes."""

    initial_delay_seconds: int = 0
    period_seconds: int = 10
    success_threshold: int = 1
    failure_threshold: int = 3


@frozen
class Container:
    """One container; ``requests`` and ``limits`` by resource (millicores, bytes)."""

    name: str = "main"
    image: str = ""
    requests: FrozenMap[str, int] = FrozenMap()
    limits: FrozenMap[str, int] = FrozenMap()
    ports: tuple[ContainerPort, ...] = ()
    readiness_probe: Probe | None = None
    liveness_probe: Probe | None = None


@frozen
class PodAffinityTerm:
    """Other pods near which (or away from which) a pod wants to be.

    ``namespaces`` empty: the pod's own.
    """

    label_selector: LabelSelector | None
    topology_key: str
    namespaces: tuple[str, ...] = ()


@frozen
class Affinity:
    """What is *required during scheduling*. ``node``: terms of which one suffices, None: any."""

    node: tuple[NodeSelectorTerm, ...] | None = None
    pod: tuple[PodAffinityTerm, ...] = ()
    pod_anti: tuple[PodAffinityTerm, ...] = ()


@frozen
class TopologySpreadConstraint:
    """How evenly pods have to spread over the values of a node label."""

    topology_key: str
    max_skew: int = 1
    when_unsatisfiable: str = "DoNotSchedule"
    label_selector: LabelSelector | None = None
    min_domains: int | None = None
    node_affinity_policy: str = "Honor"
    node_taints_policy: str = "Ignore"
    match_label_keys: tuple[str, ...] = ()


@frozen
class PodSpec:
    """What a pod should be. ``node_name`` is "" until it is bound, and then never changes."""

    containers: tuple[Container, ...] = ()
    node_name: str = ""
    node_selector: FrozenMap[str, str] = FrozenMap()
    tolerations: tuple[Toleration, ...] = ()
    affinity: Affinity | None = None
    topology_spread_constraints: tuple[TopologySpreadConstraint, ...] = ()
    priority: int = 0
    termination_grace_period_seconds: int = 30
    restart_policy: str = "Always"
    scheduler_name: str = "default-scheduler"


@frozen
class PodStatus:
    """What a pod is, as its kubelet reported it.

    ``phase``: Pending, Running, Succeeded, Failed. ``ready_since``: seconds on the kubelet's
    clock since when the Ready condition is what it is, None before it was ever set.
    """

    phase: str = "Pending"
    ready: bool = False
    ready_since: int | None = None
    pod_ip: str = ""
    start_time: int | None = None
    restart_count: int = 0
    reason: str = ""
    nominated_node_name: str = ""


@frozen
class PodTemplate:
    """What a workload's pods are made from."""

    labels: FrozenMap[str, str] = FrozenMap()
    spec: PodSpec = PodSpec()
    annotations: FrozenMap[str, str] = FrozenMap()


@frozen
class Pod:
    """A pod."""

    kind: ClassVar[str] = "Pod"

    metadata: ObjectMeta
    spec: PodSpec = PodSpec()
    status: PodStatus = PodStatus()


def is_terminal(pod: Pod) -> bool:
    """True when the pod has run to its end, well or not."""
    return pod.status.phase in TERMINAL


def is_active(pod: Pod) -> bool:
    """True when the pod counts as a replica: not at its end, and nobody has deleted it."""
    return pod.metadata.deletion_timestamp is None and pod.status.phase not in TERMINAL


def is_available(pod: Pod, min_ready_seconds: int, now: int) -> bool:
    """True when the pod has been ready for long enough."""
    status = pod.status
    if not status.ready:
        return False
    return min_ready_seconds == 0 or (
        status.ready_since is not None and status.ready_since + min_ready_seconds <= now
    )
