"""Nodes: the machines that pods run on, as the API knows them.

Models ``Node`` (core/v1 ``types.go``). Rules of this file: ``allocatable`` is in integers
(millicores, bytes, pods). The kubelet's lease is folded into ``status.heartbeat``: a new value is
what the node lifecycle controller calls a renewed lease.
"""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from model.api.meta import ObjectMeta
from model.api.selectors import Taint
from model.frozen_map import FrozenMap

__all__ = ["Node", "NodeSpec", "NodeStatus"]


@frozen
class NodeSpec:
    """``unschedulable``: cordoned, no new pods."""

    unschedulable: bool = False
    taints: tuple[Taint, ...] = ()


@frozen
class NodeStatus:
    """``ready``: "True", "False", or "Unknown" once nobody has heard of the node.

    ``heartbeat``: the node's own clock at its last report.
    """

    allocatable: FrozenMap[str, int] = FrozenMap()
    ready: str = "True"
    heartbeat: int = 0


@frozen
class Node:
    """A node."""

    kind: ClassVar[str] = "Node"

    metadata: ObjectMeta
    spec: NodeSpec = NodeSpec()
    status: NodeStatus = NodeStatus()
