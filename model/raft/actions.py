"""The table of the raft layer, and the kinds of its actions.

What each action does, and when it is enabled, is in the rooms by who acts: ``member_rules``,
``network_rules``, ``request_rules``.
"""

from __future__ import annotations

from model.raft.group import RaftGroup
from model.raft.kinds import (
    Apply,
    BreakLink,
    ChangeMember,
    Compact,
    Crash,
    Cut,
    Deliver,
    Drop,
    Duplicate,
    ForgetLeader,
    Heal,
    HearDisk,
    Isolate,
    LeaveJoint,
    PassTime,
    Propose,
    ReadIndex,
    Reorder,
    ReplaceMember,
    ReportSnapshot,
    ReportUnreachable,
    Restart,
    RetryRead,
    Sync,
    Tear,
    Tick,
    TimeOut,
    TransferLeadership,
)
from model.raft.member_rules import COMPACT_RULE, CRASHES, MEMBER_RULES, RESTART_RULE
from model.raft.network_rules import HEAL_RULE, NETWORK_FAULTS, NETWORK_RULES
from model.raft.request_rules import ADMIN_RULES, CLIENT_RULES, TRANSPORT_RULES
from model.world import Rule

__all__ = [
    "CONSENSUS_RULES",
    "RULES",
    "Apply",
    "BreakLink",
    "ChangeMember",
    "Compact",
    "Crash",
    "Cut",
    "Deliver",
    "Drop",
    "Duplicate",
    "ForgetLeader",
    "Heal",
    "HearDisk",
    "Isolate",
    "LeaveJoint",
    "PassTime",
    "Propose",
    "ReadIndex",
    "Reorder",
    "ReplaceMember",
    "ReportSnapshot",
    "ReportUnreachable",
    "Restart",
    "RetryRead",
    "Sync",
    "Tear",
    "Tick",
    "TimeOut",
    "TransferLeadership",
]

CONSENSUS_RULES: tuple[Rule[RaftGroup], ...] = (
    *MEMBER_RULES,
    *NETWORK_RULES,
    RESTART_RULE,
    HEAL_RULE,
    *CRASHES,
    *NETWORK_FAULTS,
)
"""What a group does whoever uses it: a layer above brings its own requests and snapshots."""

RULES: tuple[Rule[RaftGroup], ...] = (
    *MEMBER_RULES,
    *CLIENT_RULES,
    *NETWORK_RULES,
    RESTART_RULE,
    *ADMIN_RULES,
    COMPACT_RULE,
    *TRANSPORT_RULES,
    HEAL_RULE,
    *CRASHES,
    *NETWORK_FAULTS,
)
"""The table of the raft layer, the everyday first, then the faults."""
