"""``wavetank feasible``: can everything in these manifests be scheduled, and if not, why not?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from rich.table import Table

from invariants.feasibility import (
    Feasible,
    Infeasible,
    PodGroup,
    Problem,
    Undecided,
    feasible,
    problem_of,
)
from model.api.meta import controller_of
from model.api.node import Node
from model.api.selectors import matches
from wavetank.bad_input import BadInput
from wavetank.manifests import Manifests, read_manifests
from wavetank.terminal import console

__all__ = ["manifest_problem", "report_feasibility", "skipped_words"]


def manifest_problem(manifests: Manifests, nodes: Sequence[Node]) -> Problem:
    """All that the manifests want to run on ``nodes``, next to what runs there already.

    A workload's pods that are in the dump count for it; the missing ones are to be placed.
    """
    pods = manifests.of_kind("Pod")
    groups = []
    owned = {obj.metadata.name for obj in manifests.of_kind("ReplicaSet") if controller_of(obj)}
    for kind in ("Deployment", "ReplicaSet"):
        for workload in manifests.of_kind(kind):
            meta = workload.metadata
            if kind == "ReplicaSet" and meta.name in owned:
                continue
            there = sum(
                pod.metadata.namespace == meta.namespace
                and pod.status.phase not in ("Succeeded", "Failed")
                and matches(workload.spec.selector, pod.metadata.labels)
                for pod in pods
            )
            missing = workload.spec.replicas - there
            if missing > 0:
                template = workload.spec.template
                groups.append(
                    PodGroup(
                        f"{kind} {meta.name}",
                        missing,
                        meta.namespace,
                        template.labels,
                        template.spec,
                    )
                )
    return problem_of(nodes, pods, groups)


def skipped_words(manifests: Manifests) -> list[str]:
    """What was left out of account, a line each."""
    lines = []
    if manifests.skipped:
        kinds = ", ".join(f"{kind} ({n})" for kind, n in sorted(manifests.skipped.items()))
        lines.append(f"skipped, the model does not know these kinds: {kinds}")
    if manifests.ignored:
        names = ", ".join(sorted(manifests.ignored))
        lines.append(f"ignored, the model does not look at these fields: {names}")
    return lines


def report_feasibility(
    paths: Sequence[str], *, timeout_s: float = 20.0, as_json: bool = False
) -> int:
    """Read, decide, print; the exit code: 0 feasible, 1 infeasible, 3 undecided."""
    manifests = read_manifests(paths)
    nodes = manifests.of_kind("Node")
    if not nodes:
        raise BadInput(
            f"{', '.join(paths)}: no Node among the manifests; add what "
            "`kubectl get nodes -o yaml` prints"
        )
    problem = manifest_problem(manifests, nodes)
    answer = feasible(problem, timeout_ms=int(timeout_s * 1000))
    pods = sum(group.count for group in problem.groups)
    if as_json:
        print(json.dumps(_as_data(problem, answer, manifests), indent=2))
    else:
        for line in skipped_words(manifests):
            console.print(line, markup=False)
        _print(problem, answer)
        verdict = {Feasible: "feasible", Infeasible: "infeasible", Undecided: "undecided"}
        console.print(
            f"{verdict[type(answer)]}: {pods} pods in {len(problem.groups)} groups to place on "
            f"{len(nodes)} nodes",
            markup=False,
        )
    return {Feasible: 0, Infeasible: 1, Undecided: 3}[type(answer)]


def _print(problem: Problem, answer: Feasible | Infeasible | Undecided) -> None:
    if isinstance(answer, Undecided):
        console.print(answer.why, markup=False)
    elif isinstance(answer, Infeasible):
        console.print("No placement exists, because together:")
        for reason in answer.reasons:
            console.print(f"  - {reason}", markup=False)
    elif answer.assignment:
        table = Table("node", "pods")
        for name, words in _by_node(problem, answer).items():
            table.add_row(name, words)
        console.print(table)


def _by_node(problem: Problem, answer: Feasible) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for (number, name), count in answer.assignment.items():
        found.setdefault(name, []).append(f"{count} of {problem.groups[number].name}")
    return {name: ", ".join(found[name]) for name in sorted(found)}


def _as_data(
    problem: Problem, answer: Feasible | Infeasible | Undecided, manifests: Manifests
) -> dict[str, Any]:
    data: dict[str, Any] = {
        "feasible": {Feasible: True, Infeasible: False, Undecided: None}[type(answer)],
        "pods": sum(group.count for group in problem.groups),
        "nodes": len(problem.nodes),
        "skipped_kinds": manifests.skipped,
        "ignored_fields": manifests.ignored,
    }
    if isinstance(answer, Feasible):
        data["assignment"] = [
            {"group": problem.groups[number].name, "node": name, "pods": count}
            for (number, name), count in answer.assignment.items()
        ]
    elif isinstance(answer, Infeasible):
        data["reasons"] = list(answer.reasons)
    else:
        data["why"] = answer.why
    return data
