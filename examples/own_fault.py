"""A fault of your own: wavetank hunt --world raft --with examples/own_fault.py"""

from attrs import evolve, frozen

from model.faults import fault_rule
from model.raft.group import RaftGroup, founding_disk
from model.world import Action, Transition
from wavetank.extensions import add_rule


@frozen
class LoseDisk(Action):
    """A member that is down comes back with an empty disk."""

    member: int


def lose(group: RaftGroup, action: LoseDisk) -> Transition[RaftGroup]:
    member = evolve(group.members[action.member], disk=founding_disk(group.config))
    return Transition(evolve(group, members=group.members.set(action.member, member)))


def is_up(group: RaftGroup, action: LoseDisk) -> str | None:
    return None if group.node(action.member) is None else "it is up"


add_rule("raft", fault_rule("crash", LoseDisk, lose, lambda g: (tuple(g.members),), is_up))
