"""A hunt as a user words it, on the command line or as pytest options.

``world`` is the name of a layer, or the path of manifests from which a ``kube`` world is built.
Everything is checked before the hunt starts; what is wrong is one ``BadInput``.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from model.world import Layer
from wavetank.bad_input import BadInput
from wavetank.defects.bank import defect_named
from wavetank.defects.defect import Defect
from wavetank.extensions import invariant_named, invariants_for
from wavetank.hunt import Budget, HuntResult, Progress, hunt
from wavetank.layers import LAYERS, layer_named

__all__ = ["DEFAULT_BUDGET", "Order"]

DEFAULT_BUDGET = "30s"


@frozen
class Order:
    """What to hunt: world, defect, invariant (by name, None for all), budget and seed."""

    layer: Layer[Any]
    config: Any
    budget: Budget
    seed: int = 0
    defect: Defect | None = None
    invariant: str | None = None
    manifests: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        *,
        world: str | None = None,
        budget: str = DEFAULT_BUDGET,
        seed: int = 0,
        defect: str | None = None,
        invariant: str | None = None,
    ) -> Order:
        """The order in the user's words. Raises ``BadInput``."""
        bug = None if defect is None else defect_named(defect)
        if world is not None and world not in LAYERS and Path(world).exists():
            layer, config = _from_manifests(world)
            manifests: tuple[str, ...] = (world,)
        else:
            layer = layer_named(world or (bug.layer if bug else LAYERS[0]))
            config, manifests = layer.config(), ()
        if bug is not None and layer.name != bug.layer:
            raise BadInput(
                f"defect {bug.id} shows in the {bug.layer} world, not in {layer.name}; "
                f"leave the world out, or say {bug.layer}"
            )
        if bug is not None and bug.config is not None and not manifests:
            config = bug.config
        if invariant is not None:
            invariant_named(layer, invariant)
        return cls(layer, config, Budget.parse(budget), seed, bug, invariant, manifests)

    @property
    def name(self) -> str:
        """``raft`` or ``raft-R1`` or ``kube-examples/port``."""
        parts = [self.layer.name, *([self.defect.id] if self.defect else []), *self.manifests]
        return "-".join(parts)

    def carry_out(
        self,
        findings_max: int = 1,
        on_progress: Callable[[Progress], None] = lambda progress: None,
    ) -> HuntResult:
        """Hunt, until ``findings_max`` invariants have broken or the budget is spent."""
        asked = (
            invariants_for(self.layer, self.defect.id if self.defect else "")
            if self.invariant is None
            else (invariant_named(self.layer, self.invariant),)
        )
        result = hunt(
            self.layer,
            self.config,
            asked,
            budget=self.budget,
            seed=self.seed,
            defect=self.defect,
            findings_max=findings_max,
            on_progress=on_progress,
        )
        traces = tuple(evolve(trace, manifests=self.manifests) for trace in result.traces)
        return evolve(result, traces=traces)


def _from_manifests(path: str) -> tuple[Layer[Any], Any]:
    from wavetank.check import config_of
    from wavetank.manifests import read_manifests

    config, _ = config_of(read_manifests([path]))
    return layer_named("kube"), config
