"""The nodes of a script and what is in flight between them (etcd-io/raft ``rafttest``).

Each method does what one command says, and prints it; how commands are written is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from attrs import evolve

from model.raft.log import Entry
from model.raft.message import Message, MessageType, is_local_target
from model.raft.node import Role
from model.raft.ready import HardState, has_ready
from model.raft.transfer import role_in_words
from wavetank.conform.describe import describe_entries, describe_message, describe_ready
from wavetank.conform.machine import Machine, Refusal
from wavetank.conform.output import Output

__all__ = ["Group", "NoSuchNode"]

ROUNDS_MAX = 1_000
"""A group that is still busy after so many rounds never comes to rest; scripts take tens."""


class NoSuchNode(LookupError):
    """A command names a node that was not added."""


class Group:
    """Nodes have the numbers 1, 2, ... in the order in which they were added."""

    def __init__(self) -> None:
        self.machines: list[Machine] = []
        self.messages: list[Message] = []
        self.output = Output()

    def machine(self, number: int) -> Machine:
        """The node with this number. Raises :class:`NoSuchNode`."""
        if not 0 < number <= len(self.machines):
            raise NoSuchNode(f"there is no node {number}; added so far: {len(self.machines)}")
        return self.machines[number - 1]

    def add(self, machine: Machine) -> None:
        """One more node."""
        self.machines.append(machine)
        self.output.notes(machine.take_notes())

    @contextmanager
    def changing(self, number: int) -> Iterator[Machine]:
        """Let something happen to a node, and print what it notes, also when it refuses."""
        machine = self.machine(number)
        try:
            yield machine
        finally:
            self.output.notes(machine.take_notes())

    def step(self, number: int, message: Message) -> None:
        """A message that needs no network."""
        with self.changing(number) as machine:
            machine.receive(message)

    # -- what a node is asked -----------------------------------------------------------------

    def print_log(self, number: int) -> None:
        """The entries in a node's storage."""
        log = self.machine(number).stable.log
        if log.entries:
            self.output.write(describe_entries(log.entries))
        else:
            first, last = log.first_index, log.last_index
            self.output.write(f"log is empty: first index={first}, last index={last}")

    def print_states(self) -> None:
        """Every node as it sees itself."""
        for machine in self.machines:
            node = machine.node
            votes = "Voter" if node.id in node.configuration.all_voters() else "Non-Voter"
            self.output.line(
                f"{node.id}: {role_in_words(node.role)} ({votes}) "
                f"Term:{node.term} Lead:{node.leader}"
            )

    def print_progress(self, number: int) -> None:
        """What a leader knows of each member; nothing for others."""
        node = self.machine(number).node
        if node.role is Role.LEADER:
            for peer, progress in sorted(node.progress.items()):
                self.output.line(f"{peer}: {progress.sentence(*node.config.inflight_limits)}")

    # -- messages -----------------------------------------------------------------------------

    def send_snapshot(self, source: int, target: int) -> None:
        """A node's snapshot is on its way to another, whether or not that needs it."""
        machine = self.machine(source)
        message = Message(
            MessageType.SNAP, source, target, machine.node.term, snapshot=machine.snapshot
        )
        self.messages.append(message)
        self.output.write(describe_message(message))

    def deliver(self, target: int, *, drop: bool = False, kind: MessageType | None = None) -> int:
        """Deliver or drop what is in flight to a node; how many messages that was."""
        taken: list[Message] = []
        left: list[Message] = []
        for message in self.messages:
            matches = message.target == target and kind in (None, message.type)
            (taken if matches and not (drop and _is_local(message)) else left).append(message)
        self.messages = left
        for message in taken:
            self.output.line(f"{'dropped: ' if drop else ''}{describe_message(message)}")
            if not drop:
                try:
                    self.step(target, message)
                except Refusal as error:
                    self.output.line(str(error))
        return len(taken)

    # -- doing what a Ready asks for ----------------------------------------------------------

    def process_ready(self, number: int) -> None:
        """Do what a node wants done; with asynchronous storage writes only hand it out."""
        machine = self.machine(number)
        ready = machine.take_ready()
        self.output.write(describe_ready(ready))
        synchronous = not machine.node.config.async_storage_writes
        if synchronous:
            machine.store(ready.hard_state, ready.entries, ready.snapshot)
            self._apply(number, ready.committed_entries)
        self.messages.extend(m for m in ready.messages if not is_local_target(m.target))
        if synchronous:
            with self.changing(number):
                machine.advance()

    def _apply(self, number: int, entries: tuple[Entry, ...]) -> None:
        with self.changing(number) as machine:
            for entry in entries:
                machine.apply(entry)

    def process_append(self, number: int) -> None:
        """A node's append thread does one piece of its work."""
        machine = self.machine(number)
        if not machine.append_work:
            self.output.write("no append work to perform")
            return
        work = machine.append_work.pop(0)
        self._begin(work)
        hard = HardState(work.term, work.vote, work.commit)
        machine.store(None if hard == HardState() else hard, work.entries, work.snapshot)
        self._respond(work)

    def process_apply(self, number: int) -> None:
        """A node's apply thread does one piece of its work."""
        machine = self.machine(number)
        if not machine.apply_work:
            self.output.write("no apply work to perform")
            return
        work = machine.apply_work.pop(0)
        self._begin(work)
        self._apply(number, work.entries)
        self._respond(work)

    def _begin(self, work: Message) -> None:
        self.output.line("Processing:")
        self.output.line(describe_message(evolve(work, responses=())))

    def _respond(self, work: Message) -> None:
        self.output.line("Responses:")
        for response in work.responses:
            self.output.line(describe_message(response))
        self.messages.extend(work.responses)

    def each(self, numbers: Sequence[int], doing: str, act: Callable[[int], None]) -> None:
        """The same with several nodes, each with a headline; with one node, without."""
        for number in numbers:
            if len(numbers) == 1:
                act(number)
            else:
                self._headed(number, doing, act)

    def _headed(self, number: int, doing: str, act: Callable[[int], object]) -> None:
        self.output.line(f"> {number} {doing}")
        with self.output.indented():
            act(number)

    def stabilize(self, numbers: Sequence[int]) -> None:
        """Let these nodes work, and receive what is sent to them, until all is done."""
        for number in numbers:
            self.machine(number)
        for _ in range(ROUNDS_MAX):
            if not self._round(numbers):
                return
        raise AssertionError(f"the nodes do not come to rest within {ROUNDS_MAX:,} rounds")

    def _round(self, numbers: Sequence[int]) -> bool:
        """All that each node can do now, one kind of work after the other; whether any did."""
        busy = False
        for number in numbers:
            if has_ready(self.machine(number).raw):
                busy = True
                self._headed(number, "handling Ready", self.process_ready)
        for number in numbers:
            if any(message.target == number for message in self.messages):
                busy = True
                self._headed(number, "receiving messages", self.deliver)
        for number in numbers:
            if self.machine(number).append_work:
                busy = True
                self._headed(number, "processing append thread", self._drain_append)
        for number in numbers:
            if self.machine(number).apply_work:
                busy = True
                self._headed(number, "processing apply thread", self._drain_apply)
        return busy

    def _drain_append(self, number: int) -> None:
        while self.machine(number).append_work:
            self.process_append(number)

    def _drain_apply(self, number: int) -> None:
        while self.machine(number).apply_work:
            self.process_apply(number)


def _is_local(message: Message) -> bool:
    """Whether it stays within one member, where nothing is lost."""
    return message.source == message.target or is_local_target(message.source)
