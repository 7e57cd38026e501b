"""What can happen to a group of Raft members: one frozen class an action.

Ids are member ids; ``position`` counts the messages of a link, 0 being the oldest.
"""

from __future__ import annotations

from attrs import frozen

from model.world import Action

__all__ = [
    "Apply",
    "Crash",
    "Cut",
    "Deliver",
    "Drop",
    "Duplicate",
    "Heal",
    "Isolate",
    "OfMember",
    "OnLink",
    "Propose",
    "ReadIndex",
    "Reorder",
    "Restart",
    "Sync",
    "Tick",
    "TimeOut",
]


@frozen
class OfMember(Action):
    """An action of one member."""

    member: int


@frozen
class OnLink(Action):
    """An action on the link from ``source`` to ``target``."""

    source: int
    target: int


@frozen
class TimeOut(OfMember):
    """The election timer of a member fires."""

    def sentence(self) -> str:
        return f"the election timer of member {self.member} fires"


@frozen
class Tick(OfMember):
    """The clock of a member advances by one tick."""

    def sentence(self) -> str:
        return f"the clock of member {self.member} ticks"


@frozen
class Sync(OfMember):
    """A member's disk has made all writes durable; what waited for that is sent."""

    def sentence(self) -> str:
        return f"member {self.member} syncs its disk"


@frozen
class Apply(OfMember):
    """A member applies what it knows to be committed."""

    def sentence(self) -> str:
        return f"member {self.member} applies what is committed"


@frozen
class Propose(OfMember):
    """A client proposes the next value to a member that leads."""

    def sentence(self) -> str:
        return f"a client proposes a value to member {self.member}"


@frozen
class ReadIndex(OfMember):
    """A client asks a member for a linearizable read."""

    def sentence(self) -> str:
        return f"a client asks member {self.member} for a linearizable read"


@frozen
class Restart(OfMember):
    """A member that is down starts again from its disk."""

    def sentence(self) -> str:
        return f"member {self.member} restarts"


@frozen
class Crash(OfMember):
    """A member loses its memory; of the writes not yet synced, ``kept`` survives."""

    kept: str = "nothing"

    def sentence(self) -> str:
        return f"member {self.member} crashes, its disk keeps {self.kept} of what was not synced"


@frozen
class Deliver(OnLink):
    """The oldest message of a link is delivered."""

    def sentence(self) -> str:
        return f"the oldest message from {self.source} to {self.target} is delivered"


@frozen
class Reorder(OnLink):
    """A message overtakes older ones on its link, and is delivered."""

    position: int = 1

    def sentence(self) -> str:
        return f"message {self.position} from {self.source} overtakes, {self.target} receives it"


@frozen
class Drop(OnLink):
    """The oldest message of a link is lost."""

    def sentence(self) -> str:
        return f"the oldest message from {self.source} to {self.target} is lost"


@frozen
class Duplicate(OnLink):
    """The oldest message of a link will arrive twice."""

    def sentence(self) -> str:
        return f"the oldest message from {self.source} to {self.target} is doubled"


@frozen
class Cut(OnLink):
    """A link stops carrying messages, in this direction only."""

    def sentence(self) -> str:
        return f"the link from {self.source} to {self.target} is cut"


@frozen
class Isolate(OfMember):
    """A member is cut off from all others, both ways."""

    def sentence(self) -> str:
        return f"member {self.member} is cut off"


@frozen
class Heal(Action):
    """All links carry again."""

    def sentence(self) -> str:
        return "all links are healed"
