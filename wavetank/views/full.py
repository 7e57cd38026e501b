"""How the ``full`` layer looks: the control plane's lanes, then those of etcd below it."""

from __future__ import annotations

from model.world import Action
from model.worlds.full_world import FullWorld
from wavetank.views import Lanes
from wavetank.views.etcd import etcd_arrow, etcd_lanes
from wavetank.views.kube import kube_arrow, kube_lanes
from wavetank.views.raft import raft_in_flight

__all__ = ["full_arrow", "full_in_flight", "full_lanes"]


def full_lanes(world: FullWorld) -> Lanes:
    """The control plane above, the members of etcd below."""
    return (*kube_lanes(world.plane), *etcd_lanes(world.etcd))


def full_arrow(world: FullWorld, action: Action) -> tuple[str, str, str] | None:
    """What the action moves, in the layer that it belongs to."""
    return kube_arrow(world.plane, action) or etcd_arrow(world.etcd, action)


def full_in_flight(world: FullWorld) -> tuple[tuple[str, str, str], ...]:
    """The messages between the members."""
    return tuple(raft_in_flight(world.etcd.group))
