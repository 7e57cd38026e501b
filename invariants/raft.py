"""What must hold of a group of Raft members (Raft paper, figure 3; etcd-io/raft ``tla/``).

Rules of this file: ``always`` and ``transition`` invariants read ``group.members`` (or the
network beside it), and compare only members that changed. "Across time" is for the monitors in
``invariants/raft_history.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from invariants.invariant import always, sometimes, transition
from model.frozen_map import FrozenMap
from model.raft.group import Member, RaftGroup
from model.raft.log import Log
from model.raft.node import Node, Role
from model.raft.quorum import has_quorum
from model.world import Action

Members = FrozenMap[int, Member]


def _members(group: RaftGroup) -> Members:
    return group.members


def _nodes(members: Members) -> list[Node]:
    return [m.memory.node for m in members.values() if m.memory is not None]


def _changed(before: Members, after: Members) -> Iterator[tuple[int, Member, Member]]:
    for member_id, now in after.items():
        was = before[member_id]
        if was is not now:
            yield member_id, was, now


@always("raft", source="Raft paper, figure 3 and section 5.2", reads=_members)
def one_leader_a_term(members: Members) -> Iterator[str]:
    """No two members lead the same term at the same time."""
    leaders: dict[int, int] = {}
    for member in members.values():
        memory = member.memory
        if memory is not None and memory.node.role is Role.LEADER:
            other = leaders.setdefault(memory.node.term, memory.node.id)
            if other != memory.node.id:
                yield f"members {other} and {memory.node.id} both lead term {memory.node.term}"


@lru_cache(maxsize=65536)
def _first_mismatch(left: Log, right: Log) -> int | None:
    """The highest index where both logs have one (index, term), if they differ below it."""
    differs = 0
    matches = 0
    for one, two in zip(left.entries, right.entries, strict=False):
        if one is two or one == two:
            matches = one.index
        elif one.term == two.term:
            return one.index
        elif not differs:
            differs = one.index
    return matches if differs and matches > differs else None


@always("raft", source="Raft paper, figure 3 and section 5.3", reads=_members)
def log_matching(members: Members) -> Iterator[str]:
    """Two logs with an entry of equal index and term are identical up to that entry."""
    logs = [(i, m.disk.written.log) for i, m in members.items()]
    for position, (one, left) in enumerate(logs):
        for two, right in logs[position + 1 :]:
            if left is not right:
                index = _first_mismatch(left, right)
                if index is not None:
                    yield (
                        f"members {one} and {two} both have {left.entries[index - 1].sentence()} "
                        f"at index {index}, but differ at or below it"
                    )


@always("raft", source="etcd-io/raft doc.go: applied <= committed <= last index", reads=_members)
def commit_within_the_log(members: Members) -> Iterator[str]:
    """A member has applied no more than it knows committed, and has all of that in its log."""
    for member in members.values():
        memory = member.memory
        if memory is None:
            continue
        node = memory.node
        if not node.applied <= node.commit <= node.log.last_index:
            yield (
                f"member {node.id}: applied {node.applied}, commit {node.commit}, "
                f"last index {node.log.last_index}"
            )


@always(
    "raft", source="Raft paper, section 5.3: a committed entry is on a majority", reads=_members
)
def committed_is_durable_on_a_quorum(members: Members) -> Iterator[str]:
    """Every entry that a running member knows committed is synced on a majority of disks."""
    nodes = _nodes(members)
    if not nodes:
        return
    furthest = max(nodes, key=lambda node: node.commit)
    if furthest.commit == 0 or furthest.commit > furthest.log.last_index:
        return
    entry = furthest.log.entries[furthest.commit - 1]
    have = [i for i, m in members.items() if m.disk.synced.log.term_at(entry.index) == entry.term]
    if not has_quorum(tuple(members), have):
        yield (
            f"{entry.sentence()} is committed at member {furthest.id}, "
            f"but synced only on {have or 'no disk'}"
        )


@always("raft", source="etcd-io/raft tracker/progress.go", reads=_members)
def match_is_on_the_followers_disk(members: Members) -> Iterator[str]:
    """A leader never believes that a follower has more on its disk than it has; match < next."""
    for member in members.values():
        memory = member.memory
        if memory is None or memory.node.role is not Role.LEADER:
            continue
        for peer, progress in memory.node.progress.items():
            if progress.next <= progress.match:
                yield f"leader {memory.node.id}: match {progress.match}, next {progress.next}"
            follower: Member = members[peer]
            newest = max(follower.disk.written.term, follower.disk.synced.term)
            has = follower.disk.synced.log.last_index
            if newest <= memory.node.term and progress.match > has:
                yield (
                    f"leader {memory.node.id} counts member {peer} at {progress.match}, "
                    f"its disk has {has} entries"
                )


@transition("raft", source="Raft paper, figure 2; etcd-io/raft node.go HardState", reads=_members)
def term_and_commit_never_decrease(
    before: Members, action: Action, after: Members
) -> Iterator[str]:
    """Term, commit and applied index never go back on a running member; its disk's term never."""
    for member_id, was, now in _changed(before, after):
        if now.disk.synced.term < was.disk.synced.term:
            yield (
                f"member {member_id}: the term on disk went from {was.disk.synced.term} "
                f"to {now.disk.synced.term}"
            )
        if was.memory is None or now.memory is None or was.memory is now.memory:
            continue
        old, new = was.memory.node, now.memory.node
        for name in ("term", "commit", "applied"):
            if getattr(new, name) < getattr(old, name):
                yield (
                    f"member {member_id}: {name} went from {getattr(old, name)} "
                    f"to {getattr(new, name)}"
                )


