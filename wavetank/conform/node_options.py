"""The options of ``add-nodes`` (etcd-io/raft ``interaction_env_handler_add_nodes.go``).

The limits in bytes are ours: etcd's suite leaves them off. An option that is not known changes
nothing, as there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import evolve, frozen

from model.raft.conf_change import Configuration
from model.raft.log import Snapshot
from model.raft.node import NodeConfig, ReadOnly
from wavetank.conform.go_text import CannotParse, parse_bool, parse_int, parse_uint, quote
from wavetank.conform.machine import Refusal
from wavetank.conform.script import Block

__all__ = ["NodeOptions", "read_options"]

INFLIGHT_DEFAULT = 2**31 - 1


@frozen
class NodeOptions:
    """How new nodes are configured, and the snapshot that they begin with."""

    config: NodeConfig
    snapshot: Snapshot


def _limit(text: str) -> int | None:
    """A limit in bytes; 0 stands for none."""
    return parse_uint(text) or None


def _read_only(text: str) -> ReadOnly:
    for each in ReadOnly:
        if each.value == text:
            return each
    raise Refusal(f"invalid read-only option {quote(text)}")


CONFIG: dict[str, tuple[str, Callable[[str], Any]]] = {
    "inflight": ("max_inflight", parse_int),
    "async-storage-writes": ("async_storage_writes", parse_bool),
    "prevote": ("pre_vote", parse_bool),
    "checkquorum": ("check_quorum", parse_bool),
    "max-committed-size-per-ready": ("max_committed_size_per_ready", _limit),
    "disable-conf-change-validation": ("disable_conf_change_validation", parse_bool),
    "read-only": ("read_only", _read_only),
    "step-down-on-removal": ("step_down_on_removal", parse_bool),
    "heartbeat-tick": ("heartbeat_timeout", parse_int),
    "election-tick": ("election_timeout", parse_int),
    # What follows is ours.
    "disable-proposal-forwarding": ("disable_proposal_forwarding", parse_bool),
    "max-size-per-msg": ("max_size_per_msg", _limit),
    "max-inflight-bytes": ("max_inflight_bytes", _limit),
    "max-uncommitted-size": ("max_uncommitted_size", _limit),
}
"""The options that go into the configuration: the field, and how its value is read."""


def read_options(block: Block) -> NodeOptions:
    """What the arguments say; each may come more than once, and the last counts."""
    settings: dict[str, Any] = {"max_inflight": INFLIGHT_DEFAULT, "logs": True}
    voters: list[int] = []
    learners: list[int] = []
    snapshot = Snapshot()
    for key, value in block.options():
        if key in CONFIG:
            name, read = CONFIG[key]
            settings[name] = read(value)
        elif key == "voters":
            voters.append(parse_uint(value))
        elif key == "learners":
            learners.append(parse_uint(value))
        elif key == "index":
            snapshot = evolve(snapshot, index=parse_uint(value))
        elif key == "content":
            snapshot = evolve(snapshot, data=value)
    config = NodeConfig(**settings)
    _check(config)
    configuration = Configuration(tuple(sorted(voters)), (), tuple(sorted(learners)))
    return NodeOptions(config, _begun(evolve(snapshot, configuration=configuration)))


def _begun(snapshot: Snapshot) -> Snapshot:
    """The snapshot of a group that has begun in term 1; an empty one stays as it is."""
    if snapshot == Snapshot():
        return snapshot
    if snapshot.index <= 1:
        raise Refusal("index must be specified as > 1 due to bootstrap")
    return evolve(snapshot, term=1)


def _check(config: NodeConfig) -> None:
    """What etcd would not start a node with (etcd-io/raft ``raft.go``, ``Config.validate``)."""
    if config.heartbeat_timeout <= 0:
        raise CannotParse("heartbeat-tick must be greater than 0")
    if config.election_timeout <= config.heartbeat_timeout:
        raise CannotParse("election-tick must be greater than heartbeat-tick")
    if config.max_inflight <= 0:
        raise CannotParse("inflight must be greater than 0")
    inflight, message = config.max_inflight_bytes, config.max_size_per_msg
    if inflight is not None and (message is None or inflight < message):
        raise CannotParse("max-inflight-bytes must be at least max-size-per-msg")
    if config.read_only is ReadOnly.LEASE_BASED and not config.check_quorum:
        raise CannotParse("read-only=lease-based needs checkquorum=true")
