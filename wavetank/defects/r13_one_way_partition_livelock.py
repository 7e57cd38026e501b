"""R13: with some links down, leadership moves for ever, for a candidate does not ask first."""

from attrs import evolve

from model.frozen_map import FrozenMap
from model.raft.election import Campaign, hup
from model.raft.group import REPLICATION_ONLY
from model.raft.node import Node
from wavetank.defects.defect import Defect, Replacement


def campaign(node: Node) -> Node:
    """Stand at once, in a new term."""
    return hup(node, Campaign.ELECTION)


def holds_lease(node: Node) -> bool:
    """Help everybody who asks, also against a leader that was just heard."""
    return False


WITHOUT_PRE_VOTE = (
    Replacement("model.raft.timers", "campaign", campaign),
    Replacement("model.raft.step", "holds_lease", holds_lease),
)

DEFECT = Defect(
    id="R13",
    name="one-way-partition-livelock",
    title="A member that does not hear the leader unseats it, again and again.",
    source="Cloudflare outage of November 2020; Howard and Abraham 2020",
    layer="raft",
    config=evolve(
        REPLICATION_ONLY,
        pre_vote=True,
        check_quorum=True,
        faults=FrozenMap({"break": 2}),
    ),
    breaks=("a_leader_stays",),
    faults="links that carry nothing, for good",
    replaces=WITHOUT_PRE_VOTE,
)
