"""The independent checker: is this assignment a placement? Plain Python, no solver.

It places the pods one after the other and asks of each what the scheduler's filters would ask,
and of those already there whether they stand it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from invariants.feasibility.problem import (
    NodeRoom,
    PodGroup,
    Problem,
    Running,
    anti_affinity_of,
    applies,
    domain,
    requests_of,
    selector_allows,
    taint_against,
)

__all__ = ["Assignment", "objections", "place_greedily"]

Assignment = Mapping[tuple[int, str], int]
"""(number of the group, name of the node) -> pods of that group there."""


class Placing:
    """Nodes that fill up as pods are placed."""

    def __init__(self, problem: Problem) -> None:
        self.rooms = {room.name: room for room in problem.nodes}
        self.free = {room.name: dict(room.free.items()) for room in problem.nodes}
        self.there: dict[tuple[str, str], list[Running]] = {}
        self.keys = sorted(
            {t.topology_key for g in problem.groups for t in anti_affinity_of(g.spec)}
            | {t.topology_key for n in problem.nodes for r in n.running for t in r.anti_affinity}
        )
        for room in problem.nodes:
            for pod in room.running:
                self._put(pod, room)

    def _put(self, pod: Running, room: NodeRoom) -> None:
        for key in self.keys:
            value = domain(room.node, key)
            if value is not None:
                self.there.setdefault((key, value), []).append(pod)

    def objection(self, group: PodGroup, name: str) -> str | None:
        """Why one more pod of the group may not go to the node; None when it may."""
        room = self.rooms.get(name)
        if room is None:
            return f"there is no node {name}"
        taint = taint_against(group, room.node)
        if taint is not None:
            return f"{group.name} does not tolerate the taint {taint.key} of {name}"
        if not selector_allows(group, room.node):
            return f"{name} does not match the node selector or affinity of {group.name}"
        for resource, amount in requests_of(group.spec).items():
            if amount > self.free[name].get(resource, 0):
                return f"{name} has not enough {resource} for {group.name}"
        return self._anti_affinity(group, room)

    def _anti_affinity(self, group: PodGroup, room: NodeRoom) -> str | None:
        for key in self.keys:
            value = domain(room.node, key)
            if value is None:
                continue
            for pod in self.there.get((key, value), ()):
                ours = any(
                    t.topology_key == key and applies(t, group.namespace, pod.namespace, pod.labels)
                    for t in anti_affinity_of(group.spec)
                )
                theirs = any(
                    t.topology_key == key
                    and applies(t, pod.namespace, group.namespace, group.labels)
                    for t in pod.anti_affinity
                )
                if ours or theirs:
                    return f"anti-affinity keeps {group.name} out of {key}={value}"
        return None

    def place(self, group: PodGroup, name: str) -> None:
        """One pod of the group goes to the node."""
        for resource, amount in requests_of(group.spec).items():
            self.free[name][resource] = self.free[name].get(resource, 0) - amount
        pod = Running(group.namespace, group.labels, anti_affinity_of(group.spec))
        self._put(pod, self.rooms[name])


def objections(problem: Problem, assignment: Assignment) -> Iterator[str]:
    """What is wrong with an assignment; nothing when it is a placement of all pods."""
    placing = Placing(problem)
    placed = [0] * len(problem.groups)
    for (number, name), count in sorted(assignment.items()):
        group = problem.groups[number]
        for _ in range(count):
            objection = placing.objection(group, name)
            if objection is not None:
                yield objection
                return
            placing.place(group, name)
        placed[number] += count
    for group, count in zip(problem.groups, placed, strict=True):
        if count != group.count:
            yield f"{count} of {group.count} pods of {group.name} are placed"


def place_greedily(problem: Problem) -> Assignment | None:
    """First fit, the most demanding groups first: a witness, or None, which proves nothing."""
    placing = Placing(problem)
    names = [room.name for room in problem.nodes]
    found: dict[tuple[int, str], int] = {}
    for number in sorted(range(len(problem.groups)), key=lambda n: _weight(problem, n)):
        group = problem.groups[number]
        left, start = group.count, 0
        while left:
            for position in range(start, len(names)):
                if placing.objection(group, names[position]) is None:
                    break
            else:
                return None
            start = position
            placing.place(group, names[position])
            key = (number, names[position])
            found[key] = found.get(key, 0) + 1
            left -= 1
    return found


def _weight(problem: Problem, number: int) -> tuple[int, int, int]:
    """Those with anti-affinity first, then the largest."""
    group = problem.groups[number]
    largest = max(
        requests_of(group.spec).get("cpu", 0) * 2**21, requests_of(group.spec).get("memory", 0)
    )
    return (not anti_affinity_of(group.spec), -largest, number)
