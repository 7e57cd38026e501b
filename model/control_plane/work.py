"""The ordinary work of the processes, as actions: receive, reconcile, send, catch up, pass time.

Rules of this file: one class an action, its guard and its step beside it. A process is named as
in ``ControlPlane.names``, an informer as in ``ControlPlane.streams``. A kubelet whose node is cut
off goes on working from what it knows, but neither sends nor receives.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve, frozen

from model.control_plane.cast import Cast
from model.control_plane.informers import receive, relist
from model.control_plane.plane import ControlPlane, Process
from model.control_plane.processes import answer, reconcile, start_process, wake
from model.world import Action, Observation, Rule, Transition

__all__ = [
    "CatchUp",
    "PassTime",
    "Receive",
    "ReceiveAnswer",
    "Reconcile",
    "Relist",
    "Restart",
    "Send",
    "is_cut",
    "work_rules",
]

Moved = Transition[ControlPlane]
Domains = tuple[Sequence[object], ...]

POSITIONS = (0, 1, 2)
PASSING = (10, 60, 310)
"""Seconds that pass at once: a heartbeat, a grace period, an expectation."""

CATCH_UP_MOST = 24
"""Reconciles of one :class:`CatchUp` at most."""


@frozen
class CatchUp(Action):
    """A process receives all that is under way to it, works through its queue, sends its writes.

    A sequence of smaller steps that often comes without anything in between.
    """

    process: str

    def sentence(self) -> str:
        return f"{self.process} catches up"


@frozen
class Receive(Action):
    """An informer receives its next event."""

    informer: str

    def sentence(self) -> str:
        process, _, stream = self.informer.rpartition("/")
        return f"{process} receives its next {stream.partition('@')[0]} event"


@frozen
class Relist(Action):
    """An informer whose watch was closed lists again."""

    informer: str

    def sentence(self) -> str:
        process, _, stream = self.informer.rpartition("/")
        return f"{process} lists the {stream.partition('@')[0]} objects again"


@frozen
class Reconcile(Action):
    """A process takes a key of its work queue (0: the oldest), looks and decides."""

    process: str
    position: int = 0

    def sentence(self) -> str:
        which = "the next key" if not self.position else f"key {self.position}"
        return f"{self.process} works on {which} of its queue"


@frozen
class Send(Action):
    """The API server handles the next write of a process."""

    process: str

    def sentence(self) -> str:
        return f"the API server handles the next write of {self.process}"


@frozen
class ReceiveAnswer(Action):
    """A late answer reaches its process."""

    process: str

    def sentence(self) -> str:
        return f"{self.process} receives the answer to its write"


@frozen
class Restart(Action):
    """A process that is down starts again, and lists everything."""

    process: str

    def sentence(self) -> str:
        return f"{self.process} starts again"


@frozen
class PassTime(Action):
    """So many seconds pass, on every clock."""

    seconds: int = 10

    def sentence(self) -> str:
        return f"{self.seconds} seconds pass"


def is_cut(plane: ControlPlane, process: str) -> bool:
    """True for the kubelet of a node that the API server cannot reach."""
    return bool(plane.cut) and process.removeprefix("kubelet-") in plane.cut


def _processes(plane: ControlPlane) -> Domains:
    return (plane.names,)


def _informers(plane: ControlPlane) -> Domains:
    return (plane.streams,)


def _why_not_receive(plane: ControlPlane, action: Receive) -> str | None:
    name, _, stream = action.informer.rpartition("/")
    informer = plane.informers[stream][name]
    if not informer.pending:
        return "nothing is under way to it"
    return "its node is cut off" if is_cut(plane, name) else None


def _why_not_relist(plane: ControlPlane, action: Relist) -> str | None:
    name, _, stream = action.informer.rpartition("/")
    if plane.informers[stream][name].connected:
        return "its watch is open"
    if not plane.processes[name].up:
        return "the process is down"
    return "its node is cut off" if is_cut(plane, name) else None


def _why_not_reconcile(cast: Cast, plane: ControlPlane, action: Reconcile) -> str | None:
    process: Process = plane.processes[action.process]
    if action.position >= len(process.queue):
        return "its queue is shorter than that"
    if process.outbox and not cast[action.process].asynchronous:
        return "it is still sending the writes of its last reconcile"
    return None


def _why_not_send(plane: ControlPlane, action: Send) -> str | None:
    process: Process = plane.processes[action.process]
    if not process.outbox:
        return "it has nothing to send"
    if process.answer is not None:
        return "it waits for an answer"
    return "its node is cut off" if is_cut(plane, action.process) else None


def _why_not_answer(plane: ControlPlane, action: ReceiveAnswer) -> str | None:
    awaited = plane.processes[action.process].answer
    if awaited is None or awaited.response is None:
        return "no answer is under way to it"
    return "its node is cut off" if is_cut(plane, action.process) else None


def _why_not_restart(plane: ControlPlane, action: Restart) -> str | None:
    if plane.processes[action.process].up:
        return "it is up"
    return "its node is cut off" if is_cut(plane, action.process) else None


def _why_not_catch_up(cast: Cast, plane: ControlPlane, action: CatchUp) -> str | None:
    name = action.process
    process: Process = plane.processes[name]
    if not process.up:
        return "it is down"
    if process.answer is not None:
        return "it waits for an answer"
    if process.queue or process.outbox:
        return "its node is cut off" if is_cut(plane, name) else None
    for stream in cast[name].watches:
        if plane.informers[stream][name].pending:
            return "its node is cut off" if is_cut(plane, name) else None
    return "it has nothing to do"


def _catch_up(cast: Cast, plane: ControlPlane, action: CatchUp) -> Moved:
    controller = cast[action.process]
    name = controller.name
    seen: list[Observation] = []
    for stream in controller.watches:
        while plane.informers[stream][name].pending:
            plane = receive(plane, controller, stream)
    tried: set[str] = set()
    for _ in range(CATCH_UP_MOST):
        while plane.processes[name].outbox and plane.processes[name].answer is None:
            moved = cast.send(plane, controller, True)
            plane = moved.world
            seen.extend(moved.observed)
        process: Process = plane.processes[name]
        position = next((i for i, key in enumerate(process.queue) if key not in tried), None)
        if position is None or process.answer is not None:
            break
        key = process.queue[position]
        tried.add(key)
        moved = reconcile(plane, controller, position)
        plane = moved.world
        seen.extend(moved.observed)
        if key in plane.processes[name].queue and not plane.processes[name].outbox:
            tried.discard(key)
    return Moved(plane, tuple(seen))


def _pass_time(plane: ControlPlane, action: PassTime) -> Moved:
    return Moved(wake(evolve(plane, clock=plane.clock + action.seconds)))


def work_rules(cast: Cast) -> tuple[Rule[ControlPlane], ...]:
    """The rules of ordinary work."""

    def on_informer(plane: ControlPlane, action: Receive) -> Moved:
        name, _, stream = action.informer.rpartition("/")
        return Moved(receive(plane, cast[name], stream))

    def on_relist(plane: ControlPlane, action: Relist) -> Moved:
        name, _, stream = action.informer.rpartition("/")
        return Moved(relist(plane, cast[name], stream))

    def on_answer(plane: ControlPlane, action: ReceiveAnswer) -> Moved:
        process: Process = plane.processes[action.process]
        late = None if process.answer is None else process.answer.response
        assert late is not None
        process = evolve(process, answer=None)
        plane = evolve(plane, processes=plane.processes.set(process.name, process))
        return answer(plane, cast[process.name], late)

    def on_restart(plane: ControlPlane, action: Restart) -> Moved:
        return Moved(start_process(plane, cast[action.process]))

    return (
        Rule(
            CatchUp,
            lambda plane, action: _catch_up(cast, plane, action),
            _processes,
            lambda plane, action: _why_not_catch_up(cast, plane, action),
            weight=24,
        ),
        Rule(Receive, on_informer, _informers, _why_not_receive, weight=12),
        Rule(
            Reconcile,
            lambda plane, action: reconcile(plane, cast[action.process], action.position),
            lambda plane: (plane.names, POSITIONS),
            lambda plane, action: _why_not_reconcile(cast, plane, action),
            weight=8,
        ),
        Rule(
            Send,
            lambda plane, action: cast.send(plane, cast[action.process], True),
            _processes,
            _why_not_send,
            weight=8,
        ),
        Rule(ReceiveAnswer, on_answer, _processes, _why_not_answer, weight=2),
        Rule(Relist, on_relist, _informers, _why_not_relist, weight=2),
        Rule(Restart, on_restart, _processes, _why_not_restart, weight=2),
        Rule(PassTime, _pass_time, lambda plane: (PASSING,), weight=2),
    )
