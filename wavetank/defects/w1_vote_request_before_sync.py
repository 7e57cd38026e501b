"""W1: a candidate asks for votes before its own log and term are on its disk.

Found by the tank in an earlier version of this model, which let every message but votes and
acknowledgements leave at once, as etcd-io/raft's asynchronous storage writes do. The candidate
crashes, loses an entry and the new term, stands again in the same term with the shorter log, and
is elected by the votes that it was given for the longer one.
"""

from model.raft.group import REPLICATION_ONLY
from model.raft.message import Message, MessageType
from model.raft.ready import OF_A_LEADER
from wavetank.defects.defect import Defect, Replacement


def waits_for_sync(message: Message) -> bool:
    """Requests for votes do not wait."""
    return message.type not in (*OF_A_LEADER, MessageType.VOTE)


DEFECT = Defect(
    id="W1",
    name="vote-request-before-sync",
    title="A candidate asks for votes with a log and a term that are not durable yet.",
    source="variant; etcdserver raft.go sends a candidate's messages after its save",
    layer="raft",
    config=REPLICATION_ONLY,
    breaks=(
        "leader_completeness",
        "state_machine_safety",
        "committed_is_durable_on_a_quorum",
        "match_is_on_the_followers_disk",
        "more_up_to_date_is_correct",
    ),
    faults="crash with loss of unsynced writes",
    replaces=(Replacement("model.raft.ready", "waits_for_sync", waits_for_sync),),
)
