"""The Deployment's arithmetic: by example, and against recorded decisions of the real code."""

import gzip
import json
from pathlib import Path

import pytest

from model.controllers.scaling import (
    ReplicaSetSize,
    Rollout,
    Strategy,
    resolve_fenceposts,
    rolling_step,
    scale,
)

RECORDED = Path(__file__).resolve().parents[3] / "shared/conformance/kubernetes/controllers"


def sizes(*replicas: int) -> Rollout:
    """The new ReplicaSet first, then the old ones, younger first, all annotated alike."""
    new, *old = (ReplicaSetSize(f"rs{i}", n, n, -i) for i, n in enumerate(replicas))
    return Rollout.of(new, old)


def annotated(rollout: Rollout, most: int) -> Rollout:
    def note(rs: ReplicaSetSize) -> ReplicaSetSize:
        return ReplicaSetSize(rs.name, rs.replicas, rs.available, rs.created, most, most)

    assert rollout.new is not None
    return Rollout.of(note(rollout.new), map(note, rollout.old))


@pytest.mark.parametrize(
    ("surge", "unavailable", "desired", "expected"),
    [("39%", "39%", 10, (4, 3)), (0, 0, 10, (0, 1)), ("0%", "0%", 0, (0, 1)), (2, "0%", 3, (2, 0))],
)
def test_surge_rounds_up_unavailable_down_and_never_both_zero(
    surge: int | str, unavailable: int | str, desired: int, expected: tuple[int, int]
) -> None:
    assert resolve_fenceposts(surge, unavailable, desired) == expected


@pytest.mark.parametrize(
    ("before", "replicas", "expected"),
    [
        ((2, 3), (5, 10), [4, 6]),
        ((2, 3), (5, 3), [1, 2]),
        ((8, 1), (9, 4), [4, 0]),
        ((2, 3, 2), (7, 10), [3, 4, 3]),
        ((2, 8, 3), (13, 8), [1, 5, 2]),
        ((1, 1, 1), (3, 4), [2, 1, 1]),
        ((1, 1, 1), (3, 2), [1, 1, 0]),
        ((6, 0, 0), (6, 0), [0, 0, 0]),
    ],
)
def test_a_change_of_size_in_mid_rollout_is_shared_in_proportion(
    before: tuple[int, ...], replicas: tuple[int, int], expected: list[int]
) -> None:
    rollout = annotated(sizes(*before), replicas[0])
    changed = scale(Strategy(replicas[1], 0, 1), rollout)
    assert [changed.get(f"rs{i}", n) for i, n in enumerate(before)] == expected


def test_a_rolling_update_grows_the_new_before_it_shrinks_the_old() -> None:
    strategy = Strategy(3, max_surge=1, max_unavailable=0)
    assert rolling_step(strategy, sizes(0, 3)) == {"rs0": 1}
    assert rolling_step(strategy, sizes(1, 3)) == {"rs1": 2}


def test_old_pods_stay_while_the_new_ones_are_not_available() -> None:
    crashing = ReplicaSetSize("new", 1, available=0, created=1)
    old = ReplicaSetSize("old", 3, available=3)
    assert rolling_step(Strategy(3, 1, 0), Rollout.of(crashing, [old])) == {}


def test_unhealthy_old_pods_go_first() -> None:
    sick, sound = ReplicaSetSize("sick", 2, 0, 1), ReplicaSetSize("sound", 2, 2, 0)
    new = ReplicaSetSize("new", 2, 2, 2)
    assert rolling_step(Strategy(4, 2, 0), Rollout.of(new, [sick, sound])) == {"sick": 0}


def recorded(name: str) -> list[dict[str, object]]:
    path = RECORDED / f"{name}.jsonl.gz"
    if not path.exists():
        pytest.skip(f"the recorded decisions are not there: {path}")
    with gzip.open(path, "rt") as lines:
        return [json.loads(line) for line in lines]


def test_every_recorded_sync_of_a_deployment_gives_the_same_sizes() -> None:
    different = []
    for case in recorded("deployment"):
        given, expected = case["input"], case["expected"]
        assert isinstance(given, dict) and isinstance(expected, dict)
        sets = {
            rs["name"]: ReplicaSetSize(
                rs["name"],
                rs["replicas"],
                rs["availableReplicas"],
                rs["created"],
                rs.get("desiredAnnotation"),
                rs.get("maxReplicasAnnotation"),
            )
            for rs in given["replicaSets"]
        }
        new = next((sets[rs["name"]] for rs in given["replicaSets"] if rs["new"]), None)
        rollout = Rollout.of(new, (rs for rs in sets.values() if rs is not new))
        strategy = Strategy.of(given["replicas"], given["maxSurge"], given["maxUnavailable"])
        changed = (rolling_step if given["mode"] == "rolling" else scale)(strategy, rollout)
        if changed != expected["replicas"] or strategy.max_surge != expected["maxSurge"]:
            different.append((case["id"], changed, expected))
    assert not different, different[:5]
