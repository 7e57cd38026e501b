"""Who is a member (Raft paper, section 6; dissertation, chapter 4; etcd-io/raft)."""

from __future__ import annotations

from collections.abc import Iterator

from invariants.invariant import always
from invariants.raft.majorities import Members, members_of
from model.raft.conf_change import Configuration
from model.raft.group import Member
from model.raft.node import Role


@always("raft", source="etcd-io/raft confchange/confchange.go checkInvariants", each=members_of)
def a_configuration_is_well_formed(member_id: int, member: Member) -> Iterator[str]:
    """Nobody both votes and learns; who is to learn later still votes; somebody votes."""
    if member.memory is None:
        return
    now = member.memory.node.configuration
    both = {*now.learners} & {*now.all_voters()}
    if both:
        yield f"member {member_id}: {sorted(both)} vote and learn in {now.sentence()}"
    strangers = {*now.learners_next} - {*now.outgoing}
    if strangers:
        yield f"member {member_id}: {sorted(strangers)} do not vote in {now.sentence()}"
    if now.outgoing and not now.voters:
        yield f"member {member_id}: nobody votes in {now.sentence()}"


@always(
    "raft",
    source="dissertation 4.1; etcd-io/raft raft.go pendingConfIndex",
    each=members_of,
)
def one_change_at_a_time(member_id: int, member: Member) -> Iterator[str]:
    """A leader appends no change of the configuration while it has not applied an earlier one."""
    memory = member.memory
    if memory is None or memory.node.role is not Role.LEADER:
        return
    node = memory.node
    unapplied = [
        entry
        for entry in node.log.between(node.applied, node.log.last_index)
        if entry.change is not None
    ]
    if len(unapplied) > 1 and unapplied[-1].term == node.term:
        words = " and ".join(entry.sentence() for entry in unapplied)
        yield f"leader {member_id} has appended {words}, and has applied neither"


@always("raft", source="Raft paper, section 6; state machine safety", reads=members_of)
def configurations_agree(members: Members) -> Iterator[str]:
    """Two members that have applied the same entries are in the same configuration."""
    known: dict[int, tuple[int, Configuration]] = {}
    for member_id, member in members.items():
        if member.memory is None:
            continue
        node = member.memory.node
        applied = node.applied if node.unstable.snapshot is None else node.unstable.snapshot.index
        other, configuration = known.setdefault(applied, (member_id, node.configuration))
        if configuration is not node.configuration and configuration != node.configuration:
            yield (
                f"members {other} and {member_id} have applied up to {applied}, one is in "
                f"{configuration.sentence()}, the other in {node.configuration.sentence()}"
            )
