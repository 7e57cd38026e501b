"""E8: a slow watch skips the events that found no room on its stream."""

from model.etcd.watch import Batch
from wavetank.defects.defect import Defect, Replacement


def position_after(sent: tuple[Batch, ...], left: tuple[Batch, ...], revision: int) -> int:
    """As if everything had been sent."""
    return revision


DEFECT = Defect(
    id="E8",
    name="watch-lost-on-starvation",
    title="A watch whose stream is full is taken to have got what did not fit.",
    source="etcd issue 17529",
    layer="etcd",
    breaks=("watch_reliable", "watch_bookmarkable"),
    faults="a slow client",
    replaces=(Replacement("model.etcd.watch", "position_after", position_after),),
)
