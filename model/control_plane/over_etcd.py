"""Writes that go through etcd: the transaction is sent, its outcome comes later.

The swap that makes the ``full`` layer: ``Cast(controllers, send_to_etcd)``. Rules of this file:
``ControlPlane.store`` then is what the API server has seen of etcd; whoever runs etcd takes the
``tickets``, proposes each transaction, and calls :func:`settle` once in the order in which etcd
has applied them, so that store and etcd stay equal, revision by revision.
"""

from __future__ import annotations

from attrs import evolve

from model.api.client import Controller
from model.api.requests import Create, Request, Response
from model.api.server import prepare, respond
from model.control_plane.cast import Cast
from model.control_plane.commit import take_effect
from model.control_plane.plane import Answer, ControlPlane, Process, Ticket
from model.control_plane.processes import answer, reply
from model.world import Transition

__all__ = ["send_to_etcd", "settle", "tries_again"]

Moved = Transition[ControlPlane]


def send_to_etcd(plane: ControlPlane, controller: Controller, answered: bool) -> Moved:
    """The API server handles the process's next write and sends its transaction to etcd.

    ``answered`` is of no account here: the answer always comes later.
    """
    process: Process = plane.processes[controller.name]
    _, request = process.outbox[0]
    prepared, mint = prepare(plane.store, plane.mint, request, plane.clock)
    if isinstance(prepared, Response):
        return reply(plane, controller, prepared, (), answered)
    number = plane.tickets[-1].number + 1 if plane.tickets else 1
    ticket = Ticket(number, controller.name, request, prepared)
    waiting = evolve(process, answer=Answer(None, number))
    return Moved(
        evolve(
            plane,
            mint=mint,
            tickets=(*plane.tickets, ticket),
            processes=plane.processes.set(process.name, waiting),
        )
    )


def settle(cast: Cast, plane: ControlPlane, number: int, *, lost: bool = False) -> Moved:
    """etcd has applied the transaction of this ticket, or it is ``lost`` (never applied).

    The process that waits for it gets its answer; one that has died since, or was told of a
    timeout, does not, and the events of the write say so.
    """
    ticket = next(each for each in plane.tickets if each.number == number)
    left = tuple(each for each in plane.tickets if each.number != number)
    plane = evolve(plane, tickets=left)
    process: Process = plane.processes[ticket.process]
    waits = process.answer is not None and process.answer.ticket == number
    controller = cast[ticket.process]
    if lost:
        timeout = Response(504, "Timeout", "the store did not answer")
        return _conclude(plane, controller, timeout, Moved(plane), waits)
    by = ticket.process if waits else f"{ticket.process}, which has given it up"
    plane, result, seen = take_effect(plane, by, ticket.request, ticket.prepared)
    then = ticket.prepared.then
    if not result.succeeded and waits and tries_again(ticket.request):
        process = evolve(process, answer=None)
        return Moved(evolve(plane, processes=plane.processes.set(process.name, process)), seen)
    if result.succeeded and then is not None and waits:
        key, _ = process.outbox[0]
        process = evolve(process, answer=None, outbox=((key, then), *process.outbox[1:]))
        plane = evolve(plane, processes=plane.processes.set(process.name, process))
        return Moved(plane, seen)
    response = respond(ticket.prepared, result)
    return _conclude(plane, controller, response, Moved(plane, seen), waits)


def tries_again(request: Request) -> bool:
    """True when a lost race is nothing to the client: the server reads again and tries again."""
    return getattr(request, "resource_version", None) is None and not isinstance(request, Create)


def _conclude(
    plane: ControlPlane, controller: Controller, response: Response, moved: Moved, waits: bool
) -> Moved:
    if not waits:
        return moved
    process = evolve(plane.processes[controller.name], answer=None)
    plane = evolve(plane, processes=plane.processes.set(process.name, process))
    return answer(plane, controller, response, moved.observed)
