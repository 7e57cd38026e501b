"""A hunt: random runs of a layer within a budget, until something breaks.

Deterministic from its seed: the same seed makes the same runs in the same order; a budget in
seconds only decides where they stop. What was found is shrunk and returned as traces. An
interrupt (Ctrl-C) ends the hunt and keeps what it has.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from importlib.metadata import version
from math import inf
from platform import python_version
from typing import Any

from attrs import field, frozen

from invariants.checker import Checker
from invariants.invariant import Invariant
from model.world import Layer
from wavetank.bad_input import BadInput
from wavetank.defects.bank import put_back
from wavetank.defects.defect import Defect
from wavetank.drivers.random_walk import episodes
from wavetank.extensions import extensions_behind
from wavetank.run import Run, digests_along
from wavetank.shrink import shrink
from wavetank.trace import Trace

__all__ = ["Budget", "HuntResult", "Progress", "hunt", "made_by", "trace_of"]

CALM_EVERY = 3
"""Every so many episodes end with a calm phase; it costs as much as the episode itself."""

POLISH_STEPS = 20_000
POLISH_SHRINKS = 6
"""How long to look for a shorter counterexample of the same invariant, once one is shrunk."""


@frozen
class Budget:
    """How long to hunt: at most so many seconds, at most so many steps; None: no such limit."""

    seconds: float | None = None
    steps: int | None = None

    @classmethod
    def parse(cls, text: str) -> Budget:
        """``"60s"`` or ``"2m"`` are times, ``"100000"`` is a number of steps."""
        number, unit = (text[:-1], text[-1]) if text[-1:] in ("s", "m") else (text, "")
        try:
            value = float(number) if unit else int(number.replace("_", ""))
        except ValueError:
            value = 0
        if not 0 < value < inf:
            raise BadInput(
                f"budget {text!r}: expected seconds like '60s', minutes like '2m' "
                "or a number of steps like '100000'"
            )
        if unit:
            return cls(seconds=value * (60 if unit == "m" else 1))
        return cls(steps=int(value))

    def __str__(self) -> str:
        parts = []
        if self.seconds is not None:
            parts.append(f"{self.seconds:g} s")
        if self.steps is not None:
            parts.append(f"{self.steps:,} steps")
        return " or ".join(parts) or "no limit"


@frozen
class Progress:
    """Where a hunt stands: runs and steps made, seconds gone, and what it is doing."""

    episodes: int
    steps: int
    seconds: float
    doing: str = "hunting"


@frozen
class HuntResult:
    """What a hunt did and found.

    ``traces``: one for each invariant that broke, shrunk. ``unreached``: the situations
    (``sometimes`` invariants) that no run came to. ``kinds``: steps by kind of action.
    ``found_after``: steps and seconds until the first finding, before shrinking.
    """

    layer: str
    seed: int
    budget: Budget
    defect: str | None
    episodes: int
    steps: int
    seconds: float
    invariants: tuple[Invariant, ...]
    traces: tuple[Trace, ...] = ()
    unreached: tuple[str, ...] = ()
    kinds: dict[str, int] = field(factory=dict)
    found_after: tuple[int, float] | None = None
    interrupted: bool = False

    @property
    def steps_a_second(self) -> float:
        """Steps a second over the whole hunt, shrinking included."""
        return self.steps / self.seconds if self.seconds else 0.0


def made_by(extensions: Sequence[str] = ()) -> dict[str, str]:
    """The versions of what makes a trace, and the user's own files that it needs."""
    versions = {"wavetank": version("wavetank"), "python": python_version()}
    return {**versions, "extensions": ", ".join(extensions)} if extensions else versions


def trace_of(run: Run[Any], defect: Defect | None, driver: str, seed: int | None) -> Trace:
    """The trace of a run that has findings. Call it with the defect put back."""
    finding = run.findings[0]
    verdict = "violated" if run.calm is None else run.calm.verdict
    return Trace(
        layer=run.layer.name,
        config=run.config,
        actions=tuple(run.actions),
        invariant=finding.invariant.name,
        evidence=finding.evidence,
        defect=None if defect is None else defect.id,
        verdict=verdict,
        digests=digests_along(run.layer, run.config, run.actions),
        driver=driver,
        seed=seed,
        made_by=made_by(extensions_behind(run.layer.name, finding.invariant, run.actions)),
    )


