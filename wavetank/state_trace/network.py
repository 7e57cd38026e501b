"""What was ever sent, as far as receivers are concerned.

Rules of this file: a message can be received once the Ready that held it was taken; after that any
number of times, in any order, or never: a network may lose, double, delay and reorder.
"""

from __future__ import annotations

from attrs import define, evolve, field, frozen

from model.raft import ready
from model.raft.message import Message, MessageType
from wavetank.state_trace.event import TraceMessage
from wavetank.state_trace.tracer import trace_message

__all__ = ["Network", "Sent"]


HEARTBEATS = (MessageType.HEARTBEAT, MessageType.HEARTBEAT_RESP)


@frozen
class Sent:
    """A message with the number of the Ready of its sender that it left with.

    ``durable``: it can have left only when all of that Ready was on disk.
    """

    message: Message
    ready: int
    durable: bool


def without_context(message: Message) -> Message:
    """A heartbeat without the read that it confirms: reads are not traced, nor do they change
    anything that is."""
    return (
        evolve(message, context="") if message.type in HEARTBEATS and message.context else message
    )


@define
class Network:
    """By what the trace shows of them, the messages that were sent; those that differ only in what
    it does not show are kept apart. ``terms``: the terms that somebody has been in; ``led``: those
    that somebody has led.
    """

    sent: dict[TraceMessage, tuple[Sent, ...]] = field(factory=dict)
    terms: set[int] = field(factory=set)
    led: set[int] = field(factory=set)

    def add(self, messages: tuple[Message, ...], number: int, lost: tuple[int, ...]) -> None:
        """They leave with the Ready of this number; crashes have undone the ones in ``lost``."""
        for message in map(without_context, messages):
            shown = trace_message(message)
            before = self.sent.get(shown, ())
            # The earliest is enough, for it asks least of the disk, unless that was undone.
            if all(each.message != message or each.ready in lost for each in before):
                self.sent[shown] = (*before, Sent(message, number, ready.waits_for_sync(message)))

    def matching(self, shown: TraceMessage) -> tuple[Sent, ...]:
        """What was sent that looks like this."""
        return self.sent.get(shown, ())

    def fork(self) -> Network:
        """A copy that goes its own way."""
        return Network(dict(self.sent), set(self.terms), set(self.led))
