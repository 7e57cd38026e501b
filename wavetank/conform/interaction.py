"""Whole nodes driven by a script: add, campaign, propose, deliver... (etcd-io/raft ``rafttest``).

Every command is a method named after it, which reads the arguments and tells the group. The suite's
own commands are all here; ``read-index`` is ours.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from model.evolve import evolve
from model.raft.conf_change import ConfChange, Transition
from model.raft.log import Entry
from model.raft.message import Message, MessageType
from model.raft.notes import LEVELS
from model.raft.read import read_index
from model.raft.step import step
from model.raft.timers import tick
from wavetank.conform.changes import parse_changes
from wavetank.conform.go_text import CannotParse, parse_bool, parse_uint
from wavetank.conform.group import Group, NoSuchNode
from wavetank.conform.machine import Machine, Refusal
from wavetank.conform.node_options import read_options
from wavetank.conform.script import Block

__all__ = ["Interaction"]

TRANSITIONS = {
    "auto": Transition.AUTO,
    "implicit": Transition.IMPLICIT,
    "explicit": Transition.EXPLICIT,
}
T = TypeVar("T")
MESSAGE_TYPES = {each.value: each for each in MessageType}


class Interaction:
    """The nodes of one script, and the commands that drive them."""

    def __init__(self) -> None:
        self.group = Group()

    def run(self, block: Block) -> str:
        """What the command prints. Raises BadInput where its arguments are no such."""
        output = self.group.output
        try:
            self._command(block.command)(block)
        except Refusal as error:
            return output.take(str(error))
        except (CannotParse, NoSuchNode) as error:
            raise block.bad(error) from None
        return output.take()

    def _command(self, name: str) -> Callable[[Block], None]:
        """The method ``do_log_level`` for ``log-level``; only one name begins with ``_``."""
        method = "do_" + name.replace("-", "_")
        if "_" in name.removeprefix("_") or not hasattr(self, method):
            raise Refusal("unknown command")
        found: Callable[[Block], None] = getattr(self, method)
        return found

    def do__breakpoint(self, block: Block) -> None:
        """Nothing: a place for a debugger."""

    # -- output -------------------------------------------------------------------------------

    def do_log_level(self, block: Block) -> None:
        if not block.arguments:
            raise block.bad("expected a level")
        self._set_level(block.arguments[0].key)

    def _set_level(self, name: str) -> None:
        if name.upper() not in LEVELS:
            raise Refusal(f"log levels must be either of [{' '.join(LEVELS)}]")
        self.group.output.level = LEVELS.index(name.upper())

    def do_raft_log(self, block: Block) -> None:
        self.group.print_log(block.first())

    def do_raft_state(self, block: Block) -> None:
        self.group.print_states()

    def do_status(self, block: Block) -> None:
        self.group.print_progress(block.first())

    # -- nodes and their clocks ---------------------------------------------------------------

    def do_add_nodes(self, block: Block) -> None:
        number = block.first()
        options = read_options(block)
        for _ in range(number):
            following = len(self.group.machines) + 1
            self.group.add(Machine.start(following, options.config, options.snapshot))

    def do_tick_election(self, block: Block) -> None:
        number = block.first()
        self._tick(number, self.group.machine(number).node.config.election_timeout)

    def do_tick_heartbeat(self, block: Block) -> None:
        number = block.first()
        self._tick(number, self.group.machine(number).node.config.heartbeat_timeout)

    def _tick(self, number: int, times: int) -> None:
        with self.group.changing(number) as machine:
            for _ in range(times):
                machine.node = tick(machine.node)

    def do_set_randomized_election_timeout(self, block: Block) -> None:
        timeout = parse_uint(block.value("timeout"))
        if not timeout:
            raise block.bad("expected a timeout of at least 1")
        with self.group.changing(block.first()) as machine:
            machine.node = evolve(machine.node, timeout=timeout)

    # -- elections ----------------------------------------------------------------------------

    def do_campaign(self, block: Block) -> None:
        number = block.first()
        there = len(self.group.machines)
        if not 0 < number <= there:
            raise Refusal(f"node index {number - 1} out of range [0, {there})")
        self._tell(number, MessageType.HUP, number)

    def do_forget_leader(self, block: Block) -> None:
        self._tell(block.first(), MessageType.FORGET_LEADER, block.first())

    def do_transfer_leadership(self, block: Block) -> None:
        source, target = parse_uint(block.value("from")), parse_uint(block.value("to"))
        self.group.machine(target)
        self._tell(source, MessageType.TRANSFER_LEADER, target)

    def _tell(self, number: int, kind: MessageType, about: int) -> None:
        """The application tells its node something, in the name of ``about``."""
        with self.group.changing(number) as machine:
            machine.node = step(machine.node, Message(kind, about, number))

    # -- proposals and reads ------------------------------------------------------------------

    def do_propose(self, block: Block) -> None:
        if len(block.arguments) != 2 or block.arguments[1].values:
            raise block.bad("expected a node and one word to propose")
        self._propose(block.first(), Entry(0, 0, block.arguments[1].key))

    def do_propose_conf_change(self, block: Block) -> None:
        self._propose(block.first(), Entry(0, 0, change=_conf_change(block)))

    def _propose(self, number: int, entry: Entry) -> None:
        with self.group.changing(number) as machine:
            machine.propose((entry,), number)

    def do_read_index(self, block: Block) -> None:
        if len(block.arguments) != 2 or block.arguments[1].values:
            raise block.bad("expected a node and one word to know the read by")
        with self.group.changing(block.first()) as machine:
            machine.node = read_index(machine.node, block.arguments[1].key)

    # -- the network and the disk -------------------------------------------------------------

    def do_deliver_msgs(self, block: Block) -> None:
        kind: MessageType | None = None
        recipients: list[tuple[int, bool]] = []
        for argument in block.arguments:
            if not argument.values:
                recipients.append((parse_uint(argument.key), False))
            for value in argument.values:
                if argument.key == "drop":
                    target = parse_uint(value)
                    if any(target == other for other, _ in recipients):
                        raise block.bad(f"can't both deliver and drop msgs to {target}")
                    recipients.append((target, True))
                elif argument.key == "type":
                    if value not in MESSAGE_TYPES:
                        raise block.bad(f"unknown message type {value}")
                    kind = MESSAGE_TYPES[value]
        delivered = [self.group.deliver(to, drop=drop, kind=kind) for to, drop in recipients]
        if not sum(delivered):
            self.group.output.line("no messages")

    def do_report_unreachable(self, block: Block) -> None:
        numbers = block.numbers()
        if len(numbers) != 2:
            raise Refusal(
                "must specify exactly two node indexes: node on which to report, and reported node"
            )
        self.group.machine(numbers[1])
        self._tell(numbers[0], MessageType.UNREACHABLE, numbers[1])

    def do_send_snapshot(self, block: Block) -> None:
        numbers = block.numbers()
        if len(numbers) != 2:
            raise block.bad("expected two nodes, from and to")
        self.group.send_snapshot(*numbers)

    def do_compact(self, block: Block) -> None:
        number = block.first()
        if len(block.arguments) < 2:
            raise block.bad("expected a node and an index")
        upto = _or_refuse(parse_uint, block.arguments[1].key)
        machine = self.group.machine(number)
        last = machine.stable.log.last_index
        if upto > last:
            raise block.bad(f"compact {upto} is out of bound lastindex({last})")
        machine.compact(upto)
        self.group.print_log(number)

    # -- doing what a Ready asks for ----------------------------------------------------------

    def do_process_ready(self, block: Block) -> None:
        self.group.each(block.numbers(), "handling Ready", self.group.process_ready)

    def do_process_append_thread(self, block: Block) -> None:
        self.group.each(block.numbers(), "processing append thread", self.group.process_append)

    def do_process_apply_thread(self, block: Block) -> None:
        self.group.each(block.numbers(), "processing apply thread", self.group.process_apply)

    def do_stabilize(self, block: Block) -> None:
        numbers = block.numbers() or tuple(range(1, len(self.group.machines) + 1))
        before = self.group.output.level
        try:
            for key, value in block.options():
                if key == "log-level":
                    self._set_level(value)
            self.group.stabilize(numbers)
        finally:
            self.group.output.level = before


def _or_refuse(parse: Callable[[str], T], text: str) -> T:
    """A value whose error is part of the output."""
    try:
        return parse(text)
    except CannotParse as error:
        raise Refusal(str(error)) from None


def _conf_change(block: Block) -> ConfChange:
    """The change that the arguments and the input describe."""
    v1, transition = False, Transition.AUTO
    for key, value in block.options():
        if key == "v1":
            v1 = _or_refuse(parse_bool, value)
        elif key != "transition":
            raise Refusal(f"unknown command {key}")
        elif value not in TRANSITIONS:
            raise Refusal(f"unknown transition {value}")
        else:
            transition = TRANSITIONS[value]
    changes = _or_refuse(parse_changes, block.input)
    if v1 and (len(changes) > 1 or transition is not Transition.AUTO):
        raise Refusal("v1 conf change can only have one operation and no transition")
    if v1 and not changes:
        raise block.bad("a v1 change has exactly one operation; expected one such as v4")
    return ConfChange(changes, transition, v1)
