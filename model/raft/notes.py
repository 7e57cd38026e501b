"""What a node would write to its log, as data (etcd-io/raft ``logger.go``).

Rules of this file: a note is kept only when the node's configuration asks for notes; its words
are put together only when it is read. Ids are in hexadecimal, as etcd prints them.
"""

from __future__ import annotations

from collections.abc import Hashable

from attrs import frozen

__all__ = ["DEBUG", "ERROR", "INFO", "LEVELS", "WARN", "Note"]

DEBUG, INFO, WARN, ERROR = "DEBUG", "INFO", "WARN", "ERROR"
LEVELS = (DEBUG, INFO, WARN, ERROR, "FATAL", "NONE")
"""The levels, ascending; with the last one nothing is printed."""


@frozen
class Note:
    """One line: its level, its words with ``%`` places, and the values for them."""

    level: str
    words: str
    values: tuple[Hashable, ...] = ()

    def sentence(self) -> str:
        """``INFO 1 became leader at term 2``."""
        return f"{self.level} {self.words % self.values}"
