"""Files, directories and standard input into the objects that they describe."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from attrs import evolve, field, frozen

from model.api.objects import KubeObject
from model.api.selectors import LabelSelector, matches
from model.frozen_map import FrozenMap
from wavetank.bad_input import BadInput, nearest
from wavetank.manifests.kinds import NAMESPACELESS, READERS
from wavetank.manifests.schema import Ignored
from wavetank.manifests.source import Located, Place, documents, read_text

__all__ = ["Manifests", "read_manifests", "read_manifests_text"]

SUFFIXES = (".yaml", ".yml", ".json")


@frozen
class Manifests:
    """What was read.

    ``objects``: in the order of the files. ``places``: where each stands, in the same order.
    ``skipped``: kinds that the model does not know, with their number. ``ignored``: real fields
    that the model does not look at, with their number.
    """

    objects: tuple[KubeObject, ...]
    places: tuple[Place, ...] = ()
    skipped: dict[str, int] = field(factory=dict)
    ignored: dict[str, int] = field(factory=dict)
    files: int = 0

    def of_kind(self, kind: str) -> tuple[Any, ...]:
        """The objects of a kind."""
        return tuple(obj for obj in self.objects if obj.kind == kind)


def read_manifests(paths: Sequence[str]) -> Manifests:
    """Everything in the files and directories; ``-`` is standard input.

    Raises ``BadInput`` for the first thing that is wrong.
    """
    texts = [(name, text) for path in paths for name, text in _texts(path)]
    return read_manifests_text(texts)


def read_manifests_text(texts: Sequence[tuple[str, str]]) -> Manifests:
    """The same for (name of the file, its text)."""
    ignored = Ignored()
    skipped: dict[str, int] = {}
    objects: list[Any] = []
    places: list[Place] = []
    for name, text in texts:
        for number, document in documents(text, name):
            for item, path in _items(document, Place(name, number, document.line)):
                place = Place(name, number, item.line, path)
                kind = _kind_of(item, place)
                if kind not in READERS:
                    skipped[kind] = skipped.get(kind, 0) + 1
                    continue
                obj, place = _read(kind, item, place, ignored)
                objects.append(obj)
                places.append(place)
    _check_names(objects, places)
    for obj, place in zip(objects, places, strict=True):
        _check(obj, place)
    return Manifests(tuple(objects), tuple(places), skipped, ignored.counts, len(texts))


def _texts(path: str) -> Iterator[tuple[str, str]]:
    if path == "-":
        yield "standard input", sys.stdin.read()
        return
    found = Path(path)
    if found.is_dir():
        files = sorted(p for p in found.rglob("*") if p.suffix in SUFFIXES and p.is_file())
        if not files:
            raise BadInput(f"{path}: no manifests in this directory ({', '.join(SUFFIXES)})")
        for file in files:
            yield str(file), read_text(file)
        return
    if not found.exists():
        raise BadInput(f"{path}: no such file or directory")
    yield path, read_text(found)


def _items(document: Located, place: Place) -> Iterator[tuple[Located, str]]:
    """The objects of a document: itself, or the items of a List."""
    value = document.value
    if not isinstance(value, dict):
        raise place.error("expected an object with apiVersion, kind and metadata")
    kind = value.get("kind")
    if kind is not None and isinstance(kind.value, str) and kind.value.endswith("List"):
        items = value.get("items")
        if items is None or not isinstance(items.value, list):
            raise evolve(place, path="items").error("expected the list of objects")
        for number, item in enumerate(items.value):
            if not isinstance(item.value, dict):
                raise evolve(place, line=item.line, path=f"items[{number}]").error(
                    "expected an object"
                )
            if kind.value != "List" and "kind" not in item.value:
                item.value["kind"] = Located(kind.value.removesuffix("List"), item.line)
                item.value.setdefault("apiVersion", Located("v1", item.line))
            yield item, f"items[{number}]"
        return
    yield document, ""


def _kind_of(item: Located, place: Place) -> str:
    kind = item.value.get("kind")
    if kind is None or not isinstance(kind.value, str) or not kind.value:
        raise place.error("the field kind is missing; expected one like Deployment")
    api = item.value.get("apiVersion")
    if api is None or not isinstance(api.value, str):
        raise place.error(f"{kind.value}: the field apiVersion is missing; expected one like v1")
    close = [name for name in READERS if name.lower() == kind.value.lower()]
    if (
        kind.value not in READERS
        and (close or nearest(kind.value, READERS))
        and "/" not in (api.value if "." in api.value else "")
    ):
        at = evolve(place, line=kind.line, path="kind")
        raise at.error(f"unknown kind {kind.value!r}{nearest(kind.value, READERS)}")
    return kind.value


def _read(kind: str, item: Located, place: Place, ignored: Ignored) -> tuple[Any, Place]:
    metadata = item.value.get("metadata")
    name = ""
    if metadata is not None and isinstance(metadata.value, dict):
        given = metadata.value.get("name") or metadata.value.get("generateName")
        name = given.value if given is not None and isinstance(given.value, str) else ""
    place = evolve(place, path="", object=f"{kind} {name}".strip())
    obj = READERS[kind](item, place, ignored)
    meta = obj.metadata
    if not meta.name and not meta.generate_name:
        raise evolve(place, path="metadata.name").error("the field is missing")
    if kind in NAMESPACELESS:
        meta = evolve(meta, namespace="")
    return evolve(obj, metadata=meta), place


def _check_names(objects: Sequence[Any], places: Sequence[Place]) -> None:
    seen: dict[tuple[str, str, str], Place] = {}
    for obj, place in zip(objects, places, strict=True):
        meta = obj.metadata
        if not meta.name:
            continue
        first = seen.setdefault((obj.kind, meta.namespace, meta.name), place)
        if first is not place:
            raise evolve(place, path="metadata.name").error(
                f"{obj.kind} {meta.name!r} is given twice; first in {first.file}, "
                f"document {first.document}, line {first.line}"
            )


def _check(obj: Any, place: Place) -> None:
    """What the API server validates across fields."""
    if obj.kind in ("Deployment", "ReplicaSet"):
        _check_selector(obj, place)
    if obj.kind == "PodDisruptionBudget":
        both = obj.spec.min_available is not None and obj.spec.max_unavailable is not None
        if both:
            raise evolve(place, path="spec").error(
                "minAvailable and maxUnavailable are both given; keep one of them"
            )
    specs = [obj.spec] if obj.kind == "Pod" else []
    if obj.kind in ("Deployment", "ReplicaSet"):
        specs = [obj.spec.template.spec]
    for spec in specs:
        _check_pod_spec(spec, place, "spec" if obj.kind == "Pod" else "spec.template.spec")


def _check_selector(obj: Any, place: Place) -> None:
    selector: LabelSelector = obj.spec.selector
    labels: FrozenMap[str, str] = obj.spec.template.labels
    if selector == LabelSelector():
        raise evolve(place, path="spec.selector").error("expected at least one label to select")
    if not matches(selector, labels):
        wanted = ", ".join(f"{k}={v}" for k, v in selector.match_labels.items())
        has = ", ".join(f"{k}={v}" for k, v in labels.items())
        raise evolve(place, path="spec.selector").error(
            f"selects {wanted or 'by expressions'}, but the template's labels are "
            f"{has or 'none'}; they must match"
        )


def _check_pod_spec(spec: Any, place: Place, path: str) -> None:
    if not spec.containers:
        raise evolve(place, path=f"{path}.containers").error("expected at least one container")
    names: set[str] = set()
    for number, container in enumerate(spec.containers):
        at = evolve(place, path=f"{path}.containers[{number}]")
        if container.name in names:
            raise at.error(f"the name {container.name!r} is given twice")
        names.add(container.name)
        for resource, limit in container.limits.items():
            if container.requests[resource] > limit:
                raise at.error(f"requests more {resource} than its limit")
