"""W2: a record that was only half written is taken for whole after a crash."""

from attrs import evolve

from model.frozen_map import FrozenMap
from model.raft.group import REPLICATION_ONLY
from model.raft.storage import Record
from wavetank.defects.defect import Defect, Replacement


def is_whole(record: Record) -> bool:
    """Nobody looks at the checksum."""
    return True


DEFECT = Defect(
    id="W2",
    name="torn-append-undetected",
    title="A member starts again with an entry of which only half was written.",
    source="variant; etcd server/storage/wal checks a rolling CRC of every record",
    layer="raft",
    config=evolve(REPLICATION_ONLY, faults=FrozenMap({"tear": 1, "crash": 1, "drop": 1})),
    breaks=("log_matching", "leader_completeness", "state_machine_safety"),
    faults="a crash in the middle of a write",
    replaces=(Replacement("model.raft.storage", "is_whole", is_whole),),
)
