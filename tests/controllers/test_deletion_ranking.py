"""Which pods a ReplicaSet deletes first: by example, and against the real code's ranking."""

import gzip
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from model.controllers.deletion_ranking import (
    Candidate,
    deletion_key,
    rank_for_deletion,
    with_related,
)

RECORDED = Path(__file__).resolve().parents[3] / "shared/conformance/kubernetes/controllers"


def names(*candidates: Candidate, now: int | None = None) -> list[str]:
    return [candidate.name for candidate in rank_for_deletion(candidates, now)]


def test_the_pod_that_serves_least_goes_first() -> None:
    ready = Candidate("ready", "n1", ready_since=10)
    starting = Candidate("starting", "n1")
    pending = Candidate("pending", "n1", phase="Pending")
    unassigned = Candidate("unassigned", "", phase="Pending")
    assert names(ready, starting, pending, unassigned) == [
        "unassigned",
        "pending",
        "starting",
        "ready",
    ]


def test_crowded_nodes_are_thinned_and_ranks_are_counted_once() -> None:
    pods = [Candidate(f"p{i}", "n1" if i < 3 else "n2", ready_since=5) for i in range(5)]
    ranked = rank_for_deletion(with_related(pods, [pod.node_name for pod in pods]))
    assert [pod.node_name for pod in ranked[:3]] == ["n1", "n1", "n1"]


def test_current_releases_compare_ages_by_powers_of_two_then_uid() -> None:
    older = Candidate("older", "n1", ready_since=1000, created=1000, uid="a")
    younger = Candidate("younger", "n1", ready_since=1010, created=1010, uid="b")
    assert names(older, younger) == ["younger", "older"]
    assert names(older, younger, now=3000) == ["older", "younger"]


def test_a_deletion_cost_outweighs_age() -> None:
    dear = Candidate("dear", "n1", ready_since=100, cost=5)
    cheap = Candidate("cheap", "n1", ready_since=1)
    assert names(dear, cheap, now=200) == ["cheap", "dear"]


def seconds(stamp: str | None) -> int:
    return 0 if stamp is None else int(datetime.fromisoformat(stamp).timestamp())


def candidate(pod: dict[str, Any]) -> Candidate:
    status = pod["status"]
    ready = next(
        (
            seconds(condition["lastTransitionTime"])
            for condition in status.get("conditions", ())
            if condition["type"] == "Ready" and condition["status"] == "True"
        ),
        None,
    )
    return Candidate(
        pod["metadata"]["name"],
        pod["spec"].get("nodeName", ""),
        status.get("phase", ""),
        ready,
        restarts=max((c["restartCount"] for c in status.get("containerStatuses", ())), default=0),
        created=seconds(pod["metadata"].get("creationTimestamp")),
    )


def test_every_recorded_ranking_is_the_same() -> None:
    path = RECORDED / "replicaset_scale_down.jsonl.gz"
    if not path.exists():
        pytest.skip(f"the recorded decisions are not there: {path}")
    different = []
    with gzip.open(path, "rt") as lines:
        cases = [json.loads(line) for line in lines]
    for case in cases:
        given = case["input"]
        active_on = [
            pod["spec"].get("nodeName", "")
            for pod in (*(given["pods"] or ()), *(given["related"] or ()))
            if pod["status"].get("phase") not in ("Succeeded", "Failed")
            and "deletionTimestamp" not in pod["metadata"]
        ]
        pods = with_related(map(candidate, given["pods"] or ()), active_on)
        before = {
            pod.name: sorted(
                other.name for other in pods if deletion_key(pod) < deletion_key(other)
            )
            for pod in pods
        }
        if {name: later for name, later in before.items() if later} != case["expected"][
            "deletedBefore"
        ]:
            different.append((case["id"], before, case["expected"]))
    assert not different, (len(different), different[0])
