"""The kinds that the model knows: their fields, as the Kubernetes API spells them.

Rules of this file: data. For each object, the fields that are read, and the real ones that are
ignored (Kubernetes API reference, 1.36). A field in neither list is a mistake in the manifest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model.api.config import ConfigMap, Secret
from model.api.meta import ObjectMeta, OwnerReference
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
from model.api.policy import PodDisruptionBudget, PodDisruptionBudgetSpec
from model.api.selectors import LabelSelector, NodeSelectorTerm, Requirement, Taint, Toleration
from model.api.service import Service, ServicePort, ServiceSpec
from model.api.workloads import (
    Deployment,
    DeploymentSpec,
    DeploymentStrategy,
    ReplicaSet,
    ReplicaSetSpec,
)
from model.frozen_map import FrozenMap
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


def words(names: str) -> tuple[str, ...]:
    """Names separated by blanks."""
    return tuple(names.split())


COUNT = whole(0)

REQUIREMENT = object_of(
    Requirement,
    {
        "key": Required(text),
        "operator": Required(one_of("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt")),
        "values": list_of(text),
    },
)
SELECTOR = object_of(
    LabelSelector, {"matchLabels": strings, "matchExpressions": list_of(REQUIREMENT)}
)
META = object_of(
    ObjectMeta,
    {
        "name": text,
        "namespace": text,
        "uid": text,
        "labels": strings,
        "annotations": strings,
        "generateName": text,
        "finalizers": list_of(text),
        "ownerReferences": list_of(
            object_of(
                OwnerReference,
                {
                    "kind": Required(text),
                    "name": Required(text),
                    "uid": Required(text),
                    "controller": boolean,
                    "blockOwnerDeletion": boolean,
                },
                words("apiVersion"),
            )
        ),
    },
    words(
        "creationTimestamp resourceVersion generation managedFields selfLink deletionTimestamp "
        "deletionGracePeriodSeconds clusterName"
    ),
)

# -- pods ---------------------------------------------------------------------------------------

PROBE = object_of(
    Probe,
    {
        "initialDelaySeconds": COUNT,
        "periodSeconds": whole(1),
        "successThreshold": whole(1),
        "failureThreshold": whole(1),
    },
    words("httpGet tcpSocket exec grpc timeoutSeconds terminationGracePeriodSeconds"),
)


def _container(
    *, resources: Mapping[str, FrozenMap[str, int]] | None = None, **values: Any
) -> Container:
    """A container; what has a limit and no request requests its limit, as the API defaults it."""
    given = resources or {}
    limits = given.get("limits", FrozenMap())
    requests = FrozenMap({**limits, **given.get("requests", FrozenMap())})
    return Container(requests=requests, limits=limits, **values)


CONTAINER = object_of(
    _container,
    {
        "name": Required(text),
        "image": text,
        "resources": object_of(dict, {"requests": resources, "limits": resources}, words("claims")),
        "ports": list_of(
            object_of(
                ContainerPort,
                {
                    "containerPort": Required(whole(1)),
                    "protocol": one_of("TCP", "UDP", "SCTP"),
                    "name": text,
                    "hostPort": COUNT,
                    "hostIP": text,
                },
            )
        ),
        "readinessProbe": PROBE,
        "livenessProbe": PROBE,
    },
    words(
        "args command env envFrom imagePullPolicy lifecycle resizePolicy restartPolicy "
        "securityContext startupProbe stdin stdinOnce terminationMessagePath "
        "terminationMessagePolicy tty volumeDevices volumeMounts workingDir restartPolicyRules"
    ),
)


def _pod_term(*, label_selector: LabelSelector | None = None, **values: Any) -> PodAffinityTerm:
    return PodAffinityTerm(label_selector=label_selector, **values)


POD_TERM = object_of(
    _pod_term,
    {
        "labelSelector": SELECTOR,
        "topologyKey": Required(text),
        "namespaces": list_of(text),
    },
    words("namespaceSelector matchLabelKeys mismatchLabelKeys"),
)


NODE_TERM = object_of(
    NodeSelectorTerm,
    {"matchExpressions": list_of(REQUIREMENT), "matchFields": list_of(REQUIREMENT)},
)


def _affinity(
    *,
    node_affinity: Mapping[str, Any] | None = None,
    pod_affinity: Mapping[str, Any] | None = None,
    pod_anti_affinity: Mapping[str, Any] | None = None,
) -> Affinity:
    required = "required_during_scheduling_ignored_during_execution"
    node = (node_affinity or {}).get(required)
    return Affinity(
        node=None if node is None else node["node_selector_terms"],
        pod=(pod_affinity or {}).get(required, ()),
        pod_anti=(pod_anti_affinity or {}).get(required, ()),
    )


_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = words("preferredDuringSchedulingIgnoredDuringExecution")
AFFINITY = object_of(
    _affinity,
    {
        "nodeAffinity": object_of(
            dict,
            {_REQUIRED: object_of(dict, {"nodeSelectorTerms": Required(list_of(NODE_TERM))})},
            _PREFERRED,
        ),
        "podAffinity": object_of(dict, {_REQUIRED: list_of(POD_TERM)}, _PREFERRED),
        "podAntiAffinity": object_of(dict, {_REQUIRED: list_of(POD_TERM)}, _PREFERRED),
    },
)
SPREAD = object_of(
    TopologySpreadConstraint,
    {
        "topologyKey": Required(text),
        "maxSkew": Required(whole(1)),
        "whenUnsatisfiable": Required(one_of("DoNotSchedule", "ScheduleAnyway")),
        "labelSelector": SELECTOR,
        "minDomains": whole(1),
        "nodeAffinityPolicy": one_of("Honor", "Ignore"),
        "nodeTaintsPolicy": one_of("Honor", "Ignore"),
        "matchLabelKeys": list_of(text),
    },
)
TOLERATION = object_of(
    Toleration,
    {
        "key": text,
        "operator": one_of("Equal", "Exists"),
        "value": text,
        "effect": one_of("NoSchedule", "PreferNoSchedule", "NoExecute"),
        "tolerationSeconds": whole(None),
    },
)
POD_SPEC = object_of(
    PodSpec,
    {
        "containers": Required(list_of(CONTAINER)),
        "nodeName": text,
        "nodeSelector": strings,
        "tolerations": list_of(TOLERATION),
        "affinity": AFFINITY,
        "topologySpreadConstraints": list_of(SPREAD),
        "priority": whole(None),
        "terminationGracePeriodSeconds": COUNT,
        "restartPolicy": one_of("Always", "OnFailure", "Never"),
        "schedulerName": text,
    },
    words(
        "activeDeadlineSeconds automountServiceAccountToken dnsConfig dnsPolicy enableServiceLinks "
        "ephemeralContainers hostAliases hostIPC hostNetwork hostPID hostUsers hostname "
        "imagePullSecrets initContainers os overhead preemptionPolicy priorityClassName "
        "readinessGates resourceClaims resources runtimeClassName schedulingGates securityContext "
        "serviceAccount serviceAccountName setHostnameAsFQDN shareProcessNamespace subdomain "
        "volumes hostnameOverride"
    ),
)


def _template(*, metadata: ObjectMeta | None = None, spec: PodSpec) -> PodTemplate:
    given = metadata or ObjectMeta()
    return PodTemplate(labels=given.labels, spec=spec, annotations=given.annotations)


TEMPLATE = object_of(_template, {"metadata": META, "spec": Required(POD_SPEC)})


def _pod_status(*, phase: str = "Pending", pod_ip: str = "", conditions: Any = ()) -> PodStatus:
    ready = any(c.get("type") == "Ready" and c.get("status") == "True" for c in conditions)
    return PodStatus(phase=phase, ready=ready, ready_since=0 if ready else None, pod_ip=pod_ip)


CONDITION = object_of(
    dict,
    {"type": Required(text), "status": Required(text)},
    words(
        "lastTransitionTime lastProbeTime lastHeartbeatTime lastUpdateTime message reason "
        "observedGeneration"
    ),
)
POD_STATUS = object_of(
    _pod_status,
    {
        "phase": one_of("Pending", "Running", "Succeeded", "Failed", "Unknown"),
        "podIP": text,
        "conditions": list_of(CONDITION),
    },
    words(
        "allocatedResources containerStatuses ephemeralContainerStatuses "
        "extendedResourceClaimStatus hostIP hostIPs initContainerStatuses message "
        "nominatedNodeName observedGeneration podIPs "
        "qosClass reason resize resourceClaimStatuses resources startTime"
    ),
)

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
