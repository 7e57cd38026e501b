"""R18: a heartbeat carries the leader's commit index to a follower that is not known to match."""

from model.raft.group import REPLICATION_ONLY
from wavetank.defects.defect import Defect, Replacement


def heartbeat_commit(match: int, commit: int) -> int:
    """The leader's commit index as it is."""
    return commit


DEFECT = Defect(
    id="R18",
    name="heartbeat-commit-unbounded",
    title="A follower learns of a commit beyond what its log has in common with the leader's.",
    source="etcd-io/raft raft.go sendHeartbeat: min(match, commit)",
    layer="raft",
    config=REPLICATION_ONLY,
    breaks=(
        "leader_completeness",
        "state_machine_safety",
        "committed_entries_are_kept",
        "more_up_to_date_is_correct",
    ),
    faults="a log that diverges below the leader's commit index",
    replaces=(Replacement("model.raft.replication", "heartbeat_commit", heartbeat_commit),),
)
