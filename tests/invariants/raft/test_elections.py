"""Who may lead: votes, elections, transfers."""

import pytest

from model.raft.actions import Propose, TransferLeadership
from model.raft.conf_change import Configuration
from model.raft.log import Log
from model.raft.message import Message, MessageType
from model.raft.node import Role, Stable
from model.raft.observed import BecameLeader, Promised
from tests.invariants.raft.by_hand import (
    down,
    group_of,
    holds,
    leader,
    log_of,
    member,
    said,
    sending,
    with_node,
)
from tests.raft.world.driving import after, at_rest, led

THREE = Configuration((1, 2, 3))
JOINT = Configuration((1, 4, 5), outgoing=(1, 2, 3))
LEARNING = Configuration((1, 2, 3), learners=(4,))


def gives(voter: int, candidate: int, term: int = 1) -> Promised:
    """``voter`` votes for ``candidate``."""
    vote = Message(MessageType.VOTE_RESP, voter, candidate, term)
    return Promised(voter, vote, Stable(term=term, vote=candidate))


def leads(who: int, term: int = 1, configuration: Configuration = THREE) -> BecameLeader:
    return BecameLeader(who, term, Log(), configuration)


# -- one_leader_a_term, election_safety -------------------------------------------------------


def test_two_members_lead_one_term_at_once() -> None:
    group = group_of(leader(1, term=2), member(2), leader(3, term=2))
    assert said("one_leader_a_term", group) == ["members 1 and 3 both lead term 2"]


@pytest.mark.parametrize(
    "others",
    [
        (member(2, term=2), leader(3, term=3)),
        (member(2, Role.CANDIDATE, term=2), member(3, term=2)),
        (member(2, term=2), down(leader(3, term=2))),
    ],
    ids=["in different terms", "one stands", "one is down"],
)
def test_one_member_leads_a_term(others) -> None:
    assert holds("one_leader_a_term", group_of(leader(1, term=2), *others))


def test_two_members_were_elected_in_one_term_one_after_the_other() -> None:
    assert said("election_safety", leads(1, 2), leads(2, 3), leads(3, 2)) == [
        "members 1 and 3 were both elected in term 2"
    ]


def test_a_member_may_be_elected_again_in_its_term_and_others_in_other_terms() -> None:
    assert holds("election_safety", leads(1, 2), leads(1, 2), leads(2, 3), leads(1, 4))


# -- one_vote_a_term --------------------------------------------------------------------------


def test_a_member_votes_for_two_in_one_term() -> None:
    assert said("one_vote_a_term", gives(3, 1), gives(2, 1), gives(3, 2)) == [
        "member 3 voted for 1 and for 2 in term 1"
    ]


def test_a_vote_may_be_given_twice_to_one_and_anew_in_every_term() -> None:
    assert holds("one_vote_a_term", gives(3, 1), gives(3, 1), gives(3, 2, term=2), gives(2, 2))


def test_an_acknowledgement_is_no_vote() -> None:
    acknowledged = Promised(3, Message(MessageType.APP_RESP, 3, 2, 1, index=1), Stable(term=1))
    assert holds("one_vote_a_term", gives(3, 1), acknowledged)


# -- elected_by_a_quorum_of_voters ------------------------------------------------------------


def test_a_leader_with_its_own_vote_only() -> None:
    assert said("elected_by_a_quorum_of_voters", gives(1, 1), leads(1)) == [
        "member 1 leads term 1 in voters=(1 2 3) with the votes of [1]"
    ]


def test_a_leader_that_nobody_voted_for() -> None:
    assert said("elected_by_a_quorum_of_voters", leads(1)) == [
        "member 1 leads term 1 in voters=(1 2 3) with the votes of nobody"
    ]


@pytest.mark.parametrize(
    ("votes", "configuration", "words"),
    [
        ((gives(1, 1), gives(2, 1, term=2)), THREE, "voters=(1 2 3) with the votes of [1]"),
        ((gives(1, 1), gives(2, 3)), THREE, "voters=(1 2 3) with the votes of [1]"),
        ((gives(1, 1), gives(1, 1)), THREE, "voters=(1 2 3) with the votes of [1]"),
        (
            (gives(1, 1), gives(2, 1)),
            Configuration((1, 2, 3, 4)),
            "voters=(1 2 3 4) with the votes of [1, 2]",
        ),
        (
            (gives(1, 1), gives(4, 1)),
            LEARNING,
            "voters=(1 2 3) learners=(4) with the votes of [1, 4]",
        ),
        (
            (gives(1, 1), gives(4, 1)),
            JOINT,
            "voters=(1 4 5)&&(1 2 3) with the votes of [1, 4]",
        ),
        (
            (gives(1, 1), gives(2, 1)),
            JOINT,
            "voters=(1 4 5)&&(1 2 3) with the votes of [1, 2]",
        ),
    ],
    ids=[
        "another term",
        "another candidate",
        "one vote twice",
        "just half of an even number",
        "a learner's vote",
        "only the incoming half",
        "only the outgoing half",
    ],
)
def test_votes_that_do_not_make_a_quorum(votes, configuration, words: str) -> None:
    assert said("elected_by_a_quorum_of_voters", *votes, leads(1, 1, configuration)) == [
        f"member 1 leads term 1 in {words}"
    ]


