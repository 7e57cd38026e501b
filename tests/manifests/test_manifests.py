"""Ordinary manifests are read; a mistake is one message that says where and what would be right."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wavetank.bad_input import BadInput
from wavetank.manifests import read_manifests
from wavetank.manifests.read import read_manifests_text

ROOT = Path(__file__).parents[2]
PORT = (ROOT / "examples/port/harbour.yaml").read_text()

NODE = """
apiVersion: v1
kind: Node
metadata: {name: n1}
status:
  allocatable: {cpu: 4, memory: 8Gi, pods: "110"}
  conditions: [{type: Ready, status: "False", lastHeartbeatTime: 2026-01-01T00:00:00Z}]
"""


def read(text: str):
    return read_manifests_text([("test.yaml", text)])


def test_the_example_port() -> None:
    port = read_manifests([str(ROOT / "examples/port")])
    kinds = [obj.kind for obj in port.objects]
    assert sorted(kinds) == [
        "ConfigMap",
        "Deployment",
        "Node",
        "Node",
        "Node",
        "PodDisruptionBudget",
        "Service",
    ]
    (harbour,) = port.of_kind("Deployment")
    assert harbour.spec.replicas == 3
    (container,) = harbour.spec.template.spec.containers
    assert dict(container.requests.items()) == {"cpu": 500, "memory": 256 * 2**20}


def test_a_node_as_kubectl_prints_it() -> None:
    (node,) = read(NODE).objects
    assert dict(node.status.allocatable.items()) == {"cpu": 4000, "memory": 8 * 2**30, "pods": 110}
    assert node.status.ready == "False"
    assert node.metadata.namespace == ""


def test_a_list_object_in_json() -> None:
    text = (
        '{"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "ConfigMap", '
        '"metadata": {"name": "a", "managedFields": []}, "data": {"key": "value"}}]}'
    )
    (config,) = read(text).objects
    assert config.data["key"] == "value"


def test_what_the_model_does_not_know_is_counted_never_silent() -> None:
    found = read("apiVersion: example.com/v1\nkind: Website\nmetadata: {name: a}\n---\n" + NODE)
    assert found.skipped == {"Website": 1}
    assert len(found.objects) == 1
    assert "spec.template.spec.containers.envFrom" in read(PORT).ignored


def test_limits_are_requests_where_none_are_given() -> None:
    text = PORT.replace("requests: {cpu: 500m, memory: 256Mi}", "limits: {cpu: 1}")
    (harbour,) = read(text).of_kind("Deployment")
    assert harbour.spec.template.spec.containers[0].requests["cpu"] == 1000


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("replicas: 3", "replicas: three", "line 16: spec.replicas: expected a whole number"),
        ("replicas: 3", "replica: 3", "spec.replica: unknown field; did you mean 'replicas'"),
        ("replicas: 3", "replicas: -1", "spec.replicas: expected at least 0, found -1"),
        ("cpu: 500m", "cpu: lots", "requests.cpu: 'lots' is no quantity; expected one like 500m"),
        ("minAvailable: 2", "minAvailable: two", "expected a whole number or a percentage"),
        (
            "matchLabels: {app: harbour}\n  template",
            "matchLabels: {app: port}\n  template",
            "Deployment harbour), line 10: spec.selector: selects app=port, but the template's",
        ),
        ("kind: Service", "kind: Servise", "unknown kind 'Servise'; did you mean 'Service'"),
        (
            "  name: harbour-settings",
            "  nam: x",
            "metadata.nam: unknown field; did you mean 'name'",
        ),
        ("image: harbour/office:v1", "image: 5", "expected a string, found 5; quote it"),
        ("      containers:", "      containres:", "unknown field; did you mean 'containers'"),
        ("  minAvailable: 2", "  minAvailable: 2\n  maxUnavailable: 1", "are both given"),
    ],
)
def test_a_mistake_says_where_and_what_would_be_right(old: str, new: str, message: str) -> None:
    assert old in PORT
    with pytest.raises(BadInput) as caught:
        read(PORT.replace(old, new, 1))
    assert message in str(caught.value)
    assert str(caught.value).startswith("test.yaml: document ")


def test_two_objects_of_one_name() -> None:
    with pytest.raises(BadInput, match=r"Node 'n1' is given twice; first in test.yaml, document 1"):
        read(NODE + "---" + NODE)


def test_a_field_given_twice() -> None:
    with pytest.raises(BadInput, match="line 3: the field 'kind' is given twice"):
        read("apiVersion: v1\nkind: Pod\nkind: Pod\n")


def test_broken_yaml_names_the_line() -> None:
    with pytest.raises(BadInput, match=r"test.yaml: line 3: not YAML"):
        read("a: 1\nb: [1, 2\nc: 3\n")


def test_an_alias_bomb_ends() -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{n}: &{n} [{', '.join(['*' + p] * 9)}]\n"
        for p, n in zip("abcdefghi", "bcdefghij", strict=True)
    )
    with pytest.raises(BadInput, match=r"expands without end|missing"):
        read(bomb)


def test_a_directory_without_manifests(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no manifests in this directory"):
        read_manifests([str(tmp_path)])
    with pytest.raises(BadInput, match="no such file or directory"):
        read_manifests([str(tmp_path / "nothing.yaml")])


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(PORT)), st.integers(0, 12), st.text(max_size=8))
def test_whatever_is_done_to_a_manifest_only_bad_input_comes_out(
    at: int, cut: int, put: str
) -> None:
    import contextlib

    with contextlib.suppress(BadInput):
        read(PORT[:at] + put + PORT[at + cut :])
