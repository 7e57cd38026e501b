"""E1: the backend commits the index of an entry before what that entry writes."""

from wavetank.defects.defect import Defect, Replacement


def committed_index(applied: int, being_applied: int) -> int:
    """The index is set when the apply loop takes the entry up; a commit may come before its end."""
    return being_applied


DEFECT = Defect(
    id="E1",
    name="consistent-index-ahead",
    title="The consistent index is durable before the transaction that it covers; "
    "after a crash that entry is skipped.",
    source="etcd issue 13766, 3.5.0 to 3.5.2",
    layer="etcd",
    breaks=(
        "refines_the_atomic_store",
        "members_agree",
        "serializable_reads_see_a_past_state",
        "linearizable_reads_and_writes",
        "stores_converge",
        "watch_atomic",
        "watch_reliable",
    ),
    faults="a crash between the two",
    replaces=(Replacement("model.etcd.server", "committed_index", committed_index),),
)
