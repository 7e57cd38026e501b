"""What clients, operators and the transport ask of members: when it is enabled, what it does.

Rules of this file: a guard gives the reason in words; a step is called on enabled actions only.
How many of each a run may use is in its configuration.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from model.evolve import evolve
from model.raft.conf_change import ChangeType, ConfChange, ConfChangeSingle
from model.raft.conf_change import Transition as JointTransition
from model.raft.group import Member, Memory, RaftGroup, absorb
from model.raft.kinds import (
    ChangeMember,
    ForgetLeader,
    LeaveJoint,
    OfMember,
    Propose,
    ReadIndex,
    ReplaceMember,
    ReportSnapshot,
    ReportUnreachable,
    RetryRead,
    TransferLeadership,
)
from model.raft.member_rules import members
from model.raft.message import Message, MessageType
from model.raft.node import NONE, Node, Role
from model.raft.observed import ReadInvoked
from model.raft.progress import Progress, ProgressState
from model.raft.proposal import propose, propose_conf_change
from model.raft.read import read_index
from model.raft.step import step
from model.world import Rule, Transition

__all__ = ["ADMIN_RULES", "CLIENT_RULES", "TRANSPORT_RULES"]

Moved = Transition[RaftGroup]

CHANGES = {
    "voter": ChangeType.ADD_NODE,
    "learner": ChangeType.ADD_LEARNER_NODE,
    "remove": ChangeType.REMOVE_NODE,
}
TRANSITIONS = tuple(each.value for each in JointTransition)


def _spent(group: RaftGroup, what: str) -> str | None:
    most: int = getattr(group.config, what)
    return f"the run is bounded to {most} {what}" if group.used.get(what, 0) >= most else None


def _cannot_ask(group: RaftGroup, action: OfMember, what: str) -> str | None:
    """Why a member can neither do it itself nor pass it on, so many times a run."""
    node = group.node(action.member)
    if node is None:
        return f"member {action.member} is down"
    if node.leader == NONE:
        return f"member {action.member} knows no leader"
    return _spent(group, what)


def _cannot_retry(group: RaftGroup, action: RetryRead) -> str | None:
    memory: Memory | None = group.members[action.member].memory
    if memory is None:
        return f"member {action.member} is down"
    if not memory.asked:
        return f"member {action.member} waits for no read"
    return _cannot_ask(group, action, "reads")


def _cannot_change(group: RaftGroup, action: ChangeMember) -> str | None:
    why = _cannot_ask(group, action, "changes")
    if why is not None:
        return why
    now = group.running(action.member).configuration
    target = action.target
    if action.change == "voter" and target in now.voters:
        return f"{target} is a voter"
    if action.change == "learner" and target in now.learners:
        return f"{target} is a learner"
    if action.change == "remove" and target not in now.members():
        return f"{target} is no member"
    return None


def _cannot_replace(group: RaftGroup, action: ReplaceMember) -> str | None:
    why = _cannot_ask(group, action, "changes")
    if why is not None:
        return why
    voters = group.running(action.member).configuration.voters
    if action.joins in voters:
        return f"{action.joins} is a voter"
    return None if action.leaves in voters else f"{action.leaves} is no voter"


def _cannot_leave(group: RaftGroup, action: LeaveJoint) -> str | None:
    node = group.node(action.member)
    if node is None:
        return f"member {action.member} is down"
    if not node.configuration.is_joint or node.configuration.auto_leave:
        return f"member {action.member} is in no joint configuration that waits to be left"
    if group.used.get("leaves", 0) >= group.config.changes:
        return f"the run is bounded to {group.config.changes} changes"
    return None if node.leader != NONE else f"member {action.member} knows no leader"


def _cannot_transfer(group: RaftGroup, action: TransferLeadership) -> str | None:
    why = _cannot_ask(group, action, "transfers")
    if why is not None:
        return why
    leads = group.running(action.member).leader == action.target
    return f"member {action.target} leads" if leads else None


def _cannot_forget(group: RaftGroup, action: ForgetLeader) -> str | None:
    why = _cannot_ask(group, action, "forgets")
    if why is not None:
        return why
    follows = group.running(action.member).role is Role.FOLLOWER
    return None if follows else f"member {action.member} does not follow"


def _progress(group: RaftGroup, action: ReportUnreachable | ReportSnapshot) -> Progress | None:
    node = group.node(action.member)
    if node is None or node.role is not Role.LEADER:
        return None
    found: Progress | None = node.progress.get(action.target)
    return found


def _cannot_report_unreachable(group: RaftGroup, action: ReportUnreachable) -> str | None:
    progress = _progress(group, action)
    if progress is None or progress.state is not ProgressState.REPLICATE:
        return f"member {action.member} does not replicate to {action.target}"
    reachable = (
        not group.network.is_cut(action.member, action.target)
        and group.members[action.target].memory is not None
    )
    return f"{action.target} can be reached" if reachable else None


def _cannot_report_snapshot(group: RaftGroup, action: ReportSnapshot) -> str | None:
    progress = _progress(group, action)
    if progress is None or progress.state is not ProgressState.SNAPSHOT:
        return f"member {action.member} has sent no snapshot to {action.target}"
    flying = group.network.waiting(action.member, action.target)
    if any(message.type is MessageType.SNAP for message in flying):
        return "the snapshot is in flight"
    return None


def _proposed(group: RaftGroup, what: str, proposed: tuple[Node, bool]) -> Moved:
    return absorb(group.use(what), proposed[0])


def propose_value(group: RaftGroup, action: Propose) -> Moved:
    value = f"v{group.used.get('proposals', 0) + 1}"
    return _proposed(group, "proposals", propose(group.running(action.member), value))


def change_member(group: RaftGroup, action: ChangeMember) -> Moved:
    change = ConfChange((ConfChangeSingle(CHANGES[action.change], action.target),), v1=True)
    node = group.running(action.member)
    return _proposed(group, "changes", propose_conf_change(node, change))


def replace_member(group: RaftGroup, action: ReplaceMember) -> Moved:
    changes = (
        ConfChangeSingle(ChangeType.ADD_NODE, action.joins),
        ConfChangeSingle(ChangeType.REMOVE_NODE, action.leaves),
    )
    change = ConfChange(changes, JointTransition(action.transition))
    node = group.running(action.member)
    return _proposed(group, "changes", propose_conf_change(node, change))


def leave_joint(group: RaftGroup, action: LeaveJoint) -> Moved:
    node = group.running(action.member)
    return _proposed(group, "leaves", propose_conf_change(node, ConfChange()))


def _ask(group: RaftGroup, member_id: int, read: str, context: str) -> Moved:
    member = group.members[member_id]
    memory = member.memory
    assert memory is not None
    memory = evolve(memory, asked=memory.asked.set(read, context))
    group = group.with_member(member_id, Member(member.disk, memory)).use("reads")
    moved = absorb(group, read_index(memory.node, context))
    return Transition(moved.world, (ReadInvoked(member_id, context), *moved.observed))


def read_at(group: RaftGroup, action: ReadIndex) -> Moved:
    read = f"r{group.used.get('reads', 0) + 1}"
    return _ask(group, action.member, read, read)


def retry_context(read: str, context: str, number: int) -> str:
    """The context of a retry: never one that was used before.

    A leader that has been deposed may still get answers to its earlier heartbeats; they must not
    confirm a read that was asked later (etcd issue 20418).
    """
    return f"{read}.{number}"


def retry_read(group: RaftGroup, action: RetryRead) -> Moved:
    memory: Memory | None = group.members[action.member].memory
    assert memory is not None
    read, context = next(iter(memory.asked.items()))
    again = retry_context(read, context, group.used.get("reads", 0) + 1)
    return _ask(group, action.member, read, again)


def transfer_leadership(group: RaftGroup, action: TransferLeadership) -> Moved:
    message = Message(MessageType.TRANSFER_LEADER, action.target, action.member)
    return absorb(group.use("transfers"), step(group.running(action.member), message))


def forget_leader(group: RaftGroup, action: ForgetLeader) -> Moved:
    message = Message(MessageType.FORGET_LEADER, action.member, action.member)
    return absorb(group.use("forgets"), step(group.running(action.member), message))


def report_unreachable(group: RaftGroup, action: ReportUnreachable) -> Moved:
    message = Message(MessageType.UNREACHABLE, action.target, action.member)
    return absorb(group, step(group.running(action.member), message))


def report_snapshot(group: RaftGroup, action: ReportSnapshot) -> Moved:
    message = Message(MessageType.SNAP_STATUS, action.target, action.member, reject=action.lost)
    return absorb(group, step(group.running(action.member), message))


def _pairs(group: RaftGroup) -> tuple[Sequence[int], ...]:
    return (group.ids, group.ids)


def _allowed(what: str) -> Callable[[RaftGroup], bool]:
    return lambda group: getattr(group.config, what) > 0


def _somebody_leads(group: RaftGroup) -> bool:
    return any(
        member.memory is not None and member.memory.node.role is Role.LEADER
        for member in group.members.values()
    )


def _some_leader_is_known(group: RaftGroup) -> bool:
    return any(
        member.memory is not None and member.memory.node.leader != NONE
        for member in group.members.values()
    )


def _bounded(
    action: type[OfMember],
    step: Callable[[RaftGroup, Any], Moved],
    what: str,
    domains: Callable[[RaftGroup], tuple[Sequence[Any], ...]] = members,
    why_not: Callable[[RaftGroup, Any], str | None] | None = None,
    weight: int = 2,
) -> Rule[RaftGroup]:
    """A rule for what a run may use only so often (``what``: the bound in the configuration)."""
    guard = why_not or (lambda group, action: _cannot_ask(group, action, what))
    return Rule(
        action,
        step,
        domains,
        guard,
        weight=weight,
        idle=lambda group: _spent(group, what) is not None or not _some_leader_is_known(group),
        allowed=_allowed(what),
    )


CLIENT_RULES: tuple[Rule[RaftGroup], ...] = (
    _bounded(Propose, propose_value, "proposals", weight=6),
    _bounded(ReadIndex, read_at, "reads", weight=4),
    _bounded(RetryRead, retry_read, "reads", why_not=_cannot_retry, weight=4),
)
"""What clients ask for."""

ADMIN_RULES: tuple[Rule[RaftGroup], ...] = (
    _bounded(
        ChangeMember,
        change_member,
        "changes",
        lambda g: (g.ids, tuple(CHANGES), g.ids),
        _cannot_change,
    ),
    _bounded(
        ReplaceMember,
        replace_member,
        "changes",
        lambda g: (g.ids, g.ids, g.ids, TRANSITIONS),
        _cannot_replace,
    ),
    Rule(
        LeaveJoint,
        leave_joint,
        members,
        _cannot_leave,
        weight=2,
        idle=lambda group: not _some_leader_is_known(group),
        allowed=_allowed("changes"),
    ),
    _bounded(TransferLeadership, transfer_leadership, "transfers", _pairs, _cannot_transfer),
    _bounded(ForgetLeader, forget_leader, "forgets", why_not=_cannot_forget),
)
"""What operators ask for."""

TRANSPORT_RULES: tuple[Rule[RaftGroup], ...] = (
    Rule(
        ReportUnreachable,
        report_unreachable,
        _pairs,
        _cannot_report_unreachable,
        weight=1,
        idle=lambda group: not _somebody_leads(group),
    ),
    Rule(
        ReportSnapshot,
        report_snapshot,
        lambda g: (*_pairs(g), (False, True)),
        _cannot_report_snapshot,
        weight=2,
        idle=lambda group: not _somebody_leads(group),
        allowed=_allowed("snapshots"),
    ),
)
"""What the transport reports to a leader."""