@pytest.mark.parametrize(
    ("voters", "configuration"),
    [
        ((1, 2), THREE),
        ((1, 2, 3), Configuration((1, 2, 3, 4))),
        ((1, 2, 4), JOINT),
        ((1,), Configuration((1,))),
        ((2, 3), LEARNING),
    ],
    ids=["just a majority", "of four", "of both halves", "of one", "without its own"],
)
def test_votes_that_make_just_a_quorum(voters, configuration: Configuration) -> None:
    votes = [gives(voter, 1) for voter in voters]
    assert holds("elected_by_a_quorum_of_voters", *votes, leads(1, 1, configuration))


# -- only_voters_stand_for_election -----------------------------------------------------------


def steps_into(role: Role, configuration: Configuration, who: int = 4, was: Role = Role.FOLLOWER):
    """Groups before and after a member has taken a role."""
    before = member(who, was, configuration=configuration)
    after_it = with_node(before, role=role)
    return group_of(before, ids=(who,)), group_of(after_it, ids=(who,))


@pytest.mark.parametrize("role", [Role.CANDIDATE, Role.PRE_CANDIDATE])
def test_a_learner_or_a_stranger_stands(role: Role) -> None:
    evidence = ["member 4 stands for election, the voters are [1, 2, 3]"]
    assert said("only_voters_stand_for_election", *steps_into(role, LEARNING)) == evidence
    assert said("only_voters_stand_for_election", *steps_into(role, THREE)) == evidence


@pytest.mark.parametrize("role", [Role.CANDIDATE, Role.PRE_CANDIDATE])
@pytest.mark.parametrize("who", [2, 4])
def test_a_voter_of_either_half_may_stand(role: Role, who: int) -> None:
    assert holds("only_voters_stand_for_election", *steps_into(role, JOINT, who))


def test_who_stood_already_when_it_was_removed_may_go_on() -> None:
    went_on = steps_into(Role.CANDIDATE, THREE, was=Role.PRE_CANDIDATE)
    assert holds("only_voters_stand_for_election", *went_on)
    assert holds("only_voters_stand_for_election", *steps_into(Role.LEADER, THREE))


# -- pre_candidates_keep_term_and_vote --------------------------------------------------------


def asks(was: Role = Role.FOLLOWER, **changes: object):
    """Groups before and after a member of term 1, which voted for 3, becomes a pre-candidate."""
    before = member(1, was, term=1, vote=3)
    asking = with_node(before, **{"role": Role.PRE_CANDIDATE, **changes})
    return group_of(before, member(2), member(3)), group_of(asking, member(2), member(3))


def test_a_pre_candidate_that_enters_the_next_term() -> None:
    assert said("pre_candidates_keep_term_and_vote", *asks(term=2, vote=0)) == [
        "member 1 became a pre-candidate and went from term 1, vote 3 to term 2, vote 0"
    ]


def test_a_pre_candidate_that_votes_for_itself() -> None:
    assert said("pre_candidates_keep_term_and_vote", *asks(vote=1)) == [
        "member 1 became a pre-candidate and went from term 1, vote 3 to term 1, vote 1"
    ]


def test_a_pre_candidate_that_only_asks_or_is_told_of_a_later_term_then() -> None:
    assert holds("pre_candidates_keep_term_and_vote", *asks())
    assert holds("pre_candidates_keep_term_and_vote", *asks(role=Role.CANDIDATE, term=2, vote=1))
    later = asks(was=Role.PRE_CANDIDATE, term=5, vote=0)
    assert holds("pre_candidates_keep_term_and_vote", *later)


# -- a_transferee_has_caught_up ---------------------------------------------------------------

TWO_ENTRIES = log_of(2, 2)
NOW = Message(MessageType.TIMEOUT_NOW, 1, 2, 2)


