"""R16: a late acknowledgement of the disk counts although its entries were overwritten since."""

from attrs import evolve

from model.frozen_map import FrozenMap
from model.raft.group import REPLICATION_ONLY
from model.raft.message import Message
from model.raft.node import Node
from wavetank.defects.defect import Defect, Replacement


def still_attests_entries(node: Node, message: Message) -> bool:
    """Whatever the term in which they were written."""
    return True


DEFECT = Defect(
    id="R16",
    name="append-aba",
    title="An acknowledgement for an overwritten suffix marks later entries as stable.",
    source="etcd-io/raft raft.go MsgStorageAppendResp of a lower term; its append ABA script",
    layer="raft",
    config=evolve(
        REPLICATION_ONLY,
        learners=1,
        async_storage_writes=True,
        terms=4,
        proposals=0,
        faults=FrozenMap(),
    ),
    breaks=(
        "what_a_node_takes_for_stable_is_on_its_disk",
        "promises_are_durable",
        "committed_is_durable_on_a_quorum",
    ),
    faults="two changes of the leader while a disk is slow",
    replaces=(Replacement("model.raft.step", "still_attests_entries", still_attests_entries),),
)
