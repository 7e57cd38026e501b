"""Decides a placement problem: a placement, a minimal set of reasons, or undecided.

A greedy placement answers most feasible problems at once. Then z3 decides over one integer for
each (group, node): how many pods of the group go there. Each kind of constraint stands under a
name of its own, so that an unsatisfiable core, from which nothing can be left out, reads as
reasons in the user's words.
"""

from __future__ import annotations

from typing import Any

from attrs import frozen

from invariants.feasibility.check import Assignment, objections, place_greedily
from invariants.feasibility.problem import (
    PodGroup,
    Problem,
    anti_affinity_of,
    applies,
    domain,
    requests_of,
    selector_allows,
    taint_against,
)
from model.frozen_map import FrozenMap

__all__ = ["Feasible", "Infeasible", "Undecided", "feasible"]


@frozen
class Feasible:
    """All pods can be placed: (number of the group, node) -> pods, accepted by the checker."""

    assignment: FrozenMap[tuple[int, str], int]


@frozen
class Infeasible:
    """They cannot; leave out any one of the reasons, and they could."""

    reasons: tuple[str, ...]


@frozen
class Undecided:
    """The time limit was hit first."""

    why: str


def feasible(problem: Problem, timeout_ms: int = 20_000) -> Feasible | Infeasible | Undecided:
    """Whether all pods of the problem can be placed at once, and if not why not.

    Raises ``AssertionError`` if the solver's answer does not pass the checker: that is our bug.
    """
    greedy = place_greedily(problem)
    if greedy is not None:
        return _checked(problem, greedy)
    return _Encoding(problem, timeout_ms).decide()


def _checked(problem: Problem, assignment: Assignment) -> Feasible:
    wrong = next(objections(problem, assignment), None)
    assert wrong is None, f"the checker rejects the assignment: {wrong}"
    return Feasible(FrozenMap(assignment))


