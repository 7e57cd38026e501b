"""What etcd adds to the rules of its Raft group: clients, watches, and servers' disks."""

from __future__ import annotations

from attrs import frozen

from model.etcd.client_actions import CLIENT_RULES
from model.etcd.cluster import EtcdWorld, cannot_commit_backend, commit_backend
from model.etcd.quiet import is_quiet, work_off
from model.etcd.watch_actions import WATCH_RULES
from model.world import Action, Rule, Transition

__all__ = ["RULES", "SERVER_RULES", "CommitBackend", "Replicate"]


@frozen
class CommitBackend(Action):
    """A server's backend commits: what it has applied survives a crash from now on."""

    server: int

    def sentence(self) -> str:
        return f"server {self.server} commits its backend"


@frozen
class Replicate(Action):
    """The servers deliver, sync and apply until nothing moves.

    A sequence of smaller steps that often comes without anything in between.
    """

    def sentence(self) -> str:
        return "etcd's members replicate and apply all that is under way"


def _commit(world: EtcdWorld, action: CommitBackend) -> Transition[EtcdWorld]:
    return Transition(commit_backend(world, action.server))


SERVER_RULES: tuple[Rule[EtcdWorld], ...] = (
    Rule(
        CommitBackend,
        _commit,
        lambda world: (tuple(world.servers),),
        lambda world, action: cannot_commit_backend(world, action.server),
        weight=2,
    ),
)
"""What servers do by themselves."""

RULES: tuple[Rule[EtcdWorld], ...] = (
    *CLIENT_RULES,
    *WATCH_RULES,
    *SERVER_RULES,
    Rule(
        Replicate,
        lambda world, _: work_off(world),
        why_not=lambda world, _: "nothing moves" if is_quiet(world) else None,
        weight=4,
    ),
)
"""What etcd adds to the rules of its Raft group."""
