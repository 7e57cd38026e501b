"""Logs and the indexes into them (Raft paper, figure 2 and section 5.3)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from invariants.invariant import always, transition
from invariants.raft.majorities import Members, changed, members_of, nodes_changed
from model.raft.group import Member
from model.raft.log import Log
from model.raft.node import NONE, Node, Role, Stable
from model.world import Action


@lru_cache(maxsize=65536)
def _first_mismatch(left: Log, right: Log) -> int | None:
    """The highest index where both logs have one (index, term), if they differ below it."""
    differs = matches = 0
    first = max(left.compacted, right.compacted)
    for one, two in zip(left.entries_after(first), right.entries_after(first), strict=False):
        if one is two or one == two:
            matches = one.index
        elif one.term == two.term:
            return one.index
        elif not differs:
            differs = one.index
    return matches if differs and matches > differs else None


@always("raft", source="Raft paper, figure 3 and section 5.3", reads=members_of)
def log_matching(members: Members) -> Iterator[str]:
    """Two logs with an entry of equal index and term are identical up to that entry."""
    logs = [(i, m.disk.written.log) for i, m in members.items()]
    for position, (one, left) in enumerate(logs):
        for two, right in logs[position + 1 :]:
            if left is not right:
                index = _first_mismatch(left, right)
                if index is not None:
                    entry = left.at(index)
                    words = "" if entry is None else entry.sentence()
                    yield (
                        f"members {one} and {two} both have {words} "
                        f"at index {index}, but differ at or below it"
                    )


@always(
    "raft",
    source="etcd-io/raft doc.go: applied <= committed <= last index",
    each=members_of,
)
def commit_within_the_log(member_id: int, member: Member) -> Iterator[str]:
    """A member has applied no more than it knows committed, and has all of that in its log."""
    memory = member.memory
    if memory is None:
        return
    node = memory.node
    log = node.log
    if not node.applied <= node.commit <= log.last_index:
        yield (
            f"member {member_id}: applied {node.applied}, commit {node.commit}, "
            f"last index {log.last_index}"
        )
    if log.first_index > max(node.applied, memory.node.snapshot.index) + 1 and (
        node.unstable.snapshot is None
    ):
        yield (
            f"member {member_id}: the log begins at {log.first_index}, "
            f"but it has applied {node.applied}"
        )


def _went_back(
    old: Node | Stable, new: Node | Stable, indexes: tuple[str, ...], where: str = ""
) -> Iterator[str]:
    """What has decreased, and whether the vote of a term was changed."""
    for name in indexes:
        if getattr(new, name) < getattr(old, name):
            yield f"{name}{where} went from {getattr(old, name)} to {getattr(new, name)}"
    if old.term == new.term and NONE != old.vote != new.vote:
        yield f"the vote of term {new.term}{where} went from {old.vote} to {new.vote}"


@transition("raft", source="Raft paper, figure 2; etcd-io/raft node.go HardState", reads=members_of)
def term_and_commit_never_decrease(
    before: Members, action: Action, after: Members
) -> Iterator[str]:
    """Term, commit and applied index never go back on a running member, nor a vote in a term."""
    for member_id, old, new in nodes_changed(before, after):
        for words in _went_back(old, new, ("term", "commit", "applied")):
            yield f"member {member_id}: {words}"


@transition("raft", source="Raft paper, figure 2: persistent state", reads=members_of)
def the_disk_never_goes_back(before: Members, action: Action, after: Members) -> Iterator[str]:
    """Term and commit on a disk never decrease, nor changes a vote in a term; restarts included."""
    for member_id, was, now in changed(before, after):
        if was.disk.synced is not now.disk.synced:
            for words in _went_back(
                was.disk.synced, now.disk.synced, ("term", "commit"), " on disk"
            ):
                yield f"member {member_id}: {words}"


@transition("raft", source="Raft paper, figure 3: leader append-only", reads=members_of)
def leader_append_only(before: Members, action: Action, after: Members) -> Iterator[str]:
    """A leader never overwrites or deletes entries of its own log, but by compaction."""
    for member_id, old, new in nodes_changed(before, after):
        leads = old.role is Role.LEADER and new.role is Role.LEADER and old.term == new.term
        if leads and new.log is not old.log:
            first = max(old.log.compacted, new.log.compacted)
            had = old.log.entries_after(first)
            if new.log.between(first, old.log.last_index) != had:
                yield f"leader {member_id} has changed its log from {old.log} to {new.log}"


@transition(
    "raft", source="Raft paper, section 5.3: a follower keeps what is committed", reads=members_of
)
def committed_entries_are_kept(before: Members, action: Action, after: Members) -> Iterator[str]:
    """A running member never loses or changes an entry that it knows committed."""
    for member_id, old, new in nodes_changed(before, after):
        if new.log is old.log:
            continue
        first = max(old.log.compacted, new.log.compacted)
        if new.log.between(first, old.commit) != old.log.between(first, old.commit):
            yield f"member {member_id} has changed its log at or below commit {old.commit}"
        if new.log.compacted > max(old.commit, new.commit):
            yield (
                f"member {member_id} has dropped its log up to {new.log.compacted}, "
                f"it knows only {new.commit} committed"
            )
