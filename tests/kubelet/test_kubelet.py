"""The kubelet: what it starts, stops and reports."""

from __future__ import annotations

from attrs import evolve

from model.api.client import Cached, View
from model.api.objects import Container, ObjectMeta, Pod, PodSpec, PodStatus, Probe
from model.api.requests import Delete, UpdateStatus
from model.control_plane.config import example_node
from model.frozen_map import FrozenMap
from model.kubelet.kubelet import heartbeat, sync_pod
from model.kubelet.machine import Machine
from model.kubelet.observed import PodRejected, PodStarted, PodStopped

KEY = "default/web-1"
MACHINE = Machine(example_node("n1", "zone-a"), bad_images=("web:bad",))


def pod(
    cpu: int = 500, image: str = "web:1", probe: Probe | None = None, **metadata: object
) -> Pod:
    container = Container("web", image, FrozenMap({"cpu": cpu}), readiness_probe=probe)
    return Pod(ObjectMeta("web-1", uid="uid-0001", **metadata), PodSpec((container,), "n1"))


def seeing(obj: Pod | None) -> View:
    cache = FrozenMap({} if obj is None else {KEY: Cached(obj, 7)})
    return View({"Pod": cache, "Node": FrozenMap()})


def running(obj: Pod) -> Machine:
    return sync_pod(seeing(obj), MACHINE, KEY, 0).memory


def test_a_pod_is_started_and_reported_running():
    done = sync_pod(seeing(pod()), MACHINE, KEY, 5)
    assert done.observed == (PodStarted("n1", KEY, "uid-0001"),)
    status = done.writes[0].obj.status
    assert (status.phase, status.ready, status.start_time) == ("Running", True, 5)
    assert status.pod_ip


def test_with_a_readiness_probe_it_is_not_ready_at_first():
    done = sync_pod(seeing(pod(probe=Probe())), MACHINE, KEY, 5)
    assert not done.writes[0].obj.status.ready


def test_a_container_of_a_bad_image_is_not_ready():
    done = sync_pod(seeing(pod(image="web:bad")), MACHINE, KEY, 5)
    assert not done.writes[0].obj.status.ready


def test_what_is_reported_already_is_not_reported_again():
    done = sync_pod(seeing(pod()), MACHINE, KEY, 5)
    told = evolve(pod(), status=done.writes[0].obj.status)
    assert sync_pod(seeing(told), done.memory, KEY, 6).writes == ()


def test_a_pod_that_does_not_fit_fails_for_good():
    done = sync_pod(seeing(pod(cpu=9000)), MACHINE, KEY, 5)
    assert done.observed == (PodRejected("n1", KEY, "uid-0001", "OutOfcpu"),)
    status = done.writes[0].obj.status
    assert (status.phase, status.reason) == ("Failed", "OutOfcpu")
    failed = evolve(pod(cpu=9000), status=status)
    assert sync_pod(seeing(failed), done.memory, KEY, 6).writes == ()


def test_pods_that_are_still_stopping_count_against_the_node():
    machine = running(evolve(pod(cpu=1500), metadata=ObjectMeta("web-1", uid="uid-0001")))
    sandbox = machine.pods["uid-0001"]
    machine = machine.with_pod(evolve(sandbox, state="stopping", key="default/other"))
    late = evolve(pod(cpu=1500), metadata=ObjectMeta("web-1", uid="uid-0002"))
    assert isinstance(sync_pod(seeing(late), machine, KEY, 5).observed[0], PodRejected)


def test_termination_waits_for_the_containers_then_confirms_by_uid():
    machine = running(pod())
    going = pod(deletion_timestamp=30)
    told = sync_pod(seeing(going), machine, KEY, 5)
    assert told.memory.pods["uid-0001"].state == "stopping"
    assert not any(isinstance(write, Delete) for write in told.writes)
    sandbox = evolve(told.memory.pods["uid-0001"], state="stopped")
    done = sync_pod(seeing(going), told.memory.with_pod(sandbox), KEY, 9)
    assert done.writes == (Delete("Pod", KEY, uid="uid-0001", grace_period_seconds=0),)
    assert done.memory.pods == FrozenMap()


def test_at_the_end_of_the_grace_period_containers_are_killed():
    done = sync_pod(seeing(pod(deletion_timestamp=30)), running(pod()), KEY, 30)
    assert isinstance(done.observed[0], PodStopped)
    assert isinstance(done.writes[0], Delete)


def test_a_pod_whose_object_is_gone_is_stopped():
    done = sync_pod(seeing(None), running(pod()), KEY, 5)
    assert done.memory.pods == FrozenMap()
    assert isinstance(done.observed[0], PodStopped)


def test_another_pod_of_the_same_name_is_another_pod():
    second = evolve(pod(), metadata=ObjectMeta("web-1", uid="uid-0002"))
    done = sync_pod(seeing(second), running(pod()), KEY, 5)
    assert list(done.memory.pods) == ["uid-0002"]


def test_a_pod_that_ran_before_the_node_lost_power_is_started_again():
    known = evolve(pod(), status=PodStatus("Running", True, start_time=1))
    done = sync_pod(seeing(known), MACHINE, KEY, 50)
    assert isinstance(done.writes[0], UpdateStatus)
    assert done.writes[0].obj.status.restart_count == 1


def test_a_heartbeat_renews_the_lease_and_registers_a_node_that_is_not_there():
    done = heartbeat(seeing(None), MACHINE, 20)
    lease, node = done.writes
    assert lease.obj.spec.renew_time == 20
    assert node.obj == MACHINE.node
    assert done.requeue_after == 10
