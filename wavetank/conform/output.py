"""What a script's commands print: indented, and only from the chosen log level on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from model.raft.notes import DEBUG, LEVELS, Note

__all__ = ["Output"]


class Output:
    """Collects text; at level NONE nothing but errors (etcd-io/raft ``rafttest``)."""

    def __init__(self) -> None:
        self.level = LEVELS.index(DEBUG)
        self._text: list[str] = []

    @property
    def is_quiet(self) -> bool:
        """Whether all output is off."""
        return self.level == len(LEVELS) - 1

    def write(self, text: str) -> None:
        """Text as it is: a line ends only where the text says so."""
        if text and not self.is_quiet:
            self._text.append(text)

    def line(self, text: str) -> None:
        """A line of text."""
        self.write(f"{text}\n")

    def notes(self, notes: tuple[Note, ...]) -> None:
        """A node's notes, as far as the level lets them through."""
        for note in notes:
            if LEVELS.index(note.level) >= self.level:
                self.line(note.sentence())

    @contextmanager
    def indented(self) -> Iterator[None]:
        """What is written meanwhile is two columns further in, and its last line has an end."""
        outer, self._text = self._text, []
        try:
            yield
        finally:
            inner = "".join(self._text)
            if inner:
                lines = inner.removesuffix("\n").split("\n")
                outer.extend(f"  {line}\n" for line in lines)
            self._text = outer

    def take(self, error: str | None = None) -> str:
        """All that was written, and an ``error`` that no level hides; ``ok`` when nothing was."""
        text = "".join(self._text)
        self._text = []
        if error is not None:
            text = error if self.is_quiet else text + error
        text = text or "ok"
        return text if text.endswith("\n") else f"{text}\n"
