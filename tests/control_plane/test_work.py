"""Informers lag, queues hold keys once, writes go out one at a time."""

from __future__ import annotations

from model.api.requests import Create
from model.control_plane.failures import RefuseWrite
from model.control_plane.observed import ApiEvent, Bound, ReconcileRan
from model.control_plane.users import Scale
from model.control_plane.work import CatchUp, PassTime, Receive, Reconcile, Send


def test_a_controller_has_listed_before_it_works(port):
    assert port.world.processes["pod-maker"].queue == ("default/web",)


def test_writes_are_sent_one_at_a_time(port):
    port.do(Reconcile("pod-maker"))
    assert port.pods() == []
    port.do(Send("pod-maker"))
    assert len(port.pods()) == 1
    assert port.why_not(Reconcile("pod-maker")) is not None
    port.do(Send("pod-maker"), Send("pod-maker"))
    assert len(port.pods()) == 3
    assert "nothing to send" in port.why_not(Send("pod-maker"))


def test_what_was_written_is_known_to_others_only_when_they_receive_it(port):
    port.do(CatchUp("pod-maker"))
    assert port.world.processes["placer"].queue == ()
    port.do(Receive("placer/Pod"))
    assert port.world.processes["placer"].queue == ("default/web-1",)


def test_without_memory_of_its_writes_a_lagging_controller_makes_too_many(port):
    port.do(CatchUp("pod-maker"), Scale("default/web", 4), Receive("pod-maker/Deployment"))
    port.do(Reconcile("pod-maker"))
    assert len(port.world.processes["pod-maker"].outbox) == 4


def test_a_key_waits_in_the_queue_once(running):
    running.do(Scale("default/web", 4), Scale("default/web", 5))
    running.do(Receive("pod-maker/Deployment"), Receive("pod-maker/Deployment"))
    assert running.world.processes["pod-maker"].queue == ("default/web",)


def test_catching_up_is_receiving_reconciling_and_sending(port):
    port.do(*(CatchUp(name) for name in ("pod-maker", "placer", "kubelet-n1")))
    assert [event.pod for event in port.of(Bound)] == [f"default/web-{i}" for i in (1, 2, 3)]
    assert port.pods()[0].status.phase == "Running"


def test_observations_tell_who_did_what_and_what_it_knew(port):
    port.do(Reconcile("pod-maker"), Send("pod-maker"))
    (ran,) = port.of(ReconcileRan)
    (event,) = port.of(ApiEvent)
    assert ran.view.by_key("Deployment", "default/web").spec.replicas == 3
    assert isinstance(ran.writes[0], Create)
    assert (event.verb, event.kind, event.key, event.by) == (
        "created",
        "Pod",
        "default/web-1",
        "pod-maker",
    )


def test_time_passes_on_every_clock_and_brings_keys_back(port):
    port.do(CatchUp("kubelet-n1"), PassTime(10))
    assert "heartbeat" in port.world.processes["kubelet-n1"].queue
    clocks = {port.world.now(process) for process in port.world.processes.values()}
    assert clocks == {10}


def test_an_error_ends_the_reconcile_and_brings_the_key_back(port):
    port.do(Reconcile("pod-maker"), RefuseWrite("pod-maker"))
    process = port.world.processes["pod-maker"]
    assert (process.outbox, process.queue) == ((), ("default/web",))
    assert port.pods() == []
