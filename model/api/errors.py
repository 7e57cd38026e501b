"""The API server's refusals, as answers.

Models ``apimachinery/pkg/api/errors``: the codes and reasons that clients tell apart.
"""

from __future__ import annotations

from model.api.requests import Response

__all__ = [
    "already_exists",
    "conflict",
    "forbidden",
    "invalid",
    "not_found",
    "too_many_requests",
]


def already_exists(kind: str, key: str) -> Response:
    """Somebody has created an object of that name."""
    return Response(409, "AlreadyExists", f"{kind} {key} already exists")


def conflict(kind: str, key: str, why: str) -> Response:
    """The object is not what the request expects it to be."""
    return Response(409, "Conflict", f"{kind} {key}: {why}")


def not_found(kind: str, key: str) -> Response:
    """There is no such object."""
    return Response(404, "NotFound", f"{kind} {key} not found")


def forbidden(kind: str, key: str, why: str) -> Response:
    """Admission refuses."""
    return Response(403, "Forbidden", f"{kind} {key}: {why}")


def invalid(kind: str, key: str, why: str) -> Response:
    """Validation refuses."""
    return Response(422, "Invalid", f"{kind} {key} is invalid: {why}")


def too_many_requests(kind: str, key: str, why: str) -> Response:
    """Not now; a disruption budget, for one, has nothing left."""
    return Response(429, "TooManyRequests", f"{kind} {key}: {why}")
