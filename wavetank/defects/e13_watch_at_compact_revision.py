"""E13: a watch that begins at the compacted revision misses the deletes of that revision."""

from model.etcd.mvcc import Event, Store
from model.etcd.watch import Watch
from wavetank.defects.defect import Defect, Replacement


def events_for(watch: Watch, store: Store) -> tuple[Event, ...]:
    """Of the compacted revision itself only what is still there."""
    return tuple(
        event
        for event in store.events_after(watch.sent)
        if event.key.startswith(watch.prefix)
        and (event.kind == "put" or event.revision != store.compact_revision)
    )


DEFECT = Defect(
    id="E13",
    name="watch-at-compact-revision",
    title="A watch from exactly the compacted revision misses a delete of that revision.",
    source="etcd issue 19179",
    layer="etcd",
    breaks=("watch_reliable", "watch_bookmarkable", "watch_atomic"),
    faults="a compaction while a watch lags",
    replaces=(Replacement("model.etcd.watch", "events_for", events_for),),
)
