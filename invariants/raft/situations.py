"""Situations that a run must come to, else it was blind; the drivers go on from them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from invariants.invariant import sometimes
from invariants.raft.majorities import Members, is_quorum, leads_within, nodes_of
from model.raft.group import RaftGroup
from model.raft.log import Entry
from model.raft.message import Message, MessageType
from model.raft.node import NONE, Node, Role
from model.raft.progress import ProgressState
from model.same import Same


def _changes(group: RaftGroup) -> bool:
    return group.config.changes > 0


def _compacts(group: RaftGroup) -> bool:
    return group.config.snapshots > 0


def _leaders(group: RaftGroup) -> tuple[Node, ...]:
    return _leading(Same(group.members))


@lru_cache(maxsize=4)
def _leading(members: Same[Members]) -> tuple[Node, ...]:
    """Most situations look at the leaders of the same world, one after the other."""
    return tuple(node for node in nodes_of(members.it) if node.role is Role.LEADER)


def _oldest_uncommitted(node: Node) -> Entry | None:
    """The first entry that a leader does not know committed, where it is of an earlier term."""
    entry = node.log.at(node.commit + 1)
    return entry if entry is not None and entry.term < node.term else None


@sometimes("raft", source="Raft paper, section 5.4.2: the situation of figure 8")
def a_leader_holds_an_uncommitted_entry_of_an_older_term(group: RaftGroup) -> bool:
    """A leader has an entry of an earlier term that it does not know committed."""
    return any(_oldest_uncommitted(node) is not None for node in _leaders(group))


@sometimes("raft", source="Raft paper, figure 8 (b) and (c)")
def a_rival_log_could_overwrite_an_older_entry(group: RaftGroup) -> bool:
    """A leader has an older uncommitted entry where another log has one of a later term."""
    for node in _leaders(group):
        entry = _oldest_uncommitted(node)
        if entry is not None and any(
            (member.disk.synced.log.term_at(entry.index) or 0) > entry.term
            for member in group.members.values()
        ):
            return True
    return False


@sometimes("raft", source="Raft paper, figure 8 (c)")
def an_older_entry_is_on_a_majority_and_not_committed(group: RaftGroup) -> bool:
    """A leader has an uncommitted entry of an earlier term that a majority has on disk."""
    for node in _leaders(group):
        entry = _oldest_uncommitted(node)
        if entry is None:
            continue
        have = [
            i
            for i, member in group.members.items()
            if member.disk.synced.log.term_at(entry.index) == entry.term
        ]
        if is_quorum(node.configuration, have):
            return True
    return False


@sometimes("raft", source="Raft paper, section 5.2: split votes and stale leaders")
def two_members_believe_they_lead(group: RaftGroup) -> bool:
    """Two members lead at once, in different terms."""
    return len(_leaders(group)) > 1


@sometimes("raft", source="Raft paper, section 5.3")
def logs_have_diverged(group: RaftGroup) -> bool:
    """Two members' logs have different entries at one index."""
    logs = [m.disk.written.log for m in group.members.values()]
    return any(
        one.term != two.term
        for left in logs
        for right in logs
        if left is not right
        for one, two in zip(
            left.entries_after(max(left.compacted, right.compacted)),
            right.entries_after(max(left.compacted, right.compacted)),
            strict=False,
        )
    )


@sometimes("raft", source="Raft paper, section 6", needs=_changes)
def a_configuration_is_joint(group: RaftGroup) -> bool:
    """A leader needs two majorities."""
    return any(node.configuration.is_joint for node in _leaders(group))


@sometimes("raft", source="Raft paper, section 6", needs=_changes)
def a_leader_was_elected_while_joint(group: RaftGroup) -> bool:
    """A leader has come to office in a joint configuration, which it has not left yet."""
    return any(
        node.configuration.is_joint
        and node.log.last_term == node.term
        and node.log.term_at(node.applied) != node.term
        for node in _leaders(group)
    )


