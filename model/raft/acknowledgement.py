"""What a leader learns from its followers' answers (Raft paper, section 5.3; etcd-io/raft)."""

from __future__ import annotations

from collections.abc import Callable

from model.evolve import evolve
from model.raft.commit import maybe_commit
from model.raft.log import find_conflict_by_term
from model.raft.message import Message
from model.raft.node import Node, note
from model.raft.notes import DEBUG, INFO
from model.raft.progress import (
    Progress,
    ProgressState,
    become_probe,
    become_replicate,
    decrease,
    free_inflights,
    update,
)
from model.raft.read import receive_read_confirmation, release_postponed_reads
from model.raft.replication import broadcast_append, maybe_send_append, send_append
from model.raft.transfer import is_ready_to_lead, send_timeout_now

__all__ = [
    "of_a_member",
    "receive_append_response",
    "receive_heartbeat_response",
    "receive_unreachable",
]


def of_a_member(handler: Callable[[Node, Message], Node]) -> Callable[[Node, Message], Node]:
    """A message that means something only from a member of the leader's configuration."""

    def handle(node: Node, message: Message) -> Node:
        if message.source not in node.progress:
            return note(node, DEBUG, "%x no progress available for %x", node.id, message.source)
        return handler(node, message)

    return handle


def _set(node: Node, peer: int, progress: Progress) -> Node:
    return evolve(node, progress=node.progress.set(peer, progress))


def note_progress(node: Node, words: str, peer: int, progress: Progress) -> Node:
    """A note on a follower, with what is known of it."""
    if not node.config.logs:
        return node
    return note(node, DEBUG, words, node.id, peer, progress.sentence(*node.config.inflight_limits))


def receive_append_response(node: Node, message: Message) -> Node:
    """Learn what a follower has, or where its log parts from ours; commit and send on."""
    peer = message.source
    progress = node.progress[peer]
    if not progress.active:
        progress = evolve(progress, active=True)
    if message.reject:
        return _refused(node, message, progress)
    before = progress
    updated = update(progress, message.index)
    if updated is None:
        if progress.match != message.index or progress.state is not ProgressState.PROBE:
            return node if progress is node.progress[peer] else _set(node, peer, progress)
        updated = progress
    progress = updated
    if before.state is ProgressState.PROBE:
        progress = become_replicate(progress)
    elif before.state is ProgressState.REPLICATE:
        progress = free_inflights(progress, message.index)
    elif progress.match + 1 >= node.log.first_index:
        words = (
            "%x recovered from needing snapshot, resumed sending replication messages to %x [%s]"
        )
        node = note_progress(node, words, peer, progress)
        progress = become_replicate(become_probe(progress))
    node = _set(node, peer, progress)
    committed = maybe_commit(node)
    if committed is not node:
        node = broadcast_append(release_postponed_reads(committed))
    elif peer != node.id and progress.can_bump_commit(node.commit):
        node = send_append(node, peer)
    if peer != node.id:
        sent = True
        while sent:  # several messages may fit now
            node, sent = maybe_send_append(node, peer, even_empty=False)
    if peer == node.transferee and is_ready_to_lead(node, progress):
        words = "%x sent MsgTimeoutNow to %x after received MsgAppResp"
        node = send_timeout_now(note(node, INFO, words, node.id, peer), peer)
    return node


def next_probe(node: Node, message: Message) -> int:
    """Where to try next after a refusal: the last index that may match, by the follower's hint."""
    if message.log_term == 0:
        return message.reject_hint
    return find_conflict_by_term(node.log, message.reject_hint, message.log_term)[0]


def _refused(node: Node, message: Message, progress: Progress) -> Node:
    """A follower refused: try again further back, unless the answer is stale."""
    peer = message.source
    node = note(
        node,
        DEBUG,
        "%x received MsgAppResp(rejected, hint: (index %d, term %d)) from %x for index %d",
        *(node.id, message.reject_hint, message.log_term, peer, message.index),
    )
    lowered = decrease(progress, message.index, next_probe(node, message))
    if lowered is None:
        return _set(node, peer, progress)
    node = note_progress(node, "%x decreased progress of %x to [%s]", peer, lowered)
    if lowered.state is ProgressState.REPLICATE:
        lowered = become_probe(lowered)
    return send_append(_set(node, peer, lowered), peer)


def receive_heartbeat_response(node: Node, message: Message) -> Node:
    """The follower is alive: resume a paused flow, send what it lacks, count it for the reads."""
    peer = message.source
    progress: Progress = node.progress[peer]
    if progress.paused or not progress.active:
        progress = evolve(progress, active=True, paused=False)
        node = _set(node, peer, progress)
    if progress.match < node.log.last_index or progress.state is ProgressState.PROBE:
        node = send_append(node, peer)
    return receive_read_confirmation(node, message)


def receive_unreachable(node: Node, message: Message) -> Node:
    """The network says that a message was lost: do not run ahead any longer."""
    peer = message.source
    progress: Progress = node.progress[peer]
    if progress.state is ProgressState.REPLICATE:
        progress = become_probe(progress)
        node = _set(node, peer, progress)
    words = "%x failed to send message to %x because it is unreachable [%s]"
    return note_progress(node, words, peer, progress)
