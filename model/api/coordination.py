"""Leases: who is alive, and who leads.

Models ``Lease`` (coordination/v1). A kubelet renews the lease named as its node in the namespace
``kube-node-lease``; that is its heartbeat. Rules of this file: times are seconds on the clock of
the holder.
"""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from model.api.meta import ObjectMeta

__all__ = ["NODE_LEASES", "Lease", "LeaseSpec"]

NODE_LEASES = "kube-node-lease"
"""The namespace of the nodes' leases."""


@frozen
class LeaseSpec:
    """Who holds the lease, since when, and for how long without renewal."""

    holder_identity: str = ""
    renew_time: int = 0
    acquire_time: int = 0
    lease_duration_seconds: int = 40
    lease_transitions: int = 0


@frozen
class Lease:
    """A lease."""

    kind: ClassVar[str] = "Lease"

    metadata: ObjectMeta
    spec: LeaseSpec = LeaseSpec()