@sometimes("raft", source="dissertation 4.1", needs=_changes)
def two_configurations_are_in_use(group: RaftGroup) -> bool:
    """Two running members have applied different configurations."""
    return len({node.configuration for node in nodes_of(group.members)}) > 1


@sometimes("raft", source="dissertation 4.1; raft-dev 2015", needs=_changes)
def a_leader_has_inherited_a_change(group: RaftGroup) -> bool:
    """A leader has a change of the configuration of an earlier term that it has not applied."""
    return any(
        entry.change is not None and entry.term < node.term
        for node in _leaders(group)
        for entry in node.log.between(node.applied, node.log.last_index)
    )


@sometimes("raft", source="dissertation 4.2.3", needs=_changes)
def a_removed_server_does_not_know(group: RaftGroup) -> bool:
    """A running server still counts itself a voter, its leader has removed it."""
    return any(
        node.id in node.configuration.voters and node.id not in leader.configuration.members()
        for leader in _leaders(group)
        for node in nodes_of(group.members)
        if leads_within(leader)
    )


@sometimes("raft", source="dissertation 3.10", needs=lambda group: group.config.transfers > 0)
def a_leader_hands_over(group: RaftGroup) -> bool:
    """A leader waits for the member that is to lead next to catch up."""
    return any(node.transferee != NONE for node in _leaders(group))


@sometimes("raft", source="Raft paper, section 7", needs=_compacts)
def a_follower_needs_a_snapshot(group: RaftGroup) -> bool:
    """A leader has sent a snapshot, for its log does not reach back far enough."""
    return any(
        progress.state is ProgressState.SNAPSHOT
        for node in _leaders(group)
        for progress in node.progress.values()
    )


def _reads(group: RaftGroup) -> bool:
    return group.config.reads > 0


def _deposed(group: RaftGroup) -> list[Node]:
    """Leaders that know what was committed, while a later one has committed more."""
    leaders = _leaders(group)
    latest = max(leaders, key=lambda node: node.term, default=None)
    if latest is None or latest.log.term_at(latest.commit) != latest.term:
        return []
    return [
        node
        for node in leaders
        if node.term < latest.term and node.log.term_at(node.commit) == node.term
    ]


@sometimes("raft", source="dissertation 6.4, step 3", needs=_reads)
def a_deposed_leader_does_not_know_what_is_committed(group: RaftGroup) -> bool:
    """A leader has committed in its term, another has in a later one, and both still lead."""
    return bool(_deposed(group))


@sometimes("raft", source="etcd issue 20418", needs=_reads)
def an_old_answer_is_on_its_way_to_a_deposed_leader(group: RaftGroup) -> bool:
    """An answer to a heartbeat that was to confirm a read arrives after another leads."""
    return any(
        message.type is MessageType.HEARTBEAT_RESP and message.context
        for node in _deposed(group)
        for (_, target), queue in group.network.queues.items()
        if target == node.id
        for message in queue
        if message.term == node.term
    )


def _finds_a_retry_and_an_old_answer(group: RaftGroup, leader: Node) -> bool:
    """Whether a leader next receives a read that was asked before, and an answer to a heartbeat.

    And another read can be asked in between.
    """
    if group.used.get("reads", 0) >= group.config.reads:
        return False
    first = [queue[0] for link, queue in group.network.queues.items() if link[1] == leader.id]
    answers = {
        message.context
        for message in first
        if message.type is MessageType.HEARTBEAT_RESP
        and message.context
        and message.term == leader.term
    }
    pending = [read.context for read in leader.pending_reads]
    reads = [
        message.context
        for message in first
        if message.type is MessageType.READ_INDEX and message.context not in pending
    ]
    return bool(answers) and any("." in read or read in answers for read in reads)


@sometimes("raft", source="etcd issue 20418", needs=_reads)
def a_read_is_confirmed_before_all_have_answered(group: RaftGroup) -> bool:
    """The answer to a read is on its way, and so is another answer to the heartbeat for it."""
    flying = [message for _, _, message in group.network.in_flight()]
    answered = {m.source for m in flying if m.type is MessageType.READ_INDEX_RESP}
    return any(
        m.type is MessageType.HEARTBEAT_RESP and m.context and m.target in answered for m in flying
    )


