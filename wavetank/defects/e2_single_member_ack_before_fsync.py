"""E2: a group of one answers a write before its log is on disk."""

from attrs import evolve

from model.etcd.cluster import EtcdConfig
from model.raft.group import REPLICATION_ONLY
from model.raft.message import Message, MessageType
from model.raft.ready import OF_A_LEADER
from wavetank.defects.defect import Defect, Replacement


def waits_for_sync(message: Message) -> bool:
    """A leader acknowledges its own entries to itself at once."""
    own = message.type is MessageType.APP_RESP and message.source == message.target
    return message.type not in OF_A_LEADER and not own


DEFECT = Defect(
    id="E2",
    name="single-member-ack-before-fsync",
    title="With one member, committing and answering run beside the write of the log.",
    source="etcd issue 14370",
    layer="etcd",
    config=EtcdConfig(raft=evolve(REPLICATION_ONLY, members=1, terms=3, entries_max=4)),
    breaks=(
        "acknowledged_write_is_durable",
        "linearizable_reads_and_writes",
        "committed_is_durable_on_a_quorum",
        "promises_are_durable",
        "match_is_on_the_followers_disk",
    ),
    faults="none to see the promise broken; a crash to lose the write",
    replaces=(Replacement("model.raft.ready", "waits_for_sync", waits_for_sync),),
)
