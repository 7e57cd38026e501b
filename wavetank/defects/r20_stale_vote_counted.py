"""R20: a vote for an earlier candidacy counts in the one that is on."""

from model.raft.election import receive_vote_response
from model.raft.group import REPLICATION_ONLY
from model.raft.message import Message, MessageType
from model.raft.node import Node, Role
from model.raft.step import answer_older_term as ignore
from wavetank.defects.defect import Defect, Replacement


def answer_older_term(node: Node, message: Message) -> Node:
    """Votes are counted whatever their term."""
    if message.type is MessageType.VOTE_RESP:
        return receive_vote_response(node, message)
    return ignore(node, message)


def counts_as_vote(node: Node, message: Message) -> bool:
    """Any vote."""
    return node.role is Role.CANDIDATE and message.type is MessageType.VOTE_RESP


DEFECT = Defect(
    id="R20",
    name="stale-vote-counted",
    title="A candidate counts a vote that it was given in an earlier term.",
    source="variant; Raft paper, section 5.1",
    layer="raft",
    config=REPLICATION_ONLY,
    breaks=(
        "elected_by_a_quorum_of_voters",
        "election_safety",
        "one_leader_a_term",
        "leader_completeness",
    ),
    replaces=(
        Replacement("model.raft.step", "answer_older_term", answer_older_term),
        Replacement("model.raft.election", "counts_as_vote", counts_as_vote),
    ),
)
