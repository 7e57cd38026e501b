"""What can be seen of a group of Raft members from outside."""

from __future__ import annotations

from attrs import frozen

from model.raft.log import Entry, Log
from model.raft.message import Message
from model.raft.node import Stable
from model.world import Observation

__all__ = [
    "Applied",
    "BecameLeader",
    "Committed",
    "Crashed",
    "Promised",
    "ReadConfirmed",
    "ReadInvoked",
    "Restarted",
]


@frozen
class BecameLeader(Observation):
    """``member`` was elected in ``term``, with ``log`` before its own first entry."""

    member: int
    term: int
    log: Log

    def sentence(self) -> str:
        return f"member {self.member} leads term {self.term}"


@frozen
class Promised(Observation):
    """``member`` has sent an acknowledgement or a vote; ``synced`` is what was on its disk then."""

    member: int
    message: Message
    synced: Stable

    def sentence(self) -> str:
        return f"member {self.member} promises {self.message.sentence()}"


@frozen
class Committed(Observation):
    """``member`` has learned, in ``term``, that ``entries`` are committed."""

    member: int
    term: int
    entries: tuple[Entry, ...]

    def sentence(self) -> str:
        inside = ", ".join(entry.sentence() for entry in self.entries)
        return f"member {self.member} knows [{inside}] committed"


@frozen
class Applied(Observation):
    """``member`` has applied ``entries`` to its state machine, in this order."""

    member: int
    entries: tuple[Entry, ...]

    def sentence(self) -> str:
        inside = ", ".join(entry.sentence() for entry in self.entries)
        return f"member {self.member} applies [{inside}]"


@frozen
class ReadInvoked(Observation):
    """A client asks ``member`` for a linearizable read, known as ``context``."""

    member: int
    context: str

    def sentence(self) -> str:
        return f"read {self.context} is asked of member {self.member}"


@frozen
class ReadConfirmed(Observation):
    """``member`` may serve the read ``context`` once it has applied ``index``."""

    member: int
    context: str
    index: int

    def sentence(self) -> str:
        return f"member {self.member} may serve read {self.context} at index {self.index}"


@frozen
class Crashed(Observation):
    """``member`` has lost its memory; its disk is what was synced, and what luck has kept."""

    member: int

    def sentence(self) -> str:
        return f"member {self.member} is down"


@frozen
class Restarted(Observation):
    """``member`` runs again, from its disk."""

    member: int

    def sentence(self) -> str:
        return f"member {self.member} runs again"
