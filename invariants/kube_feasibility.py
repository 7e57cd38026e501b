"""Scheduling held against z3: what is bound is a placement, what is pending has none.

Rules of this file: the solver is asked at rest only, and its answers pass the independent checker.
That pods are stuck one by one although all together could be placed differently is a gap
(fragmentation), not a violation: the scheduler never promised to move what runs.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from invariants.feasibility import Feasible, feasible, problem_of
from invariants.invariant import eventually
from invariants.kube import ROUNDS
from model.api.meta import is_deleting, key_of
from model.api.pod import is_terminal
from model.control_plane.plane import ControlPlane

SOLVER_MS = 2000


@eventually("kube", source="Kubernetes scheduler; z3 [SCHED-LIVE]", within=ROUNDS)
def a_pending_pod_has_no_placement(plane: ControlPlane) -> Iterator[str]:
    """No pod stays pending for which z3 finds a node, next to what runs there."""
    pods = plane.objects("Pod")
    running = [pod for pod in pods if pod.spec.node_name]
    for pod in pods:
        if pod.spec.node_name or is_deleting(pod) or is_terminal(pod):
            continue
        answer = feasible(problem_of(plane.objects("Node"), [*running, pod]), SOLVER_MS)
        if isinstance(answer, Feasible):
            (_, node), *_ = answer.assignment
            yield f"pod {key_of(pod)} is pending, though it fits on {node}"


@eventually("kube", source="Kubernetes scheduler filters; z3 [NODE-1, AFF-1]", within=ROUNDS)
def what_is_bound_is_a_placement(plane: ControlPlane) -> Iterator[str]:
    """The pods that the scheduler has bound could be placed together: z3 finds a placement."""
    nodes = plane.objects("Node")
    names = {node.metadata.name for node in nodes}
    there = [
        evolve(pod, spec=evolve(pod.spec, node_name=""))
        for pod in plane.objects("Pod")
        if pod.spec.node_name in names and not is_terminal(pod)
    ]
    open_nodes = [
        evolve(node, spec=evolve(node.spec, unschedulable=False, taints=())) for node in nodes
    ]
    answer = feasible(problem_of(open_nodes, there), SOLVER_MS)
    if not isinstance(answer, Feasible):
        reasons = getattr(answer, "reasons", (getattr(answer, "why", ""),))
        yield f"the {len(there)} pods that are bound cannot be placed: {'; '.join(reasons)}"