@sometimes("raft", source="etcd issue 20418", needs=_reads)
def a_read_is_asked_again_while_an_answer_is_on_its_way(group: RaftGroup) -> bool:
    """A leader next receives a read that was asked before, and an answer to a heartbeat."""
    return any(_finds_a_retry_and_an_old_answer(group, node) for node in _leaders(group))


@sometimes("raft", source="etcd issue 20418", needs=_reads)
def a_read_is_asked_again_of_a_leader_that_was_replaced(group: RaftGroup) -> bool:
    """The same, while another leads in a later term already."""
    leaders = _leaders(group)
    return len(leaders) > 1 and any(
        _finds_a_retry_and_an_old_answer(group, node)
        for node in leaders
        if any(other.term > node.term for other in leaders)
    )


@sometimes("raft", source="etcd issue 20418", needs=_reads)
def a_read_is_asked_again_of_a_deposed_leader(group: RaftGroup) -> bool:
    """A deposed leader next receives a read that was asked before, and an old answer."""
    return any(_finds_a_retry_and_an_old_answer(group, node) for node in _deposed(group))


def _waits_long(group: RaftGroup) -> bool:
    return group.config.async_storage_writes


@sometimes("raft", source="etcd-io/raft append ABA", needs=_waits_long)
def a_node_has_not_heard_what_it_has_overwritten(group: RaftGroup) -> bool:
    """A disk has told of an entry that the node's log has replaced by another since."""
    return any(
        message.index and node.log.term_at(message.index) != message.log_term
        for node, message in _unheard(group)
    )


@sometimes("raft", source="etcd-io/raft append ABA", needs=_waits_long)
def a_node_has_not_heard_what_it_has_put_back(group: RaftGroup) -> bool:
    """A disk has told of an entry in an earlier term, which it has overwritten by now."""
    return any(
        message.index
        and message.term < node.term
        and node.log.term_at(message.index) == message.log_term
        and group.members[node.id].disk.synced.log.term_at(message.index) != message.log_term
        for node, message in _unheard(group)
    )


@sometimes("raft", source="etcd-io/raft append ABA", needs=_waits_long)
def somebody_stands_with_what_a_node_has_overwritten_unheard(group: RaftGroup) -> bool:
    """A candidate has the entry that a disk has told of and its node has overwritten since."""
    return _may_be_put_back(group, Role.CANDIDATE)


@sometimes("raft", source="etcd-io/raft append ABA", needs=_waits_long)
def somebody_leads_with_what_a_node_has_overwritten_unheard(group: RaftGroup) -> bool:
    """A leader has the entry that a disk has told of and its node has overwritten since."""
    return _may_be_put_back(group, Role.LEADER)


def _may_be_put_back(group: RaftGroup, role: Role) -> bool:
    others = [node for node in nodes_of(group.members) if node.role is role]
    return any(
        message.index
        and node.log.term_at(message.index) != message.log_term
        and other.term > message.term
        and other.term >= node.term
        and other.log.term_at(message.index) == message.log_term
        for node, message in _unheard(group)
        for other in others
    )


def _unheard(group: RaftGroup) -> Iterator[tuple[Node, Message]]:
    """What each running member's disk has told, and its node has not heard."""
    for member in group.members.values():
        if member.memory is not None:
            for message in member.memory.told:
                if message.type is MessageType.STORAGE_APPEND_RESP:
                    yield member.memory.node, message


@sometimes("raft", source="Raft paper, section 5.1")
def a_vote_of_an_older_term_is_in_flight(group: RaftGroup) -> bool:
    """A vote is on its way to a candidate that stands in a later term by now."""
    for (_, target), queue in group.network.queues.items():
        node = group.node(target)
        if node is not None and node.role is Role.CANDIDATE:
            for message in queue:
                if message.type is MessageType.VOTE_RESP and message.term < node.term:
                    return True
    return False
