"""What clients ask of the API server, and what it answers.

Models the verbs of the Kubernetes API (staging/src/k8s.io/apiserver/pkg/endpoints). Rules of this
file: a request is a value that can wait in an outbox, be sent twice or be lost. Objects are named
by kind and key (``default/web-1``). ``resource_version`` None means "whatever is there now".
"""

from __future__ import annotations

from typing import Any

from attrs import frozen

from model.api.meta import key_of

__all__ = [
    "Bind",
    "Create",
    "Delete",
    "Evict",
    "Get",
    "Request",
    "Response",
    "Update",
    "UpdateStatus",
    "describe",
    "target_of",
]


@frozen
class Create:
    """POST. With an empty name and ``generate_name`` set, the server completes the name."""

    obj: Any


@frozen
class Update:
    """PUT of everything but the status; 409 unless the object is still at that version."""

    obj: Any
    resource_version: int | None = None


@frozen
class UpdateStatus:
    """PUT of the status alone; 409 unless the object is still at that version."""

    obj: Any
    resource_version: int | None = None


@frozen
class Delete:
    """DELETE, of whatever has the name unless ``uid`` or ``resource_version`` say otherwise.

    ``grace_period_seconds``: None for the object's own, 0 for at once. ``propagation``:
    Background, Foreground or Orphan.
    """

    kind: str
    key: str
    uid: str | None = None
    resource_version: int | None = None
    grace_period_seconds: int | None = None
    propagation: str = "Background"


@frozen
class Bind:
    """POST to a pod's ``binding``: give it its node."""

    key: str
    node_name: str
    uid: str | None = None


@frozen
class Evict:
    """POST to a pod's ``eviction``: delete it if the disruption budgets allow."""

    key: str


@frozen
class Get:
    """GET of the object as it is in the store now (a quorum read)."""

    kind: str
    key: str


Request = Create | Update | UpdateStatus | Delete | Bind | Evict | Get


@frozen
class Response:
    """The answer: an HTTP ``code``, and the ``reason`` of the Status when it is an error.

    ``obj`` is the object after the request (as it was, for a deletion that removed it), and
    ``resource_version`` its version.
    """

    code: int = 200
    reason: str = ""
    message: str = ""
    obj: Any = None
    resource_version: int = 0

    @property
    def ok(self) -> bool:
        """True when the server did what was asked."""
        return self.code < 400


def target_of(request: Request) -> tuple[str, str]:
    """(kind, key) of what the request is about; the key of a create may end in ``/``."""
    match request:
        case Create() | Update() | UpdateStatus():
            return request.obj.kind, key_of(request.obj)
        case Bind() | Evict():
            return "Pod", request.key
        case _:
            return request.kind, request.key


def describe(request: Request) -> str:
    """``update Deployment default/web``: verb, kind and key."""
    kind, key = target_of(request)
    verb = {"UpdateStatus": "update the status of"}.get(
        type(request).__name__, type(request).__name__.lower()
    )
    if isinstance(request, Create) and key.endswith("/"):
        key += request.obj.metadata.generate_name + "*"
    bound = f" to {request.node_name}" if isinstance(request, Bind) else ""
    return f"{verb} {kind} {key}{bound}"
