"""The scores: among the nodes where a pod can run, how good each one is.

Models the default Score plugins for resources, taints and node affinity. Rules of this file: the
formulas take plain numbers; a score is an integer from 0 to 100, as the plugin gives it before
its weight. Where the code computes in floating point, the same operations in the same order are
used here, so that rounding falls the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

__all__ = [
    "MAX_NODE_SCORE",
    "balanced_allocation",
    "balanced_allocation_1_20",
    "least_allocated",
    "normalized",
]

MAX_NODE_SCORE = 100


def least_allocated(requested: int, capacity: int) -> int:
    """More room left is better: the free share of one resource, in percent, rounded down."""
    if capacity == 0 or requested > capacity:
        return 0
    return (capacity - requested) * MAX_NODE_SCORE // capacity


def balanced_allocation(usage: Sequence[tuple[int, int]]) -> int:
    """Even use of the resources is better: 100 less the deviation of their used shares.

    ``usage`` lists (requested, capacity), the pod included; resources without capacity are
    passed over.
    """
    shares = [min(1.0, requested / capacity) for requested, capacity in usage if capacity > 0]
    deviation = 0.0
    if len(shares) == 2:
        deviation = abs((shares[0] - shares[1]) / 2)
    elif len(shares) > 2:
        mean = sum(shares) / len(shares)
        deviation = sqrt(sum((share - mean) * (share - mean) for share in shares) / len(shares))
    return int((1 - deviation) * MAX_NODE_SCORE)


def balanced_allocation_1_20(cpu: tuple[int, int], memory: tuple[int, int]) -> int:
    """The formula of release 1.20: 0 on a full node, else 100 less the difference of shares."""
    shares = [
        1.0 if capacity == 0 else requested / capacity for requested, capacity in (cpu, memory)
    ]
    if any(share >= 1 for share in shares):
        return 0
    return int((1 - abs(shares[0] - shares[1])) * MAX_NODE_SCORE)


def normalized(raw: Sequence[int], *, reverse: bool = False) -> tuple[int, ...]:
    """Raw counts brought to 0..100 by the largest; ``reverse`` where fewer is better."""
    highest = max(raw, default=0)
    if highest == 0:
        return tuple(MAX_NODE_SCORE if reverse else 0 for _ in raw)
    scaled = (MAX_NODE_SCORE * count // highest for count in raw)
    return tuple(MAX_NODE_SCORE - score if reverse else score for score in scaled)
