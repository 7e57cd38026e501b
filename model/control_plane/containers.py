"""What containers do by themselves, as actions: get ready, stop when told, fail.

Rules of this file: a container is named by its node and its place there (0: the pod with the
lowest uid). The kubelet notices at once, the API when the kubelet reports.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from attrs import evolve, frozen

from model.control_plane.informers import enqueue
from model.control_plane.listing import listed, while_budget_lasts
from model.control_plane.plane import ControlPlane, Process
from model.faults import fault_rule
from model.kubelet.machine import Machine, Sandbox
from model.world import Action, Rule, Transition

__all__ = ["BecomeReady", "ContainerCrashes", "LoseReadiness", "StopContainer", "container_rules"]

Moved = Transition[ControlPlane]
SLOTS = (0, 1, 2, 3)


@frozen
class OnNode(Action):
    """An action of the containers of one pod on a node."""

    node: str
    slot: int = 0


@frozen
class BecomeReady(OnNode):
    """The readiness probe of a running container succeeds."""

    def sentence(self) -> str:
        return f"pod {self.slot} on node {self.node} becomes ready"


@frozen
class StopContainer(OnNode):
    """A container that was told to stop has stopped."""

    def sentence(self) -> str:
        return f"pod {self.slot} on node {self.node}, told to stop, stops"


@frozen
class LoseReadiness(OnNode):
    """The readiness probe of a running container fails."""

    def sentence(self) -> str:
        return f"the readiness probe of pod {self.slot} on node {self.node} fails"


@frozen
class ContainerCrashes(OnNode):
    """A running container exits; the kubelet starts it again."""

    def sentence(self) -> str:
        return f"pod {self.slot} on node {self.node} crashes and is started again"


def _domains(plane: ControlPlane) -> tuple[Sequence[object], ...]:
    return (plane.nodes, SLOTS)


def _sandbox(plane: ControlPlane, action: OnNode) -> Sandbox | None:
    machine: Machine = plane.processes[f"kubelet-{action.node}"].memory
    return machine.slot(action.slot)


def _why_not(
    wanted: Callable[[Sandbox], bool], why: str
) -> Callable[[ControlPlane, OnNode], str | None]:
    def refuse(plane: ControlPlane, action: OnNode) -> str | None:
        sandbox = _sandbox(plane, action)
        if sandbox is None:
            return "no pod runs there"
        return None if wanted(sandbox) else why

    return refuse


def _changes(
    change: Callable[[Sandbox, int], Sandbox],
) -> Callable[[ControlPlane, OnNode], Moved]:
    """The step that changes a pod's containers, and has the kubelet look at the pod."""

    def step(plane: ControlPlane, action: OnNode) -> Moved:
        process: Process = plane.processes[f"kubelet-{action.node}"]
        machine: Machine = process.memory
        sandbox = machine.slot(action.slot)
        assert sandbox is not None
        changed = change(sandbox, plane.now(process))
        queue = enqueue(process.queue, (sandbox.key,)) if process.up else process.queue
        process = evolve(process, memory=machine.with_pod(changed), queue=queue)
        return Moved(evolve(plane, processes=plane.processes.set(process.name, process)))

    return step


def _with_readiness(sandbox: Sandbox, ready: bool, now: int) -> Sandbox:
    return evolve(sandbox, ready=ready, ready_since=now)


def _crashed(sandbox: Sandbox, now: int) -> Sandbox:
    return evolve(sandbox, ready=False, ready_since=now, restarts=sandbox.restarts + 1)


def _there(action: type[Action]) -> Callable[[ControlPlane], Iterator[Action]]:
    """Only places where a pod runs are worth asking."""

    def candidates(plane: ControlPlane) -> Iterator[Action]:
        for node in plane.nodes:
            count = len(plane.processes[f"kubelet-{node}"].memory.pods)
            for slot in SLOTS[:count]:
                yield action(node, slot)  # type: ignore[call-arg]

    return candidates


def container_rules() -> tuple[Rule[ControlPlane], ...]:
    """The rules of the containers."""
    rules: tuple[Rule[ControlPlane], ...] = (
        Rule(
            BecomeReady,
            _changes(lambda sandbox, now: _with_readiness(sandbox, True, now)),
            _domains,
            _why_not(
                lambda s: s.state == "running" and s.healthy and not s.ready,
                "it is not running, cannot become ready, or is ready",
            ),
            weight=10,
        ),
        Rule(
            StopContainer,
            _changes(lambda sandbox, now: evolve(sandbox, state="stopped", ready=False)),
            _domains,
            _why_not(lambda s: s.state == "stopping", "it was not told to stop"),
            weight=6,
        ),
        fault_rule(
            "unwell pod",
            LoseReadiness,
            _changes(lambda sandbox, now: _with_readiness(sandbox, False, now)),
            _domains,
            _why_not(lambda s: s.state == "running" and s.ready, "it is not ready"),
        ),
        fault_rule(
            "unwell pod",
            ContainerCrashes,
            _changes(_crashed),
            _domains,
            _why_not(lambda s: s.state == "running", "it is not running"),
        ),
    )
    return tuple(while_budget_lasts(listed(rule, _there(rule.action))) for rule in rules)
