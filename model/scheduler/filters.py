"""The filters: for a pod and a node, why the pod cannot run there.

Models the default Filter plugins of the scheduler, as a table in their order. Rules of this file:
one row a plugin; a filter sees the pod, the node and the snapshot of its scheduling cycle, nothing
newer. A reason is in the words that ``kubectl describe pod`` shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from model.api.pod import Pod, PodAffinityTerm
from model.api.selectors import Taint, matches, node_affinity_matches, untolerated
from model.scheduler.snapshot import NodeInfo, Snapshot, pod_requests

__all__ = ["FILTERS", "Filter", "explain", "rejection"]

Filter = Callable[[Pod, NodeInfo, Snapshot], str | None]

UNSCHEDULABLE = Taint("node.kubernetes.io/unschedulable", "", "NoSchedule")


def node_unschedulable(pod: Pod, info: NodeInfo, snapshot: Snapshot) -> str | None:
    """A cordoned node takes no pods but those that tolerate it."""
    if not info.node.spec.unschedulable:
        return None
    tolerated = untolerated((UNSCHEDULABLE,), pod.spec.tolerations) is None
    return None if tolerated else "node(s) were unschedulable"


def taint_toleration(pod: Pod, info: NodeInfo, snapshot: Snapshot) -> str | None:
    """Every NoSchedule and NoExecute taint has to be tolerated."""
    taint = untolerated(info.node.spec.taints, pod.spec.tolerations)
    if taint is None:
        return None
    return f"node(s) had untolerated taint {{{taint.key}: {taint.value}}}"


def node_affinity(pod: Pod, info: NodeInfo, snapshot: Snapshot) -> str | None:
    """Node selector and required node affinity."""
    required = None if pod.spec.affinity is None else pod.spec.affinity.node
    meta = info.node.metadata
    fits = node_affinity_matches(pod.spec.node_selector, required, meta.labels, meta.name)
    return None if fits else "node(s) didn't match Pod's node affinity/selector"


def node_resources_fit(pod: Pod, info: NodeInfo, snapshot: Snapshot) -> str | None:
    """What the node has left of every resource that the pod requests."""
    allocatable = info.node.status.allocatable
    for name, amount in sorted(pod_requests(pod).items()):
        if amount > allocatable.get(name, 0) - info.requested.get(name, 0):
            return "Too many pods" if name == "pods" else f"Insufficient {name}"
    return None


def _domain(labels: Mapping[str, str], key: str) -> str | None:
    return labels.get(key)


def _about(term: PodAffinityTerm, owner: Pod, other: Pod) -> bool:
    spaces = term.namespaces or (owner.metadata.namespace,)
    return other.metadata.namespace in spaces and matches(
        term.label_selector, other.metadata.labels
    )


def inter_pod_affinity(pod: Pod, info: NodeInfo, snapshot: Snapshot) -> str | None:
    """Required affinity and anti-affinity, the anti-affinity of those already there included."""
    affinity = pod.spec.affinity
    labels = info.node.metadata.labels
    for other in snapshot.nodes:
        for there in other.pods:
            for term in () if there.spec.affinity is None else there.spec.affinity.pod_anti:
                value = _domain(labels, term.topology_key)
                same = value == _domain(other.node.metadata.labels, term.topology_key)
                if value is not None and same and _about(term, there, pod):
                    return "node(s) didn't satisfy existing pods anti-affinity rules"
    if affinity is None:
        return None
    for term in affinity.pod_anti:
        if _count(term, pod, labels, snapshot):
            return "node(s) didn't match pod anti-affinity rules"
    if affinity.pod and not _affinity_satisfied(pod, labels, snapshot):
        return "node(s) didn't match pod affinity rules"
    return None


def _count(term: PodAffinityTerm, pod: Pod, labels: Mapping[str, str], snapshot: Snapshot) -> int:
    """Pods that the term is about, in the domain of these labels."""
    value = _domain(labels, term.topology_key)
    if value is None:
        return 0
    return sum(
        _about(term, pod, there)
        for other in snapshot.nodes
        if _domain(other.node.metadata.labels, term.topology_key) == value
        for there in other.pods
    )


def _affinity_satisfied(pod: Pod, labels: Mapping[str, str], snapshot: Snapshot) -> bool:
    """Each term has a pod here; or no pod anywhere matches, and the pod matches itself."""
    affinity = pod.spec.affinity
    assert affinity is not None
    terms = affinity.pod
    if any(_domain(labels, term.topology_key) is None for term in terms):
        return False
    if all(_count(term, pod, labels, snapshot) for term in terms):
        return True
    anywhere = any(
        _about(term, pod, there)
        for term in terms
        for other in snapshot.nodes
        for there in other.pods
    )
    return not anywhere and all(_about(term, pod, pod) for term in terms)


FILTERS: tuple[tuple[str, Filter], ...] = (
    ("NodeUnschedulable", lambda *seen: node_unschedulable(*seen)),
    ("TaintToleration", lambda *seen: taint_toleration(*seen)),
    ("NodeAffinity", lambda *seen: node_affinity(*seen)),
    ("NodeResourcesFit", lambda *seen: node_resources_fit(*seen)),
    ("InterPodAffinity", lambda *seen: inter_pod_affinity(*seen)),
)
"""Plugin by name. The lambdas look the filter up when called, so that a defect can replace it."""


def rejection(pod: Pod, info: NodeInfo, snapshot: Snapshot) -> str | None:
    """The first reason why the pod cannot run on the node; None when it can."""
    for _, check in FILTERS:
        reason = check(pod, info, snapshot)
        if reason is not None:
            return reason
    return None


def explain(reasons: Mapping[str, str]) -> str:
    """The scheduler's sentence for node -> reason: how many nodes, and how many for each reason."""
    counts: dict[str, int] = {}
    for reason in reasons.values():
        counts[reason] = counts.get(reason, 0) + 1
    words = ", ".join(sorted(f"{count} {reason}" for reason, count in counts.items()))
    return f"0/{len(reasons)} nodes are available: {words or 'no nodes'}."
