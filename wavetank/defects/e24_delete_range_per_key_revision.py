"""E24: a range delete removes every key at a revision of its own."""

from wavetank.defects.defect import Defect, Replacement


def sub_revision_of_range(main: int, position: int) -> int:
    """One revision a key."""
    return main + position


DEFECT = Defect(
    id="E24",
    name="delete-range-per-key-revision",
    title="A range delete takes one revision a key instead of one for all.",
    source="variant; etcd KV API guarantees, revisions",
    layer="etcd",
    breaks=(
        "revisions_count_write_transactions",
        "refines_the_atomic_store",
        "linearizable_reads_and_writes",
        "watch_atomic",
    ),
    replaces=(Replacement("model.etcd.mvcc", "sub_revision_of_range", sub_revision_of_range),),
)
