"""What can be seen on a node, whether or not the API has heard of it."""

from __future__ import annotations

from attrs import frozen

from model.world import Observation

__all__ = ["PodRejected", "PodStarted", "PodStopped"]


@frozen
class PodStarted(Observation):
    """A pod's containers run on the node from now on."""

    node: str
    pod: str
    uid: str

    def sentence(self) -> str:
        return f"node {self.node} starts pod {self.pod} ({self.uid})"


@frozen
class PodStopped(Observation):
    """A pod's containers run on the node no longer."""

    node: str
    pod: str
    uid: str
    why: str = "stopped"

    def sentence(self) -> str:
        return f"node {self.node} no longer runs pod {self.pod} ({self.uid}): {self.why}"


@frozen
class PodRejected(Observation):
    """The kubelet refuses a pod that was bound to its node."""

    node: str
    pod: str
    uid: str
    reason: str

    def sentence(self) -> str:
        return f"node {self.node} rejects pod {self.pod} ({self.uid}): {self.reason}"
