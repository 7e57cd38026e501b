"""Nodes: the machines that pods run on, as the API knows them.

Models ``Node`` (core/v1 ``types.go``). Rules of this file: ``allocatable`` is in integers
(millicores, bytes, pods). A node's heartbeat is not here but in its lease (``coordination.py``).
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
    """``ready``: "True", "False", or "Unknown" once nobody has heard of the node."""

    allocatable: FrozenMap[str, int] = FrozenMap()
    ready: str = "True"


@frozen
class Node:
    """A node."""

    kind: ClassVar[str] = "Node"

    metadata: ObjectMeta
    spec: NodeSpec = NodeSpec()
    status: NodeStatus = NodeStatus()
