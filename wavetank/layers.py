"""The layers that can be put into the tank, by name; each is imported when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from model.api.client import Controller
from model.world import Layer, Rule
from wavetank.bad_input import BadInput, nearest

__all__ = ["LAYERS", "add_controller", "add_rule", "is_extended", "layer_named"]

LAYERS = ("raft", "etcd", "kube", "full")
"""Smallest first."""

WITH_CONTROLLERS = ("kube", "full")
"""Those that have a control plane."""

_added: dict[str, tuple[Rule[Any], ...]] = {}
_controllers: list[Controller] = []


def add_rule(layer: str, rule: Rule[Any]) -> None:
    """Add a kind of action (a user's own fault, say) to the layer of this name, once."""
    present = _added.get(layer, ())
    if all(other.action is not rule.action for other in present):
        _added[layer] = (*present, rule)


def add_controller(controller: Controller) -> None:
    """Let a controller of the user's own run in every control plane; a later one of a name wins."""
    _controllers[:] = [other for other in _controllers if other.name != controller.name]
    _controllers.append(controller)


def is_extended(layer: str) -> bool:
    """Whether the layer of this name has rules or controllers of the user's own."""
    return bool(_added.get(layer)) or (layer in WITH_CONTROLLERS and bool(_controllers))


def layer_named(name: str) -> Layer[Any]:
    """The layer of this name. Raises ``BadInput`` with the nearest names when there is none."""
    if name not in LAYERS:
        raise BadInput(
            f"unknown world {name!r}{nearest(name, LAYERS)}; there are: {', '.join(LAYERS)}"
        )
    module = import_module(f"model.worlds.{name}")
    layer: Layer[Any] = getattr(module, name.upper())
    if name in WITH_CONTROLLERS and _controllers:
        try:
            layer = getattr(module, f"{name}_layer")(tuple(_controllers))
        except ValueError as error:
            raise BadInput(str(error)) from None
    added = _added.get(name, ())
    return layer.with_rules(*added) if added else layer
