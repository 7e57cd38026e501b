"""The API server: what it accepts, what it refuses, and with which answer."""

from __future__ import annotations

import pytest
from attrs import evolve

from model.api.meta import key_of
from model.api.objects import (
    ConfigMap,
    Deployment,
    DeploymentSpec,
    LabelSelector,
    Namespace,
    Node,
    ObjectMeta,
    Pod,
    PodSpec,
    PodStatus,
    PodTemplate,
)
from model.api.prepared import Mint, Prepared
from model.api.requests import Bind, Create, Delete, Get, Response, Update, UpdateStatus
from model.api.server import handle, prepare
from model.etcd.mvcc import Store
from model.frozen_map import FrozenMap

WEB = FrozenMap({"app": "web"})


class Server:
    """A server over an atomic store, for tests: ``ask`` handles one request."""

    def __init__(self) -> None:
        self.store, self.mint, self.now = Store(), Mint(), 0

    def ask(self, request: object) -> Response:
        self.store, self.mint, response = handle(self.store, self.mint, request, self.now)
        return response

    def pod(self, name: str = "web-1", node_name: str = "", **metadata: object) -> Pod:
        made = self.ask(Create(Pod(ObjectMeta(name, labels=WEB, **metadata), PodSpec()))).obj
        if node_name:
            made = self.ask(Bind(key_of(made), node_name)).obj
        return made


@pytest.fixture
def server() -> Server:
    return Server()


def deployment(replicas: int = 3) -> Deployment:
    spec = DeploymentSpec(replicas, LabelSelector(WEB), PodTemplate(WEB))
    return Deployment(ObjectMeta("web"), spec)


def test_a_created_object_has_a_uid_a_generation_and_the_stores_revision(server: Server) -> None:
    response = server.ask(Create(deployment()))
    assert (response.code, response.resource_version) == (201, server.store.revision)
    assert response.obj.metadata.uid
    assert response.obj.metadata.generation == 1


def test_a_name_can_be_taken_once(server: Server) -> None:
    server.pod()
    response = server.ask(Create(Pod(ObjectMeta("web-1"))))
    assert (response.code, response.reason) == (409, "AlreadyExists")


def test_a_name_made_by_the_server_is_never_given_twice(server: Server) -> None:
    first = server.pod("", generate_name="web-")
    server.ask(Delete("Pod", key_of(first)))
    second = server.pod("", generate_name="web-")
    assert first.metadata.name != second.metadata.name
    assert first.metadata.uid != second.metadata.uid


def test_a_deployment_has_to_select_its_own_pods(server: Server) -> None:
    other = evolve(deployment().spec, selector=LabelSelector(FrozenMap({"app": "db"})))
    response = server.ask(Create(evolve(deployment(), spec=other)))
    assert response.code == 422
    assert "selector" in response.message


def test_an_update_computed_from_an_old_version_is_a_conflict(server: Server) -> None:
    made = server.ask(Create(deployment()))
    wanted = evolve(made.obj, spec=evolve(made.obj.spec, replicas=5))
    first = server.ask(Update(wanted, made.resource_version))
    again = server.ask(Update(evolve(wanted, spec=deployment(7).spec), made.resource_version))
    assert first.code == 200
    assert (again.code, again.reason) == (409, "Conflict")
    assert server.ask(Get("Deployment", "default/web")).obj.spec.replicas == 5


def test_an_update_without_a_version_overwrites(server: Server) -> None:
    made = server.ask(Create(deployment()))
    server.ask(Update(evolve(made.obj, spec=deployment(5).spec), made.resource_version))
    assert server.ask(Update(evolve(made.obj, spec=deployment(7).spec))).code == 200


def test_the_generation_grows_with_the_spec_and_with_nothing_else(server: Server) -> None:
    obj = server.ask(Create(deployment())).obj
    labelled = server.ask(Update(evolve(obj, metadata=evolve(obj.metadata, labels=WEB)))).obj
    status = server.ask(UpdateStatus(evolve(obj, status=evolve(obj.status, replicas=2)))).obj
    scaled = server.ask(Update(evolve(obj, spec=deployment(5).spec))).obj
    generations = [each.metadata.generation for each in (labelled, status, scaled)]
    assert generations == [1, 1, 2]


def test_spec_and_status_are_written_apart(server: Server) -> None:
    obj = server.ask(Create(deployment())).obj
    both = evolve(obj, spec=deployment(5).spec, status=evolve(obj.status, replicas=2))
    assert server.ask(UpdateStatus(both)).obj.spec.replicas == 3
    assert server.ask(Update(evolve(both, status=obj.status))).obj.status.replicas == 2


def test_a_write_that_changes_nothing_is_no_write(server: Server) -> None:
    made = server.ask(Create(deployment()))
    again = server.ask(Update(made.obj))
    assert again.resource_version == made.resource_version == server.store.revision


