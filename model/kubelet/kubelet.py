"""The kubelet: makes the node run the pods that are bound to it, and reports.

Models ``syncLoop``, pod admission and the status manager (pkg/kubelet). A kubelet is a controller
of its node: a key is a pod, or :data:`HEARTBEAT`. Rules of this file: it works from its own cache,
also while it is cut off. A container is started once a uid; the API object is removed only when
the containers have stopped, and only if it is still the same pod (uid).
"""

from __future__ import annotations

from typing import Any

from attrs import evolve

from model.api.client import Controller, Reconciled, View, WatchEvent
from model.api.coordination import NODE_LEASES, Lease, LeaseSpec
from model.api.meta import ObjectMeta
from model.api.pod import Pod, PodStatus, is_terminal
from model.api.requests import Create, Delete, Request, Response, Update, UpdateStatus
from model.kubelet.machine import Machine, Sandbox, lacking, requests_of
from model.kubelet.observed import PodRejected, PodStarted, PodStopped
from model.world import Observation

__all__ = [
    "HEARTBEAT",
    "HEARTBEAT_SECONDS",
    "admission_refusal",
    "kubelet",
    "may_confirm_deletion",
    "reported_status",
]

HEARTBEAT = "heartbeat"
HEARTBEAT_SECONDS = 10


def kubelet(node: str) -> Controller:
    """The kubelet of this node; its memory is the :class:`Machine`, which outlives it."""
    return Controller(
        name=f"kubelet-{node}",
        watches=(f"Pod@{node}", f"Node@{node}"),
        reconcile=_reconcile,
        keys=_keys,
        first_keys=(HEARTBEAT,),
        answered=_answered,
        asynchronous=True,
        after_crash=lambda start, machine: machine,
        shape=_shape,
    )


def _keys(view: View, event: WatchEvent) -> tuple[str, ...]:
    return (event.key,) if event.kind == Pod.kind else ()


def _answered(machine: Any, request: Request, response: Response) -> Any:
    """A lease that is not there has to be created again."""
    if isinstance(request, Update) and request.obj.kind == Lease.kind and response.code == 404:
        return evolve(machine, has_lease=False)
    if isinstance(request, Create) and request.obj.kind == Lease.kind and not machine.has_lease:
        return evolve(machine, has_lease=True)
    return machine


def _reconcile(view: View, machine: Any, key: str, now: int) -> Reconciled:
    if key == HEARTBEAT:
        return heartbeat(view, machine, now)
    return sync_pod(view, machine, key, now)


def heartbeat(view: View, machine: Machine, now: int) -> Reconciled:
    """Renew the node's lease, register the node, report it ready."""
    name = machine.node.metadata.name
    lease = Lease(ObjectMeta(name=name, namespace=NODE_LEASES), LeaseSpec(name, renew_time=now))
    writes: list[Request] = [Update(lease) if machine.has_lease else Create(lease)]
    node = view.by_key("Node", name)
    if node is None:
        writes.append(Create(machine.node))
    elif node.status.ready != "True":
        ready = evolve(node, status=evolve(node.status, ready="True"))
        writes.append(UpdateStatus(ready, view.resource_version(node)))
    return Reconciled(tuple(writes), machine, HEARTBEAT_SECONDS)


def sync_pod(view: View, machine: Machine, key: str, now: int) -> Reconciled:
    """Bring one pod's containers to where its object wants them, and its status up to date."""
    pod: Pod | None = view.by_key(Pod.kind, key)
    seen: list[Observation] = []
    machine = _kill_strangers(machine, key, pod, seen)
    if pod is None:
        return Reconciled((), machine, observed=tuple(seen))
    if is_terminal(pod):
        machine = _kill(machine, pod.metadata.uid, "its pod is at its end", seen)
        return _removal(pod, machine, seen)
    if pod.metadata.deletion_timestamp is not None:
        return _terminate(pod, machine, now, seen)
    sandbox = machine.pods.get(pod.metadata.uid)
    if sandbox is None:
        reason = admission_refusal(machine, pod)
        if reason is not None:
            return _reject(pod, machine, reason, seen)
        sandbox = _started(machine, pod, now)
        machine = machine.with_pod(sandbox)
        seen.append(PodStarted(machine.node.metadata.name, key, sandbox.uid))
    return Reconciled(_report(pod, sandbox), machine, observed=tuple(seen))


