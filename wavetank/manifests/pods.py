"""The fields of pods, as the Kubernetes API spells them: data, as in ``kinds``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model.api.meta import ObjectMeta, OwnerReference
from model.api.pod import (
    Affinity,
    Container,
    ContainerPort,
    PodAffinityTerm,
    PodSpec,
    PodStatus,
    PodTemplate,
    Probe,
    TopologySpreadConstraint,
)
from model.api.selectors import LabelSelector, NodeSelectorTerm, Requirement, Toleration
from model.frozen_map import FrozenMap
from wavetank.manifests.schema import (
    Required,
    boolean,
    list_of,
    object_of,
    one_of,
    resources,
    strings,
    text,
    whole,
)


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
