"""Traces of the model are explained; corrupted ones, and those of a defective model, are not.

What is tested besides the outcome is which event is named.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from attrs import evolve

from model.raft.conf_change import Configuration
from model.raft.log import Log, is_up_to_date
from model.raft.message import Message
from model.raft.node import Node, NodeConfig
from model.raft.quorum import committed_index
from wavetank.defects.bank import defect_named, put_back
from wavetank.defects.defect import Defect, Replacement
from wavetank.state_trace.event import Event
from wavetank.state_trace.read import parse_trace
from wavetank.state_trace.record import Plan, record
from wavetank.state_trace.tracer import Dialect
from wavetank.state_trace.validate import Assumptions, dialect_of, validate
from wavetank.state_trace.verdict import Outcome, Verdict, describe, summary
from wavetank.state_trace.write import as_lines


def trace(plan: Plan) -> list[Event]:
    """A trace of the model as it would be read from a file: only what etcd's library writes."""
    return list(parse_trace(as_lines(record(plan)).splitlines(), "t"))


BUSY = (("crash", 4.0), ("restart", 4.0), ("time_out", 4.0))
PLANS = {
    "plain": Plan(),
    "five nodes": Plan(nodes=5, spares=0),
    "one node": Plan(nodes=1, spares=3),
    "crashes": Plan(often=BUSY),
    "losses": Plan(often=(("drop", 10.0), ("unreachable", 2.0))),
    "changes and snapshots": Plan(often=(("change_conf", 5.0), ("compact", 3.0))),
    "transfers and reads": Plan(often=(("transfer", 3.0), ("read", 3.0))),
    "pre-vote": Plan(config=NodeConfig(pre_vote=True), often=(("time_out", 2.0),)),
    "check-quorum": Plan(config=NodeConfig(check_quorum=True), often=(("check_quorum", 2.0),)),
    "both": Plan(config=NodeConfig(pre_vote=True, check_quorum=True)),
    "step down": Plan(config=NodeConfig(step_down_on_removal=True), often=(("change_conf", 4.0),)),
    "small messages": Plan(config=NodeConfig(max_size_per_msg=0)),
    "few in flight": Plan(config=NodeConfig(max_inflight=2)),
    "an older tracer": Plan(dialect=Dialect(conf_at_start=False, bootstrap=True, advance=True)),
}


@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize("seed", range(4))
def test_a_trace_of_the_model_is_explained(name: str, seed: int) -> None:
    plan = evolve(PLANS[name], seed=seed, actions=1200)
    verdict = validate(trace(plan), "t", Assumptions(max_inflight=plan.config.max_inflight))
    assert verdict.outcome is Outcome.EXPLAINED, "\n".join(describe(verdict))
    assert verdict.explained == verdict.events


def test_the_plans_reach_what_they_are_for() -> None:
    seen: set[str] = set()
    for name, plan in PLANS.items():
        for seed in range(4):
            for event in trace(evolve(plan, seed=seed, actions=1200)):
                seen.add(event.name)
                if event.message is not None:
                    seen.add(event.message.type)
                    if event.message.reject:
                        seen.add(f"{event.message.type} rejected")
                if event.conf[1]:
                    seen.add("joint")
                if event.role == "StatePreCandidate":
                    seen.add(event.role)
                seen.update(action for _, action in event.changes)
        assert name
    assert {
        *("MsgSnap", "MsgAppResp rejected", "MsgVoteResp rejected", "joint", "StatePreCandidate"),
        *("AddNewServer", "RemoveServer", "AddLearner", "BecomeLeader", "Commit", "InitState"),
    } <= seen


def test_the_dialect_is_recognised() -> None:
    for dialect in (
        Dialect(),
        Dialect(conf_at_start=False, bootstrap=True, advance=True),
        Dialect(one_replicate=True),
    ):
        plan = Plan(dialect=dialect, actions=1500, often=(("change_conf", 3.0),), seed=1)
        assert dialect_of(trace(plan)) == dialect


def test_an_older_tracer_writes_one_replicate_for_an_append() -> None:
    for seed in range(4):
        verdict = validate(trace(Plan(seed=seed, dialect=Dialect(one_replicate=True))), "t")
        assert verdict.outcome is Outcome.EXPLAINED, "\n".join(describe(verdict))


# -- one field changed ----------------------------------------------------------------------------

Change = Callable[[Event], Event]


def add(name: str) -> Change:
    return lambda event: evolve(event, **{name: getattr(event, name) + 1})


