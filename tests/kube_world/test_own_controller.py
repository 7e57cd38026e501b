"""Bring your own: a custom kind and a controller that is one function."""

from __future__ import annotations

from collections.abc import Iterator

from model.api.client import View, controller
from model.api.objects import ConfigMap, CustomResource, ObjectMeta, OwnerReference
from model.api.requests import Create, Request
from model.control_plane.config import KubeConfig
from model.control_plane.users import Apply, DeleteObject
from model.frozen_map import FrozenMap
from model.worlds.kube import kube_layer

SITE = CustomResource("Website", ObjectMeta("docs"), FrozenMap({"title": "Tides"}))


def reconcile(view: View, key: str) -> Iterator[Request]:
    """A Website has a ConfigMap of its name with its title."""
    site = view.by_key("Website", key)
    if site is None or view.by_key("ConfigMap", key) is not None:
        return
    owner = OwnerReference("Website", site.metadata.name, site.metadata.uid)
    metadata = ObjectMeta(site.metadata.name, owner_references=(owner,))
    yield Create(ConfigMap(metadata, FrozenMap({"title": site.spec["title"]})))


LAYER = kube_layer(
    (controller("website-controller", "Website", reconcile, owns=("ConfigMap",)),), stock=()
)


def calm(world, rounds=2):
    for _ in range(rounds):
        for action in LAYER.calm(world):
            if LAYER.why_not(world, action) is None:
                world = LAYER.step(world, action).world
    return world


def test_it_runs_like_any_other() -> None:
    world = calm(LAYER.start(KubeConfig(objects=(SITE,))))
    assert world.object("ConfigMap", "default/docs").data["title"] == "Tides"


def test_users_can_apply_and_delete_its_objects() -> None:
    world = LAYER.start(KubeConfig(objects=(), edits=(SITE,)))
    world = LAYER.step(world, Apply("Website default/docs")).world
    world = LAYER.step(world, DeleteObject("Website default/docs")).world
    assert world.object("Website", "default/docs") is None


def test_what_it_owns_is_made_again_when_somebody_deletes_it() -> None:
    world = calm(LAYER.start(KubeConfig(objects=(SITE, ConfigMap(ObjectMeta("other"))))))
    config_map = world.object("ConfigMap", "default/docs")
    world = LAYER.start(KubeConfig(objects=(SITE,), edits=(ConfigMap(ObjectMeta("docs")),)))
    world = calm(world)
    world = LAYER.step(world, DeleteObject("ConfigMap default/docs")).world
    assert world.object("ConfigMap", "default/docs") is None
    assert calm(world).object("ConfigMap", "default/docs").data == config_map.data


def test_a_run_that_goes_round_in_circles_has_a_shape_that_repeats() -> None:
    def restless(view: View, key: str) -> Iterator[Request]:
        yield from (view.delete(config_map) for config_map in view.list("ConfigMap"))
        owner = OwnerReference("Website", "docs", "")
        yield Create(ConfigMap(ObjectMeta(owner_references=(owner,), generate_name="docs-")))

    layer = kube_layer((controller("restless", "Website", restless, owns=("ConfigMap",)),), ())
    world = layer.start(KubeConfig(objects=(SITE,)))
    names, shapes = [], []
    for _ in range(4):
        for action in layer.calm(world):
            if layer.why_not(world, action) is None:
                world = layer.step(world, action).world
        names.append(tuple(each.metadata.name for each in world.objects("ConfigMap")))
        shapes.append(layer.shape(world))
    assert len(set(names)) == 4
    assert len(set(shapes)) < 4
