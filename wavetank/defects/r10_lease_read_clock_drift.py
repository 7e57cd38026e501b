"""R10: a read that is served on a lease may be stale. That is documented, and true of etcd today.

The lease is CheckQuorum's: a leader that has heard from a quorum since its last check goes on for
another election timeout, so up to two after it was last heard, while its followers vote for
another after one. Clocks that are never more than a tick apart do not help (etcd-io/raft issue
166); what drifts in the catalogue's words only makes it worse.
"""

from attrs import evolve

from model.frozen_map import FrozenMap
from model.raft.group import REPLICATION_ONLY
from model.raft.node import ReadOnly
from wavetank.defects.defect import Anomaly

DEFECT = Anomaly(
    id="R10",
    name="lease-read-clock-drift",
    title="A deposed leader serves a read on its lease while another one commits.",
    source="etcd-io/raft ReadOnlyLeaseBased; issue 166",
    layer="raft",
    config=evolve(
        REPLICATION_ONLY,
        reads=8,
        proposals=0,
        terms=4,
        faults=FrozenMap({"cut": 3}),
        check_quorum=True,
        read_only=ReadOnly.LEASE_BASED,
        clock_skew=1,
    ),
    breaks=("lease_reads_are_fresh",),
    holds=("lease_reads_include_their_own_term", "read_index_is_fresh"),
    faults="a leader that is cut off",
)
