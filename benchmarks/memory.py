"""Resident memory over a hunt of a million steps: it must stay flat."""

from __future__ import annotations

import resource
import sys

from invariants.checker import Checker
from wavetank.drivers.random_walk import episodes
from wavetank.extensions import invariants_for
from wavetank.layers import layer_named

STEPS = 1_000_000


def resident_mib() -> float:
    """The most memory that the process has had so far, in MiB (Linux counts in KiB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(name: str = "raft") -> None:
    """Print the high-water mark at every tenth of the way, and the growth over the last half."""
    layer = layer_named(name)
    checker = Checker.of(layer, invariants_for(layer))
    done, marks = 0, []
    for run in episodes(layer, layer.config(), checker, 0):
        done += len(run.actions) - run.inherited
        while done >= (len(marks) + 1) * STEPS // 10:
            marks.append(resident_mib())
            print(f"{name}: {done:>9,} steps: {marks[-1]:.0f} MiB")
        if done >= STEPS:
            break
    growth = marks[-1] / marks[len(marks) // 2 - 1]
    print(f"{name}: growth over the last half: {growth:.3f} times")


if __name__ == "__main__":
    main(*sys.argv[1:])
