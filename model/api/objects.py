"""All API objects, and where each kind lives in the store.

Rules of this file: names only; each concept has a file of its own. A key in the store is
``/registry/<plural>/<namespace>/<name>`` (``/registry/<plural>/<name>`` without namespace), as
the API server lays out etcd (staging/src/k8s.io/apiserver/pkg/storage/etcd3/store.go).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model.api.config import ConfigMap, Secret
from model.api.coordination import NODE_LEASES, Lease, LeaseSpec
from model.api.custom import CustomResource
from model.api.meta import KubeObject, ObjectMeta, OwnerReference, controller_of, key_of
from model.api.namespace import Namespace
from model.api.node import Node, NodeSpec, NodeStatus
from model.api.pod import (
    Affinity,
    Container,
    ContainerPort,
    Pod,
    PodAffinityTerm,
    PodSpec,
    PodStatus,
    PodTemplate,
    Probe,
    TopologySpreadConstraint,
)
from model.api.policy import (
    PodDisruptionBudget,
    PodDisruptionBudgetSpec,
    PodDisruptionBudgetStatus,
)
from model.api.selectors import LabelSelector, NodeSelectorTerm, Requirement, Taint, Toleration
from model.api.service import Endpoint, EndpointSlice, Service, ServicePort, ServiceSpec
from model.api.workloads import (
    Deployment,
    DeploymentSpec,
    DeploymentStatus,
    DeploymentStrategy,
    ReplicaSet,
    ReplicaSetSpec,
    ReplicaSetStatus,
)

__all__ = [
    "KINDS",
    "NODE_LEASES",
    "Affinity",
    "ConfigMap",
    "Container",
    "ContainerPort",
    "CustomResource",
    "Deployment",
    "DeploymentSpec",
    "DeploymentStatus",
    "DeploymentStrategy",
    "Endpoint",
    "EndpointSlice",
    "KubeObject",
    "LabelSelector",
    "Lease",
    "LeaseSpec",
    "Namespace",
    "Node",
    "NodeSelectorTerm",
    "NodeSpec",
    "NodeStatus",
    "ObjectMeta",
    "OwnerReference",
    "Pod",
    "PodAffinityTerm",
    "PodDisruptionBudget",
    "PodDisruptionBudgetSpec",
    "PodDisruptionBudgetStatus",
    "PodSpec",
    "PodStatus",
    "PodTemplate",
    "Probe",
    "ReplicaSet",
    "ReplicaSetSpec",
    "ReplicaSetStatus",
    "Requirement",
    "Secret",
    "Service",
    "ServicePort",
    "ServiceSpec",
    "Taint",
    "Toleration",
    "TopologySpreadConstraint",
    "controller_of",
    "key_of",
    "plural",
    "store_key",
    "store_key_of",
    "store_prefix",
]

KINDS: Mapping[str, type[Any]] = {
    cls.kind: cls
    for cls in (
        ConfigMap,
        Deployment,
        EndpointSlice,
        Lease,
        Namespace,
        Node,
        Pod,
        PodDisruptionBudget,
        ReplicaSet,
        Secret,
        Service,
    )
}
"""The built-in kinds."""

_PLURALS = {kind: kind.lower() + "s" for kind in KINDS}


def plural(kind: str) -> str:
    """``pods`` for ``Pod``; the same for a custom kind."""
    return _PLURALS.get(kind) or kind.lower() + "s"


def store_prefix(kind: str) -> str:
    """What the keys of a kind's objects start with."""
    return f"/registry/{plural(kind)}/"


def store_key(kind: str, key: str) -> str:
    """The key in the store of the object of this kind that work queues call ``key``."""
    return f"/registry/{plural(kind)}/{key}"


def store_key_of(obj: KubeObject) -> str:
    """The key in the store of this object."""
    return store_key(obj.kind, key_of(obj))
