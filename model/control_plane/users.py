"""What users ask for, as actions: create, scale, roll out, delete, drain, add and remove nodes.

Rules of this file: users act through the process ``kubectl``, on what is in the API at that
moment, and each wish spends one of ``ControlPlane.wishes``. A drain goes on until it is done or
the node is uncordoned.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from attrs import evolve, frozen

from model.api.meta import is_deleting, key_of
from model.api.node import Node
from model.api.objects import store_key
from model.api.pod import Pod
from model.api.requests import Create, Delete, Request, Update
from model.api.workloads import Deployment
from model.control_plane.cast import Cast
from model.control_plane.informers import enqueue
from model.control_plane.listing import only_if
from model.control_plane.plane import KUBECTL, ControlPlane, Process
from model.control_plane.start import add_node
from model.world import Action, Observation, Rule, Transition

__all__ = [
    "AddNode",
    "Apply",
    "Cordon",
    "DeleteObject",
    "DeletePod",
    "Drain",
    "RemoveNode",
    "RollOut",
    "Scale",
    "Uncordon",
    "user_rules",
]

Moved = Transition[ControlPlane]
Domains = tuple[Sequence[object], ...]
POSITIONS = (0, 1, 2, 3, 4, 5)


@frozen
class Scale(Action):
    """A user sets the number of replicas of a Deployment."""

    deployment: str
    replicas: int

    def sentence(self) -> str:
        return f"a user scales Deployment {self.deployment} to {self.replicas}"


@frozen
class RollOut(Action):
    """A user gives a Deployment another image."""

    deployment: str
    image: str

    def sentence(self) -> str:
        return f"a user rolls Deployment {self.deployment} out to {self.image}"


@frozen
class OfObject(Action):
    """A wish about one of the configured objects (``Deployment default/web``)."""

    obj: str


@frozen
class Apply(OfObject):
    """A user applies a manifest: creates the object or updates it to that."""

    def sentence(self) -> str:
        return f"a user applies {self.obj}"


@frozen
class DeleteObject(OfObject):
    """A user deletes an object; what it owns goes with it."""

    def sentence(self) -> str:
        return f"a user deletes {self.obj}"


@frozen
class DeletePod(Action):
    """A user deletes a pod, counted in the order of the keys; ``force``: with no grace."""

    position: int = 0
    force: bool = False

    def sentence(self) -> str:
        how = " by force" if self.force else ""
        return f"a user deletes pod {self.position}{how}"


@frozen
class OfNode(Action):
    """A wish about a node."""

    node: str


@frozen
class Cordon(OfNode):
    """A user marks a node unschedulable."""

    def sentence(self) -> str:
        return f"a user cordons node {self.node}"


@frozen
class Uncordon(OfNode):
    """A user marks a node schedulable again; a drain of it ends."""

    def sentence(self) -> str:
        return f"a user uncordons node {self.node}"


@frozen
class Drain(OfNode):
    """A user drains a node: cordon it, evict its pods."""

    def sentence(self) -> str:
        return f"a user drains node {self.node}"


@frozen
class RemoveNode(OfNode):
    """A user deletes a Node object (its machine goes on, and registers again)."""

    def sentence(self) -> str:
        return f"a user deletes the object of node {self.node}"


@frozen
class AddNode(OfNode):
    """A spare node is switched on and joins."""

    def sentence(self) -> str:
        return f"node {self.node} joins"


def _manifests(plane: ControlPlane) -> tuple[str, ...]:
    """Names of the configured objects, ``#2`` and on for further versions of one."""
    names: list[str] = []
    for obj in (*plane.config.objects, *plane.config.edits):
        name = f"{obj.kind} {key_of(obj)}"
        count = sum(1 for each in names if each.partition("#")[0] == name)
        names.append(f"{name}#{count + 1}" if count else name)
    return tuple(names)


def _manifest(plane: ControlPlane, name: str) -> Any:
    manifests = (*plane.config.objects, *plane.config.edits)
    return manifests[_manifests(plane).index(name)]


