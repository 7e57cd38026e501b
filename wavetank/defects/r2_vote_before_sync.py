"""R2: a member votes before the vote is on its disk, crashes, and votes again."""

from model.raft.message import Message, MessageType
from model.raft.ready import OF_A_LEADER
from wavetank.defects.defect import Defect, Replacement


def waits_for_sync(message: Message) -> bool:
    """Votes do not wait."""
    return message.type not in (*OF_A_LEADER, MessageType.VOTE_RESP)


DEFECT = Defect(
    id="R2",
    name="vote-before-sync",
    title="A member answers a vote request before its vote is durable.",
    source="Raft paper, section 5.1 and figure 2 (persistent state)",
    layer="raft",
    breaks=("election_safety", "one_vote_a_term", "one_leader_a_term", "promises_are_durable"),
    faults="crash with loss of unsynced writes",
    replaces=(Replacement("model.raft.ready", "waits_for_sync", waits_for_sync),),
)
