"""Each invariant of the cluster at rest, on a world that breaks it and on one that does not."""

import pytest
from attrs import evolve

from invariants import kube, kube_feasibility
from model.api.objects import store_key
from model.control_plane.plane import ControlPlane
from model.worlds.kube import KUBE


def settled(rounds: int = 4) -> ControlPlane:
    """The example world after a few fair rounds."""
    plane = KUBE.start(KUBE.config())
    for _ in range(rounds):
        for action in KUBE.calm(plane):
            if KUBE.why_not(plane, action) is None:
                plane = KUBE.step(plane, action).world
    return plane


PLANE = settled()
AT_REST = [
    kube.replicas_converge,
    kube.rollout_completes,
    kube.pods_are_bound_where_they_fit,
    kube.endpoints_converge,
    kube.informers_catch_up,
    kube_feasibility.a_pending_pod_has_no_placement,
    kube_feasibility.what_is_bound_is_a_placement,
]


def with_object(plane: ControlPlane, obj) -> ControlPlane:
    key = store_key(obj.kind, f"{obj.metadata.namespace}/{obj.metadata.name}".lstrip("/"))
    return evolve(plane, store=plane.store.put(key, obj))


def without(plane: ControlPlane, kind: str, key: str) -> ControlPlane:
    return evolve(plane, store=plane.store.delete(store_key(kind, key)))


@pytest.mark.parametrize("check", AT_REST, ids=lambda check: check.__name__)
def test_the_example_world_comes_to_rest(check) -> None:
    assert list(check(PLANE)) == []


def test_a_missing_pod_is_missed() -> None:
    pod = PLANE.objects("Pod")[0]
    short = without(PLANE, "Pod", f"default/{pod.metadata.name}")
    assert "has 2 of 3 pods" in next(kube.replicas_converge(short))
    assert "has the endpoints" in next(kube.endpoints_converge(short))
    assert "still shows" in next(kube.informers_catch_up(short))


def test_a_pod_that_could_run_and_does_not() -> None:
    pod = PLANE.objects("Pod")[0]
    name = pod.metadata.name
    pending = with_object(PLANE, evolve(pod, spec=evolve(pod.spec, node_name="")))
    assert f"pod default/{name} is pending" in next(kube.pods_are_bound_where_they_fit(pending))
    assert "though it fits on" in next(kube_feasibility.a_pending_pod_has_no_placement(pending))


def test_more_is_bound_than_any_placement_allows() -> None:
    plane = PLANE
    for node in PLANE.objects("Node"):
        small = evolve(node.status, allocatable=node.status.allocatable.set("cpu", 100))
        plane = with_object(plane, evolve(node, status=small))
    said = next(kube_feasibility.what_is_bound_is_a_placement(plane))
    assert "free cpu: 300m in all on 3 nodes" in said


def test_an_old_replica_set_that_stays() -> None:
    (rs,) = PLANE.objects("ReplicaSet")
    container = evolve(rs.spec.template.spec.containers[0], image="web:0")
    template = evolve(rs.spec.template, spec=evolve(rs.spec.template.spec, containers=(container,)))
    old = with_object(PLANE, evolve(rs, spec=evolve(rs.spec, template=template)))
    said = list(kube.rollout_completes(old))
    assert said == [
        "Deployment default/web has no ReplicaSet for its template",
        "old ReplicaSet default/web-0 still has 3 replicas",
    ]
