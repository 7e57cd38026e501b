"""Configurations as JSON and back, nested API objects and unions of classes included."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.api.objects import ConfigMap, CustomResource, ObjectMeta, Service
from model.control_plane.config import KubeConfig, example_node, web_deployment
from model.frozen_map import FrozenMap
from model.raft.group import RaftConfig
from wavetank.bad_input import BadInput
from wavetank.codec import build, plain

WEBSITE = CustomResource(
    "Website", ObjectMeta("home"), FrozenMap({"hits": 3, "live": True, "motto": "", "owner": None})
)
KUBE = KubeConfig(
    nodes=(example_node("n1", "zone-a"),),
    objects=(
        web_deployment(2),
        WEBSITE,
        ConfigMap(ObjectMeta("web", labels=FrozenMap({"a": "b"}))),
    ),
    images=("web:2",),
)


@pytest.mark.parametrize("terse", [True, False])
@pytest.mark.parametrize("config", [KUBE, KubeConfig(), RaftConfig(), RaftConfig(members=5)])
def test_what_is_written_is_read_back_equal(config: object, terse: bool) -> None:
    data = json.loads(json.dumps(plain(config, terse=terse)))
    assert build(type(config), data, "f", "$") == config


def test_what_has_its_default_is_left_out_at_every_depth() -> None:
    assert plain(RaftConfig(), terse=True) == {}
    (node,) = plain(KUBE, terse=True)["nodes"]
    assert node["metadata"] == {
        "name": "n1",
        "namespace": "",
        "labels": {
            "kubernetes.io/hostname": "n1",
            "topology.kubernetes.io/zone": "zone-a",
        },
    }


def test_of_a_union_each_object_says_its_class() -> None:
    objects = plain(KUBE, terse=True)["objects"]
    assert [each["kind"] for each in objects] == ["Deployment", "CustomResource", "ConfigMap"]


@given(st.dictionaries(st.sampled_from("abc"), st.none() | st.booleans() | st.integers()))
def test_true_is_no_number_and_one_is_not_true(spec: dict[str, int | bool | None]) -> None:
    value = CustomResource("Website", ObjectMeta("x"), FrozenMap(spec))
    read = build(CustomResource, json.loads(json.dumps(plain(value))), "f", "$")
    assert {k: repr(v) for k, v in read.spec.items()} == {k: repr(v) for k, v in spec.items()}


@pytest.mark.parametrize(
    "data, said",
    [
        ({"objects": [{"kind": "Servise"}]}, "$.objects[0].kind: unknown 'Servise'; did you mean"),
        ({"objects": [{}]}, "$.objects[0].kind: the field is missing; expected one of"),
        ({"objects": {}}, "$.objects: expected a list, found {}"),
        ({"faults": {"crash node": "1"}}, "$.faults.crash node: expected a whole number"),
        (
            {"objects": [{"kind": "Service", "metadata": {"nam": "x"}}]},
            "$.objects[0].metadata.nam: unknown field; did you mean 'name'",
        ),
        (
            {"nodes": [{"metadata": {"labels": ["a"]}}]},
            "$.nodes[0].metadata.labels: expected an object",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_path(data: object, said: str) -> None:
    with pytest.raises(BadInput) as caught:
        build(KubeConfig, data, "f", "$")
    assert said in str(caught.value)


def test_nothing_but_the_models_own_classes_is_ever_made() -> None:
    with pytest.raises(BadInput, match="unknown 'Popen'"):
        build(KubeConfig, {"objects": [{"kind": "Popen", "args": ["true"]}]}, "f", "$")
    assert Service.__name__ in plain(KubeConfig())["objects"][1]["kind"]
