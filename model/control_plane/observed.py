"""What can be seen of the control plane: writes that took effect, bindings, decisions."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from model.api.client import View
from model.api.requests import Request, Response, describe
from model.world import Observation

__all__ = ["Answered", "ApiEvent", "Bound", "ReconcileRan"]


@frozen
class ApiEvent(Observation):
    """A write took effect. ``verb``: created, updated or deleted; ``before``: the object before.

    ``by``: the process that asked for it, with this ``request``; ``at``: the API server's clock.
    """

    verb: str
    kind: str
    key: str
    uid: str
    resource_version: int
    by: str
    obj: Any
    before: Any
    request: Request
    at: int

    def sentence(self) -> str:
        return f"{self.kind} {self.key} {self.verb} at {self.resource_version} by {self.by}"


@frozen
class Bound(Observation):
    """A pod was bound to a node."""

    pod: str
    uid: str
    node: str
    by: str

    def sentence(self) -> str:
        return f"pod {self.pod} ({self.uid}) is bound to {self.node} by {self.by}"


@frozen
class Answered(Observation):
    """A process has received the API server's answer to a write."""

    process: str
    request: Request
    response: Response

    def sentence(self) -> str:
        outcome = "done" if self.response.ok else f"{self.response.code} {self.response.reason}"
        return f"{self.process}: {describe(self.request)}: {outcome}"


@frozen
class ReconcileRan(Observation):
    """A process looked at a key and decided.

    ``view``, ``memory`` and ``now`` are what it knew when it did; ``after`` its memory since.
    """

    process: str
    key: str
    now: int
    view: View = field(eq=False, repr=False)
    memory: Any = field(repr=False)
    after: Any = field(repr=False)
    writes: tuple[Request, ...]
    note: str = ""

    def sentence(self) -> str:
        wants = self.note or "; ".join(describe(w) for w in self.writes) or "nothing to do"
        return f"{self.process} looks at {self.key}: {wants}"
