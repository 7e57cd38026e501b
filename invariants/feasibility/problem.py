"""The placement problem: groups of equal pods, nodes with what is left of them.

Rules of this file: no solver. Pods that are alike in all that placement looks at form one group.
What runs already is part of the nodes: it takes resources, and keeps others away by
anti-affinity.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from attrs import frozen

from model.api.node import Node
from model.api.pod import Pod, PodAffinityTerm, PodSpec
from model.api.selectors import Taint, matches, node_affinity_matches, untolerated
from model.frozen_map import FrozenMap

__all__ = ["NodeRoom", "PodGroup", "Problem", "Running", "problem_of", "requests_of"]


@frozen(cache_hash=True)
class PodGroup:
    """So many equal pods, known to the user as ``name`` (``Deployment web``, ``Pod db``)."""

    name: str
    count: int
    namespace: str
    labels: FrozenMap[str, str]
    spec: PodSpec


@frozen
class Running:
    """A pod that is bound already, as far as it matters to others."""

    namespace: str
    labels: FrozenMap[str, str]
    anti_affinity: tuple[PodAffinityTerm, ...]


@frozen
class NodeRoom:
    """A node: what is free of each resource, and which pods run on it."""

    node: Node
    free: FrozenMap[str, int]
    running: tuple[Running, ...] = ()

    @property
    def name(self) -> str:
        """The node's name."""
        return self.node.metadata.name


@frozen
class Problem:
    """Place all the groups on the nodes."""

    groups: tuple[PodGroup, ...]
    nodes: tuple[NodeRoom, ...]


def requests_of(spec: PodSpec) -> FrozenMap[str, int]:
    """What a pod asks for, by resource; each pod also takes one of ``pods``."""
    total: dict[str, int] = {"pods": 1}
    for container in spec.containers:
        for name, amount in container.requests.items():
            total[name] = total.get(name, 0) + amount
    return FrozenMap(total)


def anti_affinity_of(spec: PodSpec) -> tuple[PodAffinityTerm, ...]:
    """The required anti-affinity terms of a pod."""
    return () if spec.affinity is None else spec.affinity.pod_anti


def applies(term: PodAffinityTerm, own: str, namespace: str, labels: FrozenMap[str, str]) -> bool:
    """Whether a term of a pod in namespace ``own`` is about a pod like this."""
    spaces = term.namespaces or (own,)
    return namespace in spaces and matches(term.label_selector, labels)


def taint_against(group: PodGroup, node: Node) -> Taint | None:
    """The first taint that keeps the group off the node."""
    if node.spec.unschedulable:
        cordon = Taint("node.kubernetes.io/unschedulable", "", "NoSchedule")
        found = untolerated((cordon,), group.spec.tolerations)
        if found is not None:
            return found
    return untolerated(node.spec.taints, group.spec.tolerations)


def selector_allows(group: PodGroup, node: Node) -> bool:
    """Whether node selector and required node affinity let the group onto the node."""
    required = None if group.spec.affinity is None else group.spec.affinity.node
    meta = node.metadata
    return node_affinity_matches(group.spec.node_selector, required, meta.labels, meta.name)


def domain(node: Node, key: str) -> str | None:
    """The node's value for a topology key; its name stands in for a missing hostname label."""
    value: str | None = node.metadata.labels.get(key)
    if value is None and key == "kubernetes.io/hostname":
        return node.metadata.name
    return value


def problem_of(
    nodes: Iterable[Node], pods: Iterable[Pod], groups: Sequence[PodGroup] = ()
) -> Problem:
    """The problem of placing the pods that are not bound, and the groups, on the nodes."""
    used: dict[str, dict[str, int]] = {}
    running: dict[str, list[Running]] = {}
    waiting: dict[Any, list[Pod]] = {}
    for pod in pods:
        if pod.status.phase in ("Succeeded", "Failed"):
            continue
        if pod.spec.node_name:
            on = used.setdefault(pod.spec.node_name, {})
            for name, amount in requests_of(pod.spec).items():
                on[name] = on.get(name, 0) + amount
            meta = pod.metadata
            here = Running(meta.namespace, meta.labels, anti_affinity_of(pod.spec))
            running.setdefault(pod.spec.node_name, []).append(here)
        else:
            key = (pod.metadata.namespace, _owner(pod), pod.metadata.labels, pod.spec)
            waiting.setdefault(key, []).append(pod)
    rooms = []
    for node in sorted(nodes, key=lambda node: node.metadata.name):
        taken = used.get(node.metadata.name, {})
        free = {k: v - taken.get(k, 0) for k, v in node.status.allocatable.items()}
        free.setdefault("pods", 110 - taken.get("pods", 0))
        rooms.append(NodeRoom(node, FrozenMap(free), tuple(running.get(node.metadata.name, ()))))
    found = [
        PodGroup(name, len(members), namespace, labels, spec)
        for (namespace, name, labels, spec), members in waiting.items()
    ]
    return Problem((*groups, *found), tuple(rooms))


def _owner(pod: Pod) -> str:
    for owner in pod.metadata.owner_references:
        if owner.controller:
            return f"{owner.kind} {owner.name}"
    return f"Pod {pod.metadata.name}"
