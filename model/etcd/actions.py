"""What etcd adds to the rules of its Raft group: clients, watches, and servers' disks."""

from __future__ import annotations

from attrs import frozen

from model.etcd.client_actions import CLIENT_RULES
from model.etcd.cluster import EtcdWorld, cannot_commit_backend, commit_backend
from model.etcd.watch_actions import WATCH_RULES
from model.world import Action, Rule, Transition

__all__ = ["RULES", "SERVER_RULES", "CommitBackend"]


@frozen
class CommitBackend(Action):
    """A server's backend commits: what it has applied survives a crash from now on."""

    server: int

    def sentence(self) -> str:
        return f"server {self.server} commits its backend"


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

RULES: tuple[Rule[EtcdWorld], ...] = (*CLIENT_RULES, *WATCH_RULES, *SERVER_RULES)
"""What etcd adds to the rules of its Raft group."""
