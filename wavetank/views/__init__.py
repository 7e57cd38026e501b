"""How a world looks: lanes (members, components) with labelled lines of text, and arrows.

One module a layer, with ``<layer>_lanes(world)`` and ``<layer>_arrow(action)``; the terminal and
the page draw from the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from model.world import Action

__all__ = ["Lanes", "arrow", "changes", "lanes", "told"]

Lanes = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
"""(lane, ((label, text), ...)) for each lane, in the order they are drawn."""


def lanes(layer: str, world: Any) -> Lanes:
    """The lanes of a world of this layer."""
    view: Lanes = getattr(import_module(f"wavetank.views.{layer}"), f"{layer}_lanes")(world)
    return view


def arrow(layer: str, world: Any, action: Action) -> tuple[str, str, str] | None:
    """(from lane, to lane, text) when the action moves something between lanes."""
    module = import_module(f"wavetank.views.{layer}")
    found: tuple[str, str, str] | None = getattr(module, f"{layer}_arrow")(world, action)
    return found


def told(layer: str, world: Any, action: Action) -> str:
    """The action's sentence, with the message that it moves in the given world."""
    moved = arrow(layer, world, action)
    link, _, message = ("" if moved is None else moved[2].split(": ")[-1]).partition(" ")
    return f"{action.sentence()}: {message}" if "->" in link else action.sentence()


def changes(before: Lanes, after: Lanes) -> Iterator[tuple[str, str, str, str]]:
    """(lane, label, text before, text after) for every line that differs; ``-`` for none."""
    was = {(lane, label): text for lane, lines in before for label, text in lines}
    now = {(lane, label): text for lane, lines in after for label, text in lines}
    for lane, label in [*now, *(key for key in was if key not in now)]:
        old, new = was.get((lane, label), "-"), now.get((lane, label), "-")
        if old != new:
            yield lane, label, old, new
