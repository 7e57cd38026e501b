"""R24: a leader counts what it has sent as if it were acknowledged."""

from collections.abc import Mapping

from model.raft.group import REPLICATION_ONLY
from model.raft.progress import Progress
from wavetank.defects.defect import Defect, Replacement


def acknowledged(progress: Mapping[int, Progress]) -> dict[int, int]:
    """By member, the last index that was sent to it."""
    return {peer: each.next - 1 for peer, each in progress.items()}


DEFECT = Defect(
    id="R24",
    name="optimistic-match",
    title="What a leader has sent (Next) counts towards commit instead of what is acknowledged.",
    source="variant; etcd-io/raft tracker/progress.go",
    layer="raft",
    config=REPLICATION_ONLY,
    breaks=(
        "committed_is_durable_on_a_quorum",
        "every_quorum_has_what_is_applied",
        "more_up_to_date_is_correct",
        "leader_completeness",
        "commit_within_the_log",
    ),
    replaces=(Replacement("model.raft.commit", "acknowledged", acknowledged),),
)