class _Encoding:
    """The problem as z3 constraints, each under a named switch."""

    def __init__(self, problem: Problem, timeout_ms: int) -> None:
        import z3

        self.z3: Any = z3
        self.problem = problem
        self.solver = z3.SolverFor("QF_LIA")
        self.solver.set("timeout", timeout_ms)
        self.switches: dict[str, Any] = {}
        self.count: dict[tuple[int, int], Any] = {}
        for g, _ in enumerate(problem.groups):
            for n, _ in enumerate(problem.nodes):
                self.count[g, n] = z3.Int(f"x_{g}_{n}")
                self.solver.add(self.count[g, n] >= 0)
        self._demand()
        self._capacity()
        self._access()
        self._anti_affinity()

    def under(self, reason: str, constraint: Any) -> None:
        """Add a constraint that holds while the switch of ``reason`` is on."""
        switch = self.switches.get(reason)
        if switch is None:
            switch = self.switches[reason] = self.z3.Bool(f"r{len(self.switches)}")
        self.solver.add(self.z3.Implies(switch, constraint))

    def total(self, group: int, nodes: list[int]) -> Any:
        """How many pods of a group go to these nodes."""
        return self.z3.Sum([self.count[group, n] for n in nodes]) if nodes else self.z3.IntVal(0)

    def _demand(self) -> None:
        every = list(range(len(self.problem.nodes)))
        for g, group in enumerate(self.problem.groups):
            self.under(demand_reason(group), self.total(g, every) == group.count)

    def _capacity(self) -> None:
        requests = [requests_of(group.spec) for group in self.problem.groups]
        for resource in sorted({name for request in requests for name in request}):
            reason = capacity_reason(self.problem, resource)
            for n, room in enumerate(self.problem.nodes):
                used = [
                    request[resource] * self.count[g, n]
                    for g, request in enumerate(requests)
                    if request.get(resource, 0)
                ]
                free = max(room.free.get(resource, 0), 0)
                self.under(reason, self.z3.Sum(used) <= free)

    def _access(self) -> None:
        """Taints, node selectors and node affinity."""
        for g, group in enumerate(self.problem.groups):
            tainted: dict[str, list[int]] = {}
            unmatched: list[int] = []
            for n, room in enumerate(self.problem.nodes):
                taint = taint_against(group, room.node)
                if taint is not None:
                    value = f"={taint.value}" if taint.value else ""
                    tainted.setdefault(f"{taint.key}{value}:{taint.effect}", []).append(n)
                if not selector_allows(group, room.node):
                    unmatched.append(n)
            for words, nodes in tainted.items():
                reason = f"{group.name} does not tolerate the taint {words} of {self.names(nodes)}"
                self.under(reason, self.total(g, nodes) == 0)
            if unmatched:
                reason = (
                    f"the node selector or affinity of {group.name} does not match "
                    f"{self.names(unmatched)}"
                )
                self.under(reason, self.total(g, unmatched) == 0)

    def names(self, nodes: list[int]) -> str:
        """The nodes in words: up to four by name."""
        found = [self.problem.nodes[n].name for n in nodes]
        if len(found) == len(self.problem.nodes) and len(found) > 1:
            return f"any of the {len(found)} nodes"
        if len(found) > 4:
            return f"{', '.join(found[:3])} and {len(found) - 3} more nodes"
        return ", ".join(found)

    def _domains(self, key: str) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for n, room in enumerate(self.problem.nodes):
            value = domain(room.node, key)
            if value is not None:
                found.setdefault(value, []).append(n)
        return found

    def _anti_affinity(self) -> None:
        for g, group in enumerate(self.problem.groups):
            for term in anti_affinity_of(group.spec):
                domains = self._domains(term.topology_key)
                reason = (
                    f"anti-affinity of {group.name}: no two of the pods it selects in the same "
                    f"{term.topology_key}, of which there are {len(domains)}"
                )
                for nodes in domains.values():
                    self._keep_apart(reason, g, group, term, nodes)
        self._running_anti_affinity()

    def _keep_apart(
        self, reason: str, g: int, group: PodGroup, term: Any, nodes: list[int]
    ) -> None:
        here = self.total(g, nodes)
        for n in nodes:
            for pod in self.problem.nodes[n].running:
                if applies(term, group.namespace, pod.namespace, pod.labels):
                    self.under(reason, here == 0)
        for other, against in enumerate(self.problem.groups):
            if applies(term, group.namespace, against.namespace, against.labels):
                if other == g:
                    self.under(reason, here <= 1)
                else:
                    there = self.total(other, nodes)
                    self.under(reason, self.z3.Or(here == 0, there == 0))

    def _running_anti_affinity(self) -> None:
        for room in self.problem.nodes:
            for pod in room.running:
                for term in pod.anti_affinity:
                    value = domain(room.node, term.topology_key)
                    if value is None:
                        continue
                    nodes = self._domains(term.topology_key)[value]
                    for g, group in enumerate(self.problem.groups):
                        if applies(term, pod.namespace, group.namespace, group.labels):
                            reason = (
                                f"a pod that runs on {room.name} keeps {group.name} out of "
                                f"{term.topology_key}={value} by its anti-affinity"
                            )
                            self.under(reason, self.total(g, nodes) == 0)

    def decide(self) -> Feasible | Infeasible | Undecided:
        """Ask z3; the core is reduced until no reason can be left out."""
        answer = self.solver.check(*self.switches.values())
        if answer == self.z3.sat:
            model = self.solver.model()
            assignment = {}
            for (g, n), variable in self.count.items():
                pods = model.eval(variable, model_completion=True).as_long()
                if pods:
                    assignment[g, self.problem.nodes[n].name] = pods
            return _checked(self.problem, assignment)
        if answer == self.z3.unknown:
            return Undecided(f"z3 gave up: {self.solver.reason_unknown()}")
        by_switch = {str(switch): reason for reason, switch in self.switches.items()}
        core = [by_switch[str(each)] for each in self.solver.unsat_core()]
        order = list(self.switches)
        return Infeasible(tuple(sorted(self._reduced(core), key=order.index)))

    def _reduced(self, core: list[str]) -> list[str]:
        for reason in list(core):
            without = [self.switches[each] for each in core if each != reason]
            if self.solver.check(*without) == self.z3.unsat:
                core = [each for each in core if each != reason]
        return core


def demand_reason(group: PodGroup) -> str:
    """``3 pods of Deployment web, each cpu 40, must be placed``."""
    pods = "1 pod" if group.count == 1 else f"{group.count} pods"
    requests = requests_of(group.spec)
    asked = ", ".join(
        f"{name} {amount_words(name, amount)}"
        for name, amount in requests.items()
        if name != "pods"
    )
    each = "" if not asked else f", requesting {asked}" + (" each" if group.count > 1 else "")
    return f"{pods} of {group.name}{each}, must be placed"


def capacity_reason(problem: Problem, resource: str) -> str:
    """``free cpu: 12 in all on 3 nodes, at most 4 on one``."""
    free = [max(room.free.get(resource, 0), 0) for room in problem.nodes]
    total, most = sum(free), max(free, default=0)
    return (
        f"free {resource}: {amount_words(resource, total)} in all on {len(free)} nodes, "
        f"at most {amount_words(resource, most)} on one"
    )


def amount_words(resource: str, amount: int) -> str:
    """An amount as one writes it in a manifest."""
    if resource == "cpu":
        return f"{amount}m" if amount % 1000 else str(amount // 1000)
    for suffix, size in (("Gi", 2**30), ("Mi", 2**20), ("Ki", 2**10)):
        if resource in ("memory", "ephemeral-storage") and amount and amount % size == 0:
            return f"{amount // size}{suffix}"
    return str(amount)
