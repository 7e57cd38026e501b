"""R1: a leader commits entries of earlier terms by counting replicas (Raft paper, figure 8)."""

from model.raft.log import Log
from wavetank.defects.defect import Defect, Replacement


def may_commit_by_counting(log: Log, index: int, term: int) -> bool:
    """Any entry that a quorum has, whatever its term."""
    return True


DEFECT = Defect(
    id="R1",
    name="commit-previous-term",
    title="A leader commits an entry of an earlier term because a majority has it.",
    source="Raft paper, section 5.4.2 and figure 8",
    layer="raft",
    breaks=(
        "leader_completeness",
        "state_machine_safety",
        "committed_entries_are_kept",
        "more_up_to_date_is_correct",
    ),
    faults="crash",
    replaces=(Replacement("model.raft.commit", "may_commit_by_counting", may_commit_by_counting),),
)
