"""Runs a trace again, exactly, and says what has become of it.

Four things can have happened since it was saved: it still shows the same broken invariant, it
breaks another one, everything holds now, or the model has changed so that a step is not possible
any more. Where the digests along the way differ, the first such step is named as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
from attrs import frozen

from invariants.checker import Checker, Finding
from invariants.invariant import Invariant, Kind
from model.digest import digest
from model.world import Action, Layer, Transition
from wavetank.calm import CalmVerdict, calm_down
from wavetank.defects.bank import defect_named, put_back
from wavetank.defects.defect import Anomaly, Defect
from wavetank.extensions import invariants_for
from wavetank.layers import layer_named
from wavetank.run import Run
from wavetank.shrink import shrink
from wavetank.trace import Trace

__all__ = ["Moment", "Replay", "defect_of", "rebase", "replay", "replay_clean", "story"]


@frozen
class Replay:
    """What a replay showed.

    ``outcome``: ``same`` (the invariant of the trace breaks), ``other`` (another one does),
    ``holds``, or ``not_enabled``. ``step``: the 1-based number of the step where that was seen.
    ``why``: the reason in words. ``drifted``: the first step whose digest differs, if any (0: the
    start).
    """

    outcome: str
    step: int
    why: str
    findings: tuple[Finding, ...] = ()
    drifted: int | None = None


@frozen
class Moment:
    """One step of a replay: the action, the world before and what came of it."""

    number: int
    action: Action
    before: Any
    transition: Transition[Any]
    findings: tuple[Finding, ...]


def defect_of(trace: Trace) -> Defect | None:
    """The defect that the trace was found with."""
    return None if trace.defect is None else defect_named(trace.defect)


def _asked(trace: Trace, layer: Layer[Any], *, only: bool) -> tuple[Invariant, ...]:
    known = invariants_for(layer, trace.defect or "")
    return tuple(inv for inv in known if inv.name == trace.invariant) if only else known


def replay(trace: Trace) -> Replay:
    """Run the trace with its defect in place and see whether it breaks what it says it breaks.

    Where its own invariant holds now, all others are asked as well.
    """
    with put_back(defect_of(trace)):
        own = _replay(trace, only=True)
        if own.outcome == "holds":
            others = _replay(trace, only=False)
            return others if others.outcome == "other" else own
        return own


def replay_clean(trace: Trace) -> Replay | None:
    """Run the trace without its defect: it must hold. None for a trace of the clean model.

    Steps that the clean model does not allow are passed over, for without the defect a message
    may never have been sent.
    """
    defect = defect_of(trace)
    if defect is None or isinstance(defect, Anomaly):
        return None
    layer = layer_named(trace.layer)
    run = Run(layer, trace.config, Checker.of(layer, _asked(trace, layer, only=True)))
    for action in trace.actions:
        if refusal(layer, run.world, action) is None and run.step(action):
            break
    if not run.findings and _is_liveness(trace, layer):
        run.settle()
    if run.findings:
        said = "; ".join(run.findings[0].evidence)
        return Replay("other", len(run.actions), f"the clean model breaks it too: {said}")
    return Replay("holds", len(run.actions), "the invariant holds")


def refusal(layer: Layer[Any], world: Any, action: Action) -> str | None:
    """Why the action is not possible; None when it is.

    A file can name members and objects that were never there, which no driver does.
    """
    rule = layer.rule_of(action)
    try:
        return layer.why_not(world, action)
    except Exception:
        names = [f.name for f in attrs.fields(type(action))]  # type: ignore[arg-type]
        domains = () if rule is None else rule.domains(world)
        for name, domain in zip(names, domains, strict=False):
            value = getattr(action, name)
            if value not in domain:
                known = ", ".join(repr(each) for each in domain)
                return f"{name} {value!r} does not exist; there are: {known}"
        raise


def _replay(trace: Trace, *, only: bool) -> Replay:
    layer = layer_named(trace.layer)
    run = Run(layer, trace.config, Checker.of(layer, _asked(trace, layer, only=only)))
    drifted = _drifted(trace, 0, run.world)
    for number, action in enumerate(trace.actions, start=1):
        why = refusal(layer, run.world, action)
        if why is not None:
            return Replay("not_enabled", number, f"{action.sentence()}: {why}", drifted=drifted)
        run.step(action)
        if drifted is None:
            drifted = _drifted(trace, number, run.world)
        if run.findings:
            break
    if not run.findings and _is_liveness(trace, layer):
        run.settle()
    return _judged(trace, run.findings, len(run.actions), drifted)


def _drifted(trace: Trace, number: int, world: Any) -> int | None:
    """The step's number when the world after it is not the one that was saved."""
    saved = trace.digests[number] if trace.digests else None
    return number if saved is not None and digest(world) != saved else None


def _is_liveness(trace: Trace, layer: Layer[Any]) -> bool:
    kinds = {inv.name: inv.kind for inv in invariants_for(layer, None)}
    return kinds.get(trace.invariant) is Kind.EVENTUALLY


def _judged(trace: Trace, findings: tuple[Finding, ...], step: int, drifted: int | None) -> Replay:
    for finding in findings:
        if finding.invariant.name == trace.invariant:
            why = "; ".join(finding.evidence)
            return Replay("same", step, why, findings, drifted)
    if findings:
        return Replay("other", step, f"breaks {findings[0].invariant.name}", findings, drifted)
    return Replay("holds", step, f"{trace.invariant} holds now", (), drifted)


def story(trace: Trace) -> Iterator[Moment | CalmVerdict[Any]]:
    """The trace step by step (its defect must be put back), then the calm phase if it has one.

    Ends early where a step is not enabled. Only the invariant of the trace is asked.
    """
    layer = layer_named(trace.layer)
    checker = Checker.of(layer, _asked(trace, layer, only=True))
    world = layer.start(trace.config)
    readings, _ = checker.start(world)
    for number, action in enumerate(trace.actions, start=1):
        if refusal(layer, world, action) is not None:
            return
        transition = layer.step(world, action)
        readings, findings = checker.read(readings, world, action, transition)
        yield Moment(number, action, world, transition, findings)
        world = transition.world
        if findings:
            return
    if _is_liveness(trace, layer):
        yield calm_down(checker, readings, world)


def rebase(trace: Trace) -> Trace | None:
    """An equivalent trace for the model of today: the same invariant broken, or None.

    Steps that are not possible any more are left out; the rest is tried with fair steps in
    between, and shrunk.
    """
    from wavetank.hunt import trace_of

    defect = defect_of(trace)
    layer = layer_named(trace.layer)
    with put_back(defect):
        for between in (0, 1, 2):
            checker = Checker.of(layer, _asked(trace, layer, only=True))
            run = Run(layer, trace.config, checker)
            for action in trace.actions:
                attempts = 0
                while refusal(layer, run.world, action) is not None and attempts < between:
                    attempts += 1
                    run.follow(_plain_steps(layer, run.world))
                possible = not run.findings and refusal(layer, run.world, action) is None
                if run.findings or (possible and run.step(action)):
                    break
            if not run.findings and _is_liveness(trace, layer):
                run.settle()
            if run.findings:
                return trace_of(shrink(run).run, defect, f"rebase of {trace.driver}", trace.seed)
    return None


def _plain_steps(layer: Layer[Any], world: Any) -> list[Action]:
    """One enabled step of each kind that is no fault."""
    first = (next(rule.enabled(world), None) for rule in layer.rules if rule.fault is None)
    return [action for action in first if action is not None]
