"""What users ask for."""

from __future__ import annotations

import pytest
from attrs import evolve

from model.control_plane.config import KubeConfig, example_node
from model.control_plane.users import (
    AddNode,
    Apply,
    Cordon,
    DeleteObject,
    DeletePod,
    Drain,
    RemoveNode,
    RollOut,
    Scale,
    Uncordon,
)
from model.control_plane.work import CatchUp, PassTime
from model.world import NotEnabled


def test_scaling_changes_the_deployment_once(running):
    running.do(Scale("default/web", 5))
    assert running.world.object("Deployment", "default/web").spec.replicas == 5
    assert running.why_not(Scale("default/web", 5)) == "there is nothing to ask for"
    running.calm()
    assert len(running.pods()) == 5


def test_a_rollout_changes_the_image(running):
    running.do(RollOut("default/web", "web:2"))
    template = running.world.object("Deployment", "default/web").spec.template
    assert template.spec.containers[0].image == "web:2"


def test_wishes_are_bounded(running):
    for replicas in (1, 2, 4, 5):
        running.do(Scale("default/web", replicas))
    assert "no wishes left" in running.why_not(Scale("default/web", 0))


def test_an_object_can_be_deleted_and_applied_again(running):
    before = running.world.object("Deployment", "default/web")
    running.do(DeleteObject("Deployment default/web"), Apply("Deployment default/web"))
    after = running.world.object("Deployment", "default/web")
    assert after.metadata.uid != before.metadata.uid
    assert after.spec == before.spec


def test_edits_are_further_versions_of_a_manifest(layer, port):
    web = port.world.config.objects[0]
    edited = evolve(web, spec=evolve(web.spec, paused=True))
    port.world = layer.start(evolve(port.world.config, edits=(edited,)))
    port.do(Apply("Deployment default/web#2"))
    assert port.world.object("Deployment", "default/web").spec.paused


def test_a_drain_cordons_evicts_and_ends(running):
    running.do(Drain("n1"))
    assert running.world.object("Node", "n1").spec.unschedulable
    running.calm(4)
    assert all(pod.spec.node_name != "n1" for pod in running.pods())
    assert running.world.processes["kubectl"].memory == ()


def test_uncordoning_ends_a_drain(running):
    running.do(Drain("n1"), Uncordon("n1"), CatchUp("kubectl"))
    assert not running.world.object("Node", "n1").spec.unschedulable
    assert len(running.pods()) == 3


def test_cordoned_nodes_get_no_new_pods(port):
    port.do(Cordon("n1"))
    port.calm()
    assert all(pod.spec.node_name != "n1" for pod in port.pods())


def test_a_node_object_that_was_removed_is_registered_again(running):
    running.do(RemoveNode("n1"), PassTime(10), CatchUp("kubelet-n1"))
    assert running.world.object("Node", "n1") is not None


def test_a_spare_node_joins(layer, port):
    spare = example_node("n4", "zone-a")
    port.world = layer.start(KubeConfig(spare_nodes=(spare,)))
    port.do(AddNode("n4"), CatchUp("kubelet-n4"))
    assert port.world.object("Node", "n4") is not None
    assert port.world.nodes == ("n1", "n2", "n3", "n4")


def test_force_means_no_grace(running):
    running.do(DeletePod(0, True))
    assert len(running.pods()) == 2


def test_what_cannot_be_done_changes_nothing(running):
    before = running.world
    with pytest.raises(NotEnabled):
        running.do(DeletePod(5))
    assert running.world is before