CHANGES: dict[str, Change] = {
    "term": add("term"),
    "vote": add("vote"),
    "commit": add("commit"),
    "log": add("log"),
    "role": lambda event: evolve(
        event, role="StateLeader" if event.role != "StateLeader" else "StateFollower"
    ),
    "conf": lambda event: evolve(event, conf=((*event.conf[0], 9), event.conf[1])),
    "outgoing": lambda event: evolve(event, conf=(event.conf[0], (*event.conf[1], 9))),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_state_is_refused_where_it_is(name: str) -> None:
    events = trace(Plan(seed=2, spares=0, actions=700))
    started = 30  # what a node starts with is known from its first events only
    for position in range(started, len(events), 17):
        corrupted = list(events)
        corrupted[position] = CHANGES[name](events[position])
        verdict = validate(corrupted, "t")
        assert verdict.outcome is Outcome.NOT_EXPLAINED
        assert verdict.explained == position, verdict.event
        assert verdict.event is corrupted[position]


MESSAGE_FIELDS = ("term", "entries", "log_term", "commit", "reject_hint", "vote")


@pytest.mark.parametrize("field", MESSAGE_FIELDS)
def test_a_changed_message_is_refused_where_it_is(field: str) -> None:
    events = trace(Plan(seed=2, spares=0, actions=700))
    with_message = [number for number, event in enumerate(events) if event.message is not None]
    for position in with_message[::9]:
        message = events[position].message
        assert message is not None
        changed = evolve(message, **{field: getattr(message, field) + 40})
        corrupted = list(events)
        corrupted[position] = evolve(events[position], message=changed)
        verdict = validate(corrupted, "t")
        assert verdict.outcome is Outcome.NOT_EXPLAINED
        assert verdict.event is corrupted[position]


def first(events: Sequence[Event], name: str, after: int = 0, **fields: Any) -> int:
    """Where the first event of this name is that has these fields."""
    for number, event in enumerate(events):
        if number > after and event.name == name:
            found = {field: getattr(event, field) for field in fields}
            if found == fields:
                return number
    raise LookupError(name)


def following(events: Sequence[Event], position: int) -> int:
    """Where the same node's next event is."""
    node = events[position].node
    return next(n for n in range(position + 1, len(events)) if events[n].node == node)


@pytest.mark.parametrize(
    "name",
    [
        "BecomeCandidate",
        "BecomeLeader",
        "Commit",
        "Replicate",
        "SendAppendEntriesRequest",
        "SendAppendEntriesResponse",
        "SendRequestVoteRequest",
        "SendRequestVoteResponse",
        "ReceiveRequestVoteRequest",
        "ReceiveAppendEntriesRequest",
    ],
)
def test_a_missing_event_is_noticed_at_the_next_of_its_node(name: str) -> None:
    events = trace(Plan(seed=2, spares=0, actions=700))
    position = first(events, name)
    expected = events[following(events, position)]
    verdict = validate([*events[:position], *events[position + 1 :]], "t")
    assert verdict.outcome is Outcome.NOT_EXPLAINED
    assert verdict.event is expected


def test_without_its_ready_a_message_cannot_arrive() -> None:
    events = trace(Plan(seed=2, spares=0, actions=700))
    asked = first(events, "SendRequestVoteRequest")
    ready = first(events, "Ready", asked, node=events[asked].node)
    verdict = validate([*events[:ready], *events[ready + 1 :]], "t")
    assert verdict.outcome is Outcome.NOT_EXPLAINED
    assert verdict.event is not None
    # The candidate counts its own vote, or somebody hears of it, before it was let out.
    assert verdict.event.message is not None
    assert verdict.event.message.source == events[asked].node
    assert "no such message was sent" in verdict.why or "nothing that writes" in verdict.why


def test_swapped_events_of_a_node_are_refused_at_the_first() -> None:
    events = trace(Plan(seed=2, spares=0, actions=700))
    position = first(events, "BecomeLeader")
    then = following(events, position)
    swapped = list(events)
    swapped[position], swapped[then] = events[then], events[position]
    verdict = validate(swapped, "t")
    assert verdict.outcome is Outcome.NOT_EXPLAINED
    assert verdict.explained == position
    assert verdict.event is events[then]


def test_the_other_state_is_told() -> None:
    events = trace(Plan(seed=2, spares=0, actions=700))
    position = first(events, "Commit")
    event = events[position]
    events[position] = evolve(event, commit=event.commit + 2)
    verdict = validate(events, "t")
    text = list(describe(verdict))
    assert text[0] == f"t:{position + 1}: not explained: no possible state writes this"
    assert f"commit {event.commit + 2} logged; possible: {event.commit}" in "\n".join(text)
    assert summary(verdict).startswith(
        f"t: not explained: {position} of {len(events)} events explained, 3 nodes, at most "
    )


def test_a_bound_on_the_states_makes_it_undecided() -> None:
    verdict = validate(trace(Plan(seed=2)), "t", Assumptions(states=2))
    assert verdict.outcome is Outcome.UNDECIDED
    assert "more than 2" in verdict.why


def test_a_trace_that_begins_in_the_middle_is_refused_only_where_it_is_known() -> None:
    """The terms of a log that was there before are not in the trace."""
    whole = trace(Plan(seed=2, spares=0, actions=700, often=(("crash", 2.0), ("restart", 3.0))))
    at = first(whole, "InitState", 40)
    node = whole[at].node
    verdict = validate([event for event in whole[at:] if event.node == node][:3], "t")
    assert verdict.outcome is Outcome.EXPLAINED
    verdict = validate([event for event in whole[at:] if event.node == node], "t")
    assert verdict.outcome is Outcome.UNDECIDED
    assert "begins with a log" in verdict.why


def test_a_node_that_never_started_does_nothing() -> None:
    events = trace(Plan(seed=2, spares=0, actions=700))
    verdict = validate([event for event in events if event.name != "InitState"], "t")
    assert verdict.outcome is Outcome.NOT_EXPLAINED
    assert verdict.explained == 0
    assert verdict.why == "node 1 has not started"


# -- a defective model ----------------------------------------------------------------------------


def defect(function: str, by: Callable[..., Any]) -> Defect:
    module, _, name = function.rpartition(".")
    replaces = (Replacement(f"model.raft.{module}", name, by),)
    return Defect(
        id="X1",
        name=name,
        title="A rule is not kept.",
        source="this test",
        layer="raft",
        breaks=(),
        replaces=replaces,
    )


def votes_again(node: Node, message: Message) -> bool:
    """Any number of votes in a term."""
    return is_up_to_date(node.log, message.log_term, message.index)


def learners_count(configuration: Configuration, match: dict[int, int]) -> int:
    """As if learners were voters."""
    return committed_index({*configuration.voters, *configuration.learners}, match)


def anybody_is_up_to_date(log: Log, last_term: int, last_index: int) -> bool:
    """A vote for whoever asks."""
    return True


def half(voters: int) -> int:
    """No majority."""
    return max(1, voters // 2)


def unmatched(match: int, commit: int) -> int:
    """A heartbeat carries the leader's commit index whatever the follower has."""
    return commit


DEFECTS = {
    "R1": (defect_named("R1"), {"Commit"}, {"commit"}),
    "votes again": (
        defect("election.grants_vote", votes_again),
        {"SendRequestVoteResponse"},
        {"msg reject"},
    ),
    "learners count": (
        defect("quorum.joint_committed_index", learners_count),
        {"Commit"},
        {"commit"},
    ),
    "any log will do": (
        defect("log.is_up_to_date", anybody_is_up_to_date),
        {"SendRequestVoteResponse"},
        {"msg reject"},
    ),
    "half is enough": (defect("quorum.quorum_size", half), {"BecomeLeader"}, set()),
    "heartbeat beyond the match": (
        defect("replication.heartbeat_commit", unmatched),
        {"SendAppendEntriesRequest"},
        {"msg commit"},
    ),
}


def refused(found: Defect, plan: Plan) -> Verdict | None:
    """The verdict on a trace of the model with the defect, by the model without it."""
    with put_back(found):
        events = trace(plan)
    verdict = validate(events, "t")
    assert verdict.outcome is not Outcome.UNDECIDED
    return verdict if verdict.outcome is Outcome.NOT_EXPLAINED else None


@pytest.mark.parametrize("name", DEFECTS)
def test_a_broken_rule_is_found_at_the_event_that_breaks_it(name: str) -> None:
    found, names, fields = DEFECTS[name]
    often = (("change_conf", 3.0),) if name == "learners count" else BUSY
    violations: list[Verdict] = []
    for seed in range(60):
        verdict = refused(found, Plan(seed=seed, actions=1500, often=often))
        violations.extend([verdict] if verdict is not None else [])
        if len(violations) == 3:
            break
    assert violations
    for verdict in violations:
        assert verdict.event is not None
        assert verdict.event.name in names, "\n".join(describe(verdict))
        text = "\n".join(describe(verdict))
        assert all(f" {field} " in text for field in fields)


@pytest.mark.parametrize("name", ["R2", "R3"])
def test_a_promise_that_a_crash_has_undone_is_found(name: str) -> None:
    """It is told where the node starts without it, or where it arrives though it was undone."""
    found = defect_named(name)
    verdicts = [refused(found, Plan(seed=seed, actions=1500, often=BUSY)) for seed in range(16)]
    events = [verdict.event for verdict in verdicts if verdict is not None]
    assert events
    told = {"InitState", "BecomeFollower"}
    assert {event.name for event in events if event is not None} <= {
        *told,
        "ReceiveRequestVoteResponse",
        "ReceiveAppendEntriesResponse",
    }
    assert told & {event.name for event in events if event is not None}


def test_a_message_of_an_undone_write_is_told_as_such() -> None:
    """The vote arrives only after the crash that has undone it."""
    plans = (Plan(seed=seed, spares=0, actions=900, often=BUSY) for seed in range(40))
    verdicts = [refused(defect_named("R2"), plan) for plan in plans]
    late = [v for v in verdicts if v and v.event and v.event.name.startswith("Receive")]
    assert late
    assert {verdict.why for verdict in late} == {
        "a crash has undone what the sender of this message had to write first"
    }
