"""kubectl: drains nodes, which takes patience; everything else it asks for at once.

Models ``kubectl drain``: cordon the node, evict its pods, try again what was refused, wait until
they are gone. Rules of this file: memory is the nodes that are being drained.
"""

from __future__ import annotations

from typing import Any

from attrs import evolve

from model.api.client import Controller, Reconciled, View, WatchEvent
from model.api.meta import is_deleting, key_of
from model.api.pod import is_terminal
from model.api.requests import Evict, Request
from model.control_plane.plane import KUBECTL

__all__ = ["kubectl"]


def kubectl() -> Controller:
    """The users' process."""
    return Controller(
        name=KUBECTL,
        watches=("Node", "Pod"),
        reconcile=_drain,
        keys=_keys,
        start=(),
        asynchronous=True,
    )


def _keys(view: View, event: WatchEvent) -> tuple[str, ...]:
    """Nothing wakes it but a drain's own impatience."""
    return ()


def _drain(view: View, draining: Any, key: str, now: int) -> Reconciled:
    """One attempt at emptying the node ``key``."""
    node = view.by_key("Node", key)
    if node is None or key not in draining:
        return Reconciled((), tuple(name for name in draining if name != key))
    writes: list[Request] = []
    if not node.spec.unschedulable:
        writes.append(view.update(evolve(node, spec=evolve(node.spec, unschedulable=True))))
    left = [p for p in view.list("Pod") if p.spec.node_name == key and not is_terminal(p)]
    writes.extend(Evict(key_of(pod)) for pod in left if not is_deleting(pod))
    if not writes and not left:
        return Reconciled((), tuple(name for name in draining if name != key))
    return Reconciled(tuple(writes), draining, requeue_after=DRAIN_RETRY_SECONDS)


DRAIN_RETRY_SECONDS = 5
