"""How objects are selected: by labels, and nodes by taints and affinity.

Models ``LabelSelector`` (meta/v1), ``NodeSelector`` and ``Toleration`` (core/v1, component-helpers
``scheduling/corev1``). Rules of this file: one small function a question; nothing here knows pods
or nodes, only labels, names and taints.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import frozen

from model.frozen_map import FrozenMap

__all__ = [
    "LabelSelector",
    "NodeSelectorTerm",
    "Requirement",
    "Taint",
    "Toleration",
    "matches",
    "matches_term",
    "node_affinity_matches",
    "satisfies",
    "tolerates",
    "untolerated",
]


@frozen
class Requirement:
    """One expression over a label: ``operator`` is In, NotIn, Exists, DoesNotExist, Gt or Lt."""

    key: str
    operator: str = "In"
    values: tuple[str, ...] = ()


@frozen
class LabelSelector:
    """Selects by labels; everything has to hold. Empty selects everything."""

    match_labels: FrozenMap[str, str] = FrozenMap()
    match_expressions: tuple[Requirement, ...] = ()


@frozen
class NodeSelectorTerm:
    """Selects nodes by labels (``match_expressions``) and name (``match_fields``)."""

    match_expressions: tuple[Requirement, ...] = ()
    match_fields: tuple[Requirement, ...] = ()


@frozen
class Taint:
    """Keeps pods that do not tolerate it off a node; ``effect`` is NoSchedule,
    PreferNoSchedule or NoExecute. ``time_added``: seconds, None when unknown."""

    key: str
    value: str = ""
    effect: str = "NoSchedule"
    time_added: int | None = None


@frozen
class Toleration:
    """Lets a pod stand a taint; ``operator`` is Equal or Exists. Empty key with Exists: any.

    ``toleration_seconds`` bounds for how long a NoExecute taint is stood, None for ever.
    """

    key: str = ""
    operator: str = "Equal"
    value: str = ""
    effect: str = ""
    toleration_seconds: int | None = None


def _integer(text: str) -> int | None:
    digits = text[1:] if text[:1] == "-" else text
    return int(text) if digits.isdecimal() else None


def _compares(requirement: Requirement, value: str) -> bool:
    """Gt and Lt: both sides have to be integers."""
    left, right = _integer(value), _integer(requirement.values[0]) if requirement.values else None
    if left is None or right is None:
        return False
    return left > right if requirement.operator == "Gt" else left < right


def satisfies(requirement: Requirement, labels: Mapping[str, str]) -> bool:
    """True when the labels satisfy one expression."""
    value = labels.get(requirement.key)
    match requirement.operator:
        case "In":
            return value is not None and value in requirement.values
        case "NotIn":
            return value is None or value not in requirement.values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case _:
            return value is not None and _compares(requirement, value)


def matches(selector: LabelSelector | None, labels: Mapping[str, str]) -> bool:
    """True when the selector selects these labels. No selector (None) selects nothing."""
    if selector is None:
        return False
    for key, value in selector.match_labels.items():
        if labels.get(key) != value:
            return False
    return all(satisfies(r, labels) for r in selector.match_expressions)


def matches_term(term: NodeSelectorTerm, labels: Mapping[str, str], name: str) -> bool:
    """True when a node of this name and labels matches; an empty term matches nothing."""
    if not term.match_expressions and not term.match_fields:
        return False
    fields = {"metadata.name": name}
    return all(satisfies(r, labels) for r in term.match_expressions) and all(
        satisfies(r, fields) for r in term.match_fields
    )


def node_affinity_matches(
    node_selector: Mapping[str, str],
    required: tuple[NodeSelectorTerm, ...] | None,
    labels: Mapping[str, str],
    name: str,
) -> bool:
    """True when a node satisfies a pod's ``nodeSelector`` and its required node affinity.

    ``required``: the terms, any of which suffices; None when the pod has no such affinity.
    """
    if any(labels.get(key) != value for key, value in node_selector.items()):
        return False
    return required is None or any(matches_term(term, labels, name) for term in required)


def tolerates(toleration: Toleration, taint: Taint) -> bool:
    """True when the toleration stands the taint."""
    if toleration.effect and toleration.effect != taint.effect:
        return False
    if toleration.key:
        if toleration.key != taint.key:
            return False
    elif toleration.operator != "Exists":
        return False
    return toleration.operator == "Exists" or toleration.value == taint.value


def untolerated(
    taints: Iterable[Taint],
    tolerations: tuple[Toleration, ...],
    effects: tuple[str, ...] = ("NoSchedule", "NoExecute"),
) -> Taint | None:
    """The first taint of these effects that none of the tolerations stands, else None."""
    for taint in taints:
        if taint.effect in effects and not any(tolerates(t, taint) for t in tolerations):
            return taint
    return None
