"""Processes at work: one reconcile, one write, one answer; starting and stopping.

Models the worker loop of a controller over client-go's work queue. Rules of this file: between any
two writes anything can happen, the end of the process included. Over the atomic store a write is
sent, takes effect and is answered in one step (:func:`send`); the answer can also be late
(``answered=False``), and over etcd it always is.
"""

from __future__ import annotations

from attrs import evolve

from model.api.client import Controller
from model.api.requests import Request, Response
from model.api.server import prepare, respond
from model.control_plane.commit import take_effect
from model.control_plane.informers import disconnect, enqueue, relist
from model.control_plane.observed import Answered, ReconcileRan
from model.control_plane.plane import Answer, ControlPlane, Process
from model.world import Observation, Transition

__all__ = ["answer", "crash", "reconcile", "reply", "send", "start_process", "wake"]

Moved = Transition[ControlPlane]


def reconcile(plane: ControlPlane, controller: Controller, position: int) -> Moved:
    """The process takes the key at this position of its queue, looks, and decides."""
    process: Process = plane.processes[controller.name]
    key = process.queue[position]
    view = plane.view(controller.name, controller.watches)
    now = plane.now(process)
    done = controller.reconcile(view, process.memory, key, now)
    queue = process.queue[:position] + process.queue[position + 1 :]
    later = process.later
    if done.requeue_after is not None:
        if done.requeue_after <= 0:
            queue = enqueue(queue, (key,))
        else:
            rest = tuple(each for each in later if each[1] != key)
            later = tuple(sorted((*rest, (now + done.requeue_after, key))))
    outbox = (*process.outbox, *((key, write) for write in done.writes))
    after = Process(
        process.name, done.memory, True, process.skew, queue, later, outbox, process.answer
    )
    ran = ReconcileRan(
        process.name, key, now, view, process.memory, done.memory, done.writes, done.note
    )
    return Moved(_with(plane, after), (ran, *done.observed))


def send(plane: ControlPlane, controller: Controller, answered: bool = True) -> Moved:
    """The API server handles the process's next write; the process learns the outcome.

    With ``answered=False`` the write takes effect but its answer stays under way. A request that
    takes two transactions stays at the head of the outbox as its second half.
    """
    process: Process = plane.processes[controller.name]
    key, request = process.outbox[0]
    prepared, mint = prepare(plane.store, plane.mint, request, plane.clock)
    if isinstance(prepared, Response):
        return reply(plane, controller, prepared, (), answered)
    if mint is not plane.mint:
        plane = evolve(plane, mint=mint)
    plane, result, seen = take_effect(plane, controller.name, request, prepared)
    if prepared.then is not None and result.succeeded:
        rest: tuple[tuple[str, Request], ...] = ((key, prepared.then), *process.outbox[1:])
        return Moved(_with(plane, evolve(process, outbox=rest)), seen)
    return reply(plane, controller, respond(prepared, result), seen, answered)


def reply(
    plane: ControlPlane,
    controller: Controller,
    response: Response,
    seen: tuple[Observation, ...],
    answered: bool,
) -> Moved:
    """The answer is given to the process, or stays under way to it."""
    if not answered:
        process = evolve(plane.processes[controller.name], answer=Answer(response))
        return Moved(_with(plane, process), seen)
    return answer(plane, controller, response, seen)


def answer(
    plane: ControlPlane,
    controller: Controller,
    response: Response,
    seen: tuple[Observation, ...] = (),
) -> Moved:
    """The process receives the answer to the first write of its outbox.

    An error ends what the reconcile of that key still had to send, and the key is tried again;
    an asynchronous process loses only the write that failed.
    """
    process: Process = plane.processes[controller.name]
    key, request = process.outbox[0]
    memory = controller.answered(process.memory, request, response)
    outbox, queue = process.outbox[1:], process.queue
    if not response.ok:
        if not controller.asynchronous:
            outbox = tuple(each for each in outbox if each[0] != key)
        queue = enqueue(queue, (key,)) if key else queue
    after = Process(process.name, memory, True, process.skew, queue, process.later, outbox)
    return Moved(_with(plane, after), (*seen, Answered(process.name, request, response)))


def crash(plane: ControlPlane, controller: Controller) -> ControlPlane:
    """The process ends: its caches, queue, unsent writes and memory are gone."""
    process: Process = plane.processes[controller.name]
    memory = controller.after_crash(controller.start, process.memory)
    for stream in controller.watches:
        plane = disconnect(plane, controller.name, stream, forget=True)
    return _with(plane, Process(process.name, memory, up=False, skew=process.skew))


def start_process(plane: ControlPlane, controller: Controller) -> ControlPlane:
    """The process starts: it lists everything that it watches, then begins to work."""
    process: Process = plane.processes[controller.name]
    queue = enqueue(process.queue, controller.first_keys)
    plane = _with(plane, evolve(process, up=True, queue=queue))
    for stream in controller.watches:
        plane = relist(plane, controller, stream)
    return plane


def wake(plane: ControlPlane) -> ControlPlane:
    """Keys whose time has come join the work queues."""
    changed = {}
    for name, process in plane.processes.items():
        later = process.later
        if later and later[0][0] <= plane.now(process):
            now = plane.now(process)
            due = tuple(key for when, key in later if when <= now)
            changed[name] = evolve(
                process, queue=enqueue(process.queue, due), later=later[len(due) :]
            )
    return evolve(plane, processes=plane.processes.update(changed)) if changed else plane


def _with(plane: ControlPlane, process: Process) -> ControlPlane:
    return evolve(plane, processes=plane.processes.set(process.name, process))
