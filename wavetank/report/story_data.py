"""What the page shows of a trace, as plain JSON data: lanes, steps, messages, the violation.

The page recomputes nothing: it gets every lane's lines where they change, and each message with
the step at which it was sent and the step and way in which it ended.
"""

from __future__ import annotations

from typing import Any

from wavetank.calm import CalmVerdict
from wavetank.codec import plain
from wavetank.defects.bank import put_back
from wavetank.extensions import invariants_for
from wavetank.layers import layer_named
from wavetank.replay import Moment, defect_of, replay, story
from wavetank.report.flights import Flights
from wavetank.trace import Trace
from wavetank.views import Lanes, arrow, changes, lanes

__all__ = ["story_data"]

VERDICTS = {
    "violated": "broken",
    "livelock": "never reached: the state repeats",
    "not_reached": "not reached within its bound",
}
"""The verdicts of a trace in words."""


def story_data(trace: Trace) -> dict[str, Any]:
    """Everything that the page of ``trace`` shows. Runs the trace, with its defect put back."""
    defect = defect_of(trace)
    with put_back(defect):
        told = _Telling(trace)
        for moment in story(trace):
            told.add(moment)
    outcome = replay(trace)
    layer = layer_named(trace.layer)
    known = {inv.name: inv for inv in invariants_for(layer, None)}
    invariant = known.get(trace.invariant)
    return {
        "layer": trace.layer,
        "invariant": trace.invariant,
        "says": "" if invariant is None else invariant.doc,
        "source": "" if invariant is None else invariant.source,
        "verdict": VERDICTS[trace.verdict],
        "evidence": list(trace.evidence),
        "defect": None
        if defect is None
        else {"id": defect.id, "name": defect.name, "title": defect.title, "source": defect.source},
        "config": plain(trace.config, terse=True),
        "facts": _facts(trace),
        "outcome": outcome.outcome,
        "warning": _warning(outcome.outcome, outcome.step, outcome.why, outcome.drifted),
        "lanes": told.names,
        "start": told.start,
        "steps": told.steps,
        "flights": told.flights.ended(),
    }


def _facts(trace: Trace) -> list[list[str]]:
    facts = [["world", trace.layer], ["steps", str(len(trace.actions))]]
    if trace.driver:
        facts.append(["found by", trace.driver])
    if trace.seed is not None:
        facts.append(["seed", str(trace.seed)])
    facts.extend([f"made by {name}", version] for name, version in sorted(trace.made_by.items()))
    return facts


def _warning(outcome: str, step: int, why: str, drifted: int | None) -> str:
    """What a reader must know when the model is not the one that the trace was saved with."""
    if outcome == "not_enabled":
        return f"Step {step} is not possible in the model of today: {why}. The page ends before it."
    if outcome != "same":
        return f"With the model of today the trace ends otherwise: {why}."
    if drifted is not None:
        return f"The model has changed: from step {drifted} on the states differ from the saved."
    return ""


class _Telling:
    """Collects the steps of one story, lane by lane."""

    def __init__(self, trace: Trace) -> None:
        layer = layer_named(trace.layer)
        world = layer.start(trace.config)
        self.layer = trace.layer
        self.before: Lanes = lanes(trace.layer, world)
        self.names = [name for name, _ in self.before]
        self.start = [[list(line) for line in lines] for _, lines in self.before]
        self.steps: list[dict[str, Any]] = []
        self.flights = Flights(trace.layer, world)

    def add(self, moment: Moment | CalmVerdict[Any]) -> None:
        """The next step, or the calm phase at the end."""
        if isinstance(moment, Moment):
            world = moment.transition.world
            moved = arrow(self.layer, moment.before, moment.action)
            self._step(
                world,
                say=moment.action.sentence(),
                kind=moment.action.kind(),
                seen=[seen.sentence() for seen in moment.transition.observed],
                moved=None if moved is None else list(moved),
                broken=bool(moment.findings),
            )
            self.flights.follow(moment.number, world, moved)
        else:
            self._step(
                moment.world,
                say=f"the faults end: {moment.rounds} fair rounds, {len(moment.actions)} steps",
                kind="calm",
                seen=[],
                moved=None,
                broken=bool(moment.findings),
            )

    def _step(self, world: Any, **told: Any) -> None:
        after = lanes(self.layer, world)
        changed = [list(change) for change in changes(self.before, after)]
        was = dict(self.before)
        now = {}
        for name, lines in after:
            if name not in self.names:
                self.names.append(name)
                self.start.append([])
            if was.get(name) != lines:
                now[str(self.names.index(name))] = [list(line) for line in lines]
        for name in was:
            if name not in dict(after):
                now[str(self.names.index(name))] = []
        self.steps.append({**told, "changes": changed, "now": now})
        self.before = after
