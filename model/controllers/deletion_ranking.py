"""Which pods a ReplicaSet deletes first when it has too many.

Models ``ActivePodsWithRanks`` of ``controller_utils.go``. Rules of this file: it ranks plain
:class:`Candidate` values; equal candidates stay in the order given (the callers give pods by
name). The ranks on a node are computed once, before any pod is gone: that k victims may all come
from one node is how it is (kubernetes/kubernetes#111443).

Times are seconds of the controller's clock. ``AGES_IN_POWERS_OF_TWO`` is what Kubernetes 1.22
added: of two pods of about the same age either may go, by uid. The ``1.20`` profile compares
times exactly and knows no deletion cost.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import evolve, frozen

__all__ = ["Candidate", "deletion_key", "rank_for_deletion", "with_related"]

_PHASE_ORDER = {"Pending": 0, "Unknown": 1, "Running": 2}
_NANOSECONDS = 1_000_000_000


@frozen
class Candidate:
    """What the ranking reads of one pod.

    ``ready_since`` is None when the pod is not ready, 0 when it is and nobody noted since when;
    ``created`` is 0 when unknown. ``related`` counts the active pods on its node that belong to
    the same Deployment. ``cost`` is the annotation ``pod-deletion-cost``.
    """

    name: str
    node_name: str = ""
    phase: str = "Running"
    ready_since: int | None = None
    cost: int = 0
    related: int = 0
    restarts: int = 0
    created: int = 0
    uid: str = ""


def with_related(
    candidates: Iterable[Candidate], active_on: Iterable[str]
) -> tuple[Candidate, ...]:
    """The candidates with ``related`` counted; ``active_on`` names each related pod's node."""
    count: dict[str, int] = {}
    for node_name in active_on:
        count[node_name] = count.get(node_name, 0) + 1
    return tuple(evolve(c, related=count.get(c.node_name, 0)) for c in candidates)


def rank_for_deletion(
    candidates: Sequence[Candidate], now: int | None = None
) -> tuple[Candidate, ...]:
    """The candidates, first to be deleted first.

    ``now`` compares ages in powers of two, as current releases do; None compares exactly (1.20).
    """
    return tuple(sorted(candidates, key=lambda candidate: deletion_key(candidate, now)))


def deletion_key(candidate: Candidate, now: int | None = None) -> tuple[object, ...]:
    """What orders the candidates: the first component that differs decides.

    Unassigned first, then pending before unknown before running, not ready before ready, cheap
    before dear, crowded node before lonely one, ready more recently, more restarts, younger.
    """
    ready = candidate.ready_since is not None
    return (
        bool(candidate.node_name),
        _PHASE_ORDER.get(candidate.phase, 0),
        ready,
        candidate.cost if now is not None else 0,
        -candidate.related,
        _recent(candidate.ready_since or 0, now) if ready else 0,
        -candidate.restarts,
        _recent(candidate.created, now),
        candidate.uid if now is not None else "",
    )


def _recent(moment: int, now: int | None) -> int:
    """Smaller for a more recent moment; an unknown one (0) counts as the most recent."""
    if moment == 0:
        return -1 if now is not None else -(2**63)
    if now is None:
        return -moment
    age = (now - moment) * _NANOSECONDS
    return age.bit_length() - 1 if age > 0 else -1
