"""Services and EndpointSlices: a stable name for pods, and which pods stand behind it now.

Models ``Service`` (core/v1) and ``EndpointSlice`` (discovery/v1). Rules of this file: a slice names
its Service by the label ``kubernetes.io/service-name``. Left out so far: node ports, affinity,
traffic policies, hints.
"""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from model.api.meta import ObjectMeta
from model.frozen_map import FrozenMap

__all__ = [
    "SERVICE_NAME_LABEL",
    "Endpoint",
    "EndpointSlice",
    "Service",
    "ServicePort",
    "ServiceSpec",
]

SERVICE_NAME_LABEL = "kubernetes.io/service-name"


@frozen
class ServicePort:
    """``port`` of the Service leads to ``target_port`` of the pods (a number or a name)."""

    port: int
    target_port: int | str = 0
    name: str = ""
    protocol: str = "TCP"


@frozen
class ServiceSpec:
    """Which pods (``selector``, empty: none) are reached through which ports.

    ``cluster_ip``: "" when none was given, "None" for a headless Service.
    """

    selector: FrozenMap[str, str] = FrozenMap()
    ports: tuple[ServicePort, ...] = ()
    type: str = "ClusterIP"
    cluster_ip: str = ""
    publish_not_ready_addresses: bool = False


@frozen
class Service:
    """A Service."""

    kind: ClassVar[str] = "Service"

    metadata: ObjectMeta
    spec: ServiceSpec = ServiceSpec()


@frozen
class Endpoint:
    """One pod behind a Service; ``pod`` and ``pod_uid`` are its target reference."""

    address: str
    pod: str = ""
    pod_uid: str = ""
    node_name: str = ""
    ready: bool = True
    serving: bool = True
    terminating: bool = False


@frozen
class EndpointSlice:
    """A slice of a Service's endpoints, ascending by pod."""

    kind: ClassVar[str] = "EndpointSlice"

    metadata: ObjectMeta
    endpoints: tuple[Endpoint, ...] = ()
    ports: tuple[ServicePort, ...] = ()
