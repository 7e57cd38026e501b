"""A machine: the containers that really run on a node, whatever the API says.

Rules of this file: a machine outlives its kubelet process (containers go on running while the
kubelet is down) but not its own power failure. ``Sandbox`` is one pod's containers; the model
does not tell them apart yet.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve, frozen

from model.api.node import Node
from model.api.pod import Pod
from model.frozen_map import FrozenMap

__all__ = ["Machine", "Sandbox", "requests_of"]

PODS = "pods"


@frozen
class Sandbox:
    """The containers of one pod.

    ``state``: running, stopping (told to stop) or stopped. ``healthy``: the image works.
    ``ready_since``: seconds on the node's clock since when ``ready`` is what it is.
    """

    key: str
    uid: str
    requests: FrozenMap[str, int] = FrozenMap()
    state: str = "running"
    healthy: bool = True
    ready: bool = False
    ready_since: int | None = None
    start_time: int = 0
    restarts: int = 0


@frozen
class Machine:
    """A node's hardware and what runs on it.

    ``node``: the Node object that its kubelet registers. ``bad_images``: images whose containers
    never become ready. ``pods``: by uid. ``has_lease``: the kubelet believes that its lease exists.
    """

    node: Node
    bad_images: tuple[str, ...] = ()
    pods: FrozenMap[str, Sandbox] = FrozenMap()
    has_lease: bool = True

    def slot(self, position: int) -> Sandbox | None:
        """The pod at this position, in the order of the uids; None when there are fewer."""
        pods = tuple(self.pods.values())
        return pods[position] if position < len(pods) else None

    def with_pod(self, sandbox: Sandbox) -> Machine:
        """The machine with this pod running in the state given."""
        return evolve(self, pods=self.pods.set(sandbox.uid, sandbox))

    def without_pod(self, uid: str) -> Machine:
        """The machine without this pod."""
        return evolve(self, pods=self.pods.discard(uid))

    def powered_off(self) -> Machine:
        """The machine after a power failure: nothing runs."""
        return evolve(self, pods=FrozenMap())

    def in_use(self) -> dict[str, int]:
        """What its pods were promised, those that are still stopping included."""
        used = {PODS: 0}
        for sandbox in self.pods.values():
            if sandbox.state == "stopped":
                continue
            used[PODS] += 1
            for resource, amount in sandbox.requests.items():
                used[resource] = used.get(resource, 0) + amount
        return used


def requests_of(pod: Pod) -> FrozenMap[str, int]:
    """What a pod's containers request together."""
    containers = pod.spec.containers
    if len(containers) == 1:
        return containers[0].requests
    total: dict[str, int] = {}
    for container in containers:
        for resource, amount in container.requests.items():
            total[resource] = total.get(resource, 0) + amount
    return FrozenMap(total)


def lacking(machine: Machine, wanted: Mapping[str, int]) -> str | None:
    """The first resource that does not suffice for one more pod, None when all do."""
    used = machine.in_use()
    allocatable = machine.node.status.allocatable
    for resource, amount in sorted({**wanted, PODS: 1}.items()):
        free = allocatable.get(resource, 0) - used.get(resource, 0)
        if amount and amount > free:
            return resource
    return None
