"""How the ``raft`` layer looks: a lane for each member, and the network."""

from __future__ import annotations

from collections.abc import Iterator

from model.raft.group import Member, RaftGroup
from model.raft.kinds import Deliver, Drop, Duplicate, OnLink, Reorder
from model.world import Action
from wavetank.views import Lanes

__all__ = ["raft_arrow", "raft_in_flight", "raft_lanes"]


def raft_lanes(group: RaftGroup) -> Lanes:
    """What each member knows and has on disk, and what is in flight."""
    members = tuple((f"member {i}", _member(member)) for i, member in group.members.items())
    flying = tuple(
        (f"{source} to {target}", " | ".join(message.sentence() for message in queue))
        for (source, target), queue in group.network.queues.items()
    )
    cut = ", ".join(f"{source} to {target}" for source, target in group.network.cut)
    return (*members, ("network", (*flying, *((("cut", cut),) if cut else ()))))


def _member(member: Member) -> tuple[tuple[str, str], ...]:
    written, synced = member.disk.written, member.disk.synced
    log = "[" + " ".join(f"{e.term}:{e.data or '-'}" for e in written.log.entries) + "]"
    if member.memory is None:
        return (("role", "down"), ("log", log), ("term", str(synced.term)))
    node = member.memory.node
    lines = [
        ("role", node.role.value),
        ("term", str(node.term)),
        ("log", log),
        ("commit", f"{node.commit}, applied {node.applied}"),
    ]
    unsynced = [
        *(["term"] if written.term != synced.term else []),
        *(["vote"] if written.vote != synced.vote else []),
        *(
            f"entry {mine.index}"
            for mine in written.log.entries
            if mine not in synced.log.entries[mine.index - 1 : mine.index]
        ),
    ]
    if unsynced:
        lines.append(("not synced", ", ".join(unsynced)))
    if node.vote:
        lines.append(("vote", str(node.vote)))
    if node.leader:
        lines.append(("leader", str(node.leader)))
    if member.memory.held:
        held = " | ".join(message.sentence() for message in member.memory.held)
        lines.append(("waits for sync", held))
    return tuple(lines)


def raft_arrow(group: RaftGroup, action: Action) -> tuple[str, str, str] | None:
    """The message that the action moves, drops or doubles."""
    if not isinstance(action, Deliver | Reorder | Drop | Duplicate):
        return None
    queue = group.network.waiting(action.source, action.target)
    position = action.position if isinstance(action, Reorder) else 0
    if position >= len(queue):
        return None
    fate = {Drop: "lost: ", Duplicate: "doubled: "}.get(type(action), "")
    return _lane(action, "source"), _lane(action, "target"), fate + queue[position].sentence()


def _lane(action: OnLink, end: str) -> str:
    return f"member {getattr(action, end)}"


def raft_in_flight(group: RaftGroup) -> Iterator[tuple[str, str, str]]:
    """(from lane, to lane, text) of every message on its way, the oldest of a link first."""
    for (source, target), _, message in group.network.in_flight():
        yield f"member {source}", f"member {target}", message.sentence()
