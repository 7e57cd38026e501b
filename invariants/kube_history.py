"""What must hold of the decisions of controllers and scheduler, and of what they see.

Rules of this file: a decision is held against what its maker knew (its view, its own writes), not
against the truth, which it cannot know. Monitors are frozen values.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from attrs import frozen

from invariants.invariant import history
from model.api.client import View
from model.api.meta import controller_of, is_deleting, key_of
from model.api.pod import is_active, is_terminal
from model.api.requests import Bind, Create, Delete, Update, UpdateStatus
from model.control_plane.observed import Answered, ApiEvent, ReconcileRan
from model.controllers.deployment import DESIRED, replica_sets_of, same_template, strategy_of
from model.controllers.replica_set import EXPECTATIONS_TTL
from model.frozen_map import FrozenMap
from model.scheduler.snapshot import pod_requests
from model.world import Observation


@history("kube", source="API server: optimistic concurrency [API-2, API-3]", start=FrozenMap())
def no_update_is_lost(
    versions: FrozenMap[str, int], seen: Observation
) -> Generator[str, None, FrozenMap[str, int]]:
    """An update that names a resourceVersion takes effect only on exactly that version."""
    if not isinstance(seen, ApiEvent):
        return versions
    key = f"{seen.kind} {seen.key}"
    request = seen.request
    if isinstance(request, Update | UpdateStatus) and request.resource_version is not None:
        was = versions.get(key)
        about_it = request.obj.kind == seen.kind and key_of(request.obj) == seen.key
        if about_it and was is not None and request.resource_version != was:
            yield (
                f"{seen.sentence()}: based on version {request.resource_version}, "
                f"but {was} was there"
            )
    if seen.verb == "deleted":
        return versions.discard(key)
    return versions.set(key, seen.resource_version)


@history("kube", source="API conventions: uid [API-7]", start=())
def uids_are_never_reused(
    used: tuple[str, ...], seen: Observation
) -> Generator[str, None, tuple[str, ...]]:
    """A uid is given once, to one object."""
    if not isinstance(seen, ApiEvent) or seen.verb != "created":
        return used
    if seen.uid in used:
        yield f"{seen.sentence()}: uid {seen.uid} was given before"
    return (*used, seen.uid)


@history("kube", source="Kubernetes scheduler: filters in its own snapshot [SCHED-1]")
def no_overcommit_at_bind(nothing: None, seen: Observation) -> Generator[str, None, None]:
    """The scheduler binds a pod only where its own snapshot, assumed pods included, has room."""
    if not isinstance(seen, ReconcileRan) or seen.process != "scheduler":
        return
    for bind in seen.writes:
        if not isinstance(bind, Bind):
            continue
        node = seen.view.by_key("Node", bind.node_name)
        if node is None:
            yield f"{seen.sentence()}: it knows no node {bind.node_name}"
            continue
        total: dict[str, int] = {}
        for pod in _pods_on(seen.view, bind.node_name, seen.after.assumed):
            for resource, amount in pod_requests(pod).items():
                total[resource] = total.get(resource, 0) + amount
        for resource, amount in sorted(total.items()):
            has = node.status.allocatable.get(resource, 0)
            if amount > has:
                yield f"{seen.sentence()}: {resource} {amount} of {has} in its own snapshot"


def _pods_on(view: View, node: str, assumed: Any) -> list[Any]:
    """The pods that the scheduler counts on a node: shown there, or assumed there."""
    found = []
    for pod in view.list("Pod"):
        each = assumed.get(key_of(pod))
        where = pod.spec.node_name or ("" if each is None else each.node_name)
        if where == node and not is_terminal(pod):
            found.append(pod)
    return found


@frozen
class Unseen:
    """Pods that the ReplicaSet controller has created, by pod key: the uid of their owner.

    ``given_up``: ReplicaSets whose expectations have expired once. Late events of the pods from
    before then count for those expected since, so nothing can be said of them any more.
    """

    owners: FrozenMap[str, str] = FrozenMap()
    given_up: tuple[str, ...] = ()


REPLICA_SETS = "replicaset-controller"


@history("kube", source="controller_utils.go: expectations [RS-1]", start=Unseen())
def expectations_prevent_surplus_pods(
    unseen: Unseen, seen: Observation
) -> Generator[str, None, Unseen]:
    """A ReplicaSet's pods are counted with those just created that the cache does not show yet.

    After a crash, or when the answer to a create was an error, the controller cannot know; and
    after five minutes it gives up waiting (anomaly B2).
    """
    if isinstance(seen, ReconcileRan) and seen.process == REPLICA_SETS:
        expected = seen.memory.get(seen.key)
        expired = expected is not None and seen.now - expected.since > EXPECTATIONS_TTL
        if expired and not expected.fulfilled:
            unseen = Unseen(unseen.owners, (*unseen.given_up, seen.key))
        if seen.key in unseen.given_up and seen.memory:
            return unseen
    return (yield from _surplus(unseen, seen))


@history(
    "kube",
    source="kubernetes/kubernetes issue 129795: expectations expire",
    start=Unseen(),
    anomaly="B2",
)
def expectations_hold_for_ever(unseen: Unseen, seen: Observation) -> Generator[str, None, Unseen]:
    """A ReplicaSet's pods are counted with those not shown yet, however long that takes."""
    return (yield from _surplus(unseen, seen))