def _deployments(plane: ControlPlane) -> tuple[str, ...]:
    found = (*plane.config.objects, *plane.config.edits)
    return tuple(dict.fromkeys(key_of(obj) for obj in found if isinstance(obj, Deployment)))


def _pod(plane: ControlPlane, position: int) -> Pod | None:
    pods = plane.objects(Pod.kind)
    return pods[position] if position < len(pods) else None


def scaled(plane: ControlPlane, action: Scale) -> tuple[Request, ...]:
    """The update that a scale makes; none when there is nothing to change."""
    found = plane.store.get(store_key(Deployment.kind, action.deployment))
    if found is None or found.value.spec.replicas == action.replicas:
        return ()
    obj = found.value
    spec = evolve(obj.spec, replicas=action.replicas)
    return (Update(evolve(obj, spec=spec), found.mod_revision),)


def rolled_out(plane: ControlPlane, action: RollOut) -> tuple[Request, ...]:
    """The update that a new image makes; none when it runs already."""
    found = plane.store.get(store_key(Deployment.kind, action.deployment))
    if found is None:
        return ()
    obj: Deployment = found.value
    template = obj.spec.template
    first, *others = template.spec.containers
    if first.image == action.image:
        return ()
    containers = (evolve(first, image=action.image), *others)
    template = evolve(template, spec=evolve(template.spec, containers=containers))
    spec = evolve(obj.spec, template=template)
    return (Update(evolve(obj, spec=spec), found.mod_revision),)


def applied(plane: ControlPlane, action: Apply) -> tuple[Request, ...]:
    """The create or update that applying a manifest makes."""
    wanted = _manifest(plane, action.obj)
    now = plane.object(wanted.kind, key_of(wanted))
    if now is None:
        return (Create(wanted),)
    metadata = evolve(
        now.metadata, labels=wanted.metadata.labels, annotations=wanted.metadata.annotations
    )
    changed = evolve(wanted, metadata=metadata)
    if hasattr(now, "status"):
        changed = evolve(changed, status=now.status)
    return () if changed == now else (Update(changed),)


def deleted(plane: ControlPlane, action: DeleteObject) -> tuple[Request, ...]:
    """The deletion of a configured object, if it is there."""
    wanted = _manifest(plane, action.obj)
    now = plane.object(wanted.kind, key_of(wanted))
    return () if now is None or is_deleting(now) else (Delete(wanted.kind, key_of(wanted)),)


def pod_deleted(plane: ControlPlane, action: DeletePod) -> tuple[Request, ...]:
    """The deletion of a pod."""
    pod = _pod(plane, action.position)
    if pod is None or (is_deleting(pod) and not action.force):
        return ()
    return (Delete(Pod.kind, key_of(pod), grace_period_seconds=0 if action.force else None),)


def cordoned(plane: ControlPlane, name: str, unschedulable: bool) -> tuple[Request, ...]:
    """The update that cordons or uncordons a node."""
    node: Node | None = plane.object(Node.kind, name)
    if node is None or node.spec.unschedulable is unschedulable:
        return ()
    return (Update(evolve(node, spec=evolve(node.spec, unschedulable=unschedulable))),)


def node_removed(plane: ControlPlane, action: RemoveNode) -> tuple[Request, ...]:
    """The deletion of a Node object."""
    there = plane.object(Node.kind, action.node) is not None
    return (Delete(Node.kind, action.node),) if there else ()


Asked = Callable[[ControlPlane, Any], tuple[Request, ...]]


def _ask(cast: Cast, plane: ControlPlane, requests: tuple[Request, ...]) -> Moved:
    """Users' requests go out at once, behind what kubectl still has to send."""
    process: Process = plane.processes[KUBECTL]
    waiting = len(process.outbox)
    process = evolve(process, outbox=(*process.outbox, *(("", r) for r in requests)))
    plane = evolve(plane, processes=plane.processes.set(KUBECTL, process), wishes=plane.wishes - 1)
    seen: tuple[Observation, ...] = ()
    for _ in range(waiting + len(requests)):
        if plane.processes[KUBECTL].answer is not None:
            break
        moved = cast.send(plane, cast[KUBECTL], True)
        plane, seen = moved.world, (*seen, *moved.observed)
    return Moved(plane, seen)


