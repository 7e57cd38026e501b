"""R26: asking whether it could win already moves a member to the next term."""

from attrs import evolve

from model.evolve import evolve as changed
from model.raft.election import Campaign
from model.raft.group import REPLICATION_ONLY
from model.raft.node import Node
from model.raft.roles import become_pre_candidate as ask
from wavetank.defects.defect import Defect, Replacement


def become_pre_candidate(node: Node) -> Node:
    """A pre-candidate enters the term that it asks about."""
    return changed(ask(node), term=node.term + 1, vote=0)


def candidate_term(node: Node, campaign: Campaign) -> int:
    """It is in that term already."""
    return node.term


DEFECT = Defect(
    id="R26",
    name="prevote-persists-term",
    title="A pre-candidate bumps and persists its term: a member that returns still disturbs.",
    source="variant; dissertation 9.6",
    layer="raft",
    config=evolve(REPLICATION_ONLY, pre_vote=True, check_quorum=True),
    breaks=("pre_candidates_keep_term_and_vote", "a_leader_stays"),
    replaces=(
        Replacement("model.raft.roles", "become_pre_candidate", become_pre_candidate),
        Replacement("model.raft.election", "candidate_term", candidate_term),
    ),
)
