"""What can happen to a group of Raft members: one frozen class an action.

Ids are member ids; ``position`` counts the messages of a link, 0 being the oldest.
"""

from __future__ import annotations

from attrs import frozen

from model.world import Action

__all__ = [
    "Apply",
    "BreakLink",
    "ChangeMember",
    "Compact",
    "Crash",
    "Cut",
    "Deliver",
    "Drop",
    "Duplicate",
    "ForgetLeader",
    "Heal",
    "HearDisk",
    "Isolate",
    "LeaveJoint",
    "OfMember",
    "OnLink",
    "PassTime",
    "Propose",
    "ReadIndex",
    "Reorder",
    "ReplaceMember",
    "ReportSnapshot",
    "ReportUnreachable",
    "Restart",
    "RetryRead",
    "Sync",
    "Tear",
    "Tick",
    "TimeOut",
    "TransferLeadership",
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
class PassTime(Action):
    """Every running member's clock advances by one tick."""

    def sentence(self) -> str:
        return "a tick passes everywhere"


@frozen
class Sync(OfMember):
    """A member's disk has made all writes durable; what waited for that is sent."""

    def sentence(self) -> str:
        return f"member {self.member} syncs its disk"


@frozen
class HearDisk(OfMember):
    """A member's node hears what its asynchronous disk has done."""

    def sentence(self) -> str:
        return f"member {self.member} hears what its disk has done"


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
class RetryRead(OfMember):
    """A member asks again for a read that was not confirmed yet."""

    def sentence(self) -> str:
        return f"member {self.member} asks again for its oldest read"


@frozen
class ChangeMember(OfMember):
    """An operator asks a member to make ``target`` a voter or a learner, or to remove it."""

    change: str
    target: int

    def sentence(self) -> str:
        what = {
            "voter": "make {} a voter",
            "learner": "make {} a learner",
            "remove": "remove {}",
        }[self.change]
        return f"member {self.member} is asked to {what.format(self.target)}"


@frozen
class ReplaceMember(OfMember):
    """An operator asks a member to let ``joins`` vote in the place of ``leaves``, both at once."""

    joins: int
    leaves: int
    transition: str = "Auto"

    def sentence(self) -> str:
        how = {"Auto": "", "JointImplicit": "", "JointExplicit": ", staying joint"}
        return (
            f"member {self.member} is asked to replace {self.leaves} by {self.joins}"
            f"{how[self.transition]}"
        )


@frozen
class LeaveJoint(OfMember):
    """An operator asks a member to leave the joint configuration."""

    def sentence(self) -> str:
        return f"member {self.member} is asked to leave the joint configuration"


@frozen
class TransferLeadership(OfMember):
    """An operator asks a member to let ``target`` lead."""

    target: int

    def sentence(self) -> str:
        return f"member {self.member} is asked to let {self.target} lead"


@frozen
class ForgetLeader(OfMember):
    """The application makes a member forget its leader."""

    def sentence(self) -> str:
        return f"member {self.member} forgets its leader"


@frozen
class ReportUnreachable(OfMember):
    """The transport tells a leader that it cannot send to ``target``."""

    target: int

    def sentence(self) -> str:
        return f"member {self.member} is told that {self.target} is unreachable"


@frozen
class ReportSnapshot(OfMember):
    """The transport tells a leader that a snapshot has arrived at ``target``, or was lost."""

    target: int
    lost: bool = False

    def sentence(self) -> str:
        fate = "was lost" if self.lost else "has arrived"
        return f"member {self.member} is told that its snapshot for {self.target} {fate}"


@frozen
class Compact(OfMember):
    """A member saves a snapshot of what it has applied, and drops the log up to there."""

    def sentence(self) -> str:
        return f"member {self.member} saves a snapshot and compacts its log"


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
class Tear(OfMember):
    """A member crashes in the middle of writing an entry: a torn record ends its log."""

    def sentence(self) -> str:
        return f"member {self.member} crashes while it writes its last entry"


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
class BreakLink(OnLink):
    """A link stops carrying messages, in this direction only, and is never healed."""

    def sentence(self) -> str:
        return f"the link from {self.source} to {self.target} breaks for good"


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
