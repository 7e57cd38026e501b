"""A trace: everything needed to run one counterexample again, exactly.

The actions alone decide the states, so a trace holds actions and no states; the digests along
the way tell when the model has changed under it. One trace is one JSON file (``trace_file``).
"""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from model.world import Action

__all__ = ["TRACE_VERSION", "Trace"]

TRACE_VERSION = 1


@frozen
class Trace:
    """One run of a layer from its start, and what it shows.

    ``layer``: name of the layer; ``config``: its configuration (the layer's attrs class).
    ``defect``: id of the defect that was put back, or None for the clean model.
    ``actions``: what happened, in order, while faults could strike.
    ``invariant``: name of the invariant that the last step breaks; for an ``eventually``
    invariant, the one that is not reached within its bound of fair rounds after the actions.
    ``evidence``: the sentences that it yielded. ``verdict``: ``violated``, or for ``eventually``
    ``livelock`` (a state repeats) or ``not_reached`` (the bound was hit without a repetition).
    ``digests``: stable digests of the world: at the start, then after each action.
    ``made_by``: versions of what made it, by name. ``driver`` and ``seed``: how it was found.
    ``manifests``: paths of the manifests that the configuration came from, if any.
    """

    layer: str
    config: Any
    actions: tuple[Action, ...]
    invariant: str
    evidence: tuple[str, ...]
    defect: str | None = None
    verdict: str = "violated"
    digests: tuple[str, ...] = ()
    driver: str = ""
    seed: int | None = None
    made_by: dict[str, str] = field(factory=dict, eq=False)
    manifests: tuple[str, ...] = ()
    version: int = TRACE_VERSION
