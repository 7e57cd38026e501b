"""E23: the writes of one transaction get different main revisions."""

from wavetank.defects.defect import Defect, Replacement


def sub_revision(main: int, position: int) -> int:
    """One revision a write."""
    return main + position


DEFECT = Defect(
    id="E23",
    name="txn-partial",
    title="The operations of a transaction are written at a revision each, not at one.",
    source="variant; etcd KV API guarantees, atomicity",
    layer="etcd",
    breaks=(
        "revisions_count_write_transactions",
        "refines_the_atomic_store",
        "linearizable_reads_and_writes",
        "watch_atomic",
    ),
    replaces=(Replacement("model.etcd.mvcc", "sub_revision", sub_revision),),
)
