"""etcd's own scripts against the model, line for line: what ``wavetank conform raft`` does."""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import unified_diff
from pathlib import Path
from traceback import extract_tb

from attrs import frozen

from wavetank.bad_input import BadInput
from wavetank.conform.confchange_script import ConfChanges
from wavetank.conform.interaction import Interaction
from wavetank.conform.quorum_script import run_quorum
from wavetank.conform.script import Block, read_script

__all__ = ["Outcome", "ScriptResult", "find_scripts", "run_script", "suite_of"]

COMMANDS_OF = {
    "quorum": ("committed", "vote"),
    "confchange": ("simple", "enter-joint", "leave-joint"),
}
"""The suites that are known by their commands; every other script drives whole nodes."""

TEMPORARY = re.compile(r"\..*|.*~|#.*#")
"""Files that editors leave behind."""


@frozen
class Outcome:
    """One case, and what the model printed. ``crash``: what ended the script, or nothing."""

    block: Block
    printed: str
    crash: str = ""

    @property
    def agrees(self) -> bool:
        """Whether that is exactly what was expected."""
        return not self.crash and self.printed == self.block.expected

    def difference(self) -> str:
        """A unified diff from what was expected to what was printed."""
        block = self.block
        where = f"{block.file}:{block.line}: {block.directive}"
        return "".join(
            unified_diff(
                block.expected.splitlines(keepends=True),
                self.printed.splitlines(keepends=True),
                f"{where} (expected)",
                f"{where} (model)",
            )
        )


@frozen
class ScriptResult:
    """A script, the suite that it belongs to, and its cases in order."""

    path: Path
    suite: str
    outcomes: tuple[Outcome, ...]

    @property
    def differ(self) -> int:
        """In how many cases the model differs."""
        return sum(not outcome.agrees for outcome in self.outcomes)

    @property
    def agree(self) -> int:
        """In how many it does not."""
        return len(self.outcomes) - self.differ


def find_scripts(path: Path) -> list[Path]:
    """The scripts below a directory, or the one that ``path`` is.

    In a checkout of etcd-io/raft they are in directories ``testdata``; elsewhere every ``.txt``
    file counts. Raises :class:`BadInput` when there are none.
    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise BadInput(f"{path}: no such file or directory; expected data-driven scripts")
    found = sorted(
        each for each in path.rglob("*.txt") if each.is_file() and not _is_temporary(each)
    )
    checkout = [each for each in found if "testdata" in each.relative_to(path).parts[:-1]]
    if not found:
        raise BadInput(
            f"{path}: no scripts; expected .txt files, or a checkout of etcd-io/raft with "
            "directories testdata"
        )
    return checkout or found


def _is_temporary(path: Path) -> bool:
    return TEMPORARY.fullmatch(path.name) is not None


def suite_of(blocks: tuple[Block, ...]) -> str:
    """``raft``, ``quorum`` or ``confchange``: it shows in a script's first command."""
    first = blocks[0].command if blocks else ""
    return next((suite for suite, known in COMMANDS_OF.items() if first in known), "raft")


def _interpreter(suite: str) -> Callable[[Block], str]:
    if suite == "quorum":
        return run_quorum
    return ConfChanges().run if suite == "confchange" else Interaction().run


def run_script(path: Path) -> ScriptResult:
    """Run the cases of a script in order.

    A case in which the model itself fails differs, and so does every later one, which has nothing
    left to run on. Raises :class:`BadInput` where the script is none.
    """
    blocks = read_script(path)
    suite = suite_of(blocks)
    run = _interpreter(suite)
    outcomes: list[Outcome] = []
    crash = ""
    for block in blocks:
        if crash:
            outcomes.append(Outcome(block, f"not run, for {crash}\n", crash))
            continue
        try:
            outcomes.append(Outcome(block, run(block)))
        except BadInput:
            raise
        except Exception as error:
            crash = f"the model failed at line {block.line}: {_named(error)}"
            outcomes.append(Outcome(block, f"{crash}\n", crash))
    return ScriptResult(path, suite, tuple(outcomes))


def _named(error: Exception) -> str:
    """The exception, and where it was raised."""
    last = extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({Path(last.filename).name}:{last.lineno})"
