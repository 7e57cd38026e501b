"""The plain random driver: many short episodes, each with its own mix of actions (swarm).

Always choosing among everything hides bugs that need one kind of fault to be rare or absent
(Groce et al., "Swarm testing", ISSTA 2012). Each episode therefore switches some kinds off and
gives the others weights of their own. Half of them go on from where an earlier one came to a rare
situation. Everything comes from one seed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from random import Random
from typing import Any, Generic, TypeVar

from invariants.checker import Checker
from invariants.invariant import Invariant
from model.world import Layer
from wavetank.drivers.decode import STEP_BYTES, Menu
from wavetank.run import Run

__all__ = ["Pool", "episode", "episodes", "swarm"]

W = TypeVar("W")

LENGTHS = (20, 40, 80, 160)
"""Steps of an episode, one of these. Short ones shrink well, long ones reach far."""

RARE = 2
"""Kinds of at most this weight are switched off as often as faults are."""

FRESH = 0.5
"""How many of the episodes begin at the start."""

POOL_SIZE = 48
POOL_TURNOVER = 0.2
"""Runs kept for each situation, and how often a new one replaces an old one."""

RARER = 1.0
"""How much more often to begin where few runs have come: by the number of runs to this power."""

MISSES_MAX = 40
"""An episode ends when so many draws in a row were not enabled, for every step of its length."""


def swarm(layer: Layer[W], random: Random, start: W) -> dict[str, int]:
    """Weights for one episode: kinds of normal operation stay on, most of them; faults may not.

    Kinds that are not allowed in a run from ``start`` are off.
    """
    weights = {}
    rules = [rule for rule in layer.rules if rule.allowed(start)]
    for rule in rules:
        keep = 0.5 if rule.fault or rule.weight <= RARE else 0.95
        scale = random.choice((1, 1, 2, 4))
        weights[rule.action.kind()] = rule.weight * scale if random.random() < keep else 0
    if not any(weights.values()):
        return {rule.action.kind(): rule.weight for rule in rules}
    return weights


class Pool(Generic[W]):
    """Runs that have just come to a situation worth starting from, by situation.

    The situations are the ``sometimes`` invariants: rare, and the doorstep of rarer ones. A world
    is a value, so to go on from one costs nothing. Each situation keeps a bounded random sample.
    """

    def __init__(self, random: Random) -> None:
        self.random = random
        self.runs: dict[str, list[Run[W]]] = {}
        self.reached: dict[str, int] = {}

    def keep(self, run: Run[W], situations: Iterable[Invariant]) -> None:
        """Remember where the run stands, for each situation that it has just reached."""
        for situation in situations:
            kept = self.runs.setdefault(situation.name, [])
            self.reached[situation.name] = self.reached.get(situation.name, 0) + 1
            if len(kept) < POOL_SIZE:
                kept.append(Run.resume(run))
            elif self.random.random() < POOL_TURNOVER:
                kept[self.random.randrange(POOL_SIZE)] = Run.resume(run)

    def draw(self) -> Run[W] | None:
        """A run to go on from; None when the next one should begin at the start."""
        if not self.runs or self.random.random() < FRESH:
            return None
        names = sorted(self.runs)
        weights = [self.reached[name] ** -RARER for name in names]
        situation = self.random.choices(names, weights)[0]
        return Run.resume(self.random.choice(self.runs[situation]))


def episode(
    run: Run[W], menu: Menu[W], random: Random, length: int, pool: Pool[W] | None = None
) -> Run[W]:
    """Take up to ``length`` random steps; stop at the first finding."""
    getrandbits, pick, take = random.getrandbits, menu.pick, run.take
    misses_left = MISSES_MAX * length
    bits = 8 * STEP_BYTES
    while length and misses_left:
        chosen = pick(run.world, getrandbits(bits).to_bytes(STEP_BYTES, "big"))
        if chosen is None or chosen[0].why_not(run.world, chosen[1]) is not None:
            misses_left -= 1
            continue
        length -= 1
        unreached = run.readings.unreached
        if take(*chosen):
            break
        if pool is not None and run.readings.unreached is not unreached:
            left = run.readings.unreached
            pool.keep(run, (each for each in unreached if each not in left))
    return run


def episodes(layer: Layer[W], config: Any, checker: Checker[W], seed: int) -> Iterator[Run[W]]:
    """Runs without end, each stopped at its length or first finding.

    About half of them begin at the start, the others where an earlier run came to a rare
    situation; ``run.actions`` always tells the whole way from the start.
    """
    random = Random(seed)
    pool: Pool[W] = Pool(random)
    start = layer.start(config)
    while True:
        menu = Menu.of(layer, swarm(layer, random, start))
        run = pool.draw() or Run(layer, config, checker)
        if run.findings:
            yield run
            continue
        yield episode(run, menu, random, random.choice(LENGTHS), pool)
