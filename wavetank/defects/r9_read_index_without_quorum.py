"""R9: a leader serves a read without asking whether it still leads."""

from attrs import evolve

from model.raft.group import REPLICATION_ONLY
from model.raft.node import Node
from model.raft.read import answer_read
from wavetank.defects.defect import Defect, Replacement


def begin_read(node: Node, context: str, origin: int) -> Node:
    """Answer at once."""
    return answer_read(node, origin, context, node.commit)


DEFECT = Defect(
    id="R9",
    name="read-index-without-quorum",
    title="A leader does not confirm with a round of heartbeats that it leads before it answers.",
    source="Raft dissertation, section 6.4 step 3",
    layer="raft",
    config=evolve(REPLICATION_ONLY, reads=4, proposals=0, terms=3),
    breaks=("read_index_is_fresh",),
    faults="a leader that has been replaced and does not know",
    replaces=(Replacement("model.raft.read", "begin_read", begin_read),),
)