def test_a_pod_on_a_node_is_first_only_marked_for_deletion(server: Server) -> None:
    pod = server.pod(node_name="n1")
    server.now = 100
    marked = server.ask(Delete("Pod", key_of(pod))).obj.metadata
    assert (marked.deletion_timestamp, marked.deletion_grace_period_seconds) == (130, 30)
    assert server.ask(Get("Pod", key_of(pod))).ok
    server.ask(Delete("Pod", key_of(pod), grace_period_seconds=0))
    assert server.ask(Get("Pod", key_of(pod))).code == 404


def test_the_grace_period_can_only_be_shortened(server: Server) -> None:
    pod = server.pod(node_name="n1")
    server.ask(Delete("Pod", key_of(pod), grace_period_seconds=20))
    longer = server.ask(Delete("Pod", key_of(pod), grace_period_seconds=60)).obj.metadata
    shorter = server.ask(Delete("Pod", key_of(pod), grace_period_seconds=5)).obj.metadata
    assert (longer.deletion_timestamp, shorter.deletion_timestamp) == (20, 5)


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_a_pod_at_its_end_goes_at_once(server: Server, phase: str) -> None:
    pod = server.pod(node_name="n1")
    server.ask(UpdateStatus(evolve(pod, status=PodStatus(phase))))
    server.ask(Delete("Pod", key_of(pod)))
    assert server.ask(Get("Pod", key_of(pod))).code == 404


def test_the_end_of_a_pod_is_final(server: Server) -> None:
    pod = server.pod(node_name="n1")
    server.ask(UpdateStatus(evolve(pod, status=PodStatus("Failed"))))
    assert server.ask(UpdateStatus(evolve(pod, status=PodStatus("Running")))).code == 422


def test_a_finalizer_holds_the_object_and_can_then_only_go(server: Server) -> None:
    pod = server.pod(finalizers=("a",))
    marked = server.ask(Delete("Pod", key_of(pod))).obj
    more = evolve(marked, metadata=evolve(marked.metadata, finalizers=("a", "b")))
    assert server.ask(Update(more)).code == 422
    free = evolve(marked, metadata=evolve(marked.metadata, finalizers=()))
    assert server.ask(Update(free)).code == 200
    assert server.ask(Get("Pod", key_of(pod))).code == 404


def test_deletion_cannot_be_taken_back(server: Server) -> None:
    pod = server.pod(finalizers=("a",))
    server.ask(Delete("Pod", key_of(pod)))
    after = server.ask(Update(evolve(pod, metadata=evolve(pod.metadata, annotations=WEB)))).obj
    assert after.metadata.deletion_timestamp is not None


@pytest.mark.parametrize(
    "delete",
    [Delete("Pod", "default/web-1", uid="another"), Delete("Pod", "default/web-1", None, 1)],
)
def test_a_deletion_can_insist_on_the_object_that_it_means(server: Server, delete: Delete) -> None:
    server.pod()
    assert server.ask(delete).code == 409


@pytest.mark.parametrize(
    ("policy", "finalizer"), [("Foreground", "foregroundDeletion"), ("Orphan", "orphan")]
)
def test_the_propagation_policy_becomes_a_finalizer(
    server: Server, policy: str, finalizer: str
) -> None:
    server.ask(Create(deployment()))
    marked = server.ask(Delete("Deployment", "default/web", propagation=policy)).obj
    assert marked.metadata.finalizers == (finalizer,)
    assert marked.metadata.generation == 2


def test_a_pod_is_bound_once(server: Server) -> None:
    pod = server.pod(node_name="n1")
    assert server.ask(Bind(key_of(pod), "n2")).code == 409
    assert server.ask(Get("Pod", key_of(pod))).obj.spec.node_name == "n1"


def test_a_binding_does_not_ask_whether_the_pod_fits(server: Server) -> None:
    server.ask(Create(Node(ObjectMeta("full", ""))))
    assert server.pod(node_name="full").spec.node_name == "full"


def test_a_pod_that_is_being_deleted_is_not_bound(server: Server) -> None:
    pod = server.pod(finalizers=("a",))
    server.ask(Delete("Pod", key_of(pod)))
    assert server.ask(Bind(key_of(pod), "n1")).code == 409


def test_a_terminating_namespace_takes_nothing_new(server: Server) -> None:
    server.ask(Create(Namespace(ObjectMeta("going", ""), "Terminating")))
    assert server.ask(Create(ConfigMap(ObjectMeta("cm", "going")))).code == 403


def test_a_prepared_write_loses_the_race_against_a_faster_one(server: Server) -> None:
    made = server.ask(Create(deployment())).obj
    slow, _ = prepare(server.store, server.mint, Update(evolve(made, spec=deployment(5).spec)), 0)
    server.ask(Update(evolve(made, spec=deployment(7).spec)))
    assert isinstance(slow, Prepared)
    _, result = server.store.txn(slow.txn)
    assert not result.succeeded
