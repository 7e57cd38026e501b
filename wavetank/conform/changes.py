"""Configuration changes as scripts write them: ``v1 l2 r3 u4`` (etcd-io/raft ``confchange.go``)."""

from __future__ import annotations

from model.raft.conf_change import ChangeType, ConfChangeSingle
from wavetank.conform.go_text import CannotParse, parse_uint

__all__ = ["parse_changes"]

LETTERS = {each.value: each for each in ChangeType}


def parse_changes(text: str) -> tuple[ConfChangeSingle, ...]:
    """The changes, parted by single spaces. Raises :class:`CannotParse` with etcd's words."""
    changes = []
    for token in text.split(" ") if text else ():
        # Go counts bytes here, so that one letter of several is long enough to be unknown.
        if len(token.encode()) < 2:
            raise CannotParse(f"unknown token {token}")
        if token[0] not in LETTERS:
            raise CannotParse(f"unknown input: {token}")
        changes.append(ConfChangeSingle(LETTERS[token[0]], parse_uint(token[1:])))
    return tuple(changes)
