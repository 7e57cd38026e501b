"""A small port for these tests: two controllers of a few lines over the real control plane."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from attrs import evolve

from model.api.client import View, controller
from model.api.meta import controller_of, is_deleting
from model.api.objects import ObjectMeta, OwnerReference, Pod
from model.api.requests import Bind, Create, Request
from model.control_plane.cast import Cast
from model.control_plane.config import KubeConfig
from model.control_plane.plane import ControlPlane
from model.world import Action, Layer, Observation
from model.worlds.kube import kube_layer


def make_pods(view: View, key: str) -> Iterator[Request]:
    """As many pods as the Deployment wants, named web-1, web-2..."""
    web = view.by_key("Deployment", key)
    if web is None:
        return
    mine = [p for p in view.list("Pod") if not is_deleting(p) and _owner(p) == web.metadata.uid]
    owner = OwnerReference("Deployment", web.metadata.name, web.metadata.uid)
    metadata = ObjectMeta(
        labels=web.spec.template.labels, owner_references=(owner,), generate_name="web-"
    )
    for _ in range(web.spec.replicas - len(mine)):
        yield Create(Pod(metadata, web.spec.template.spec))
    for pod in mine[web.spec.replicas :]:
        yield view.delete(pod)


def _owner(pod: Pod) -> str:
    owner = controller_of(pod)
    return "" if owner is None else owner.uid


def place_pods(view: View, key: str) -> Iterator[Request]:
    """The pods go round the nodes by their numbers."""
    pod = view.by_key("Pod", key)
    nodes = [n for n in view.list("Node") if not n.spec.unschedulable]
    if pod is None or pod.spec.node_name or is_deleting(pod) or not nodes:
        return
    number = int(pod.metadata.name.rpartition("-")[2])
    node = nodes[(number - 1) % len(nodes)]
    yield Bind(key, node.metadata.name, pod.metadata.uid)


CONTROLLERS = (
    controller("pod-maker", "Deployment", make_pods, owns=("Pod",)),
    controller("placer", "Pod", place_pods, watches=("Node",)),
)


class Port:
    """A run told step by step: ``do`` takes actions, ``seen`` has what was observed."""

    def __init__(self, layer: Layer[ControlPlane], config: KubeConfig) -> None:
        self.layer = layer
        self.cast = Cast(CONTROLLERS)
        self.world = layer.start(config)
        self.seen: list[Observation] = []

    def do(self, *actions: Action) -> None:
        for action in actions:
            moved = self.layer.step(self.world, action)
            self.world = moved.world
            self.seen.extend(moved.observed)

    def why_not(self, action: Action) -> str | None:
        return self.layer.why_not(self.world, action)

    def calm(self, rounds: int = 3) -> None:
        for _ in range(rounds):
            for action in self.layer.calm(self.world):
                if self.why_not(action) is None:
                    self.do(action)

    def pods(self) -> list[Any]:
        return list(self.world.objects("Pod"))

    def of(self, kind: type[Observation]) -> list[Any]:
        return [each for each in self.seen if isinstance(each, kind)]


@pytest.fixture
def layer() -> Layer[ControlPlane]:
    return kube_layer(CONTROLLERS, stock=())


@pytest.fixture
def port(layer: Layer[ControlPlane]) -> Port:
    """The default world, with all faults allowed."""
    return Port(layer, evolve(KubeConfig(), faults=KubeConfig().faults.set("skew clock", 1)))


@pytest.fixture
def running(port: Port) -> Port:
    """The same, once its three pods run and are ready."""
    port.calm()
    port.seen.clear()
    return port
