"""The scheduling queue: order, backoff, and what wakes a pod that found no node."""

from model.scheduler.queue import FLUSH_INTERVAL, SchedulingQueue, Waiting, backoff


def popped(queue: SchedulingQueue) -> tuple[Waiting, SchedulingQueue]:
    waiting, rest = queue.pop()
    assert waiting is not None
    return waiting, rest


def test_higher_priority_first_then_who_waits_longest() -> None:
    queue = SchedulingQueue().add("late", 0, 5).add("early", 0, 1).add("urgent", 9, 7)
    order = []
    while queue:
        waiting, queue = popped(queue)
        order.append(waiting.key)
    assert order == ["urgent", "early", "late"]


def test_adding_a_pod_that_waits_keeps_its_place() -> None:
    queue = SchedulingQueue().add("a", 0, 1)
    assert queue.add("a", 0, 99) is queue


def test_a_failed_pod_waits_for_a_change_and_then_for_its_backoff() -> None:
    waiting, queue = popped(SchedulingQueue().add("a", 0, 0))
    queue = queue.failed(waiting, now=10)
    assert queue.wake(now=20).pop()[0] is None
    queue = queue.cluster_changed()
    assert queue.wake(now=10).pop()[0] is None
    assert popped(queue.wake(now=11))[0].key == "a"


def test_an_unschedulable_pod_is_tried_again_after_the_flush_interval() -> None:
    waiting, queue = popped(SchedulingQueue().add("a", 0, 0))
    queue = queue.failed(waiting, now=0)
    assert queue.wakes_in(now=0) == FLUSH_INTERVAL
    assert popped(queue.wake(now=FLUSH_INTERVAL))[0].attempts == 2


def test_backoff_doubles_up_to_ten_seconds() -> None:
    assert [backoff(n) for n in range(1, 7)] == [1, 2, 4, 8, 10, 10]


def test_a_bound_pod_leaves_the_queue() -> None:
    queue = SchedulingQueue().add("a", 0, 0)
    assert "a" not in queue.remove("a")
    assert queue.remove("b") is queue