@transition("raft", source="Raft paper, figure 3: leader append-only", reads=_members)
def leader_append_only(before: Members, action: Action, after: Members) -> Iterator[str]:
    """A leader never overwrites or deletes entries of its own log."""
    for member_id, was, now in _changed(before, after):
        if was.memory is None or now.memory is None:
            continue
        old, new = was.memory.node, now.memory.node
        leads = old.role is Role.LEADER and new.role is Role.LEADER and old.term == new.term
        if leads and new.log is not old.log:
            kept = new.log.entries[: old.log.last_index]
            if kept != old.log.entries:
                yield f"leader {member_id} has changed its log from {old.log} to {new.log}"


@transition(
    "raft", source="Raft paper, section 5.3: a follower keeps what is committed", reads=_members
)
def committed_entries_are_kept(before: Members, action: Action, after: Members) -> Iterator[str]:
    """A running member never loses or changes an entry that it knows committed."""
    for member_id, was, now in _changed(before, after):
        if was.memory is None or now.memory is None:
            continue
        old, new = was.memory.node, now.memory.node
        if (
            new.log is not old.log
            and new.log.entries[: old.commit] != old.log.entries[: old.commit]
        ):
            yield f"member {member_id} has changed its log at or below commit {old.commit}"


@sometimes("raft", source="Raft paper, section 5.4.2: the situation of figure 8")
def a_leader_holds_an_uncommitted_entry_of_an_older_term(group: RaftGroup) -> bool:
    """A leader has an entry of an earlier term that it does not know committed."""
    return any(
        node.role is Role.LEADER
        and node.commit < node.log.last_index
        and node.log.entries[node.commit].term < node.term
        for node in _nodes(group.members)
    )


@sometimes("raft", source="Raft paper, figure 8 (b) and (c)")
def a_rival_log_could_overwrite_an_older_entry(group: RaftGroup) -> bool:
    """A leader has an older uncommitted entry where another log has one of a later term."""
    for node in _nodes(group.members):
        if node.role is not Role.LEADER or node.commit >= node.log.last_index:
            continue
        entry = node.log.entries[node.commit]
        if entry.term < node.term and any(
            (member.disk.synced.log.term_at(entry.index) or 0) > entry.term
            for member in group.members.values()
        ):
            return True
    return False


@sometimes("raft", source="Raft paper, figure 8 (c)")
def an_older_entry_is_on_a_majority_and_not_committed(group: RaftGroup) -> bool:
    """A leader has an uncommitted entry of an earlier term that a majority has on disk."""
    for node in _nodes(group.members):
        if node.role is not Role.LEADER or node.commit >= node.log.last_index:
            continue
        entry = node.log.entries[node.commit]
        have = [
            i
            for i, member in group.members.items()
            if member.disk.synced.log.term_at(entry.index) == entry.term
        ]
        if entry.term < node.term and has_quorum(tuple(group.members), have):
            return True
    return False


@sometimes("raft", source="Raft paper, section 5.2: split votes and stale leaders")
def two_members_believe_they_lead(group: RaftGroup) -> bool:
    """Two members lead at once, in different terms."""
    return sum(node.role is Role.LEADER for node in _nodes(group.members)) > 1


@sometimes("raft", source="Raft paper, section 5.3")
def logs_have_diverged(group: RaftGroup) -> bool:
    """Two members' logs have different entries at one index."""
    logs = [m.disk.written.log.entries for m in group.members.values()]
    return any(
        one.term != two.term
        for left in logs
        for right in logs
        if left is not right
        for one, two in zip(left, right, strict=False)
    )
