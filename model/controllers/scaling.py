"""The arithmetic of a Deployment: how many pods each of its ReplicaSets should have.

Models ``rolling.go``, ``sync.go`` (scale) and ``deployment_util.go`` of the deployment
controller. Rules of this file: plain numbers in, plain numbers out; it knows no API object, no
cache and no time. Availability is what the ReplicaSets' *status* says, which another controller
wrote from its own cache: that it can be behind the truth is the caller's world, not ours.

Every decision is a small function of its own, called by name, so that a defect can replace it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import evolve, frozen

__all__ = [
    "ReplicaSetSize",
    "Rollout",
    "Strategy",
    "find_active_or_latest",
    "is_saturated",
    "new_replica_set_replicas",
    "resolve_fenceposts",
    "resolve_int_or_percent",
    "rolling_step",
    "scale",
]


@frozen
class ReplicaSetSize:
    """What the arithmetic reads of one ReplicaSet.

    ``replicas`` is ``spec.replicas``, ``available`` is ``status.availableReplicas``; ``created``
    orders by age (any number that grows, then the name). ``desired`` and ``max_replicas`` are the
    annotations ``desired-replicas`` and ``max-replicas`` that the controller left when it last
    scaled this ReplicaSet, None when absent.
    """

    name: str
    replicas: int
    available: int = 0
    created: int = 0
    desired: int | None = None
    max_replicas: int | None = None


@frozen
class Strategy:
    """How many pods a Deployment wants, and how far from that it may stray while it moves.

    ``max_surge`` and ``max_unavailable`` are absolute, as :func:`resolve_fenceposts` gives them.
    """

    replicas: int
    max_surge: int = 0
    max_unavailable: int = 1

    @classmethod
    def of(cls, replicas: int, max_surge: int | str, max_unavailable: int | str) -> Strategy:
        """The strategy with percentages resolved against ``replicas``."""
        surge, unavailable = resolve_fenceposts(max_surge, max_unavailable, replicas)
        return cls(replicas, surge, min(unavailable, replicas))

    @property
    def most(self) -> int:
        """The pods that there may be at once, terminating ones not counted."""
        return self.replicas + self.max_surge

    @property
    def least_available(self) -> int:
        """The available pods that there must be at any time."""
        return self.replicas - self.max_unavailable


@frozen
class Rollout:
    """The new ReplicaSet (of the current template) and the old ones, oldest first."""

    new: ReplicaSetSize | None
    old: tuple[ReplicaSetSize, ...] = ()

    @classmethod
    def of(cls, new: ReplicaSetSize | None, old: Iterable[ReplicaSetSize]) -> Rollout:
        """The rollout with the old ReplicaSets put in order of age."""
        return cls(new, tuple(sorted(old, key=_age)))

    @property
    def everything(self) -> tuple[ReplicaSetSize, ...]:
        """All ReplicaSets, the new one last."""
        return self.old if self.new is None else (*self.old, self.new)


def _age(replica_set: ReplicaSetSize) -> tuple[int, str]:
    return replica_set.created, replica_set.name


def _total(replica_sets: Iterable[ReplicaSetSize]) -> int:
    return sum(rs.replicas for rs in replica_sets)


def _active(replica_sets: Iterable[ReplicaSetSize]) -> tuple[ReplicaSetSize, ...]:
    return tuple(rs for rs in replica_sets if rs.replicas > 0)


def resolve_int_or_percent(value: int | str, total: int, *, round_up: bool) -> int:
    """``value`` as a count: an integer as it is, ``"25%"`` as that share of ``total``.

    Raises ``ValueError`` for a string that is no percentage.
    """
    if isinstance(value, int):
        return value
    if not value.endswith("%") or not value[:-1].isdecimal():
        raise ValueError(f"{value!r} is neither an integer nor a percentage such as '25%'")
    share = int(value[:-1]) * total
    return -(-share // 100) if round_up else share // 100


def resolve_fenceposts(
    max_surge: int | str, max_unavailable: int | str, desired: int
) -> tuple[int, int]:
    """(surge, unavailable) as counts: surge rounds up, unavailable down, and never both zero.

    With both zero nothing could ever move, so one pod may then be unavailable.
    """
    surge = resolve_int_or_percent(max_surge, desired, round_up=True)
    unavailable = resolve_int_or_percent(max_unavailable, desired, round_up=False)
    return (surge, 1) if surge == 0 and unavailable == 0 else (surge, unavailable)


def new_replica_set_replicas(strategy: Strategy, total: int, new: int) -> int:
    """How large the new ReplicaSet may be now: up to ``replicas``, never past the surge.

    ``total`` counts the pods of all ReplicaSets by their specs, ``new`` those of the new one.
    """
    if total >= strategy.most:
        return new
    return new + min(strategy.most - total, strategy.replicas - new)


def max_scaled_down(strategy: Strategy, total: int, new_unavailable: int) -> int:
    """How many old pods may go at most: never counting on new pods that are not available yet."""
    return total - strategy.least_available - new_unavailable


def rolling_step(strategy: Strategy, rollout: Rollout) -> dict[str, int]:
    """One round of a rolling update: the ReplicaSets to resize, by name.

    First the new ReplicaSet grows (or shrinks to ``replicas``); only in a round where it need
    not, the old ones shrink: their unhealthy pods first, then as many as availability allows.
    """
    new = rollout.new
    assert new is not None, "a rolling update first makes the new ReplicaSet"
    grown = _reconcile_new(strategy, rollout, new)
    if grown != new.replicas:
        return {new.name: grown}
    return _reconcile_old(strategy, rollout, new)


def _reconcile_new(strategy: Strategy, rollout: Rollout, new: ReplicaSetSize) -> int:
    if new.replicas >= strategy.replicas:
        return strategy.replicas
    return new_replica_set_replicas(strategy, _total(rollout.everything), new.replicas)


def _reconcile_old(strategy: Strategy, rollout: Rollout, new: ReplicaSetSize) -> dict[str, int]:
    old = _active(rollout.old)
    if not old:
        return {}
    total = _total(rollout.everything)
    budget = max_scaled_down(strategy, total, new.replicas - new.available)
    if budget <= 0:
        return {}
    cleaned = cleanup_unhealthy(old, budget)
    available = sum(rs.available for rs in (*cleaned, new))
    shrunk = _scale_down(cleaned, available - strategy.least_available)
    return {
        after.name: after.replicas
        for before, after in zip(old, shrunk, strict=True)
        if after.replicas != before.replicas
    }


def cleanup_unhealthy(old: Sequence[ReplicaSetSize], budget: int) -> tuple[ReplicaSetSize, ...]:
    """The old ReplicaSets, oldest first, without pods that are not available, up to ``budget``."""
    cleaned = []
    for rs in old:
        gone = min(budget, max(0, rs.replicas - rs.available))
        budget -= gone
        cleaned.append(evolve(rs, replicas=rs.replicas - gone) if gone else rs)
    return tuple(cleaned)


def _scale_down(old: Sequence[ReplicaSetSize], spare: int) -> tuple[ReplicaSetSize, ...]:
    """The old ReplicaSets, oldest first, with ``spare`` pods fewer, as far as there are any."""
    shrunk = []
    for rs in old:
        gone = min(rs.replicas, max(0, spare))
        spare -= gone
        shrunk.append(evolve(rs, replicas=rs.replicas - gone) if gone else rs)
    return tuple(shrunk)


def find_active_or_latest(rollout: Rollout) -> ReplicaSetSize | None:
    """The one ReplicaSet with pods; with none, the new (else newest) one; with several, None."""
    active = _active(rollout.everything)
    if len(active) > 1:
        return None
    if active:
        return active[0]
    if rollout.new is not None:
        return rollout.new
    return rollout.old[-1] if rollout.old else None


def is_saturated(strategy: Strategy, new: ReplicaSetSize | None) -> bool:
    """Whether the new ReplicaSet alone already is what the Deployment wants."""
    return new is not None and (new.replicas == new.desired == new.available == strategy.replicas)


def scale(
    strategy: Strategy, rollout: Rollout, *, rolling: bool = True, status_replicas: int = 0
) -> dict[str, int]:
    """The sizes after ``spec.replicas`` changed (or while paused), by name; changed ones only.

    One ReplicaSet takes the whole change. Several, in the middle of a rolling update, share it in
    proportion to their sizes. ``status_replicas`` is the Deployment's ``status.replicas``, the
    measure for a ReplicaSet without the ``max-replicas`` annotation.
    """
    only = find_active_or_latest(rollout)
    if only is not None:
        return {} if only.replicas == strategy.replicas else {only.name: strategy.replicas}
    if is_saturated(strategy, rollout.new):
        return {rs.name: 0 for rs in _active(rollout.old)}
    return _scale_proportionally(strategy, rollout, status_replicas) if rolling else {}


def _scale_proportionally(
    strategy: Strategy, rollout: Rollout, status_replicas: int
) -> dict[str, int]:
    active = _active(rollout.everything)
    allowed = strategy.most if strategy.replicas > 0 else 0
    to_add = allowed - _total(active)
    if to_add == 0:
        return {}
    # Largest first; among equals the newer grows first and the older shrinks first.
    by_age = sorted(active, key=_age, reverse=to_add > 0)
    ordered = sorted(by_age, key=lambda rs: -rs.replicas)
    sizes: dict[str, int] = {}
    added = 0
    for rs in ordered:
        share = proportion(strategy, rs, to_add, added, status_replicas)
        sizes[rs.name] = _int32(rs.replicas + share)
        added = _int32(added + share)
    first = ordered[0]
    sizes[first.name] = max(0, _int32(sizes[first.name] + to_add - added))
    return {rs.name: sizes[rs.name] for rs in ordered if sizes[rs.name] != rs.replicas}


def proportion(
    strategy: Strategy, rs: ReplicaSetSize, to_add: int, added: int, status_replicas: int
) -> int:
    """The share of ``to_add`` that falls to ``rs`` when ``added`` are given out already."""
    if rs.replicas == 0 or to_add == added:
        return 0
    share = _fraction(strategy, rs, status_replicas)
    left = _int32(to_add - added)
    return min(share, left) if to_add > 0 else max(share, left)


def _fraction(strategy: Strategy, rs: ReplicaSetSize, status_replicas: int) -> int:
    """How much larger ``rs`` would be if it kept its share of the allowed total."""
    if strategy.replicas == 0:
        return -rs.replicas
    measure = status_replicas if rs.max_replicas is None else rs.max_replicas
    if measure == 0:
        # The code divides as floats: infinity, which as an int32 is the smallest one (amd64).
        return _int32(-(2**31) - rs.replicas)
    # Round half up, in integers: floor(x / m + 1/2).
    return (2 * rs.replicas * strategy.most + measure) // (2 * measure) - rs.replicas


def _int32(number: int) -> int:
    """``number`` as the code's 32-bit integers hold it."""
    return (number + 2**31) % 2**32 - 2**31
