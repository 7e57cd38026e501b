"""The Deployment controller: one ReplicaSet a version, and the way from one to the next.

Models ``pkg/controller/deployment`` (``sync.go``, ``rolling.go``, ``recreate.go``). The
arithmetic is in ``scaling.py``. Rules of this file: availability is what the ReplicaSets'
*status* says in the cache. A ReplicaSet is named by a hash of the template, which has only
:data:`HASHES` values here, so that two templates meet in one name often enough to matter
(kubernetes/kubernetes#29735).
"""

from __future__ import annotations

from typing import Any

from attrs import evolve

from model.api.client import Controller, Reconciled, View, WatchEvent, owner_key
from model.api.meta import ObjectMeta, OwnerReference, controller_of, is_deleting, key_of
from model.api.pod import Pod, PodTemplate
from model.api.requests import Create, Delete, Request
from model.api.selectors import LabelSelector
from model.api.workloads import Deployment, DeploymentStatus, ReplicaSet, ReplicaSetSpec
from model.controllers.scaling import (
    ReplicaSetSize,
    Rollout,
    Strategy,
    new_replica_set_replicas,
    rolling_step,
    scale,
)
from model.digest import digest

__all__ = ["DEPLOYMENT", "HASHES", "is_collision", "template_hash"]

HASHES = 2
"""Values of the template hash. The real one has 27^10; collisions are as real, and rarer."""

HASH_LABEL = "pod-template-hash"
DESIRED = "deployment.kubernetes.io/desired-replicas"
MOST = "deployment.kubernetes.io/max-replicas"


def template_hash(template: PodTemplate, collision_count: int) -> str:
    """The hash of a template; ``collision_count`` makes it another one after a collision."""
    hashed = str(int(digest(template), 16) % HASHES)
    return f"{hashed}c{collision_count}" if collision_count else hashed


def is_collision(existing: ReplicaSet, deployment: Deployment) -> bool:
    """Whether a ReplicaSet that has our name is not ours, or is of another template.

    Then the hash has to change, by ``status.collisionCount`` (kubernetes/kubernetes#44774).
    """
    owner = controller_of(existing)
    ours = owner is not None and owner.uid == deployment.metadata.uid
    return not ours or not same_template(existing, deployment)


def same_template(rs: ReplicaSet, deployment: Deployment) -> bool:
    """Whether the ReplicaSet is of the Deployment's template, the hash label left out."""
    labels = rs.spec.template.labels.discard(HASH_LABEL)
    return evolve(rs.spec.template, labels=labels) == deployment.spec.template


def _reconcile(view: View, memory: Any, key: str, now: int) -> Reconciled:
    deployment: Deployment | None = view.by_key("Deployment", key)
    if deployment is None:
        return Reconciled(note="it is gone")
    owned = replica_sets_of(view, deployment)
    if is_deleting(deployment):
        return Reconciled(_status(view, deployment, owned), note="it is being deleted")
    new = next((rs for rs in owned if same_template(rs, deployment)), None)
    strategy = strategy_of(deployment)
    if new is None and not deployment.spec.paused:
        return _create(view, deployment, owned, strategy)
    rollout = Rollout.of(_size(new), [_size(rs) for rs in owned if rs is not new])  # type: ignore[misc]
    scaling = deployment.spec.paused or any(
        size.desired is not None and size.desired != strategy.replicas
        for size in rollout.everything
        if size.replicas > 0
    )
    if scaling:
        rolling = deployment.spec.strategy.type == "RollingUpdate"
        sizes = scale(strategy, rollout, rolling=rolling)
    elif deployment.spec.strategy.type == "Recreate":
        sizes = recreate_step(view, strategy, rollout, owned, new)
    else:
        sizes = rolling_step(strategy, rollout)
    writes = _resize(view, strategy, owned, sizes, scaling)
    writes.extend(_old_history(deployment, owned, new) if not sizes else ())
    writes.extend(_status(view, deployment, owned))
    words = ", ".join(f"{name} to {count}" for name, count in sizes.items())
    return Reconciled(tuple(writes), memory, note=f"scale {words}" if words else "")


def replica_sets_of(view: View, deployment: Deployment) -> list[ReplicaSet]:
    """Its ReplicaSets in the cache (by uid), oldest first."""
    found = []
    for rs in view.list("ReplicaSet", deployment.metadata.namespace):
        owner = controller_of(rs)
        if owner is not None and owner.uid == deployment.metadata.uid and not is_deleting(rs):
            found.append(rs)
    return sorted(found, key=lambda rs: (rs.metadata.creation_timestamp, rs.metadata.name))


def strategy_of(deployment: Deployment) -> Strategy:
    """Its bounds as counts."""
    spec = deployment.spec
    if spec.strategy.type == "Recreate":
        return Strategy(spec.replicas, 0, spec.replicas)
    return Strategy.of(spec.replicas, spec.strategy.max_surge, spec.strategy.max_unavailable)


def _size(rs: ReplicaSet | None) -> ReplicaSetSize | None:
    if rs is None:
        return None
    notes = rs.metadata.annotations
    return ReplicaSetSize(
        rs.metadata.name,
        rs.spec.replicas,
        rs.status.available_replicas,
        rs.metadata.creation_timestamp,
        int(notes[DESIRED]) if DESIRED in notes else None,
        int(notes[MOST]) if MOST in notes else None,
    )


