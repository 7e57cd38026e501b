"""What may have happened to a node without a trace, just before an event.

Rules of this file: a silent step is taken as late as possible, when an event needs it; where it
would have made a difference to the state and not to what was written, it is one that is said to
have been taken before. Each level is tried only when the one before explains nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from model.evolve import evolve
from model.raft.message import Message, MessageType
from model.raft.node import NONE, Role
from model.raft.progress import Progress, ProgressState, become_probe
from model.raft.read import may_serve_reads
from model.raft.transfer import abort_transfer
from wavetank.state_trace.event import Event
from wavetank.state_trace.inputs import Situation
from wavetank.state_trace.member import Member, advance, compacted, give, with_node

__all__ = ["levels"]

Members = Iterator[Member]


def levels(member: Member, here: Situation) -> Iterator[list[Member]]:
    """First the node as it is; then after one silent step; then after two."""
    yield [member]
    first = list(_once(member, here))
    yield first
    yield [twice for once in first for twice in _once(once, here)]


def _once(member: Member, here: Situation) -> Members:
    yield from advanced(member, here)
    yield from pre_candidate(member, here)
    yield from limited(member, here)
    yield from quiet(member)
    yield from stepping_down(member, here)
    if member.node.role is Role.LEADER:
        yield from reported(member, here)
        yield from shortened(member, here)
        yield from staying(member)
        yield from transferring(member)
        yield from counted(member, here)
        yield from asked(member, here)


def advanced(member: Member, here: Situation) -> Members:
    """Advance, where that writes nothing."""
    if member.out:
        after, events = advance(member, here.dialect)
        if not events:
            yield after


def pre_candidate(member: Member, here: Situation) -> Members:
    """The timer has fired, and with PreVote that is not traced."""
    node = member.node
    if node.config.pre_vote and here.event.role == "StatePreCandidate":
        after, events = give(member, Message(MessageType.HUP, node.id, node.id), here.dialect)
        if not events and after.node is not node:
            yield after


def group(here: Situation) -> Iterator[Event]:
    """The events that the node writes in one go from here on, as far as it can be told."""
    yield here.event
    for event in here.coming[1:]:
        if event.name in ("Ready", "InitState") or event.name.startswith("Receive"):
            return
        yield event


def limited(member: Member, here: Situation) -> Members:
    """A limit on the size of a message: sizes are not traced, how many entries it holds is."""
    if member.node.role is Role.FOLLOWER:
        return
    counts = set()
    for event in group(here):
        message = event.message
        if message is not None and message.type == MessageType.APP.value and message.entries:
            counts.add(message.entries)
    for count in sorted(counts):
        config = evolve(member.node.config, entries_max=count)
        yield with_node(member, evolve(member.node, config=config))


def quiet(member: Member) -> Members:
    """Nothing was heard from the leader for so long that its lease is over."""
    node = member.node
    if node.config.check_quorum and node.election_elapsed < node.config.election_timeout:
        yield with_node(member, evolve(node, election_elapsed=node.config.election_timeout))


def stepping_down(member: Member, here: Situation) -> Members:
    """The node is configured to step down when it is removed."""
    node = member.node
    if here.event.name == "ApplyConfChange" and node.role is Role.LEADER:
        config = evolve(node.config, step_down_on_removal=True)
        yield with_node(member, evolve(node, config=config))


def reported(member: Member, here: Situation) -> Members:
    """The transport has reported peers as unreachable, or what became of a snapshot."""
    node = member.node
    if here.event.name in ("Ready", "Advance", "BecomeFollower"):
        return
    lost: list[int] = []
    for peer, progress in _followers(member):
        if progress.state is ProgressState.SNAPSHOT:
            for reject in (False, True):
                message = Message(MessageType.SNAP_STATUS, peer, node.id, reject=reject)
                yield give(member, message, here.dialect)[0]
        elif progress.state is ProgressState.REPLICATE:
            lost.append(peer)
    for peer in lost:
        yield _unreachable(member, [peer], here)
        yield from _unreachable_before(member, peer)
    if len(lost) > 1:
        yield _unreachable(member, lost, here)


def _followers(member: Member) -> Iterator[tuple[int, Progress]]:
    for peer, progress in member.node.progress.items():
        if peer != member.node.id:
            yield peer, progress


def _unreachable(member: Member, peers: list[int], here: Situation) -> Member:
    for peer in peers:
        message = Message(MessageType.UNREACHABLE, peer, member.node.id)
        member, _ = give(member, message, here.dialect)
    return member


def _unreachable_before(member: Member, peer: int) -> Members:
    """The report came before the last message, which was then a probe, and looked the same."""
    progress: Progress = member.node.progress[peer]
    if len(progress.inflights) == 1:
        probed = evolve(become_probe(progress), paused=True, sent_commit=progress.sent_commit)
        node = evolve(member.node, progress=member.node.progress.set(peer, probed))
        yield with_node(member, node)


def shortened(member: Member, here: Situation) -> Members:
    """The application has compacted its log: a snapshot is sent, or nothing can be sent at all.

    How far it went is not traced: as far as it must have, or as far as it may have.
    """
    snapshots = [
        e.message.entries
        for e in group(here)
        if e.message is not None and e.message.type == MessageType.SNAP.value
    ]
    followers = [progress for _, progress in _followers(member)]
    if snapshots:
        index = max(snapshots)
        ends = {index, *(p.next for p in followers), *(p.match + 1 for p in followers)}
        ends |= {1 + previous for previous in _would_follow(member, here)}
        places = [(index, end) for end in sorted(ends) if end <= index]
    else:
        # A follower that was not heard from lately is sent no snapshot.
        places = [(p.next, p.next) for p in followers if not p.active]
        message = here.event.message
        if message is not None and here.event.name == "ReceiveAppendEntriesResponse":
            # Nor is one that has taken over a snapshot which no longer reaches the log.
            places.append((message.index + 1, message.index + 1))
    for index, end in dict.fromkeys(places):
        shorter = compacted(member, index, end)
        if shorter is not None and shorter.node is not member.node:
            yield shorter


def _would_follow(member: Member, here: Situation) -> Iterator[int]:
    """The entries that the log would have to know for a MsgApp to be sent instead."""
    message = here.event.message
    if message is None or not here.event.name.startswith("Receive"):
        return
    for sent in here.network.matching(message):
        for event in give(member, sent.message, here.dialect)[1]:
            if event.message is not None and event.message.type == MessageType.APP.value:
                yield event.message.index


def staying(member: Member) -> Members:
    """A transfer has taken too long and was given up."""
    node = abort_transfer(member.node)
    if node is not member.node:
        yield with_node(member, node)


def transferring(member: Member) -> Members:
    """A transfer is in progress, for which the way out of a joint configuration has to wait."""
    node = member.node
    if node.configuration.auto_leave and node.transferee == NONE:
        for peer in node.configuration.voters:
            if peer != node.id:
                yield with_node(member, evolve(node, transferee=peer))
                return


def counted(member: Member, here: Situation) -> Members:
    """The leader has looked whether its quorum is active, and found that it is."""
    node = member.node
    if node.config.check_quorum:
        asked = Message(MessageType.CHECK_QUORUM, node.id, node.id)
        after, events = give(member, asked, here.dialect)
        if not events and after.node is not node:
            yield after


def asked(member: Member, here: Situation) -> Members:
    """Reads were asked for before the leader could serve any: it goes on with them, and that it
    does with heartbeats, once it commits."""
    node = member.node
    if here.event.name != "ReceiveAppendEntriesResponse" or may_serve_reads(node):
        return
    targets = [
        e.message.target
        for e in group(here)
        if e.message is not None and e.message.type == MessageType.HEARTBEAT.value
    ]
    reads = 0 if not targets else targets.count(targets[0])
    for number in range(1, reads + 1):
        read = Message(MessageType.READ_INDEX, node.id, node.id, context=f"read {number}")
        member, _ = give(member, read, here.dialect)
        yield member
