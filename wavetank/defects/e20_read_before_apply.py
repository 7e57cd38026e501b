"""E20: a linearizable read is answered once its index is confirmed, before that is applied."""

from model.etcd.server import Server
from wavetank.defects.defect import Defect, Replacement


def is_read_ready(server: Server, index: int) -> bool:
    """As soon as Raft has confirmed it."""
    return True


DEFECT = Defect(
    id="E20",
    name="read-before-apply",
    title="A linearizable read is answered before the confirmed index is applied locally.",
    source="variant; etcd server/etcdserver/v3_server.go, linearizableReadNotify",
    layer="etcd",
    breaks=("linearizable_reads_and_writes",),
    replaces=(Replacement("model.etcd.server", "is_read_ready", is_read_ready),),
)
