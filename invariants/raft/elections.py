"""Who may lead: votes, elections, transfers (Raft paper, sections 5.2 and 5.4.1)."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from attrs import frozen

from invariants.invariant import always, history, transition
from invariants.raft.majorities import Members, is_quorum, members_of, nodes_changed
from model.frozen_map import FrozenMap
from model.raft.group import RaftGroup
from model.raft.message import MessageType
from model.raft.node import NONE, Role
from model.raft.observed import BecameLeader, Promised
from model.world import Action, Observation


@always("raft", source="Raft paper, figure 3 and section 5.2", reads=members_of)
def one_leader_a_term(members: Members) -> Iterator[str]:
    """No two members lead the same term at the same time."""
    leaders: dict[int, int] = {}
    for member in members.values():
        memory = member.memory
        if memory is not None and memory.node.role is Role.LEADER:
            other = leaders.setdefault(memory.node.term, memory.node.id)
            if other != memory.node.id:
                yield f"members {other} and {memory.node.id} both lead term {memory.node.term}"


@history(
    "raft", source="Raft paper, figure 3: election safety", start=FrozenMap(), sees=(BecameLeader,)
)
def election_safety(
    leaders: FrozenMap[int, int], seen: Observation
) -> Generator[str, None, FrozenMap[int, int]]:
    """At most one leader is ever elected in a term, over the whole run."""
    if not isinstance(seen, BecameLeader):
        return leaders
    other = leaders.get(seen.term)
    if other is not None and other != seen.member:
        yield f"members {other} and {seen.member} were both elected in term {seen.term}"
    return leaders.set(seen.term, seen.member)


def _vote(seen: Observation) -> tuple[int, int, int] | None:
    """(voter, term, candidate) when a vote was given."""
    if not isinstance(seen, Promised) or seen.message.type is not MessageType.VOTE_RESP:
        return None
    return seen.member, seen.message.term, seen.message.target


@history(
    "raft", source="Raft paper, section 5.2; dissertation 3.4", start=FrozenMap(), sees=(Promised,)
)
def one_vote_a_term(
    votes: FrozenMap[tuple[int, int], int], seen: Observation
) -> Generator[str, None, FrozenMap[tuple[int, int], int]]:
    """A member votes for at most one candidate a term, also across its restarts."""
    vote = _vote(seen)
    if vote is None:
        return votes
    voter, term, candidate = vote
    other = votes.get((voter, term))
    if other is not None and other != candidate:
        yield f"member {voter} voted for {other} and for {candidate} in term {term}"
    return votes.set((voter, term), candidate)


@frozen
class GivenVotes:
    """Who has voted for whom: (term, candidate) -> the voters."""

    voters: FrozenMap[tuple[int, int], tuple[int, ...]] = FrozenMap()


@history(
    "raft",
    source="Raft paper, sections 5.2 and 6; dissertation 4.2.1: learners never count",
    start=GivenVotes(),
    sees=(Promised, BecameLeader),
)
def elected_by_a_quorum_of_voters(
    given: GivenVotes, seen: Observation
) -> Generator[str, None, GivenVotes]:
    """Who is elected was given the votes of a majority of voters in that term, of both halves."""
    vote = _vote(seen)
    if vote is not None:
        voter, term, candidate = vote
        voters = given.voters.get((term, candidate), ())
        return GivenVotes(given.voters.set((term, candidate), (*voters, voter)))
    if isinstance(seen, BecameLeader):
        voters = given.voters.get((seen.term, seen.member), ())
        if not is_quorum(seen.configuration, voters):
            yield (
                f"member {seen.member} leads term {seen.term} in {seen.configuration.sentence()} "
                f"with the votes of {sorted(set(voters)) or 'nobody'}"
            )
    return given


@transition("raft", source="dissertation 4.2.1; etcd-io/raft promotable", reads=members_of)
def only_voters_stand_for_election(
    before: Members, action: Action, after: Members
) -> Iterator[str]:
    """Who becomes a candidate is a voter of the configuration that it has applied."""
    standing = (Role.PRE_CANDIDATE, Role.CANDIDATE)
    for member_id, old, new in nodes_changed(before, after):
        if new.role in standing and old.role not in standing:
            voters = new.configuration.all_voters()
            if member_id not in voters:
                yield f"member {member_id} stands for election, the voters are {list(voters)}"


@transition("raft", source="dissertation 9.6: PreVote", reads=members_of)
def pre_candidates_keep_term_and_vote(
    before: Members, action: Action, after: Members
) -> Iterator[str]:
    """Asking whether it could win changes neither a member's term nor its vote."""
    for member_id, old, new in nodes_changed(before, after):
        asks_first = new.role is Role.PRE_CANDIDATE and old.role is not Role.PRE_CANDIDATE
        if asks_first and (new.term, new.vote) != (old.term, old.vote):
            yield (
                f"member {member_id} became a pre-candidate and went from term {old.term}, "
                f"vote {old.vote} to term {new.term}, vote {new.vote}"
            )


def _whole(group: RaftGroup) -> RaftGroup:
    return group


@always("raft", source="dissertation 3.10: leadership transfer, step 2", reads=_whole)
def a_transferee_has_caught_up(group: RaftGroup) -> Iterator[str]:
    """Who is told to stand at once has all that is in the log of the leader that says so."""
    for (source, target), queue in group.network.queues.items():
        for message in queue:
            if message.type is not MessageType.TIMEOUT_NOW:
                continue
            leader = group.node(source)
            if leader is None or leader.transferee != target or leader.term != message.term:
                continue
            disk = group.members[target].disk.synced
            last = leader.log.last_index
            if disk.term <= leader.term and disk.log.last_index < last:
                yield (
                    f"leader {source} tells member {target} to stand, which has "
                    f"{disk.log.last_index} of its {last} entries"
                )


@transition("raft", source="dissertation 3.10: leadership transfer, step 1", reads=members_of)
def a_transferring_leader_takes_no_proposals(
    before: Members, action: Action, after: Members
) -> Iterator[str]:
    """While a leader hands over, its log does not grow."""
    for member_id, old, new in nodes_changed(before, after):
        hands_over = NONE != old.transferee == new.transferee and old.term == new.term
        if hands_over and new.log.last_index > old.log.last_index:
            yield (
                f"leader {member_id} hands over to {old.transferee} and appends "
                f"{new.log.entries[-1].sentence()}"
            )