def hunt(
    layer: Layer[Any],
    config: Any,
    invariants: Sequence[Invariant],
    *,
    budget: Budget,
    seed: int,
    defect: Defect | None = None,
    findings_max: int = 1,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> HuntResult:
    """Hunt until ``findings_max`` different invariants have broken or the budget is spent.

    An invariant that has broken is not asked again, so that others get their turn.
    """
    with put_back(defect):
        return _Hunt(layer, config, budget, seed, defect, on_progress).go(
            Checker.of(layer, invariants), findings_max
        )


class _Hunt:
    """The book-keeping of one hunt."""

    def __init__(
        self,
        layer: Layer[Any],
        config: Any,
        budget: Budget,
        seed: int,
        defect: Defect | None,
        on_progress: Callable[[Progress], None],
    ) -> None:
        self.layer, self.config, self.budget = layer, config, budget
        self.seed, self.defect, self.on_progress = seed, defect, on_progress
        self.began = time.monotonic()
        self.episodes = self.steps = 0
        self.kinds: Counter[str] = Counter()
        self.traces: list[Trace] = []
        self.found_after: tuple[int, float] | None = None

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began

    def spent(self) -> bool:
        seconds, steps = self.budget.seconds, self.budget.steps
        return (seconds is not None and self.seconds >= seconds) or (
            steps is not None and self.steps >= steps
        )

    def go(self, checker: Checker[Any], findings_max: int) -> HuntResult:
        """Run episodes; the result says what came of them, also when interrupted."""
        asked = checker.invariants
        unreached = Run(self.layer, self.config, checker).readings.unreached
        interrupted = False
        try:
            for run in episodes(self.layer, self.config, checker, self.seed):
                self._count(run)
                if not run.findings and self.episodes % CALM_EVERY == 0:
                    run.settle()
                unreached = tuple(inv for inv in unreached if inv in run.readings.unreached)
                if run.findings:
                    self._keep(run)
                    if len(self.traces) >= findings_max:
                        break
                    broken = {trace.invariant for trace in self.traces}
                    left = tuple(inv for inv in asked if inv.name not in broken)
                    object.__setattr__(checker, "invariants", left)
                    checker.__attrs_post_init__()
                if self.spent():
                    break
        except KeyboardInterrupt:
            interrupted = True
        return HuntResult(
            layer=self.layer.name,
            seed=self.seed,
            budget=self.budget,
            defect=None if self.defect is None else self.defect.id,
            episodes=self.episodes,
            steps=self.steps,
            seconds=self.seconds,
            invariants=asked,
            traces=tuple(self.traces),
            unreached=tuple(inv.name for inv in unreached),
            kinds=dict(self.kinds),
            found_after=self.found_after,
            interrupted=interrupted,
        )

    def _count(self, run: Run[Any]) -> None:
        self.episodes += 1
        fresh = run.actions[run.inherited :]
        self.steps += len(fresh)
        for action in fresh:
            self.kinds[type(action).__name__] += 1
        if self.episodes % 16 == 0:
            self.on_progress(Progress(self.episodes, self.steps, self.seconds))

    def _keep(self, run: Run[Any]) -> None:
        if self.found_after is None:
            self.found_after = (self.steps, self.seconds)

        def shrinking(length: int) -> None:
            doing = f"shrinking to {length} steps"
            self.on_progress(Progress(self.episodes, self.steps, self.seconds, doing))

        best = self._polish(shrink(run, on_progress=shrinking).run, shrinking)
        self.traces.append(trace_of(best, self.defect, "random walk", self.seed))

    def _polish(self, best: Run[Any], shrinking: Callable[[int], None]) -> Run[Any]:
        """The shortest of a few counterexamples: taking steps away cannot leave a valley.

        Bounded in steps and not in seconds, so that it is deterministic.
        """
        invariant = best.findings[0].invariant
        checker = Checker(self.layer, (invariant,))
        steps, left = 0, POLISH_SHRINKS
        for run in episodes(self.layer, self.config, checker, self.seed + 1):
            steps += len(run.actions) - run.inherited
            if run.findings:
                left -= 1
                shorter = shrink(run).run
                if len(shorter.actions) < len(best.actions):
                    best = shorter
                    shrinking(len(best.actions))
            if steps >= POLISH_STEPS or not left:
                return best
        return best
