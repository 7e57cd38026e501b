"""The layers that can be put into the tank, by name; each is imported when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from model.world import Layer
from wavetank.bad_input import BadInput, nearest

__all__ = ["LAYERS", "layer_named"]

LAYERS = ("raft", "etcd", "kube", "full")
"""Smallest first."""


def layer_named(name: str) -> Layer[Any]:
    """The layer of this name. Raises ``BadInput`` with the nearest names when there is none."""
    if name not in LAYERS:
        raise BadInput(
            f"unknown world {name!r}{nearest(name, LAYERS)}; there are: {', '.join(LAYERS)}"
        )
    layer: Layer[Any] = getattr(import_module(f"model.worlds.{name}"), name.upper())
    return layer
