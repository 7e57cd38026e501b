"""The same processes when a write takes its time: sent, applied, answered in separate steps."""

from __future__ import annotations

import pytest
from attrs import evolve

from model.control_plane.cast import Cast
from model.control_plane.failures import Crash
from model.control_plane.over_etcd import send_to_etcd, settle
from model.control_plane.rules import plane_rules
from model.control_plane.users import Scale
from model.control_plane.work import Reconcile, Restart, Send


@pytest.fixture
def slow(port):
    """The port with its writes sent to a store that the test plays."""
    port.cast = Cast(port.cast.controllers, send_to_etcd)
    port.layer = evolve(port.layer, rules=plane_rules(port.cast))
    return port


def apply_next(port, **how):
    port.world = settle(port.cast, port.world, port.world.tickets[0].number, **how).world


def test_a_write_takes_effect_when_the_store_has_applied_it(slow):
    slow.do(Reconcile("pod-maker"), Send("pod-maker"))
    assert slow.pods() == []
    assert slow.why_not(Send("pod-maker")) == "it waits for an answer"
    apply_next(slow)
    assert len(slow.pods()) == 1
    assert slow.why_not(Send("pod-maker")) is None


def test_a_write_of_a_process_that_died_still_takes_effect(slow):
    slow.do(Reconcile("pod-maker"), Send("pod-maker"), Crash("pod-maker"), Restart("pod-maker"))
    apply_next(slow)
    assert len(slow.pods()) == 1
    assert slow.world.processes["pod-maker"].queue == ("default/web",)


def test_a_write_that_is_lost_looks_like_a_timeout(slow):
    slow.do(Reconcile("pod-maker"), Send("pod-maker"))
    apply_next(slow, lost=True)
    assert slow.pods() == []
    assert slow.world.processes["pod-maker"].queue == ("default/web",)


def test_of_two_writes_from_one_version_the_second_loses(slow):
    slow.do(Scale("default/web", 5))
    (scale,) = slow.world.tickets
    twin = evolve(scale, number=9, process="pod-maker")
    slow.world = evolve(slow.world, tickets=(scale, twin))
    apply_next(slow)
    before = slow.world.store
    apply_next(slow)
    assert slow.world.store is before
    assert slow.world.object("Deployment", "default/web").spec.replicas == 5
