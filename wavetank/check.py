"""``wavetank check``: your manifests in the tank.

First what needs no run: pods that fit nowhere (z3's reasons), budgets that block every drain,
rollouts that have nowhere to put their next pod. Then a ``kube`` world made from the manifests is
hunted. Findings are grouped by cause.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from invariants.feasibility import Infeasible, PodGroup, Problem, Undecided, feasible
from invariants.invariant import Kind
from model.api.selectors import matches
from model.control_plane.config import KubeConfig
from model.controllers.budget import Budget, Guarded, budget_status
from model.controllers.scaling import Strategy
from wavetank.extensions import invariants_for
from wavetank.feasible import manifest_problem, skipped_words
from wavetank.hunt import Budget as HuntBudget
from wavetank.hunt import HuntResult, hunt
from wavetank.layers import layer_named
from wavetank.manifests import Manifests, read_manifests
from wavetank.terminal import console, progress, tell
from wavetank.trace_file import save_trace

__all__ = ["Cause", "check", "config_of", "static_causes"]

FINDINGS_MAX = 5


@frozen
class Cause:
    """Something that is wrong before anything runs: what, why, and what would help.

    ``undecided``: it could not be decided whether it is wrong.
    """

    name: str
    story: tuple[str, ...]
    suggestion: str
    undecided: bool = False


def config_of(manifests: Manifests) -> tuple[KubeConfig, bool]:
    """A ``kube`` world of what was read, and whether its nodes had to be made up."""
    nodes = manifests.of_kind("Node")
    made_up = not nodes
    if made_up:
        default = KubeConfig()
        nodes = default.nodes
    objects: tuple[Any, ...] = tuple(
        obj for obj in manifests.objects if obj.kind not in ("Node", "ReplicaSet", "Pod")
    )
    bare = tuple(
        evolve(pod, spec=evolve(pod.spec, node_name=""))
        for pod in manifests.of_kind("Pod")
        if not pod.metadata.owner_references
    )
    images = sorted(
        {
            container.image
            for deployment in manifests.of_kind("Deployment")
            for container in deployment.spec.template.spec.containers
        }
    )
    new = tuple(f"{image}-next" for image in images)
    bad = tuple(f"{image}-bad" for image in images)
    config = KubeConfig(
        nodes=tuple(nodes),
        objects=(*objects, *bare),
        images=(*new, *bad, *images),
        bad_images=bad,
    )
    return config, made_up


def static_causes(manifests: Manifests, config: KubeConfig) -> Iterator[Cause]:
    """What can be said without running anything."""
    problem = manifest_problem(manifests, config.nodes)
    answer = feasible(problem)
    if isinstance(answer, Infeasible):
        yield Cause(
            "not everything can be placed",
            answer.reasons,
            "lower a request, add a node that fits, or relax what the reasons name",
        )
    elif isinstance(answer, Undecided):
        yield Cause("placement is undecided", (answer.why,), "try again with more time", True)
    else:
        yield from _stuck_rollouts(manifests, problem)
    yield from _blocked_drains(manifests)


def _blocked_drains(manifests: Manifests) -> Iterator[Cause]:
    """Budgets that allow no disruption even when every pod is healthy; pods with two budgets."""
    budgets = manifests.of_kind("PodDisruptionBudget")
    for deployment in manifests.of_kind("Deployment"):
        meta, spec = deployment.metadata, deployment.spec
        guards = [
            budget
            for budget in budgets
            if budget.metadata.namespace == meta.namespace
            and matches(budget.spec.selector, spec.template.labels)
        ]
        if len(guards) > 1:
            names = " and ".join(guard.metadata.name for guard in guards)
            yield Cause(
                "two budgets select one pod",
                (
                    f"the pods of Deployment {meta.name} are selected by {names}: every eviction "
                    "is refused with an error, so no drain of their nodes ever ends",
                ),
                "let one PodDisruptionBudget select each pod",
            )
        for guard in guards:
            if spec.replicas == 0:
                continue
            pods = [
                Guarded(f"{meta.name}-{i}", meta.name, ready=True) for i in range(spec.replicas)
            ]
            wanted = Budget(guard.spec.min_available, guard.spec.max_unavailable)
            status = budget_status(wanted, pods, {meta.name: spec.replicas}, {})
            if status is not None and status.disruptions_allowed == 0:
                limit = (
                    f"minAvailable {guard.spec.min_available}"
                    if guard.spec.min_available is not None
                    else f"maxUnavailable {guard.spec.max_unavailable}"
                )
                yield Cause(
                    "a budget blocks every drain",
                    (
                        f"PodDisruptionBudget {guard.metadata.name} ({limit}) allows 0 disruptions "
                        f"although all {spec.replicas} pods of Deployment {meta.name} are healthy: "
                        "a drain of any node with one of them waits for ever",
                    ),
                    f"allow one disruption: maxUnavailable 1, or more replicas than "
                    f"{status.desired_healthy}",
                )


def _stuck_rollouts(manifests: Manifests, problem: Problem) -> Iterator[Cause]:
    """Rollouts whose first step needs room that does not exist, while no old pod may go."""
    for deployment in manifests.of_kind("Deployment"):
        spec = deployment.spec
        if spec.strategy.type != "RollingUpdate" or spec.replicas == 0:
            continue
        strategy = Strategy.of(
            spec.replicas, spec.strategy.max_surge, spec.strategy.max_unavailable
        )
        if strategy.max_unavailable > 0:
            continue
        name = f"Deployment {deployment.metadata.name}"
        template = spec.template
        group = PodGroup(
            name, spec.replicas + 1, deployment.metadata.namespace, template.labels, template.spec
        )
        others = tuple(g for g in problem.groups if g.name != name)
        answer = feasible(Problem((*others, group), problem.nodes))
        if isinstance(answer, Infeasible):
            yield Cause(
                "a rollout never completes",
                (
                    f"{name}: maxUnavailable {spec.strategy.max_unavailable} of {spec.replicas} "
                    f"lets no old pod go before a new one is ready, and there is no room for a "
                    f"pod number {spec.replicas + 1}:",
                    *answer.reasons,
                ),
                "set maxUnavailable to 1, or add a node that fits",
            )


def check(
    paths: Sequence[str],
    *,
    budget: str = "20s",
    seed: int = 0,
    folder: Path | None = Path("traces"),
    as_json: bool = False,
) -> int:
    """Read, look, hunt, print; the exit code: 0 held, 1 counterexample, 3 undecided."""
    limit = HuntBudget.parse(budget)
    manifests = read_manifests(paths)
    config, made_up = config_of(manifests)
    causes = list(static_causes(manifests, config))
    layer = layer_named("kube")
    with progress() as on_progress:
        result = hunt(
            layer,
            config,
            invariants_for(layer),
            budget=limit,
            seed=seed,
            findings_max=FINDINGS_MAX,
            on_progress=on_progress,
        )
    result = evolve(
        result, traces=tuple(evolve(trace, manifests=tuple(paths)) for trace in result.traces)
    )
    saved = [] if folder is None else [save_trace(trace, folder) for trace in result.traces]
    if as_json:
        print(json.dumps(_as_data(paths, causes, result, saved), indent=2))
    else:
        _print(manifests, config, made_up, causes, result, saved)
    wrong = [cause for cause in causes if not cause.undecided]
    if wrong or result.traces:
        return 1
    if result.interrupted:
        return 130
    return 3 if causes else 0


def _print(
    manifests: Manifests,
    config: KubeConfig,
    made_up: bool,
    causes: Sequence[Cause],
    result: HuntResult,
    saved: Sequence[Path],
) -> None:
    for line in skipped_words(manifests):
        console.print(line, markup=False)
    if made_up:
        names = ", ".join(node.metadata.name for node in config.nodes)
        console.print(f"no Node among the manifests: made up three, {names} (2 cpu, 4Gi each)")
    for cause in causes:
        console.print(f"\n[bold]{cause.name}[/bold]")
        for line in cause.story:
            console.print(f"  {line}", markup=False)
        console.print(f"  try: {cause.suggestion}", markup=False)
    for trace, path in zip(result.traces, [*saved, *[None] * len(result.traces)], strict=False):
        console.print(f"\n[bold]{trace.invariant}[/bold] in {len(trace.actions)} steps:")
        for line in tell(trace):
            console.print(line, markup=False)
        if path is not None:
            console.print(f"  saved: {path}; replay: wavetank replay {path}", markup=False)
    asked = [inv for inv in result.invariants if inv.kind is not Kind.SOMETIMES]
    faults = ", ".join(f"{name} {n}" for name, n in config.faults.items() if n)
    console.print(
        f"\nhunted {len(config.objects)} objects on {len(config.nodes)} nodes; "
        f"{len(asked)} invariants; faults in a run: {faults}",
        markup=False,
    )
    if result.unreached:
        console.print(f"never reached: {', '.join(result.unreached)}", markup=False)
    number = len(causes) + len(result.traces)
    found = f"{number} problem{'s' if number != 1 else ''}" if number else "no problem found"
    console.print(
        f"{found} in {result.episodes:,} runs, {result.steps:,} steps, {result.seconds:.1f} s, "
        f"seed {result.seed}",
        markup=False,
    )


def _as_data(
    paths: Sequence[str], causes: Sequence[Cause], result: HuntResult, saved: Sequence[Path]
) -> dict[str, Any]:
    return {
        "paths": list(paths),
        "seed": result.seed,
        "runs": result.episodes,
        "steps": result.steps,
        "seconds": round(result.seconds, 3),
        "causes": [
            {
                "name": cause.name,
                "story": list(cause.story),
                "suggestion": cause.suggestion,
                "undecided": cause.undecided,
            }
            for cause in causes
        ],
        "counterexamples": [
            {
                "invariant": trace.invariant,
                "verdict": trace.verdict,
                "evidence": list(trace.evidence),
                "story": [action.sentence() for action in trace.actions],
            }
            for trace in result.traces
        ],
        "saved": [str(path) for path in saved],
    }
