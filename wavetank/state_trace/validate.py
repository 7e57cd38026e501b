"""The verdict on a trace: the search, under each assumption that the trace leaves open."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from time import perf_counter

from attrs import frozen

from model.raft.node import NodeConfig
from wavetank.state_trace.event import Event, agrees, differences
from wavetank.state_trace.inputs import first_starts, options, restarts
from wavetank.state_trace.search import Candidate, Search, World, written_by
from wavetank.state_trace.silent import levels
from wavetank.state_trace.tracer import Dialect, node_event
from wavetank.state_trace.verdict import Outcome, Possible, Verdict

__all__ = ["Assumptions", "dialect_of", "validate"]


START = ("InitState", "ApplyConfChange", "BecomeFollower")
"""What a node that starts writes before it does anything."""


@frozen
class Assumptions:
    """What the user knows of the nodes, and how long to search.

    ``check_quorum``: None when not known; both are tried. ``max_inflight``: of etcd's ``Config``.
    ``states``: at how many states of nodes the search gives up.
    """

    check_quorum: bool | None = None
    max_inflight: int = 256
    states: int = 2000


def validate(
    events: Sequence[Event], file: str, assumptions: Assumptions = Assumptions()
) -> Verdict:
    """Whether the model can make the steps of the trace; if not, the first that it cannot."""
    started = perf_counter()
    verdicts = []
    for config in _configs(events, assumptions):
        verdict = _search(events, file, config, assumptions, started)
        if verdict.outcome is Outcome.EXPLAINED:
            return verdict
        verdicts.append(verdict)
    undecided = [verdict for verdict in verdicts if verdict.outcome is Outcome.UNDECIDED]
    return max(undecided or verdicts, key=lambda verdict: verdict.explained)


def _configs(events: Sequence[Event], assumptions: Assumptions) -> Iterator[NodeConfig]:
    """The configurations that may have been in use; that of PreVote shows in the trace."""
    pre_vote = any(event.role == "StatePreCandidate" for event in events)
    known = assumptions.check_quorum
    for check_quorum in (False, True) if known is None else (known,):
        yield NodeConfig(
            max_inflight=assumptions.max_inflight, pre_vote=pre_vote, check_quorum=check_quorum
        )


def dialect_of(events: Sequence[Event]) -> Dialect:
    """Which version of the tracer has written the trace: the one that more of it agrees with."""
    before: dict[int, Event] = {}
    run: dict[int, list[str]] = defaultdict(list)
    starts_with_conf: Counter[bool] = Counter()
    each_entry = each_append = 0
    for event in events:
        last, own = before.get(event.node), event.message
        if last is not None and last.name == "InitState":
            starts_with_conf[event.name == "ApplyConfChange"] += 1
        if event.name in ("ChangeConf", "Replicate"):
            run[event.node].append(event.name)
        else:
            names = run.pop(event.node, [])
            if names and last is not None and own is not None and own.source == own.target:
                each_entry += len(names) == own.index - last.log
                each_append += names.count("Replicate") == 1
        before[event.node] = event
    found = {event.name for event in events}
    return Dialect(
        starts_with_conf[True] > starts_with_conf[False],
        each_append > each_entry,
        "Bootstrap" in found,
        "Advance" in found,
    )


def _search(
    events: Sequence[Event],
    file: str,
    config: NodeConfig,
    assumptions: Assumptions,
    started: float,
) -> Verdict:
    search = Search(config, dialect_of(events))
    nodes = len({event.node for event in events})
    most = 0
    seen: Counter[int] = Counter()
    in_the_middle = begins_in_the_middle(events)
    for number, coming in enumerate(written_by(events)):
        event = coming[0]
        seen[event.node] += 1
        if not search.step(coming):
            why, possible = _why(search, coming)
            outcome = Outcome.NOT_EXPLAINED
            if event.node in in_the_middle and seen[event.node] > len(START):
                outcome = Outcome.UNDECIDED
                why += (
                    f"; but node {event.node} begins with a log, whose terms were taken to be equal"
                )
            seconds = perf_counter() - started
            return Verdict(
                outcome, file, len(events), number, nodes, most, seconds, event, possible, why
            )
        size = search.size
        most = max(most, size)
        if size > assumptions.states:
            why = f"{size:,} states are possible here, more than {assumptions.states:,}"
            seconds = perf_counter() - started
            return Verdict(
                Outcome.UNDECIDED, file, len(events), number, nodes, most, seconds, event, (), why
            )
    seconds = perf_counter() - started
    return Verdict(Outcome.EXPLAINED, file, len(events), len(events), nodes, most, seconds)


def begins_in_the_middle(events: Sequence[Event]) -> set[int]:
    """The nodes that are first shown with entries in their log, of which nothing is known."""
    seen: set[int] = set()
    found = set()
    for event in events:
        if event.node not in seen and event.log > event.commit:
            found.add(event.node)
        seen.add(event.node)
    return found


def _why(search: Search, coming: Sequence[Event]) -> tuple[str, tuple[Possible, ...]]:
    """Why the event is not explained, and the states that the node could be in."""
    event = coming[0]
    possible: list[Possible] = []
    for world in search.worlds:
        candidates = world.nodes.get(event.node, ())
        if not candidates:
            possible.extend(_closest_start(search, world, coming))
        for candidate in candidates:
            possible.extend(_instead(search, world, candidate, coming))
    found = tuple(dict.fromkeys(possible))
    if not found:
        return f"node {event.node} has not started", ()
    if any(each.event is not None for each in found):
        return "no possible state writes this", found
    if event.name.startswith("Receive") and event.message is not None:
        if any(world.network.matching(event.message) for world in search.worlds):
            return "a crash has undone what the sender of this message had to write first", found
        return "no such message was sent", found
    return f"node {event.node} can do nothing that writes {event.name}", found


def _instead(
    search: Search, world: World, candidate: Candidate, coming: Sequence[Event]
) -> Iterator[Possible]:
    """What a state would have written instead: what comes nearest to the event."""
    member, event = candidate.member, coming[0]
    if candidate.expected:
        yield Possible(candidate.expected[0].state(), candidate.expected[0])
        return
    state = node_event(event.name, member.node).state()
    here = search.situation(world, coming)
    if event.name == "InitState":
        found = [option.events[0] for option in restarts(member, here)]
    else:
        found = [
            option.events[0]
            for level in levels(member, here)
            for each in level
            for option in options(each, here)
            if option.events
        ]
    if not found and event.message is not None and event.name.startswith("Receive"):
        found = [
            node_event(event.name, member.node, shown)
            for shown in world.network.sent
            if (shown.type, shown.source, shown.target)
            == (event.message.type, event.message.source, event.message.target)
        ]
    nearest = min(found, key=lambda other: len(list(differences(event, other))), default=None)
    if nearest is not None and agrees(event, nearest):
        nearest = None  # the node could; it is the sender of the message that could not
    yield Possible(state, nearest)


def _closest_start(search: Search, world: World, coming: Sequence[Event]) -> Iterator[Possible]:
    """How a node that the trace has not shown before could have started."""
    if coming[0].name == "InitState":
        for option in first_starts(search.situation(world, coming)):
            yield Possible(option.events[0].state(), option.events[0])
