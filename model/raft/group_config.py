"""How a group of Raft members is set up, and the bounds of a run.

Rules of this file: small plain values that a trace file can hold. Everything that is bounded is
bounded here, and printed with every verdict.
"""

from __future__ import annotations

from attrs import field, frozen
from attrs.validators import ge, le

from model.frozen_map import FrozenMap
from model.raft.conf_change import Configuration
from model.raft.node import NodeConfig, ReadOnly

__all__ = ["REPLICATION_ONLY", "RaftConfig"]


@frozen
class RaftConfig:
    """How a group is set up, and the bounds of a run. Times are in ticks, sizes in bytes.

    ``members``: voters at the start, 1 to 7, with ids from 1; ``learners`` of them with the next
    ids, then ``spares``: servers that run, know how the group began, and may be made members.

    ``terms``, ``proposals``, ``reads`` (retries included), ``changes`` of the membership,
    ``transfers`` of the leadership, ``snapshots`` and ``forgets`` (ForgetLeader): how many of each
    a run may use.

    ``entries_max``: entries that one MsgApp carries at most; with one, the smallest that etcd
    allows too, every entry can be lost on its own. ``max_inflight``, ``max_uncommitted_size``,
    ``pre_vote``, ``check_quorum``, ``read_only``, ``step_down_on_removal``,
    ``async_storage_writes``: as in :class:`model.raft.node.NodeConfig`.
    ``clock_skew``: by how many ticks any two clocks may be apart at most; None: by any number.
    ``faults``: the budget of each fault by name; a name that is absent has none.
    """

    members: int = field(default=3, validator=[ge(1), le(7)])
    learners: int = field(default=0, validator=[ge(0), le(3)])
    spares: int = field(default=1, validator=[ge(0), le(3)])
    terms: int = 4
    proposals: int = 3
    reads: int = 2
    changes: int = 2
    transfers: int = 1
    snapshots: int = 2
    forgets: int = 0
    pre_vote: bool = False
    check_quorum: bool = False
    election_timeout: int = 3
    entries_max: int = 1
    max_inflight: int = 256
    max_uncommitted_size: int | None = None
    read_only: ReadOnly = ReadOnly.SAFE
    step_down_on_removal: bool = True
    async_storage_writes: bool = False
    clock_skew: int | None = None
    link_capacity: int = 8
    faults: FrozenMap[str, int] = FrozenMap(
        {"crash": 2, "cut": 2, "drop": 3, "duplicate": 1, "reorder": 3}
    )

    def ids(self) -> tuple[int, ...]:
        """Every server, also those that are no members yet."""
        return tuple(range(1, self.members + self.learners + self.spares + 1))

    def founders(self) -> Configuration:
        """The configuration that the group begins with; every server knows it."""
        voters = tuple(range(1, self.members + 1))
        learners = tuple(range(self.members + 1, self.members + self.learners + 1))
        return Configuration(voters, (), learners)

    def node_config(self) -> NodeConfig:
        """What each node is started with."""
        return NodeConfig(
            election_timeout=self.election_timeout,
            timeout_spread=len(self.ids()),
            entries_max=self.entries_max,
            max_inflight=self.max_inflight,
            max_uncommitted_size=self.max_uncommitted_size,
            pre_vote=self.pre_vote,
            check_quorum=self.check_quorum,
            read_only=self.read_only,
            step_down_on_removal=self.step_down_on_removal,
            async_storage_writes=self.async_storage_writes,
        )


REPLICATION_ONLY = RaftConfig(spares=0, reads=0, changes=0, transfers=0, snapshots=0)
"""Elections and replication among fixed members: what the deepest histories need."""
