"""R5: in a joint configuration only the incoming majority is asked."""

from collections.abc import Collection, Mapping

from attrs import evolve

from model.raft.conf_change import Configuration
from model.raft.group import REPLICATION_ONLY
from model.raft.quorum import VoteResult, committed_index, has_quorum, vote_result
from wavetank.defects.defect import Defect, Replacement


def joint_has_quorum(configuration: Configuration, agree: Collection[int]) -> bool:
    """A majority of the incoming half is enough."""
    return has_quorum(configuration.voters, agree)


def joint_vote_result(configuration: Configuration, votes: Mapping[int, bool]) -> VoteResult:
    """The incoming half decides."""
    return vote_result(configuration.voters, votes)


def joint_committed_index(configuration: Configuration, match: Mapping[int, int]) -> int:
    """What the incoming half has acknowledged."""
    return committed_index(configuration.voters, match)


DEFECT = Defect(
    id="R5",
    name="joint-new-quorum-only",
    title="While the configuration is joint, elections and commits ask only the incoming majority.",
    source="Raft paper, section 6",
    layer="raft",
    config=evolve(REPLICATION_ONLY, spares=2, changes=1, proposals=1),
    breaks=(
        "committed_is_durable_on_a_quorum",
        "elected_by_a_quorum_of_voters",
        "more_up_to_date_is_correct",
        "leader_completeness",
        "election_safety",
    ),
    replaces=(
        Replacement("model.raft.quorum", "joint_has_quorum", joint_has_quorum),
        Replacement("model.raft.quorum", "joint_vote_result", joint_vote_result),
        Replacement("model.raft.quorum", "joint_committed_index", joint_committed_index),
    ),
)
