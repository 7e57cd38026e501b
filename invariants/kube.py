"""What must hold of the cluster at any time, at each write, and in the end.

Sources: Kubernetes documentation and source, and ``kubernetes_invariants`` names in brackets. Rules
of this file: a transition looks only at the objects that the step has written.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from invariants.invariant import always, eventually, sometimes, transition
from model.api.meta import controller_of, is_deleting, key_of
from model.api.pod import Pod, is_active, is_terminal
from model.control_plane.plane import ControlPlane
from model.controllers.deployment import same_template
from model.controllers.endpoints import endpoints_of
from model.scheduler.filters import rejection
from model.scheduler.snapshot import pod_requests, take_snapshot
from model.world import Action

ROUNDS = 60
"""Rounds of the fair schedule, ten seconds each: ten minutes, twice the default toleration."""


def written(before: ControlPlane, after: ControlPlane, kind: str) -> Iterator[tuple[Any, Any]]:
    """(object before, object after) for the writes of this step; None for not there."""
    if before.store is after.store:
        return
    for event in after.store.events_after(before.store.revision):
        obj = event.current.value
        if obj.kind == kind:
            was = None if event.previous is None else event.previous.value
            yield was, (obj if event.kind == "put" else None)


@transition("kube", source="Pod binding subresource: nodeName is set once [API-8, SCHED-3]")
def one_bind_a_pod(before: ControlPlane, action: Action, after: ControlPlane) -> Iterator[str]:
    """A pod is bound to a node at most once, and stays there."""
    for was, now in written(before, after, "Pod"):
        if was is None or now is None or was.metadata.uid != now.metadata.uid:
            continue
        if was.spec.node_name and was.spec.node_name != now.spec.node_name:
            yield f"pod {key_of(now)} moved from {was.spec.node_name} to {now.spec.node_name}"


@transition("kube", source="Kubernetes scheduler: NodeResourcesFit [NODE-1]")
def node_is_not_overcommitted(
    before: ControlPlane, action: Action, after: ControlPlane
) -> Iterator[str]:
    """With one scheduler, the pods bound to a node never request more than it has."""
    bound = {
        now.spec.node_name
        for was, now in written(before, after, "Pod")
        if now is not None and now.spec.node_name and (was is None or not was.spec.node_name)
    }
    for name in sorted(bound):
        node = after.object("Node", name)
        if node is None:
            continue
        total: dict[str, int] = {}
        for pod in after.objects("Pod"):
            if pod.spec.node_name == name and not is_terminal(pod):
                for resource, amount in pod_requests(pod).items():
                    total[resource] = total.get(resource, 0) + amount
        for resource, amount in sorted(total.items()):
            has = node.status.allocatable.get(resource, 0)
            if amount > has:
                yield f"the pods bound to {name} request {resource} {amount}, it has {has}"


@transition("kube", source="API conventions: deletion, finalizers [API-6]")
def deletion_is_not_taken_back(
    before: ControlPlane, action: Action, after: ControlPlane
) -> Iterator[str]:
    """Once an object's deletion was asked for it is never cleared or put off."""
    for kind in ("Pod", "Deployment", "ReplicaSet", "Service"):
        for was, now in written(before, after, kind):
            if was is None or now is None or was.metadata.uid != now.metadata.uid:
                continue
            old, new = was.metadata.deletion_timestamp, now.metadata.deletion_timestamp
            if old is not None and (new is None or new > old):
                yield f"{kind} {key_of(now)}: deletion_timestamp went from {old} to {new}"


@transition("kube", source="Pod lifecycle: Succeeded and Failed are final [POD-1]")
def a_pod_that_has_ended_stays_so(
    before: ControlPlane, action: Action, after: ControlPlane
) -> Iterator[str]:
    """A pod's phase never leaves Succeeded or Failed."""
    for was, now in written(before, after, "Pod"):
        same = was is not None and now is not None and was.metadata.uid == now.metadata.uid
        if same and is_terminal(was) and was.status.phase != now.status.phase:
            yield f"pod {key_of(now)} went from {was.status.phase} to {now.status.phase}"


@always("kube", source="API conventions: one controller", reads=lambda plane: plane.store)
def names_and_uids_are_unique(store: Any) -> Iterator[str]:
    """No two objects that exist have one uid."""
    seen: dict[str, str] = {}
    for key, kv in store.keys.items():
        uid = kv.value.metadata.uid
        other = seen.setdefault(uid, key)
        if other != key:
            yield f"{other} and {key} both have uid {uid}"


@eventually("kube", source="ReplicaSet documentation [RS-LIVE]", within=ROUNDS)
def replicas_converge(plane: ControlPlane) -> Iterator[str]:
    """Every ReplicaSet has as many active pods as its spec says."""
    pods = plane.objects("Pod")
    for rs in plane.objects("ReplicaSet"):
        if is_deleting(rs):
            continue
        owned = [pod for pod in pods if is_active(pod) and _is_owned(pod, rs.metadata.uid)]
        if len(owned) != rs.spec.replicas:
            yield f"ReplicaSet {key_of(rs)} has {len(owned)} of {rs.spec.replicas} pods"


def _is_owned(obj: Any, uid: str) -> bool:
    owner = controller_of(obj)
    return bool(owner is not None and owner.uid == uid)


