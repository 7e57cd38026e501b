"""R3: a follower acknowledges entries before they are on its disk."""

from model.raft.message import Message, MessageType
from model.raft.ready import OF_A_LEADER
from wavetank.defects.defect import Defect, Replacement


def waits_for_sync(message: Message) -> bool:
    """Acknowledgements of entries do not wait."""
    return message.type not in (*OF_A_LEADER, MessageType.APP_RESP)


DEFECT = Defect(
    id="R3",
    name="append-ack-before-sync",
    title="A follower acknowledges entries that are not durable yet.",
    source="etcd-io/raft doc.go and design notes on async storage writes",
    layer="raft",
    breaks=(
        "committed_is_durable_on_a_quorum",
        "leader_completeness",
        "promises_are_durable",
        "match_is_on_the_followers_disk",
    ),
    faults="crash with loss of unsynced writes",
    replaces=(Replacement("model.raft.ready", "waits_for_sync", waits_for_sync),),
)
