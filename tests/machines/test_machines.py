"""Every layer as a Hypothesis rule machine and through the binary fast path, clean.

These are ordinary Hypothesis tests: ``--hypothesis-profile soak``, ``--hypothesis-seed``.
"""

import pytest
from hypothesis import HealthCheck, settings

from invariants import InvariantViolation
from wavetank.defects.bank import defect_named, put_back
from wavetank.drivers.binary import binary_test, run_binary
from wavetank.drivers.machine import machine_for
from wavetank.extensions import invariants_for
from wavetank.layers import LAYERS, layer_named


def machine(name: str):
    layer = layer_named(name)
    return machine_for(layer, layer.config(), invariants_for(layer))


def ordinary(examples: int, steps: int = 40):
    """The profile in force; a plain run makes do with fewer examples than Hypothesis would."""
    longer = settings.default.max_examples > 100
    return settings(
        settings.default,
        deadline=None,
        max_examples=settings.default.max_examples if longer else examples,
        stateful_step_count=settings.default.stateful_step_count if longer else steps,
        suppress_health_check=list(HealthCheck),
    )


class TestRaft(machine("raft").TestCase):  # type: ignore[misc]
    settings = ordinary(40)


class TestEtcd(machine("etcd").TestCase):  # type: ignore[misc]
    settings = ordinary(30)


class TestKube(machine("kube").TestCase):  # type: ignore[misc]
    settings = ordinary(20)


class TestFull(machine("full").TestCase):  # type: ignore[misc]
    settings = ordinary(3, steps=15)


@pytest.mark.parametrize("name", LAYERS)
def test_the_binary_driver_holds(name: str) -> None:
    layer = layer_named(name)
    test = binary_test(layer, layer.config(), invariants_for(layer), steps=60)
    run_binary(ordinary(4 if name == "full" else 30)(test))


@pytest.mark.parametrize("name", ["R2", "R3", "B7"])
def test_both_drivers_find_a_planted_bug(name: str) -> None:
    defect = defect_named(name)
    layer = layer_named(defect.layer)
    asked = [inv for inv in invariants_for(layer) if inv.name in defect.breaks]
    test = binary_test(layer, layer.config(), asked, calm=False)
    much = settings(max_examples=2000, deadline=None, database=None, derandomize=True)
    with put_back(defect), pytest.raises(InvariantViolation) as caught:
        run_binary(much(test))
    assert caught.value.name in defect.breaks
    assert 0 < len(caught.value.trace.actions) < 40
