"""What the scheduler believes to be on each node: its cache, the assumed pods included.

Models ``internal/cache``. Rules of this file: a pod that was *assumed* (the binding is on its way)
counts as if it were bound, until the cache shows it bound or the binding has failed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import frozen

from model.api.meta import key_of
from model.api.node import Node
from model.api.pod import Pod, is_terminal

__all__ = ["NodeInfo", "Snapshot", "pod_requests", "take_snapshot"]


def pod_requests(pod: Pod) -> dict[str, int]:
    """What a pod asks for, by resource, and one of ``pods``."""
    total = {"pods": 1}
    for container in pod.spec.containers:
        for name, amount in container.requests.items():
            total[name] = total.get(name, 0) + amount
    return total


@frozen
class NodeInfo:
    """A node, the pods on it, and what they request in all."""

    node: Node
    pods: tuple[Pod, ...]
    requested: Mapping[str, int]

    @property
    def name(self) -> str:
        """The node's name."""
        return self.node.metadata.name


@frozen
class Snapshot:
    """All nodes by name, as one scheduling cycle sees them."""

    nodes: tuple[NodeInfo, ...]


def take_snapshot(
    nodes: Iterable[Node], pods: Iterable[Pod], assumed: Mapping[str, str]
) -> Snapshot:
    """The snapshot of the cached objects and the assumed pods (pod key -> node).

    A pod that has ended takes nothing; one that is being deleted does, until it is gone.
    """
    on: dict[str, list[Pod]] = {}
    for pod in pods:
        where = pod.spec.node_name or assumed.get(key_of(pod), "")
        if where and not is_terminal(pod):
            on.setdefault(where, []).append(pod)
    infos = []
    for node in sorted(nodes, key=lambda node: node.metadata.name):
        here = tuple(on.get(node.metadata.name, ()))
        requested: dict[str, int] = {}
        for pod in here:
            for name, amount in pod_requests(pod).items():
                requested[name] = requested.get(name, 0) + amount
        infos.append(NodeInfo(node, here, requested))
    return Snapshot(tuple(infos))