def _surplus(unseen: Unseen, seen: Observation) -> Generator[str, None, Unseen]:
    if isinstance(seen, ApiEvent) and seen.kind == "Pod":
        return _pod_written(unseen, seen)
    if isinstance(seen, Answered) and seen.process == REPLICA_SETS and not seen.response.ok:
        return Unseen()
    if not isinstance(seen, ReconcileRan) or seen.process != REPLICA_SETS:
        return unseen
    if not seen.memory:
        return Unseen()  # it has just started, and knows of nothing
    creates = [w for w in seen.writes if isinstance(w, Create)]
    rs = seen.view.by_key("ReplicaSet", seen.key)
    if not creates or rs is None:
        return unseen
    shown = {
        key_of(pod): pod
        for pod in seen.view.list("Pod", rs.metadata.namespace)
        if (owner := controller_of(pod)) is not None and owner.uid == rs.metadata.uid
    }
    active = sum(is_active(pod) for pod in shown.values())
    hidden = [k for k, uid in unseen.owners.items() if uid == rs.metadata.uid and k not in shown]
    total = active + len(hidden) + len(creates)
    if total > rs.spec.replicas:
        yield (
            f"{seen.process} creates {len(creates)} pods for {seen.key}: its cache shows {active}, "
            f"it has created {len(hidden)} more ({', '.join(hidden)}), "
            f"and the spec says {rs.spec.replicas}"
        )
    return unseen


def _pod_written(unseen: Unseen, seen: ApiEvent) -> Unseen:
    owner = controller_of(seen.obj)
    if seen.verb == "created" and seen.by == REPLICA_SETS and owner is not None:
        return Unseen(unseen.owners.set(seen.key, owner.uid), unseen.given_up)
    if seen.key in unseen.owners and (seen.verb == "deleted" or is_deleting(seen.obj)):
        return Unseen(unseen.owners.discard(seen.key), unseen.given_up)
    return unseen


@history("kube", source="deployment/rolling.go: newRSUnavailablePodCount [DEP-2]")
def scale_down_never_counts_on_unavailable_pods(
    nothing: None, seen: Observation
) -> Generator[str, None, None]:
    """A rollout leaves enough old pods for the case that new ones never become available.

    Not where a ReplicaSet's status still counts pods that its spec has given up: then the real
    controller goes too far as well (anomaly B8).
    """
    if not isinstance(seen, ReconcileRan) or seen.process != "deployment-controller":
        return
    deployment = seen.view.by_key("Deployment", seen.key)
    if deployment is None or deployment.spec.paused or is_deleting(deployment):
        return
    if deployment.spec.strategy.type != "RollingUpdate":
        return
    owned = {rs.metadata.name: rs for rs in replica_sets_of(seen.view, deployment)}
    new = next((rs for rs in owned.values() if same_template(rs, deployment)), None)
    if new is None or any(_is_scaling(rs, deployment) for rs in owned.values()):
        return
    if any(rs.status.available_replicas > rs.spec.replicas for rs in owned.values()):
        return
    after = {name: rs.spec.replicas for name, rs in owned.items()}
    shrinks = False
    for write in seen.writes:
        if isinstance(write, Update) and write.obj.metadata.name in after:
            name = write.obj.metadata.name
            old = name != new.metadata.name
            shrinks = shrinks or (old and write.obj.spec.replicas < after[name])
            after[name] = write.obj.spec.replicas
    least = strategy_of(deployment).least_available
    unavailable = max(0, new.spec.replicas - new.status.available_replicas)
    if shrinks and sum(after.values()) - unavailable < least:
        yield (
            f"{seen.sentence()}: {sum(after.values())} pods are left, {unavailable} of them new "
            f"and not available; {least} must be able to be"
        )


def _is_scaling(rs: Any, deployment: Any) -> bool:
    desired = rs.metadata.annotations.get(DESIRED)
    return bool(rs.spec.replicas > 0 and desired != str(deployment.spec.replicas))


@history(
    "kube",
    source="kubernetes/kubernetes: taint manager and ReplicaSet delete by name [DEL-1]",
    start=FrozenMap(),
    anomaly="A9",
)
def delete_removes_the_observed_uid(
    wanted: FrozenMap[str, str], seen: Observation
) -> Generator[str, None, FrozenMap[str, str]]:
    """A deletion takes effect on the object that its sender had seen, not on its successor."""
    if isinstance(seen, ReconcileRan):
        for write in seen.writes:
            if isinstance(write, Delete):
                obj = seen.view.by_key(write.kind, write.key)
                if obj is not None:
                    key = f"{seen.process} {write.kind} {write.key}"
                    wanted = wanted.set(key, obj.metadata.uid)
        return wanted
    if isinstance(seen, ApiEvent) and isinstance(seen.request, Delete):
        key = f"{seen.by} {seen.kind} {seen.key}"
        uid = wanted.get(key)
        if uid is not None and uid != seen.uid:
            yield f"{seen.by} meant to delete {seen.kind} {seen.key} ({uid}), and hit {seen.uid}"
    return wanted


@history("kube", source="API server: delete preconditions")
def preconditions_are_kept(nothing: None, seen: Observation) -> Generator[str, None, None]:
    """A deletion with a uid as precondition never takes effect on another object."""
    if isinstance(seen, ApiEvent) and isinstance(seen.request, Delete):
        uid = seen.request.uid
        about_it = seen.request.kind == seen.kind and seen.request.key == seen.key
        if about_it and uid is not None and uid != seen.uid:
            yield f"{seen.sentence()}: only uid {uid} was to be deleted, not {seen.uid}"
