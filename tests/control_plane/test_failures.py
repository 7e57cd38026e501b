"""What goes wrong, and how it is healed."""

from __future__ import annotations

from attrs import evolve

from model.api.requests import Delete
from model.control_plane.failures import (
    BreakWatch,
    Crash,
    CrashNode,
    CutNode,
    HealNode,
    LoseAnswer,
    SkewClock,
    SlowAnswer,
)
from model.control_plane.observed import Answered
from model.control_plane.users import DeletePod, Scale
from model.control_plane.work import (
    CatchUp,
    PassTime,
    Receive,
    ReceiveAnswer,
    Reconcile,
    Relist,
    Restart,
    Send,
)
from model.kubelet.observed import PodStopped


def test_a_process_can_die_between_two_writes(port):
    port.do(Reconcile("pod-maker"), Send("pod-maker"), Crash("pod-maker"))
    assert len(port.pods()) == 1
    assert port.world.processes["pod-maker"].outbox == ()
    port.do(Restart("pod-maker"), CatchUp("pod-maker"))
    assert len(port.pods()) == 3


def test_a_process_that_is_down_receives_nothing_and_lists_again_when_it_starts(port):
    port.do(Crash("placer"), CatchUp("pod-maker"))
    assert port.why_not(Receive("placer/Pod")) is not None
    port.do(Restart("placer"))
    assert port.world.processes["placer"].queue == tuple(f"default/web-{i}" for i in (1, 2, 3))


def test_a_broken_watch_loses_events_and_a_list_finds_what_they_led_to(running):
    running.do(BreakWatch("pod-maker/Pod"), DeletePod(0, True))
    assert running.why_not(Receive("pod-maker/Pod")) is not None
    running.do(Relist("pod-maker/Pod"), CatchUp("pod-maker"))
    assert [pod.metadata.name for pod in running.pods()] == ["web-2", "web-3", "web-4"]


def test_a_watcher_that_is_too_slow_is_closed_not_skipped(layer, port):
    port.world = layer.start(evolve(port.world.config, watch_window=2))
    port.do(CatchUp("pod-maker"))
    assert not port.world.informers["Pod"]["placer"].connected
    port.do(Relist("placer/Pod"), CatchUp("placer"))
    assert all(pod.spec.node_name for pod in port.pods())


def test_a_lost_answer_looks_like_a_failure_of_what_was_done(port):
    port.do(Reconcile("pod-maker"), LoseAnswer("pod-maker"))
    assert len(port.pods()) == 1
    (answered,) = port.of(Answered)
    assert answered.response.reason == "Timeout"
    assert port.world.processes["pod-maker"].queue == ("default/web",)


def test_a_slow_answer_holds_up_only_its_process(port):
    port.do(Reconcile("pod-maker"), SlowAnswer("pod-maker"))
    assert port.why_not(Send("pod-maker")) == "it waits for an answer"
    port.do(CatchUp("placer"), ReceiveAnswer("pod-maker"), Send("pod-maker"))
    assert len(port.pods()) == 2
    assert port.pods()[0].spec.node_name


def test_a_node_that_is_cut_off_goes_on_running_what_it_runs(running):
    running.do(CutNode("n1"), DeletePod(0), PassTime(60))
    assert "cut off" in running.why_not(CatchUp("kubelet-n1"))
    assert len(running.world.machine("n1").pods) == 1
    assert len(running.pods()) == 3
    running.do(HealNode("n1"), CatchUp("kubelet-n1"))
    assert len(running.pods()) == 2


def test_a_node_without_power_runs_nothing_and_starts_its_pods_again(running):
    running.do(CrashNode("n1"))
    assert [each.pod for each in running.of(PodStopped)] == ["default/web-1"]
    running.do(Restart("kubelet-n1"), CatchUp("kubelet-n1"))
    assert running.pods()[0].status.restart_count == 1


def test_containers_outlive_their_kubelet(running):
    before = running.world.machine("n1")
    running.do(Crash("kubelet-n1"), Restart("kubelet-n1"), CatchUp("kubelet-n1"))
    assert running.world.machine("n1") == before
    assert running.of(PodStopped) == []


def test_clocks_can_disagree(port):
    port.do(SkewClock("pod-maker", 60))
    assert port.world.now(port.world.processes["pod-maker"]) == 60
    assert port.world.now(port.world.processes["placer"]) == 0


def test_faults_have_budgets(port):
    port.do(CrashNode("n1"))
    assert "budget" in port.why_not(CrashNode("n2"))


def test_a_deletion_by_uid_spares_the_pod_that_took_the_name(running):
    running.do(Scale("default/web", 2), Receive("pod-maker/Deployment"), Reconcile("pod-maker"))
    (_, request), *_ = running.world.processes["pod-maker"].outbox
    assert isinstance(request, Delete)
    assert request.uid == running.world.object("Pod", request.key).metadata.uid
