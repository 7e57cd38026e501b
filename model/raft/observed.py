"""What can be seen of a group of Raft members from outside."""

from __future__ import annotations

from attrs import frozen

from model.raft.conf_change import Configuration
from model.raft.log import Entry, Log, Snapshot
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
    "Restored",
    "Ticked",
]


@frozen
class BecameLeader(Observation):
    """``member`` was elected in ``term``, with ``log`` before its own first entry.

    ``configuration``: as of what it has applied.
    """

    member: int
    term: int
    log: Log
    configuration: Configuration = Configuration()

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
    """``member``, in ``term``, may serve the read ``context`` once it has applied ``index``.

    ``on_lease``: its leader has not asked anybody whether it still leads.
    """

    member: int
    context: str
    index: int
    term: int = 0
    on_lease: bool = False

    def sentence(self) -> str:
        return f"member {self.member} may serve read {self.context} at index {self.index}"


@frozen
class Crashed(Observation):
    """``member`` has lost its memory; its disk is what was synced, and what luck has kept."""

    member: int

    def sentence(self) -> str:
        return f"member {self.member} is down"


@frozen
class Restored(Observation):
    """``member``'s application has taken over ``snapshot``."""

    member: int
    snapshot: Snapshot

    def sentence(self) -> str:
        return f"member {self.member} takes over a snapshot up to {self.snapshot.index}"


@frozen
class Ticked(Observation):
    """``member``'s clock, the skew of which is bounded, has advanced to ``clock`` ticks."""

    member: int
    clock: int

    def sentence(self) -> str:
        return f"the clock of member {self.member} is at {self.clock}"


@frozen
class Restarted(Observation):
    """``member`` runs again, from its disk, with all that is in its ``snapshot`` applied."""

    member: int
    snapshot: Snapshot = Snapshot()

    def sentence(self) -> str:
        return f"member {self.member} runs again"
