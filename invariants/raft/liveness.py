"""What must come true once the faults have ended (Raft paper, sections 5.2, 5.3 and 6).

Bounds are in rounds of the fair schedule; a round ticks each clock once. With an election timeout
of 3 ticks, drawn up to 3 + voters, forty rounds are some six to thirteen election timeouts.
"""

from __future__ import annotations

from collections.abc import Generator, Hashable, Iterator
from itertools import combinations

from invariants.invariant import eventually
from invariants.raft.majorities import is_quorum, nodes_of
from model.raft.conf_change import Configuration
from model.raft.group import RaftGroup
from model.raft.node import Node, Role

ROUNDS = 40

LASTING = 16
"""More than two election timeouts: a member that nobody leads stands within one."""


def _leader(group: RaftGroup) -> Node | None:
    """Who leads the latest term, if anybody does."""
    leaders = [node for node in nodes_of(group.members) if node.role is Role.LEADER]
    return max(leaders, key=lambda node: node.term, default=None)


def _outsiders_may_disturb(group: RaftGroup) -> bool:
    """Whether a server that is no member any more may unseat every leader there will be.

    It does so where it does not know that it was removed, and PreVote and CheckQuorum are off
    (dissertation 4.2.3): nothing can then be promised.
    """
    if group.config.pre_vote and group.config.check_quorum:
        return False
    nodes = nodes_of(group.members)
    latest = max(nodes, key=lambda node: node.applied).configuration if nodes else Configuration()
    return any(
        node.id not in latest.members() and node.id in node.configuration.all_voters()
        for node in nodes
    )


def _some_quorum_is_connected(group: RaftGroup) -> bool:
    """Whether there is a quorum of which every two members reach each other, both ways."""
    if not group.broken:
        return True
    furthest = max(nodes_of(group.members), key=lambda node: node.applied, default=None)
    if furthest is None:
        return False
    voters = furthest.configuration.all_voters()
    return any(
        is_quorum(furthest.configuration, among)
        and not any(source in among and target in among for source, target in group.broken)
        for size in range(1, len(voters) + 1)
        for among in combinations(voters, size)
    )


@eventually("raft", source="Raft paper, section 5.2: a leader is elected", within=ROUNDS)
def a_leader_is_elected(group: RaftGroup) -> Iterator[str]:
    """One member leads, and all other members follow it."""
    if group.broken or _outsiders_may_disturb(group):
        return
    leader = _leader(group)
    if leader is None:
        yield "nobody leads"
        return
    for member_id in leader.configuration.members():
        node = group.node(member_id)
        if node is None or node.leader != leader.id:
            yield f"member {member_id} does not follow {leader.id}"


@eventually(
    "raft",
    source="dissertation 4.2.3 and 9.6; Howard and Abraham 2020; etcd-io/raft raft.go",
    within=2 * ROUNDS,
    lasting=LASTING,
)
def a_leader_stays(group: RaftGroup) -> Generator[str, None, Hashable]:
    """With PreVote and CheckQuorum a leader is found that commits, and nobody unseats it.

    Where links are broken for good: as long as the members of some quorum all reach each other.
    """
    if not (group.config.pre_vote and group.config.check_quorum):
        return None
    if not _some_quorum_is_connected(group):
        return None
    leader = _leader(group)
    if leader is None:
        yield "nobody leads"
        return None
    if leader.log.term_at(leader.commit) != leader.term:
        yield f"member {leader.id} leads term {leader.term} and has committed nothing in it"
    return f"member {leader.id} in term {leader.term}"


@eventually("raft", source="Raft paper, section 5.3: followers catch up", within=ROUNDS)
def members_converge(group: RaftGroup) -> Iterator[str]:
    """All members have the same log as their leader, all of it committed and applied."""
    if group.broken or _outsiders_may_disturb(group):
        return
    leader = _leader(group)
    if leader is None:
        yield "nobody leads"
        return
    last = (leader.log.last_index, leader.log.last_term)
    for member_id in leader.configuration.members():
        node = group.node(member_id)
        if node is None or (node.log.last_index, node.log.last_term) != last:
            has = "nothing" if node is None else f"{node.log.last_index} entries"
            yield f"member {member_id} has {has}, its leader {last[0]}"
        elif node.applied < node.log.last_index:
            yield f"member {node.id} has applied {node.applied} of {node.log.last_index} entries"


@eventually("raft", source="Raft paper, section 6; etcd-io/raft raft.go AutoLeave", within=ROUNDS)
def joint_configurations_are_left(group: RaftGroup) -> Iterator[str]:
    """A joint configuration that is to be left without being told is left.

    Not asked once a transfer of the leadership was: a leader that hands over drops its own proposal
    to leave, and makes it again only when it applies another entry (raft.go ``appliedTo``).
    """
    leader = _leader(group)
    if (
        leader is None
        or group.broken
        or _outsiders_may_disturb(group)
        or group.used.get("transfers")
    ):
        return
    now = leader.configuration
    if now.is_joint and now.auto_leave:
        yield f"member {leader.id} leads in {now.sentence()}"
