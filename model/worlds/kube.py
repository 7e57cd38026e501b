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
from model.control_plane.containers import container_rules
from model.control_plane.failures import failure_rules
from model.control_plane.plane import ControlPlane
from model.control_plane.start import start_plane
from model.control_plane.users import user_rules
from model.control_plane.work import work_rules
from model.world import Component, Layer

__all__ = ["KUBE", "kube_layer"]


def kube_layer(controllers: Iterable[Controller] = ()) -> Layer[ControlPlane]:
    """The layer with these controllers and no others."""
    cast = Cast(controllers)
    return Layer(
        name="kube",
        config=KubeConfig,
        start=lambda config: start_plane(cast, config),
        rules=(
            *work_rules(cast),
            *container_rules(),
            *user_rules(cast),
            *failure_rules(cast),
        ),
        components=(Component("kube", lambda plane: plane),),
        calm=calm_round,
        shape=lambda plane: plane_shape(cast, plane),
    )


KUBE: Layer[ControlPlane] = kube_layer()
