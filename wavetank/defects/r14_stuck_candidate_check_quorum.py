"""R14: a member whose term ran ahead is never told, and never tells, so it stays stuck."""

from attrs import evolve

from model.raft.group import REPLICATION_ONLY
from model.raft.message import Message
from model.raft.node import Node
from wavetank.defects.defect import Defect, Replacement


def answer_older_term(node: Node, message: Message) -> Node:
    """Ignore every message of an older term."""
    return node


DEFECT = Defect(
    id="R14",
    name="stuck-candidate-check-quorum",
    title="A member with a later term ignores the leader, and the leader's lease ignores it.",
    source="etcd-io/raft raft.go Step: messages of a lower term with CheckQuorum",
    layer="raft",
    config=evolve(REPLICATION_ONLY, check_quorum=True, terms=3),
    breaks=("a_leader_is_elected", "members_converge"),
    faults="a member that was cut off",
    replaces=(Replacement("model.raft.step", "answer_older_term", answer_older_term),),
)
