"""A real bug, as data: what it replaces in the model, where it is from, what it must break.

The model has no switches. A defect names small pure functions of the model and brings its own
wrong versions of them; ``wavetank.defects.bank.put_back`` swaps them in and out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import frozen

__all__ = ["Anomaly", "Defect", "Replacement"]


@frozen
class Replacement:
    """``function`` of ``module`` (both by name) is replaced by ``by``, which has its signature."""

    module: str
    function: str
    by: Callable[..., Any]


@frozen(kw_only=True)
class Defect:
    """A historical bug, or a variant of one, that can be put back into the model.

    ``id``: its entry in the catalogue (``R1``); ``name``: a name that can be said aloud;
    ``title``: what goes wrong, one sentence; ``source``: paper section or issue.
    ``layer``: the smallest layer that shows it; ``config``: the configuration to hunt in, or None
    for the layer's default. ``breaks``: the invariants that it may break, the telling one first.
    ``faults``: what it takes, in words. ``replaces``: the functions of the model that change.
    """

    id: str
    name: str
    title: str
    source: str
    layer: str
    breaks: tuple[str, ...]
    replaces: tuple[Replacement, ...] = ()
    faults: str = "none"
    config: Any = None


@frozen(kw_only=True)
class Anomaly(Defect):
    """True of real Kubernetes or etcd today: the clean model shows it too.

    ``breaks`` names invariants that are known to be false; ``holds`` the weaker ones that must
    hold beside them. Nothing is replaced.
    """

    holds: tuple[str, ...] = ()
