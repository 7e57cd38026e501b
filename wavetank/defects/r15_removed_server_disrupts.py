"""R15: a server that does not know that it was removed unseats every leader."""

from attrs import evolve

from model.frozen_map import FrozenMap
from model.raft.group import REPLICATION_ONLY
from wavetank.defects.defect import Defect
from wavetank.defects.r13_one_way_partition_livelock import WITHOUT_PRE_VOTE

DEFECT = Defect(
    id="R15",
    name="removed-server-disrupts",
    title="A removed server starts elections in ever later terms; the leader keeps stepping down.",
    source="Raft dissertation, section 4.2.3",
    layer="raft",
    config=evolve(
        REPLICATION_ONLY,
        pre_vote=True,
        check_quorum=True,
        changes=1,
        proposals=0,
        faults=FrozenMap({"cut": 1}),
    ),
    breaks=("a_leader_stays", "a_leader_is_elected", "members_converge"),
    faults="none",
    replaces=WITHOUT_PRE_VOTE,
)
