"""E14: a watch from a future revision gets older events, on a member that lags."""

from wavetank.defects.defect import Defect, Replacement


def start_position(after: int, revision: int) -> int:
    """No later than where the server is: from there on, everything is new to it."""
    return min(after, revision)


DEFECT = Defect(
    id="E14",
    name="watch-future-revision",
    title="A watch that asks for a revision its member has yet to reach "
    "receives events and notifications from before it.",
    source="etcd issue 20221",
    layer="etcd",
    breaks=("watch_ordered", "watch_bookmarkable", "watch_reliable"),
    faults="a member that lags",
    replaces=(Replacement("model.etcd.watch", "start_position", start_position),),
)
