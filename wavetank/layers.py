"""The layers that can be put into the tank, by name; each is imported when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from model.world import Layer, Rule
from wavetank.bad_input import BadInput, nearest

__all__ = ["LAYERS", "add_rule", "layer_named"]

LAYERS = ("raft", "etcd", "kube", "full")
"""Smallest first."""


_added: dict[str, tuple[Rule[Any], ...]] = {}


def add_rule(layer: str, rule: Rule[Any]) -> None:
    """Add a kind of action (a user's own fault, say) to the layer of this name, once."""
    present = _added.get(layer, ())
    if all(other.action is not rule.action for other in present):
        _added[layer] = (*present, rule)


def layer_named(name: str) -> Layer[Any]:
    """The layer of this name. Raises ``BadInput`` with the nearest names when there is none."""
    if name not in LAYERS:
        raise BadInput(
            f"unknown world {name!r}{nearest(name, LAYERS)}; there are: {', '.join(LAYERS)}"
        )
    layer: Layer[Any] = getattr(import_module(f"model.worlds.{name}"), name.upper())
    added = _added.get(name, ())
    return layer.with_rules(*added) if added else layer