@eventually("kube", source="Deployment documentation: rollouts [DEP-LIVE]", within=ROUNDS)
def rollout_completes(plane: ControlPlane) -> Iterator[str]:
    """A Deployment whose pods can run and become ready comes to its new version alone."""
    for deployment in plane.objects("Deployment"):
        if (
            is_deleting(deployment)
            or deployment.spec.paused
            or not _can_be_ready(plane, deployment)
        ):
            continue
        owned = [
            rs
            for rs in plane.objects("ReplicaSet")
            if _is_owned(rs, deployment.metadata.uid) and not is_deleting(rs)
        ]
        new = [rs for rs in owned if same_template(rs, deployment)]
        count = sum(rs.spec.replicas for rs in new)
        if not new:
            yield f"Deployment {key_of(deployment)} has no ReplicaSet for its template"
        elif count != deployment.spec.replicas:
            yield f"its new ReplicaSet has {count} of {deployment.spec.replicas} replicas"
        for rs in owned:
            if rs not in new and rs.spec.replicas:
                yield f"old ReplicaSet {key_of(rs)} still has {rs.spec.replicas} replicas"


def _can_be_ready(plane: ControlPlane, deployment: Any) -> bool:
    """Its image is good, and none of its pods waits for room or for a node that is gone."""
    bad = plane.config.bad_images
    if any(c.image in bad for c in deployment.spec.template.spec.containers):
        return False
    for pod in plane.objects("Pod"):
        if pod.metadata.namespace != deployment.metadata.namespace or is_terminal(pod):
            continue
        if not pod.spec.node_name and not nodes_for(plane, pod):
            return False
        if pod.spec.node_name and plane.object("Node", pod.spec.node_name) is None:
            return False
    return True


def nodes_for(plane: ControlPlane, pod: Pod) -> list[str]:
    """The nodes on which every filter lets the pod run, in the state of the API."""
    snapshot = take_snapshot(plane.objects("Node"), plane.objects("Pod"), {})
    return [info.name for info in snapshot.nodes if rejection(pod, info, snapshot) is None]


@eventually("kube", source="Kubernetes scheduler [SCHED-LIVE]", within=ROUNDS)
def pods_are_bound_where_they_fit(plane: ControlPlane) -> Iterator[str]:
    """No pod is left pending while a node could take it."""
    for pod in plane.objects("Pod"):
        if pod.spec.node_name or is_deleting(pod) or is_terminal(pod):
            continue
        fitting = nodes_for(plane, pod)
        if fitting:
            yield f"pod {key_of(pod)} is pending, though {', '.join(fitting)} could take it"


@eventually("kube", source="EndpointSlice documentation [EP-2]", within=ROUNDS)
def endpoints_converge(plane: ControlPlane) -> Iterator[str]:
    """Every Service's endpoints are exactly its pods, ready where they are ready."""
    pods = plane.objects("Pod")
    for service in plane.objects("Service"):
        if is_deleting(service):
            continue
        slice_ = plane.object("EndpointSlice", key_of(service))
        has = () if slice_ is None else slice_.endpoints
        local = tuple(p for p in pods if p.metadata.namespace == service.metadata.namespace)
        wanted = endpoints_of(service, local)
        if has != wanted:
            yield (
                f"Service {key_of(service)} has the endpoints {_words(has)}, "
                f"its pods are {_words(wanted)}"
            )


def _words(endpoints: Any) -> str:
    found = (f"{e.pod}{'' if e.ready else ' (not ready)'}" for e in endpoints)
    return ", ".join(found) or "none"


@eventually("kube", source="client-go reflector: the store catches up [INF-3]", within=ROUNDS)
def informers_catch_up(plane: ControlPlane) -> Iterator[str]:
    """Every informer of a running process shows what the API has: nothing missing, no ghosts."""
    for kind, processes in plane.informers.items():
        if "@" in kind:
            continue
        for name, informer in processes.items():
            if informer.pending or not plane.processes[name].up:
                continue
            for key, cached in informer.objects.items():
                now = plane.object(kind, key)
                if now is None:
                    yield f"{name} still shows {kind} {key}, which is gone"
                elif now != cached.obj:
                    yield f"{name} shows an old {kind} {key}"
            missing = len(plane.objects(kind)) - len(informer.objects)
            if missing > 0:
                yield f"{name} does not show {missing} objects of kind {kind}"


@sometimes("kube", source="Deployment documentation: rolling update")
def a_rollout_is_under_way(plane: ControlPlane) -> bool:
    """Two ReplicaSets have replicas at once."""
    return bool(sum(rs.spec.replicas > 0 for rs in plane.objects("ReplicaSet")) > 1)


@sometimes("kube", source="client-go: caches lag")
def an_informer_lags(plane: ControlPlane) -> bool:
    """An informer has events waiting."""
    return any(
        informer.pending for kinds in plane.informers.values() for informer in kinds.values()
    )


@sometimes("kube", source="kubernetes/kubernetes pull request 133565: one name, two uids")
def a_cache_shows_a_predecessor(plane: ControlPlane) -> bool:
    """A cache shows a pod whose name another one bears by now."""
    for informer in plane.informers.get("Pod", {}).values():
        if not informer.pending:
            continue
        for key, cached in informer.objects.items():
            pod = plane.object("Pod", key)
            if pod is not None and pod.metadata.uid != cached.obj.metadata.uid:
                return True
    return False


@sometimes("kube", source="Kubernetes scheduler: assume, then bind")
def a_pod_is_bound(plane: ControlPlane) -> bool:
    """A pod has a node."""
    return any(pod.spec.node_name for pod in plane.objects("Pod"))


@sometimes("kube", source="node lifecycle controller: taints")
def a_node_is_unreachable(plane: ControlPlane) -> bool:
    """A node was tainted because it has gone silent."""
    return any(node.status.ready == "Unknown" for node in plane.objects("Node"))
