"""A node that has just been started from what is on its disk (etcd-io/raft ``newRaft``)."""

from __future__ import annotations

from model.raft.configure import switch_to_configuration
from model.raft.membership import restore
from model.raft.node import NONE, Applying, Node, NodeConfig, Stable, Unstable, note
from model.raft.notes import INFO
from model.raft.roles import become_follower

__all__ = ["start_node"]


def start_node(
    node_id: int, config: NodeConfig, stable: Stable, applied: int | None = None
) -> Node:
    """A follower that knows no leader, in the configuration of its snapshot.

    ``applied``: how far its application remembers to have come; that of the snapshot when None.
    """
    log, snapshot = stable.log, stable.snapshot
    following = log.last_index + 1
    done = max(log.compacted, snapshot.index if applied is None else applied)
    node = Node(
        id=node_id,
        config=config,
        term=stable.term,
        vote=stable.vote,
        log=log,
        unstable=Unstable(following, following),
        commit=max(stable.commit, done),
        applied=done,
        applying=Applying(done),
        snapshot=snapshot,
    )
    node = switch_to_configuration(node, restore(snapshot.configuration, log.last_index))
    node = become_follower(node, node.term, NONE)
    if not config.logs:
        return node
    peers = ",".join(f"{peer:x}" for peer in node.configuration.all_voters())
    return note(
        node,
        INFO,
        "newRaft %x [peers: [%s], term: %d, commit: %d, applied: %d, lastindex: %d, lastterm: %d]",
        *(node_id, peers, node.term, node.commit, node.applied, log.last_index, log.last_term),
    )
