"""The ``kube`` layer: the control plane over an atomic store.

Users ask, controllers and the scheduler reconcile from caches that lag, kubelets run pods, nodes
are lost and come back, processes crash between any two writes. A write takes effect at once and
for everybody (the atomic store is the specification of etcd); what anybody *knows* of it lags.
"""

from __future__ import annotations

from collections.abc import Iterable

from model.api.client import Controller
from model.control_plane.calm import calm_round, plane_shape
from model.control_plane.cast import Cast
from model.control_plane.config import KubeConfig
from model.control_plane.plane import ControlPlane
from model.control_plane.rules import plane_rules
from model.control_plane.start import start_plane
from model.controllers.deployment import DEPLOYMENT
from model.controllers.disruption import DISRUPTION
from model.controllers.endpoints import ENDPOINTS
from model.controllers.garbage_collector import GARBAGE_COLLECTOR
from model.controllers.node_lifecycle import NODE_LIFECYCLE
from model.controllers.replica_set import REPLICA_SET
from model.scheduler.scheduler import SCHEDULER
from model.world import Component, Layer

__all__ = ["KUBE", "kube_layer"]


STOCK: tuple[Controller, ...] = (
    DEPLOYMENT,
    REPLICA_SET,
    SCHEDULER,
    ENDPOINTS,
    NODE_LIFECYCLE,
    DISRUPTION,
    GARBAGE_COLLECTOR,
)
"""The controllers and the scheduler that every cluster has."""


def kube_layer(
    extra: Iterable[Controller] = (), stock: Iterable[Controller] = STOCK
) -> Layer[ControlPlane]:
    """The layer with the stock controllers and ``extra`` ones, a user's own say.

    Raises ``ValueError`` when two have one name.
    """
    cast = Cast((*stock, *extra))

    def start(config: KubeConfig) -> ControlPlane:
        plane = start_plane(cast, config)
        for _ in range(config.warm_up):
            plane = _fair_round(layer, plane)
        return plane

    layer = Layer(
        name="kube",
        config=KubeConfig,
        start=start,
        rules=plane_rules(cast),
        components=(Component("kube", lambda plane: plane),),
        calm=calm_round,
        shape=lambda plane: plane_shape(cast, plane),
    )
    return layer


def _fair_round(layer: Layer[ControlPlane], plane: ControlPlane) -> ControlPlane:
    for action in layer.calm(plane):
        if layer.why_not(plane, action) is None:
            plane = layer.step(plane, action).world
    return plane


KUBE: Layer[ControlPlane] = kube_layer()
