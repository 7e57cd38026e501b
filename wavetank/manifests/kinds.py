"""The kinds that the model knows: their fields, as the Kubernetes API spells them.

Rules of this file: data. For each object, the fields that are read, and the real ones that are
ignored (Kubernetes API reference, 1.36). A field in neither list is a mistake in the manifest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model.api.config import ConfigMap, Secret
from model.api.meta import ObjectMeta
from model.api.namespace import Namespace
from model.api.node import Node, NodeSpec, NodeStatus
from model.api.pod import (
    Pod,
)
from model.api.policy import PodDisruptionBudget, PodDisruptionBudgetSpec
from model.api.selectors import Taint
from model.api.service import Service, ServicePort, ServiceSpec
from model.api.workloads import (
    Deployment,
    DeploymentSpec,
    DeploymentStrategy,
    ReplicaSet,
    ReplicaSetSpec,
)
from model.frozen_map import FrozenMap
from wavetank.manifests.pods import (
    CONDITION,
    COUNT,
    META,
    POD_SPEC,
    POD_STATUS,
    SELECTOR,
    TEMPLATE,
    words,
)
from wavetank.manifests.schema import (
    Reader,
    Required,
    boolean,
    int_or_string,
    list_of,
    object_of,
    one_of,
    resources,
    strings,
    text,
    whole,
)

__all__ = ["READERS"]

NAMESPACELESS = ("Node", "Namespace")


# -- nodes --------------------------------------------------------------------------------------

NODE_SPEC = object_of(
    NodeSpec,
    {
        "unschedulable": boolean,
        "taints": list_of(
            object_of(
                Taint,
                {
                    "key": Required(text),
                    "value": text,
                    "effect": Required(one_of("NoSchedule", "PreferNoSchedule", "NoExecute")),
                },
                words("timeAdded"),
            )
        ),
    },
    words("configSource externalID podCIDR podCIDRs providerID"),
)


def _node_status(
    *,
    allocatable: FrozenMap[str, int] | None = None,
    capacity: FrozenMap[str, int] | None = None,
    conditions: Any = (),
) -> NodeStatus:
    ready = next((c["status"] for c in conditions if c.get("type") == "Ready"), "True")
    return NodeStatus(allocatable=allocatable or capacity or FrozenMap(), ready=ready)


NODE_STATUS = object_of(
    _node_status,
    {"allocatable": resources, "capacity": resources, "conditions": list_of(CONDITION)},
    words(
        "addresses config daemonEndpoints features images nodeInfo phase runtimeHandlers "
        "volumesAttached volumesInUse declaredFeatures"
    ),
)

# -- workloads and policies -----------------------------------------------------------------------


def _strategy(*, type: str = "RollingUpdate", rolling_update: Any = None) -> DeploymentStrategy:
    return DeploymentStrategy(type=type, **(rolling_update or {}))


DEPLOYMENT_SPEC = object_of(
    DeploymentSpec,
    {
        "replicas": COUNT,
        "selector": Required(SELECTOR),
        "template": Required(TEMPLATE),
        "strategy": object_of(
            _strategy,
            {
                "type": one_of("RollingUpdate", "Recreate"),
                "rollingUpdate": object_of(
                    dict, {"maxSurge": int_or_string, "maxUnavailable": int_or_string}
                ),
            },
        ),
        "paused": boolean,
        "minReadySeconds": COUNT,
        "revisionHistoryLimit": COUNT,
        "progressDeadlineSeconds": COUNT,
    },
)
REPLICA_SET_SPEC = object_of(
    ReplicaSetSpec,
    {
        "replicas": COUNT,
        "selector": Required(SELECTOR),
        "template": Required(TEMPLATE),
        "minReadySeconds": COUNT,
    },
)
BUDGET_SPEC = object_of(
    PodDisruptionBudgetSpec,
    {"selector": SELECTOR, "minAvailable": int_or_string, "maxUnavailable": int_or_string},
    words("unhealthyPodEvictionPolicy"),
)


def _port_or_name(given: Any, place: Any, ignored: Any) -> Any:
    if isinstance(given.value, str):
        return given.value
    return whole(1)(given, place, ignored)


SERVICE_SPEC = object_of(
    ServiceSpec,
    {
        "selector": strings,
        "ports": list_of(
            object_of(
                ServicePort,
                {
                    "port": Required(whole(1)),
                    "targetPort": _port_or_name,
                    "name": text,
                    "protocol": one_of("TCP", "UDP", "SCTP"),
                },
                words("nodePort appProtocol"),
            )
        ),
        "type": one_of("ClusterIP", "NodePort", "LoadBalancer", "ExternalName"),
        "clusterIP": text,
        "publishNotReadyAddresses": boolean,
    },
    words(
        "allocateLoadBalancerNodePorts clusterIPs externalIPs externalName externalTrafficPolicy "
        "healthCheckNodePort internalTrafficPolicy ipFamilies ipFamilyPolicy loadBalancerClass "
        "loadBalancerIP loadBalancerSourceRanges sessionAffinity sessionAffinityConfig "
        "trafficDistribution"
    ),
)

TOP = {"apiVersion": Required(text), "kind": Required(text), "metadata": Required(META)}


def _top(make: Any) -> Any:
    """An object without its apiVersion and kind, which chose the reader."""
    return lambda *, api_version, kind, **values: make(**values)


def _kind(make: Any, fields: Mapping[str, Reader | Required], ignores: str = "") -> Reader:
    return object_of(_top(make), {**TOP, **fields}, words(ignores))


def _namespace(*, metadata: ObjectMeta) -> Namespace:
    return Namespace(metadata)


READERS: dict[str, Reader] = {
    "Pod": _kind(Pod, {"spec": Required(POD_SPEC), "status": POD_STATUS}),
    "Node": _kind(Node, {"spec": NODE_SPEC, "status": NODE_STATUS}),
    "Deployment": _kind(Deployment, {"spec": Required(DEPLOYMENT_SPEC)}, "status"),
    "ReplicaSet": _kind(ReplicaSet, {"spec": Required(REPLICA_SET_SPEC)}, "status"),
    "Service": _kind(Service, {"spec": Required(SERVICE_SPEC)}, "status"),
    "ConfigMap": _kind(ConfigMap, {"data": strings, "immutable": boolean}, "binaryData"),
    "Secret": _kind(Secret, {"data": strings, "immutable": boolean, "type": text}, "stringData"),
    "PodDisruptionBudget": _kind(PodDisruptionBudget, {"spec": Required(BUDGET_SPEC)}, "status"),
    "Namespace": _kind(_namespace, {}, "spec status"),
}
"""By kind: how an object of it is read."""
