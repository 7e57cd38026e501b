"""E25: a key that was deleted and written again goes on counting."""

from model.etcd.mvcc import Event, KeyValue
from model.frozen_map import FrozenMap
from wavetank.defects.defect import Defect, Replacement


def predecessor(
    history: tuple[Event, ...], keys: FrozenMap[str, KeyValue], key: str
) -> KeyValue | None:
    """The key as it was last, deleted or not."""
    found: KeyValue | None = keys.get(key)
    if found is not None:
        return found
    return next((event.current for event in reversed(history) if event.key == key), None)


DEFECT = Defect(
    id="E25",
    name="version-not-reset",
    title="create_revision and version survive that the key is deleted and created again.",
    source="variant; etcd API reference, KeyValue",
    layer="etcd",
    breaks=(
        "revisions_count_write_transactions",
        "refines_the_atomic_store",
        "linearizable_reads_and_writes",
    ),
    replaces=(Replacement("model.etcd.mvcc", "predecessor", predecessor),),
)
