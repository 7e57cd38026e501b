"""What goes wrong around the processes, as actions with budgets.

Rules of this file: a fault only says what breaks; what heals it (restart, relist, heal, the late
answer) is ordinary work. Budgets are named in ``KubeConfig.faults``.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve, frozen

from model.api.requests import Response
from model.control_plane.cast import Cast
from model.control_plane.informers import disconnect
from model.control_plane.listing import while_budget_lasts
from model.control_plane.plane import KUBECTL, ControlPlane, Process
from model.control_plane.processes import answer, crash, wake
from model.control_plane.work import is_cut
from model.faults import fault_rule
from model.kubelet.machine import Machine
from model.kubelet.observed import PodStopped
from model.world import Action, Rule, Transition

__all__ = [
    "BreakWatch",
    "Crash",
    "CrashNode",
    "CutNode",
    "HealNode",
    "LoseAnswer",
    "RefuseWrite",
    "SkewClock",
    "SlowAnswer",
    "failure_rules",
]

Moved = Transition[ControlPlane]
Domains = tuple[Sequence[object], ...]
SKEWS = (60, 310)


@frozen
class OfProcess(Action):
    """Something that happens to one process."""

    process: str


@frozen
class Crash(OfProcess):
    """A process dies, between any two writes. Containers on its node go on running."""

    def sentence(self) -> str:
        return f"{self.process} crashes"


@frozen
class LoseAnswer(OfProcess):
    """The API server does what a process asks for, but the answer says that it timed out."""

    def sentence(self) -> str:
        return f"the next write of {self.process} takes effect, but {self.process} sees a timeout"


@frozen
class RefuseWrite(OfProcess):
    """The API server cannot be reached for one write; it does not take effect."""

    def sentence(self) -> str:
        return f"the next write of {self.process} fails, the API server is unavailable"


@frozen
class SlowAnswer(OfProcess):
    """The API server does what a process asks for; the answer is late."""

    def sentence(self) -> str:
        return f"the next write of {self.process} takes effect, the answer is late"


@frozen
class SkewClock(OfProcess):
    """The clock of a process jumps ahead."""

    seconds: int = 60

    def sentence(self) -> str:
        return f"the clock of {self.process} jumps ahead by {self.seconds} seconds"


@frozen
class BreakWatch(Action):
    """A watch is closed, and what was under way on it is lost; the process has to list again."""

    informer: str

    def sentence(self) -> str:
        process, _, stream = self.informer.rpartition("/")
        return f"the {stream.partition('@')[0]} watch of {process} breaks"


@frozen
class OfNode(Action):
    """Something that happens to one node."""

    node: str


@frozen
class CrashNode(OfNode):
    """A node loses power: its kubelet and all that runs on it are gone."""

    def sentence(self) -> str:
        return f"node {self.node} loses power"


@frozen
class CutNode(OfNode):
    """The API server cannot reach a node any more; what runs on it goes on running."""

    def sentence(self) -> str:
        return f"node {self.node} is cut off"


@frozen
class HealNode(OfNode):
    """The node can be reached again."""

    def sentence(self) -> str:
        return f"node {self.node} can be reached again"


def _processes(plane: ControlPlane) -> Domains:
    return (plane.names,)


def _informers(plane: ControlPlane) -> Domains:
    return (plane.streams,)


def _nodes(plane: ControlPlane) -> Domains:
    return (plane.nodes,)


def _why_not_crash(plane: ControlPlane, action: Crash) -> str | None:
    if action.process == KUBECTL:
        return "users do not crash"
    return None if plane.processes[action.process].up else "it is down"


def _why_not_send(plane: ControlPlane, action: OfProcess) -> str | None:
    process: Process = plane.processes[action.process]
    if not process.outbox:
        return "it has nothing to send"
    if process.answer is not None:
        return "it waits for an answer"
    return "its node is cut off" if is_cut(plane, action.process) else None


def _why_not_break(plane: ControlPlane, action: BreakWatch) -> str | None:
    name, _, stream = action.informer.rpartition("/")
    return None if plane.informers[stream][name].connected else "it is closed"


def _break(plane: ControlPlane, action: BreakWatch) -> Moved:
    name, _, stream = action.informer.rpartition("/")
    return Moved(disconnect(plane, name, stream, forget=False))


def _cut(plane: ControlPlane, action: CutNode) -> Moved:
    return Moved(evolve(plane, cut=tuple(sorted((*plane.cut, action.node)))))


def _heal(plane: ControlPlane, action: HealNode) -> Moved:
    return Moved(evolve(plane, cut=tuple(name for name in plane.cut if name != action.node)))


def _skew(plane: ControlPlane, action: SkewClock) -> Moved:
    process: Process = plane.processes[action.process]
    process = evolve(process, skew=process.skew + action.seconds)
    return Moved(wake(evolve(plane, processes=plane.processes.set(process.name, process))))


def _crash_node(cast: Cast, plane: ControlPlane, action: CrashNode) -> Moved:
    name = f"kubelet-{action.node}"
    machine: Machine = plane.processes[name].memory
    seen = tuple(
        PodStopped(action.node, sandbox.key, sandbox.uid, "its node lost power")
        for sandbox in machine.pods.values()
        if sandbox.state != "stopped"
    )
    plane = crash(plane, cast[name])
    process = evolve(plane.processes[name], memory=machine.powered_off())
    return Moved(evolve(plane, processes=plane.processes.set(name, process)), seen)


def failure_rules(cast: Cast) -> tuple[Rule[ControlPlane], ...]:
    """The rules of the faults, and of the healing of cut nodes."""

    def lose(plane: ControlPlane, action: LoseAnswer) -> Moved:
        controller = cast[action.process]
        sent = cast.send(plane, controller, False)
        process: Process = sent.world.processes[action.process]
        if process.answer is None:
            return sent
        process = evolve(process, answer=None)
        plane = evolve(sent.world, processes=sent.world.processes.set(process.name, process))
        return answer(plane, controller, Response(504, "Timeout", "timed out"), sent.observed)

    def refuse(plane: ControlPlane, action: RefuseWrite) -> Moved:
        unavailable = Response(503, "ServiceUnavailable", "the API server is unavailable")
        return answer(plane, cast[action.process], unavailable)

    rules: tuple[Rule[ControlPlane], ...] = (
        Rule(
            HealNode,
            _heal,
            _nodes,
            lambda plane, action: None if action.node in plane.cut else "it is not cut off",
            weight=2,
        ),
        fault_rule(
            "crash process",
            Crash,
            lambda plane, action: Moved(crash(plane, cast[action.process])),
            _processes,
            _why_not_crash,
            weight=2,
        ),
        fault_rule("break watch", BreakWatch, _break, _informers, _why_not_break),
        fault_rule("lose answer", LoseAnswer, lose, _processes, _why_not_send),
        fault_rule("refuse write", RefuseWrite, refuse, _processes, _why_not_send),
        fault_rule(
            "slow answer",
            SlowAnswer,
            lambda plane, action: cast.send(plane, cast[action.process], False),
            _processes,
            _why_not_send,
        ),
        fault_rule("skew clock", SkewClock, _skew, lambda plane: (plane.names, SKEWS)),
        fault_rule(
            "crash node",
            CrashNode,
            lambda plane, action: _crash_node(cast, plane, action),
            _nodes,
            lambda plane, action: (
                None if plane.processes[f"kubelet-{action.node}"].up else "its kubelet is down"
            ),
        ),
        fault_rule(
            "cut node",
            CutNode,
            _cut,
            _nodes,
            lambda plane, action: "it is cut off" if action.node in plane.cut else None,
        ),
    )
    return tuple(while_budget_lasts(rule) for rule in rules)