def _wish(
    cast: Cast,
    action: type[Action],
    asked: Asked,
    domains: Callable[[ControlPlane], Domains],
    weight: int = 2,
) -> Rule[ControlPlane]:
    """A rule for a wish that is one request or a few."""

    def why_not(plane: ControlPlane, chosen: Any) -> str | None:
        if plane.wishes <= 0:
            return "the users have no wishes left"
        return None if asked(plane, chosen) else "there is nothing to ask for"

    def step(plane: ControlPlane, chosen: Any) -> Moved:
        return _ask(cast, plane, asked(plane, chosen))

    return Rule(action, step, domains, why_not, weight)


def _drain(cast: Cast, plane: ControlPlane, action: Drain) -> Moved:
    process: Process = plane.processes[KUBECTL]
    memory = (*process.memory, action.node)
    process = evolve(process, memory=memory, queue=enqueue(process.queue, (action.node,)))
    plane = evolve(plane, processes=plane.processes.set(KUBECTL, process))
    return _ask(cast, plane, cordoned(plane, action.node, True))


def _why_not_drain(plane: ControlPlane, action: Drain) -> str | None:
    if plane.wishes <= 0:
        return "the users have no wishes left"
    if plane.object(Node.kind, action.node) is None:
        return "there is no such node"
    draining = action.node in plane.processes[KUBECTL].memory
    return "it is being drained" if draining else None


def _uncordon(cast: Cast, plane: ControlPlane, action: Uncordon) -> Moved:
    process: Process = plane.processes[KUBECTL]
    memory = tuple(name for name in process.memory if name != action.node)
    plane = evolve(plane, processes=plane.processes.set(KUBECTL, evolve(process, memory=memory)))
    return _ask(cast, plane, cordoned(plane, action.node, False))


def _spares(plane: ControlPlane) -> Domains:
    return (tuple(node.metadata.name for node in plane.config.spare_nodes),)


def _add_node(cast: Cast, plane: ControlPlane, action: AddNode) -> Moved:
    node = next(n for n in plane.config.spare_nodes if n.metadata.name == action.node)
    return Moved(evolve(add_node(plane, cast, node), wishes=plane.wishes - 1))


def _why_not_add(plane: ControlPlane, action: AddNode) -> str | None:
    if plane.wishes <= 0:
        return "the users have no wishes left"
    return "it has joined already" if action.node in plane.nodes else None


def user_rules(cast: Cast) -> tuple[Rule[ControlPlane], ...]:
    """The rules of the users' wishes."""

    def nodes(plane: ControlPlane) -> Domains:
        return (plane.nodes,)

    def manifests(plane: ControlPlane) -> Domains:
        return (_manifests(plane),)

    rules: tuple[Rule[ControlPlane], ...] = (
        _wish(cast, Scale, scaled, lambda p: (_deployments(p), p.config.scales), weight=3),
        _wish(cast, RollOut, rolled_out, lambda p: (_deployments(p), p.config.images), weight=4),
        _wish(cast, Apply, applied, manifests),
        _wish(cast, DeleteObject, deleted, manifests, weight=1),
        _wish(cast, DeletePod, pod_deleted, lambda p: (POSITIONS, (False, True)), weight=1),
        _wish(cast, Cordon, lambda p, a: cordoned(p, a.node, True), nodes, weight=1),
        Rule(
            Uncordon,
            lambda plane, action: _uncordon(cast, plane, action),
            nodes,
            lambda plane, action: (
                None
                if plane.wishes > 0 and cordoned(plane, action.node, False)
                else "the users have no wishes left, or it is not cordoned"
            ),
            weight=1,
        ),
        Rule(
            Drain,
            lambda plane, action: _drain(cast, plane, action),
            nodes,
            _why_not_drain,
            weight=2,
        ),
        _wish(cast, RemoveNode, node_removed, nodes, weight=1),
        Rule(
            AddNode,
            lambda plane, action: _add_node(cast, plane, action),
            _spares,
            _why_not_add,
            weight=2,
        ),
    )
    return tuple(only_if(rule, lambda plane: plane.wishes > 0) for rule in rules)
