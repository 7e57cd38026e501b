"""R8: a new leader serves reads before it knows what is committed."""

from attrs import evolve

from model.raft.group import REPLICATION_ONLY
from model.raft.node import Node
from wavetank.defects.defect import Defect, Replacement


def may_serve_reads(node: Node) -> bool:
    """As soon as it leads."""
    return True


DEFECT = Defect(
    id="R8",
    name="read-index-before-own-commit",
    title="A new leader serves a read from its commit index before an entry of its term commits.",
    source="Raft dissertation, section 6.4 step 1; etcd-io/raft committedEntryInCurrentTerm",
    layer="raft",
    config=evolve(REPLICATION_ONLY, reads=2),
    breaks=("read_index_is_fresh",),
    replaces=(Replacement("model.raft.read", "may_serve_reads", may_serve_reads),),
)
