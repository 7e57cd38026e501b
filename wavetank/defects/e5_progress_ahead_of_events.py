"""E5: a progress notification overtakes events of lower revision on its stream."""

from model.etcd.watch import Progress, Watch
from wavetank.defects.defect import Defect, Replacement


def notify_progress(watch: Watch, applied_revision: int) -> Progress | None:
    """At once, with whatever revision the server has applied."""
    return Progress(applied_revision)


DEFECT = Defect(
    id="E5",
    name="progress-ahead-of-events",
    title="A manual progress notification is sent before the events that it says were sent.",
    source="etcd issue 15220",
    layer="etcd",
    breaks=("watch_bookmarkable", "watch_ordered"),
    replaces=(Replacement("model.etcd.watch", "notify_progress", notify_progress),),
)
