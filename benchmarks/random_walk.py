"""Steps a second of the random driver with all invariants on, and where the time goes."""

from __future__ import annotations

import cProfile
import pstats
import sys
import time

from invariants.checker import Checker
from invariants.invariant import Kind
from wavetank.drivers.random_walk import episodes
from wavetank.extensions import invariants_for
from wavetank.layers import LAYERS, layer_named

STEPS = 100_000


def walk(name: str, steps: int, kinds: tuple[Kind, ...]) -> float:
    """Steps a second of one layer, in its default configuration, seed 0."""
    layer = layer_named(name)
    asked = [inv for inv in invariants_for(layer) if inv.kind in kinds]
    checker = Checker.of(layer, asked)
    done = 0
    began = time.perf_counter()
    for run in episodes(layer, layer.config(), checker, 0):
        done += len(run.actions) - run.inherited
        if done >= steps:
            return done / (time.perf_counter() - began)
    return 0.0


def main() -> None:
    """Print the rates of the layers, then the profile of raft."""
    everything = tuple(Kind)
    for name in sys.argv[1:] or LAYERS:
        state_and_step = walk(name, STEPS, (Kind.ALWAYS, Kind.TRANSITION))
        whole = walk(name, STEPS, everything)
        bare = walk(name, STEPS, ())
        print(
            f"{name}: {state_and_step:,.0f} steps/s with state and transition invariants, "
            f"{whole:,.0f} with all, {bare:,.0f} with none"
        )
    profile = cProfile.Profile()
    profile.runcall(walk, "raft", STEPS // 4, everything)
    pstats.Stats(profile).sort_stats("tottime").print_stats(12)


if __name__ == "__main__":
    main()
