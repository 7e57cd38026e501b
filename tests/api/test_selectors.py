"""Selectors, taints and tolerations."""

from __future__ import annotations

import pytest

from model.api.selectors import (
    LabelSelector,
    NodeSelectorTerm,
    Requirement,
    Taint,
    Toleration,
    matches,
    node_affinity_matches,
    satisfies,
    tolerates,
    untolerated,
)
from model.frozen_map import FrozenMap

LABELS = {"app": "web", "tier": "3"}


@pytest.mark.parametrize(
    ("requirement", "expected"),
    [
        (Requirement("app", "In", ("web", "db")), True),
        (Requirement("app", "In", ("db",)), False),
        (Requirement("app", "NotIn", ("db",)), True),
        (Requirement("absent", "NotIn", ("db",)), True),
        (Requirement("app", "Exists"), True),
        (Requirement("absent", "Exists"), False),
        (Requirement("absent", "DoesNotExist"), True),
        (Requirement("tier", "Gt", ("2",)), True),
        (Requirement("tier", "Lt", ("2",)), False),
        (Requirement("app", "Gt", ("2",)), False),
    ],
)
def test_requirements(requirement: Requirement, expected: bool) -> None:
    assert satisfies(requirement, LABELS) is expected


def test_no_selector_selects_nothing_and_an_empty_one_everything() -> None:
    assert not matches(None, LABELS)
    assert matches(LabelSelector(), LABELS)
    assert matches(LabelSelector(FrozenMap({"app": "web"})), LABELS)
    assert not matches(LabelSelector(FrozenMap({"app": "db"})), LABELS)


def test_node_affinity_is_the_selector_and_one_of_the_terms() -> None:
    here = NodeSelectorTerm(match_fields=(Requirement("metadata.name", "In", ("n1",)),))
    assert node_affinity_matches({}, (NodeSelectorTerm(), here), LABELS, "n1")
    assert not node_affinity_matches({}, (here,), LABELS, "n2")
    assert not node_affinity_matches({}, (NodeSelectorTerm(),), LABELS, "n1")
    assert not node_affinity_matches({"app": "db"}, None, LABELS, "n1")


@pytest.mark.parametrize(
    ("toleration", "expected"),
    [
        (Toleration(operator="Exists"), True),
        (Toleration("gpu", "Exists"), True),
        (Toleration("gpu", "Equal", "yes"), True),
        (Toleration("gpu", "Equal", "no"), False),
        (Toleration("gpu", "Exists", effect="NoExecute"), False),
        (Toleration(""), False),
    ],
)
def test_tolerations(toleration: Toleration, expected: bool) -> None:
    assert tolerates(toleration, Taint("gpu", "yes")) is expected


def test_preferring_not_to_is_no_refusal() -> None:
    assert untolerated((Taint("slow", effect="PreferNoSchedule"),), ()) is None
    assert untolerated((Taint("gpu"),), ()) == Taint("gpu")
