"""E10: a compaction at the revision of a delete forgets the delete."""

from model.etcd.mvcc import Event
from wavetank.defects.defect import Defect, Replacement


def is_kept(event: Event, compact_revision: int) -> bool:
    """The key is gone, so its tombstone goes too."""
    if event.revision == compact_revision:
        return event.kind == "put"
    return event.revision > compact_revision


DEFECT = Defect(
    id="E10",
    name="compact-on-delete-drops-event",
    title="Compaction at the revision of a delete removes the tombstone; "
    "a watch that still needs it misses the delete.",
    source="etcd issue 18089",
    layer="etcd",
    breaks=("watch_reliable", "watch_bookmarkable", "watch_atomic"),
    faults="a compaction while a watch lags",
    replaces=(Replacement("model.etcd.mvcc", "is_kept", is_kept),),
)
