"""Deployments and ReplicaSets: so many pods of one template, and how to change the template.

Models ``Deployment`` and ``ReplicaSet`` (apps/v1 ``types.go``). Rules of this file: ``max_surge``
and ``max_unavailable`` are integers or percentages such as ``"25%"``.
"""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from model.api.meta import ObjectMeta
from model.api.pod import PodTemplate
from model.api.selectors import LabelSelector

__all__ = [
    "Deployment",
    "DeploymentSpec",
    "DeploymentStatus",
    "DeploymentStrategy",
    "ReplicaSet",
    "ReplicaSetSpec",
    "ReplicaSetStatus",
]


@frozen
class ReplicaSetSpec:
    """``replicas`` pods of ``template``, found by ``selector``."""

    replicas: int = 1
    selector: LabelSelector = LabelSelector()
    template: PodTemplate = PodTemplate()
    min_ready_seconds: int = 0


@frozen
class ReplicaSetStatus:
    """What the ReplicaSet controller counted, in its own cache."""

    replicas: int = 0
    ready_replicas: int = 0
    available_replicas: int = 0
    observed_generation: int = 0


@frozen
class ReplicaSet:
    """A ReplicaSet."""

    kind: ClassVar[str] = "ReplicaSet"

    metadata: ObjectMeta
    spec: ReplicaSetSpec = ReplicaSetSpec()
    status: ReplicaSetStatus = ReplicaSetStatus()


@frozen
class DeploymentStrategy:
    """``type`` is RollingUpdate or Recreate."""

    type: str = "RollingUpdate"
    max_surge: int | str = "25%"
    max_unavailable: int | str = "25%"


@frozen
class DeploymentSpec:
    """``replicas`` pods of ``template``, replaced as ``strategy`` says when it changes."""

    replicas: int = 1
    selector: LabelSelector = LabelSelector()
    template: PodTemplate = PodTemplate()
    strategy: DeploymentStrategy = DeploymentStrategy()
    paused: bool = False
    min_ready_seconds: int = 0
    revision_history_limit: int = 10
    progress_deadline_seconds: int = 600


@frozen
class DeploymentStatus:
    """What the Deployment controller summed up from its ReplicaSets' statuses.

    ``progressing``: "True", or "False" once the progress deadline has passed.
    """

    replicas: int = 0
    updated_replicas: int = 0
    ready_replicas: int = 0
    available_replicas: int = 0
    unavailable_replicas: int = 0
    observed_generation: int = 0
    collision_count: int = 0
    progressing: str = "True"


@frozen
class Deployment:
    """A Deployment."""

    kind: ClassVar[str] = "Deployment"

    metadata: ObjectMeta
    spec: DeploymentSpec = DeploymentSpec()
    status: DeploymentStatus = DeploymentStatus()
