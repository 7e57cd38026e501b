"""Data-driven scripts: a command, its input, ``----``, the expected output.

The format is that of cockroachdb/datadriven, which etcd-io/raft uses. Comments begin with ``#``. A
command line is a word and arguments ``key``, ``key=value`` or ``key=(value, ...)``; a backslash at
its end continues it. The output ends at a blank line, or, when it begins with a second ``----``,
at two lines ``----``. ``subtest NAME`` and ``subtest end`` only group.
"""

from __future__ import annotations

from pathlib import Path

from attrs import field, frozen, mutable

from wavetank.bad_input import BadInput
from wavetank.conform.directive import Argument, parse_directive
from wavetank.conform.go_text import CannotParse, parse_int

__all__ = ["Block", "read_script"]

SEPARATOR = "----"


@frozen
class Block:
    """One case of a script; ``line`` is where its command is, from 1."""

    file: str
    line: int
    directive: str
    command: str
    arguments: tuple[Argument, ...]
    input: str
    expected: str

    def bad(self, why: object) -> BadInput:
        """What is wrong with this case, to be raised."""
        return BadInput(f"{self.file}:{self.line}: {self.directive}: {why}")

    def first(self) -> int:
        """The number that is the first argument."""
        if not self.arguments:
            raise self.bad("expected a number as the first argument")
        return parse_int(self.arguments[0].key, "Atoi")

    def numbers(self) -> tuple[int, ...]:
        """The arguments without a value, all of which must be numbers."""
        return tuple(parse_int(each.key, "Atoi") for each in self.arguments if not each.values)

    def options(self) -> tuple[tuple[str, str], ...]:
        """Each value of the arguments that have some, with its key, in order."""
        return tuple((each.key, value) for each in self.arguments for value in each.values)

    def value(self, key: str) -> str:
        """The one value of the first argument ``key``."""
        values = next((each.values for each in self.arguments if each.key == key), None)
        if values is None or len(values) != 1:
            raise self.bad(f"expected one argument {key}=VALUE")
        return values[0]


def read_script(path: Path) -> tuple[Block, ...]:
    """The cases of a script, in order. Raises :class:`BadInput` where it is no such script."""
    try:
        text = path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: cannot be read: {error}") from None
    lines = tuple(line.removesuffix("\r") for line in text.split("\n"))
    return _Reader(str(path), lines[:-1] if lines[-1] == "" else lines).blocks()


@mutable
class _Reader:
    """Reads the lines of one file; ``position``: of the next line, from 0."""

    file: str
    lines: tuple[str, ...]
    position: int = 0
    subtests: list[str] = field(factory=list)

    def blocks(self) -> tuple[Block, ...]:
        found = []
        while self.position < len(self.lines):
            line = self.lines[self.position].strip()
            if not line or line.startswith("#"):
                self.position += 1
            else:
                block = self._block()
                if block is not None:
                    found.append(block)
        if self.subtests:
            raise BadInput(f"{self.file}: subtest {self.subtests[-1]!r} has no 'subtest end'")
        return tuple(found)

    def _block(self) -> Block | None:
        """The case that begins at the next line; None when that line only groups."""
        number = self.position + 1
        where = f"{self.file}:{number}"
        directive = self._directive()
        try:
            command, arguments = parse_directive(directive)
        except CannotParse as error:
            raise BadInput(
                f"{where}: {error}; expected a command and arguments "
                "key, key=value or key=(value, ...)"
            ) from None
        if command == "subtest":
            self._subtest(where, arguments)
            return None
        given = self.position
        while self.position < len(self.lines) and self.lines[self.position] != SEPARATOR:
            self.position += 1
        if self.position == len(self.lines):
            raise BadInput(f"{where}: {directive!r} has no line {SEPARATOR!r} before its output")
        text = "\n".join(self.lines[given : self.position]).strip()
        self.position += 1
        expected = self._expected(where)
        return Block(self.file, number, directive, command, arguments, text, expected)

    def _directive(self) -> str:
        text = self._next().strip()
        while text.endswith("\\") and self.position < len(self.lines):
            text = f"{text[:-1]} {self._next().strip()}"
        return text

    def _next(self) -> str:
        self.position += 1
        return self.lines[self.position - 1]

    def _subtest(self, where: str, arguments: tuple[Argument, ...]) -> None:
        if not arguments:
            raise BadInput(f"{where}: expected 'subtest NAME' or 'subtest end'")
        name = arguments[0].key
        if name != "end":
            self.subtests.append(name)
        elif not self.subtests:
            raise BadInput(f"{where}: 'subtest end' without a subtest that has begun")
        else:
            began = self.subtests.pop()
            if len(arguments) > 1 and arguments[1].key != began:
                raise BadInput(f"{where}: expected the end of subtest {began!r}")

    def _expected(self, where: str) -> str:
        """The output that begins at the next line."""
        begin = self.position
        if self.lines[begin : begin + 1] == (SEPARATOR,):
            return self._expected_with_blank_lines(where)
        while self.position < len(self.lines) and self.lines[self.position].strip():
            self.position += 1
        return "".join(f"{line}\n" for line in self.lines[begin : self.position])

    def _expected_with_blank_lines(self, where: str) -> str:
        begin = self.position + 1
        for end in range(begin, len(self.lines) - 1):
            if self.lines[end : end + 2] == (SEPARATOR, SEPARATOR):
                self.position = end + 2
                return "".join(f"{line}\n" for line in self.lines[begin:end])
        raise BadInput(
            f"{where}: the output begins with two lines {SEPARATOR!r}, and so it must end"
        )