def _kill_strangers(
    machine: Machine, key: str, pod: Pod | None, seen: list[Observation]
) -> Machine:
    """Stop what runs under this name but is no longer the pod of this name."""
    for sandbox in machine.pods.values():
        if sandbox.key == key and (pod is None or sandbox.uid != pod.metadata.uid):
            machine = _kill(machine, sandbox.uid, "its object is gone", seen)
    return machine


def _kill(machine: Machine, uid: str, why: str, seen: list[Observation]) -> Machine:
    sandbox = machine.pods.get(uid)
    if sandbox is None:
        return machine
    if sandbox.state != "stopped":
        seen.append(PodStopped(machine.node.metadata.name, sandbox.key, uid, why))
    return machine.without_pod(uid)


def _terminate(pod: Pod, machine: Machine, now: int, seen: list[Observation]) -> Reconciled:
    """Graceful termination: tell the containers, wait, then confirm to the API."""
    deadline = pod.metadata.deletion_timestamp or 0
    sandbox = machine.pods.get(pod.metadata.uid)
    if sandbox is not None and now >= deadline and sandbox.state != "stopped":
        machine = _kill(machine, sandbox.uid, "its grace period is over", seen)
        sandbox = None
    if may_confirm_deletion(sandbox):
        return _removal(pod, machine.without_pod(pod.metadata.uid), seen)
    assert sandbox is not None
    if sandbox.state == "running":
        machine = machine.with_pod(evolve(sandbox, state="stopping"))
    return Reconciled(_report(pod, sandbox), machine, deadline - now, tuple(seen))


def may_confirm_deletion(sandbox: Sandbox | None) -> bool:
    """True when no container of the pod runs any more."""
    return sandbox is None or sandbox.state == "stopped"


def _removal(pod: Pod, machine: Machine, seen: list[Observation]) -> Reconciled:
    """Nothing of the pod runs: if its deletion was asked for, let the API object go."""
    writes: tuple[Request, ...] = ()
    if pod.metadata.deletion_timestamp is not None:
        key = f"{pod.metadata.namespace}/{pod.metadata.name}"
        writes = (Delete(Pod.kind, key, uid=pod.metadata.uid, grace_period_seconds=0),)
    return Reconciled(writes, machine, observed=tuple(seen))


def admission_refusal(machine: Machine, pod: Pod) -> str | None:
    """Why the node cannot take the pod, as the reason of its failure; None when it can."""
    resource = lacking(machine, requests_of(pod))
    return None if resource is None else f"OutOf{resource}"


def _reject(pod: Pod, machine: Machine, reason: str, seen: list[Observation]) -> Reconciled:
    key = f"{pod.metadata.namespace}/{pod.metadata.name}"
    seen.append(PodRejected(machine.node.metadata.name, key, pod.metadata.uid, reason))
    failed = evolve(pod, status=evolve(pod.status, phase="Failed", ready=False, reason=reason))
    return Reconciled((UpdateStatus(failed),), machine, observed=tuple(seen))


def _started(machine: Machine, pod: Pod, now: int) -> Sandbox:
    """The pod's containers, fresh. Without a readiness probe a running container is ready."""
    healthy = all(c.image not in machine.bad_images for c in pod.spec.containers)
    ready = healthy and all(c.readiness_probe is None for c in pod.spec.containers)
    again = pod.status.start_time is not None
    return Sandbox(
        key=f"{pod.metadata.namespace}/{pod.metadata.name}",
        uid=pod.metadata.uid,
        requests=requests_of(pod),
        healthy=healthy,
        ready=ready,
        ready_since=now if ready else None,
        start_time=now,
        restarts=pod.status.restart_count + 1 if again else 0,
    )


def _report(pod: Pod, sandbox: Sandbox) -> tuple[Request, ...]:
    status = reported_status(pod, sandbox)
    return () if status == pod.status else (UpdateStatus(evolve(pod, status=status)),)


def reported_status(pod: Pod, sandbox: Sandbox) -> PodStatus:
    """What the kubelet says of a pod whose containers it has started."""
    return evolve(
        pod.status,
        phase="Running",
        ready=sandbox.ready,
        ready_since=sandbox.ready_since,
        pod_ip=pod.status.pod_ip or pod_ip(sandbox.uid),
        start_time=sandbox.start_time,
        restart_count=sandbox.restarts,
    )


def pod_ip(uid: str) -> str:
    """An address that no other pod has had."""
    number = int(uid.rpartition("-")[2])
    return f"10.244.{number // 256}.{number % 256}"


def _shape(machine: Any, now: int) -> Any:
    """What runs, without uids and times."""
    return tuple(
        (s.key.rstrip("0123456789"), s.state, s.ready, s.healthy) for s in machine.pods.values()
    )