def hands_over(transferee, log: Log = TWO_ENTRIES, told: Message = NOW, to: int = 2):
    """A leader of term 2 with two entries has told ``transferee`` to stand."""
    made = leader(1, term=2, log=log, transferee=to)
    return sending(group_of(made, transferee, member(3, term=2)), told)


def test_a_member_that_lacks_an_entry_is_told_to_stand() -> None:
    group = hands_over(member(2, term=2, log=log_of(2)))
    assert said("a_transferee_has_caught_up", group) == [
        "leader 1 tells member 2 to stand, which has 1 of its 2 entries"
    ]


def test_what_is_only_in_its_page_cache_does_not_count() -> None:
    group = hands_over(member(2, term=2, log=log_of(2, 2), synced=log_of(2)))
    assert said("a_transferee_has_caught_up", group) == [
        "leader 1 tells member 2 to stand, which has 1 of its 2 entries"
    ]


@pytest.mark.parametrize(
    "group",
    [
        hands_over(member(2, term=2, log=log_of(2, 2))),
        hands_over(member(2, term=2, log=log_of(after=(2, 2)))),
        hands_over(member(2, term=3, log=log_of(2))),
        hands_over(member(2, term=2, log=log_of(2)), to=0),
        hands_over(member(2, term=2, log=log_of(2)), to=3),
        hands_over(
            member(2, term=2, log=log_of(2)), told=Message(MessageType.TIMEOUT_NOW, 1, 2, 1)
        ),
        hands_over(member(2, term=2, log=log_of(2)), told=Message(MessageType.HEARTBEAT, 1, 2, 2)),
    ],
    ids=[
        "has all on disk",
        "has it in a snapshot",
        "is in a later term",
        "was given up",
        "another is to lead",
        "of an earlier term",
        "no such message",
    ],
)
def test_a_transferee_that_has_caught_up_or_is_none_any_more(group) -> None:
    assert holds("a_transferee_has_caught_up", group)


def test_nothing_is_asked_of_a_leader_that_is_down_since() -> None:
    group = hands_over(member(2, term=2, log=log_of(2)))
    (first, second, third) = group.members.values()
    assert said("a_transferee_has_caught_up", group)
    assert holds("a_transferee_has_caught_up", sending(group_of(down(first), second, third), NOW))


def test_what_is_behind_another_message_on_the_link_is_looked_at_too() -> None:
    heartbeat = Message(MessageType.HEARTBEAT, 1, 2, 2)
    group = hands_over(member(2, term=2, log=log_of(2)), told=heartbeat)
    assert len(said("a_transferee_has_caught_up", sending(group, NOW))) == 1


def test_a_crash_takes_a_transferee_back_no_further_than_what_it_acknowledged() -> None:
    group = at_rest(led(transfers=1))
    group = after(group, TransferLeadership(1, 2))
    assert [m.type for m in group.network.waiting(1, 2)] == [MessageType.TIMEOUT_NOW]
    assert holds("a_transferee_has_caught_up", group)


# -- a_transferring_leader_takes_no_proposals -------------------------------------------------


def test_a_leader_that_hands_over_appends() -> None:
    before = leader(1, term=2, log=log_of(2), transferee=3)
    grown = with_node(before, log=log_of(2, 2))
    rest = (member(2, term=2), member(3, term=2))
    groups = group_of(before, *rest), group_of(grown, *rest)
    assert said("a_transferring_leader_takes_no_proposals", *groups) == [
        "leader 1 hands over to 3 and appends 2/2 v2"
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"log": log_of(2)},
        {"log": log_of(2, 2), "transferee": 0},
        {"log": log_of(2, 2), "transferee": 2},
        {"log": log_of(2, 3), "transferee": 3, "term": 3},
        {"log": log_of(after=(1, 2))},
    ],
    ids=["does not grow", "gave up", "hands over to another", "in a later term", "compacts"],
)
def test_a_leader_that_hands_over_and_does_not_append_meanwhile(changes) -> None:
    before = leader(1, term=2, log=log_of(2), transferee=3)
    rest = (member(2, term=2), member(3, term=2))
    groups = group_of(before, *rest), group_of(with_node(before, **changes), *rest)
    assert holds("a_transferring_leader_takes_no_proposals", *groups)


def test_a_proposal_to_a_leader_that_hands_over_is_dropped() -> None:
    before = after(led(transfers=1), TransferLeadership(1, 2))
    asked = after(before, Propose(1))
    assert holds("a_transferring_leader_takes_no_proposals", before, asked)
    assert before.node(1).log == asked.node(1).log
