"""How the ``raft`` layer looks: a lane for each member, and the network."""

from __future__ import annotations

from collections.abc import Iterator

from model.raft.group import Member, RaftGroup
from model.raft.kinds import Deliver, Drop, Duplicate, OnLink, Reorder
from model.raft.log import Log
from model.raft.node import Node, Stable
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
    log = _log(written.log)
    if member.memory is None:
        return (("role", "down"), ("log", log), ("term", str(synced.term)))
    memory = member.memory
    node = memory.node
    waiting = [m.sentence() for write in memory.writes for m in write.messages]
    lines = [
        ("role", _role(node)),
        ("term", str(node.term)),
        ("log", log),
        ("commit", f"{node.commit}, applied {node.applied}"),
        ("not synced", ", ".join(_unsynced(written, synced))),
        ("vote", str(node.vote or "")),
        ("leader", str(node.leader or "")),
        ("hands over to", str(node.transferee or "")),
        ("members", node.configuration.sentence()),
        ("waits for sync", " | ".join(waiting)),
        ("told by its disk", " | ".join(m.sentence() for m in memory.told)),
        ("reads", ", ".join(memory.asked.values())),
    ]
    return tuple(line for line in lines if line[1])


def _role(node: Node) -> str:
    return "learner" if node.is_learner else node.role.value


def _log(log: Log) -> str:
    """``[..3 2:v1 2:- 2:v4,r1]``: compacted up to 3, then term and data or change of each entry."""
    words = [f"..{log.compacted}"] if log.compacted else []
    for entry in log.entries:
        change = "" if entry.change is None else entry.change.sentence() or "leave joint"
        words.append(f"{entry.term}:{entry.data or change.replace(' ', ',') or '-'}")
    return f"[{' '.join(words)}]"


def _unsynced(written: Stable, synced: Stable) -> list[str]:
    return [
        *(["term"] if written.term != synced.term else []),
        *(["vote"] if written.vote != synced.vote else []),
        *(["snapshot"] if written.snapshot != synced.snapshot else []),
        *(f"entry {e.index}" for e in written.log.entries if synced.log.at(e.index) != e),
    ]


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