def _create(
    view: View, deployment: Deployment, owned: list[ReplicaSet], strategy: Strategy
) -> Reconciled:
    """The ReplicaSet of the current template; on a name that is taken, another hash."""
    meta, spec = deployment.metadata, deployment.spec
    hashed = template_hash(spec.template, deployment.status.collision_count)
    name = f"{meta.name}-{hashed}"
    existing = view.get("ReplicaSet", meta.namespace, name)
    if existing is not None:
        if not is_collision(existing, deployment):
            return Reconciled(note=f"{name} is there already")
        count = deployment.status.collision_count + 1
        status = evolve(deployment.status, collision_count=count)
        return Reconciled(
            (view.update_status(evolve(deployment, status=status)),),
            note=f"{name} is of another template: collision {count}",
        )
    total = sum(rs.spec.replicas for rs in owned)
    replicas = spec.replicas
    if spec.strategy.type == "RollingUpdate":
        replicas = new_replica_set_replicas(strategy, total, 0)
    elif total:
        replicas = 0
    labels = spec.template.labels.set(HASH_LABEL, hashed)
    selector = LabelSelector(
        spec.selector.match_labels.set(HASH_LABEL, hashed), spec.selector.match_expressions
    )
    rs = ReplicaSet(
        ObjectMeta(
            name=name,
            namespace=meta.namespace,
            labels=labels,
            annotations=_annotations(ObjectMeta(), strategy),
            owner_references=(OwnerReference("Deployment", meta.name, meta.uid),),
        ),
        ReplicaSetSpec(
            replicas, selector, evolve(spec.template, labels=labels), spec.min_ready_seconds
        ),
    )
    return Reconciled((Create(rs),), note=f"create {name} with {replicas}")


def _annotations(metadata: ObjectMeta, strategy: Strategy) -> Any:
    notes = metadata.annotations.set(DESIRED, str(strategy.replicas))
    return notes.set(MOST, str(strategy.most))


def recreate_step(
    view: View,
    strategy: Strategy,
    rollout: Rollout,
    owned: list[ReplicaSet],
    new: ReplicaSet | None,
) -> dict[str, int]:
    """All old ones down first; the new one only when no old pod is left."""
    down = {size.name: 0 for size in rollout.old if size.replicas}
    if down or rollout.new is None:
        return down
    old = {rs.metadata.uid for rs in owned if rs is not new}
    for pod in view.list("Pod"):
        owner = controller_of(pod)
        if owner is not None and owner.uid in old and not _has_ended(pod):
            return {}
    if rollout.new.replicas != strategy.replicas:
        return {rollout.new.name: strategy.replicas}
    return {}


def _has_ended(pod: Pod) -> bool:
    return pod.status.phase in ("Succeeded", "Failed")


def _resize(
    view: View,
    strategy: Strategy,
    owned: list[ReplicaSet],
    sizes: dict[str, int],
    scaling: bool,
) -> list[Request]:
    writes: list[Request] = []
    for rs in owned:
        name = rs.metadata.name
        notes = _annotations(rs.metadata, strategy)
        changes_notes = scaling and rs.spec.replicas > 0 and notes != rs.metadata.annotations
        if name not in sizes and not changes_notes:
            continue
        resized = evolve(
            rs,
            metadata=evolve(rs.metadata, annotations=notes),
            spec=evolve(rs.spec, replicas=sizes.get(name, rs.spec.replicas)),
        )
        writes.append(view.update(resized))
    return writes


def _old_history(
    deployment: Deployment, owned: list[ReplicaSet], new: ReplicaSet | None
) -> list[Request]:
    """Old ReplicaSets without pods beyond the history limit go, oldest first."""
    idle = [
        rs for rs in owned if rs is not new and rs.spec.replicas == 0 and rs.status.replicas == 0
    ]
    surplus = len(idle) - deployment.spec.revision_history_limit
    return [Delete("ReplicaSet", key_of(rs), uid=rs.metadata.uid) for rs in idle[: max(0, surplus)]]


def _status(view: View, deployment: Deployment, owned: list[ReplicaSet]) -> tuple[Request, ...]:
    new = [rs for rs in owned if same_template(rs, deployment)]
    available = sum(rs.status.available_replicas for rs in owned)
    status = DeploymentStatus(
        replicas=sum(rs.status.replicas for rs in owned),
        updated_replicas=sum(rs.status.replicas for rs in new),
        ready_replicas=sum(rs.status.ready_replicas for rs in owned),
        available_replicas=available,
        unavailable_replicas=max(0, sum(rs.spec.replicas for rs in owned) - available),
        observed_generation=deployment.metadata.generation,
        collision_count=deployment.status.collision_count,
        progressing=deployment.status.progressing,
    )
    if status == deployment.status:
        return ()
    return (view.update_status(evolve(deployment, status=status)),)


def _keys(view: View, event: WatchEvent) -> tuple[str, ...]:
    if event.kind == "Deployment":
        return (event.key,)
    if event.kind == "ReplicaSet":
        return owner_key("Deployment", event)
    return _waiting_for_pods(view, event)


def _waiting_for_pods(view: View, event: WatchEvent) -> tuple[str, ...]:
    """A pod that is gone may be the last one that a Recreate has waited for."""
    if event.type != "DELETED":
        return ()
    found: list[str] = []
    for key in owner_key("ReplicaSet", event):
        rs = view.by_key("ReplicaSet", key)
        owner = None if rs is None else controller_of(rs)
        if owner is not None and owner.kind == "Deployment":
            found.append(f"{rs.metadata.namespace}/{owner.name}")
    return tuple(found)


DEPLOYMENT = Controller(
    name="deployment-controller",
    watches=("Deployment", "ReplicaSet", "Pod"),
    reconcile=_reconcile,
    keys=_keys,
)
