"""Configuration changes without nodes (etcd-io/raft ``confchange/datadriven_test.go``)."""

from __future__ import annotations

from model.frozen_map import FrozenMap
from model.raft.conf_change import ConfChangeSingle, Configuration
from model.raft.membership import Refused, Roster, enter_joint, leave_joint, simple
from wavetank.conform.changes import parse_changes
from wavetank.conform.go_text import CannotParse, parse_bool
from wavetank.conform.script import Block

__all__ = ["ConfChanges"]

INFLIGHT_LIMITS = (10, None)
"""In messages and bytes: what the suite's tracker is made with."""


class ConfChanges:
    """The configuration that the commands of one script have led to."""

    def __init__(self) -> None:
        self.roster = Roster(Configuration(), FrozenMap())
        self.last_index = 0

    def run(self, block: Block) -> str:
        """What the command prints; each one, also one that fails, moves the imagined log's end."""
        try:
            changed = self._changed(block, parse_changes(block.input))
        except CannotParse as error:
            return f"{error}\n"
        finally:
            self.last_index += 1
        if changed is None:
            return "unknown command\n"
        if isinstance(changed, Refused):
            return f"{changed.why}\n"
        self.roster = changed
        lines = [changed.configuration.sentence()]
        for node, progress in sorted(changed.progress.items()):
            lines.append(f"{node}: {progress.sentence(*INFLIGHT_LIMITS)}")
        return "".join(f"{line}\n" for line in lines)

    def _changed(
        self, block: Block, changes: tuple[ConfChangeSingle, ...]
    ) -> Roster | Refused | None:
        """What the command leads to, or why it does not; None for a command that is not known."""
        if block.command == "simple":
            return simple(self.roster, changes, self.last_index)
        if block.command == "enter-joint":
            return enter_joint(self.roster, changes, self.last_index, auto_leave=_auto_leave(block))
        if block.command == "leave-joint":
            if changes:
                return Refused("this command takes no input")
            return leave_joint(self.roster)
        return None


def _auto_leave(block: Block) -> bool:
    if not block.arguments:
        return False
    try:
        return parse_bool(block.value("autoleave"))
    except CannotParse as error:
        raise block.bad(error) from None
