"""What is on which disks (Raft paper, sections 5.3 and 5.4; etcd-io/raft ``doc.go``)."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from invariants.invariant import always, history, transition
from invariants.raft.majorities import (
    Members,
    every_quorum_meets,
    has,
    is_quorum,
    leads_within,
    members_of,
    nodes_changed,
    nodes_of,
)
from model.raft.group import Member
from model.raft.log import payload_size
from model.raft.message import MessageType
from model.raft.node import Node, Role
from model.raft.observed import Promised
from model.world import Action, Observation


@transition(
    "raft", source="Raft paper, section 5.3: a committed entry is on a majority", reads=members_of
)
def committed_is_durable_on_a_quorum(
    before: Members, action: Action, after: Members
) -> Iterator[str]:
    """What a leader commits is synced on a majority of voters then, of both halves when joint."""
    for member_id, old, new in nodes_changed(before, after):
        if new.role is not Role.LEADER or new.commit <= old.commit:
            continue
        memory = before[member_id].memory
        if memory is not None and sum(e.change is not None for e in memory.to_apply) > 1:
            continue  # it may have committed between two changes, under a third configuration
        term = new.log.term_at(new.commit)
        if term is None:
            continue
        holders = [i for i, m in after.items() if has(m.disk.synced.log, new.commit, term)]
        if not any(is_quorum(each.configuration, holders) for each in (old, new)):
            yield (
                f"leader {member_id} has committed {term}/{new.commit} in "
                f"{new.configuration.sentence()}, but it is synced only on {holders or 'no disk'}"
            )


@always("raft", source="etcd-io/raft tla/etcdraft.tla: QuorumLogInv", reads=members_of)
def every_quorum_has_what_is_applied(members: Members) -> Iterator[str]:
    """Every quorum has a member whose disk holds all that any running member has applied."""
    nodes = [node for node in nodes_of(members) if node.unstable.snapshot is None]
    furthest = max(nodes, key=lambda node: node.applied, default=None)
    if furthest is None or not furthest.applied:
        return
    term = furthest.log.term_at(furthest.applied)
    if term is None:
        return
    holders = [i for i, m in members.items() if has(m.disk.synced.log, furthest.applied, term)]
    if not every_quorum_meets(furthest.configuration, holders):
        yield (
            f"{term}/{furthest.applied} is applied at member {furthest.id}, but is synced only on "
            f"{holders or 'no disk'}: a quorum of {furthest.configuration.sentence()} is without it"
        )


def _may_stand(node: Node) -> bool:
    """Whether the node would campaign if its timer fired (etcd-io/raft ``hup``)."""
    return (
        node.id in node.configuration.all_voters()
        and node.unstable.snapshot is None
        and all(e.change is None for e in node.log.between(node.applied, node.commit))
    )


@always("raft", source="etcd-io/raft tla/etcdraft.tla: MoreUpToDateCorrectInv", reads=members_of)
def more_up_to_date_is_correct(members: Members) -> Iterator[str]:
    """A member whose log is at least as up to date as a quorum's holds all that is committed."""
    nodes = nodes_of(members)
    furthest = max(nodes, key=lambda node: node.commit, default=None)
    if furthest is None or not furthest.commit:
        return
    term = furthest.log.term_at(furthest.commit)
    if term is None:
        return
    disks = [(i, m.disk.synced.log) for i, m in members.items()]
    for node in nodes:
        if has(node.log, furthest.commit, term) or not _may_stand(node):
            continue
        last = (node.log.last_term, node.log.last_index)
        voters = [i for i, log in disks if i == node.id or (log.last_term, log.last_index) <= last]
        if is_quorum(node.configuration, voters):
            yield (
                f"member {node.id} could be elected by {voters} in "
                f"{node.configuration.sentence()} without {term}/{furthest.commit}, "
                f"which member {furthest.id} knows committed"
            )


@always("raft", source="etcd-io/raft tracker/progress.go", reads=members_of)
def match_is_on_the_followers_disk(members: Members) -> Iterator[str]:
    """A leader never believes that a follower has more on its disk than it has; match < next."""
    for member in members.values():
        memory = member.memory
        if memory is None or not leads_within(memory.node):
            continue
        node = memory.node
        for peer, progress in node.progress.items():
            if progress.next <= progress.match:
                yield f"leader {node.id}: match {progress.match}, next {progress.next}"
            follower: Member = members[peer]
            newest = max(follower.disk.written.term, follower.disk.synced.term)
            last = follower.disk.synced.log.last_index
            if newest <= node.term and progress.match > last:
                yield (
                    f"leader {node.id} counts member {peer} at {progress.match}, "
                    f"its disk has {last} entries"
                )


@always("raft", source="etcd-io/raft tracker/inflights.go, raft.go", each=members_of)
def what_a_leader_sends_is_within_limits(member_id: int, member: Member) -> Iterator[str]:
    """What is in flight to a follower, and what waits to be committed, is bounded."""
    memory = member.memory
    if memory is None or memory.node.role is not Role.LEADER:
        return
    node = memory.node
    for peer, progress in node.progress.items():
        if len(progress.inflights) > node.config.max_inflight:
            yield (
                f"leader {member_id} has {len(progress.inflights)} messages in flight to {peer}, "
                f"{node.config.max_inflight} are allowed"
            )
    limit = node.config.max_uncommitted_size
    if limit is None or node.log.compacted:
        return
    waiting = node.log.between(node.commit, node.log.last_index)
    sizes = [len(entry.data.encode()) for entry in waiting if entry.term == node.term]
    # Applying an entry of an earlier term makes room too (raft.go ``reduceUncommittedSize``).
    older = sum(payload_size(e) for e in node.log.entries if e.term != node.term)
    if sum(sizes) > max(limit, *sizes, 0) + older:
        yield (
            f"leader {member_id} has accepted {sum(sizes)} bytes that are not committed, "
            f"{limit} are allowed"
        )


@always("raft", source="etcd-io/raft log_unstable.go stableTo", each=members_of)
def what_a_node_takes_for_stable_is_on_its_disk(member_id: int, member: Member) -> Iterator[str]:
    """The entry that a node takes for the last on its disk is the last of its index there."""
    memory = member.memory
    if memory is None or memory.node.unstable.snapshot is not None:
        return
    node = memory.node
    index = node.unstable.offset - 1
    term = node.log.term_at(index)
    if index and term is not None and not has(member.disk.synced.log, index, term):
        there = member.disk.synced.log.term_at(index)
        yield (
            f"member {member_id} takes {term}/{index} for stable, its disk has "
            f"{'nothing' if there is None else f'{there}/{index}'} there"
        )


@history(
    "raft",
    source="etcd-io/raft doc.go: what is promised is durable before it is sent",
    sees=(Promised,),
)
def promises_are_durable(nothing: None, seen: Observation) -> Generator[str, None, None]:
    """A member acknowledges entries and gives votes only when they are synced to its disk."""
    if isinstance(seen, Promised):
        message, synced = seen.message, seen.synced
        if message.type is MessageType.VOTE_RESP:
            durable = synced.term > message.term or (
                synced.term == message.term and synced.vote == message.target
            )
        else:
            # In a later term the entries may have been overwritten since.
            durable = synced.term > message.term or (
                synced.term == message.term and synced.log.last_index >= message.index
            )
        if not durable:
            yield f"{message.sentence()}: it is not on the disk of member {seen.member} yet"
