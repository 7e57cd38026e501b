"""Prints the digest of the state that a fixed random walk of each layer ends in."""

import json

from invariants.checker import Checker
from model.digest import digest
from wavetank.drivers.random_walk import episodes
from wavetank.layers import LAYERS, layer_named

EPISODES = 6


def ends(name: str) -> list[str]:
    """The digests of the worlds at the end of the first few episodes of seed 0."""
    layer = layer_named(name)
    walks = episodes(layer, layer.config(), Checker.of(layer, ()), 0)
    return [digest(next(walks).world) for _ in range(EPISODES)]


if __name__ == "__main__":
    print(json.dumps({name: ends(name) for name in LAYERS}, indent=2))
