"""The plain random driver: many short episodes, each with its own mix of actions (swarm).

Always choosing among everything hides bugs that need one kind of fault to be rare or absent
(Groce et al., "Swarm testing", ISSTA 2012). Each episode therefore switches some kinds off and
gives the others weights of their own. Everything comes from one seed.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any, TypeVar

from invariants.checker import Checker
from model.world import Layer
from wavetank.drivers.decode import STEP_BYTES, Menu
from wavetank.run import Run

__all__ = ["episode", "episodes", "swarm"]

W = TypeVar("W")

LENGTHS = (20, 40, 80, 160)
"""Steps of an episode, one of these. Short ones shrink well, long ones reach far."""

MISSES_MAX = 40
"""An episode ends when so many draws in a row were not enabled, for every step of its length."""


def swarm(layer: Layer[Any], random: Random) -> dict[str, int]:
    """Weights for one episode: kinds of normal operation stay on, most of them; faults may not."""
    weights = {}
    for rule in layer.rules:
        keep = 0.5 if rule.fault else 0.9
        scale = random.choice((1, 1, 2, 4))
        weights[rule.action.kind()] = rule.weight * scale if random.random() < keep else 0
    if not any(weights.values()):
        return {rule.action.kind(): rule.weight for rule in layer.rules}
    return weights


def episode(run: Run[W], menu: Menu[W], random: Random, length: int) -> Run[W]:
    """Take up to ``length`` random steps; stop at the first finding."""
    getrandbits, pick, take = random.getrandbits, menu.pick, run.take
    misses_left = MISSES_MAX * length
    bits = 8 * STEP_BYTES
    while length and misses_left:
        chosen = pick(run.world, getrandbits(bits).to_bytes(STEP_BYTES, "big"))
        if chosen is None or chosen[0].why_not(run.world, chosen[1]) is not None:
            misses_left -= 1
            continue
        length -= 1
        if take(*chosen):
            break
    return run


def episodes(layer: Layer[W], config: Any, checker: Checker[W], seed: int) -> Iterator[Run[W]]:
    """Runs without end, each from the start, each stopped at its length or first finding."""
    random = Random(seed)
    while True:
        menu = Menu.of(layer, swarm(layer, random))
        yield episode(Run(layer, config, checker), menu, random, random.choice(LENGTHS))
