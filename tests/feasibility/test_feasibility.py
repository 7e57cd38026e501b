"""z3's answers against brute force, in both directions, and its reasons in words."""

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from invariants.feasibility import Feasible, Infeasible, PodGroup, feasible, problem_of
from invariants.feasibility.check import objections
from model.api.meta import ObjectMeta
from model.api.node import Node, NodeSpec, NodeStatus
from model.api.pod import Affinity, Container, PodAffinityTerm, PodSpec
from model.api.selectors import LabelSelector, Taint, Toleration
from model.frozen_map import FrozenMap

HOST = "kubernetes.io/hostname"


def node(name: str, cpu: int, *, zone: str = "a", taint: str = "") -> Node:
    labels = FrozenMap({HOST: name, "zone": zone})
    taints = (Taint(taint, "", "NoSchedule"),) if taint else ()
    status = NodeStatus(FrozenMap({"cpu": cpu, "pods": 10}))
    return Node(ObjectMeta(name, "", labels=labels), NodeSpec(taints=taints), status)


def group(
    name: str, count: int, cpu: int, *, apart: str = "", tolerates: str = "", zone: str = ""
) -> PodGroup:
    labels = FrozenMap({"app": name})
    affinity = None
    if apart:
        affinity = Affinity(pod_anti=(PodAffinityTerm(LabelSelector(labels), apart),))
    spec = PodSpec(
        (Container("c", requests=FrozenMap({"cpu": cpu})),),
        affinity=affinity,
        tolerations=(Toleration(tolerates, "Exists"),) if tolerates else (),
        node_selector=FrozenMap({"zone": zone}) if zone else FrozenMap(),
    )
    return PodGroup(f"Deployment {name}", count, "default", labels, spec)


NODES = st.lists(
    st.tuples(st.integers(0, 4), st.sampled_from("ab"), st.sampled_from(["", "ship"])),
    min_size=1,
    max_size=3,
)
GROUPS = st.lists(
    st.tuples(
        st.integers(1, 2),
        st.integers(0, 3),
        st.sampled_from(["", HOST, "zone"]),
        st.sampled_from(["", "ship"]),
        st.sampled_from(["", "a"]),
    ),
    min_size=1,
    max_size=2,
)


@settings(max_examples=150, deadline=None)
@given(NODES, GROUPS)
def test_it_agrees_with_trying_everything(nodes, groups) -> None:
    machines = [node(f"n{i}", cpu, zone=z, taint=t) for i, (cpu, z, t) in enumerate(nodes)]
    wanted = [
        group(f"g{i}", count, cpu, apart=apart, tolerates=tolerates, zone=zone)
        for i, (count, cpu, apart, tolerates, zone) in enumerate(groups)
    ]
    problem = problem_of(machines, (), wanted)
    pods = [number for number, each in enumerate(wanted) for _ in range(each.count)]
    exists = False
    for places in product([m.metadata.name for m in machines], repeat=len(pods)):
        assignment: dict[tuple[int, str], int] = {}
        for place in zip(pods, places, strict=True):
            assignment[place] = assignment.get(place, 0) + 1
        if next(objections(problem, assignment), None) is None:
            exists = True
            break
    answer = feasible(problem)
    assert isinstance(answer, Feasible if exists else Infeasible)
    if isinstance(answer, Feasible):
        assert next(objections(problem, answer.assignment), None) is None


def test_what_first_fit_misses_z3_finds() -> None:
    """Two large pods and three small ones fill two nodes exactly, in one way only."""
    machines = [node("n1", 6), node("n2", 6)]
    problem = problem_of(machines, (), [group("a", 2, 3), group("b", 3, 2)])
    assert isinstance(feasible(problem), Feasible)


def test_the_reasons_are_those_that_matter_and_no_others() -> None:
    machines = [node("n1", 4), node("n2", 4, taint="ship")]
    problem = problem_of(machines, (), [group("web", 2, 1, apart=HOST), group("tiny", 1, 0)])
    answer = feasible(problem)
    assert isinstance(answer, Infeasible)
    assert answer.reasons == (
        "2 pods of Deployment web, requesting cpu 1m each, must be placed",
        "Deployment web does not tolerate the taint ship:NoSchedule of n2",
        "anti-affinity of Deployment web: no two of the pods it selects in the same "
        "kubernetes.io/hostname, of which there are 2",
    )


def test_a_request_that_no_node_can_hold() -> None:
    answer = feasible(problem_of([node("n1", 2000)], (), [group("web", 3, 40000)]))
    assert isinstance(answer, Infeasible)
    assert answer.reasons == (
        "3 pods of Deployment web, requesting cpu 40 each, must be placed",
        "free cpu: 2 in all on 1 nodes, at most 2 on one",
    )
