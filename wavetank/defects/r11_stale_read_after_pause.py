"""R11: a retried read is confirmed by answers to heartbeats that were sent before it was asked.

As it was until 2026: a heartbeat carried the name of the latest read, an answer confirmed the read
of that name and all before it, and a server that had no answer asked again under the same name. A
leader that was paused while another was elected finds a retry and an old answer in its inbox; the
answer then also confirms what was asked in between.
"""

from attrs import evolve

from model.evolve import evolve as changed
from model.frozen_map import FrozenMap
from model.raft.group import REPLICATION_ONLY
from model.raft.message import Message
from model.raft.node import Node
from model.raft.read import answer_read, is_leadership_confirmed
from wavetank.defects.defect import Defect, Replacement


def retry_context(read: str, context: str, number: int) -> str:
    """The same as before."""
    return context


def heartbeat_context(node: Node) -> str:
    """The name of the latest read."""
    return node.pending_reads[-1].context if node.pending_reads else ""


def receive_read_confirmation(node: Node, message: Message) -> Node:
    """An answer confirms the read of that name, and all before it."""
    names = [read.context for read in node.pending_reads]
    if message.context not in names:
        return node
    position = names.index(message.context)
    read = node.pending_reads[position]
    read = evolve(read, acks=tuple(sorted({*read.acks, message.source})))
    before, after = node.pending_reads[:position], node.pending_reads[position + 1 :]
    if not is_leadership_confirmed(node.configuration, read.acks):
        return changed(node, pending_reads=(*before, read, *after))
    node = changed(node, pending_reads=after)
    for each in (*before, read):
        node = answer_read(node, each.origin, each.context, each.index)
    return node


DEFECT = Defect(
    id="R11",
    name="stale-read-after-pause",
    title="An old answer confirms a retried read, and with it reads that were asked after it.",
    source="etcd issue 20418",
    layer="raft",
    config=evolve(REPLICATION_ONLY, reads=12, proposals=0, terms=2, faults=FrozenMap({"cut": 2})),
    breaks=("read_index_is_fresh",),
    faults="a leader that is paused or cut off",
    replaces=(
        Replacement("model.raft.request_rules", "retry_context", retry_context),
        Replacement("model.raft.replication", "heartbeat_context", heartbeat_context),
        Replacement("model.raft.read", "receive_read_confirmation", receive_read_confirmation),
    ),
)
