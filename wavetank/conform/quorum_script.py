"""Commit indexes and votes of quorums (etcd-io/raft ``quorum/datadriven_test.go``).

What is known to give the same answer another way is computed that way too. Where the two differ,
the other answer is printed before the real one, as the suite itself does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from attrs import evolve, frozen

from model.raft.conf_change import Configuration
from model.raft.quorum import (
    UNBOUNDED,
    committed_index,
    joint_committed_index,
    joint_vote_result,
    vote_result,
)
from wavetank.conform.go_text import CannotParse, parse_uint
from wavetank.conform.script import Block

__all__ = ["run_quorum"]

VOTES = {"_": 0, "n": 1, "y": 2}


@frozen
class Case:
    """What the arguments say. ``joint``: there is a second majority, which may be empty.

    ``indexes`` and ``votes`` are in the order of the voters; 0 stands for nothing known.
    """

    voters: tuple[int, ...] = ()
    outgoing: tuple[int, ...] = ()
    joint: bool = False
    indexes: tuple[int, ...] = ()
    votes: tuple[int, ...] = ()

    @property
    def ids(self) -> tuple[int, ...]:
        """Everybody, in the order of the arguments, once."""
        return tuple(dict.fromkeys((*self.voters, *self.outgoing)))

    def configuration(self) -> Configuration:
        """The two halves as a joint configuration."""
        return Configuration(_ascending(self.voters), _ascending(self.outgoing))

    def swapped(self) -> Configuration:
        """The same with its halves interchanged."""
        return Configuration(_ascending(self.outgoing), _ascending(self.voters))


def _ascending(ids: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted(set(ids)))


def _with_value(case: Case, key: str, value: str) -> Case:
    """The case with one more value of an argument."""
    if key == "cfg":
        return evolve(case, voters=(*case.voters, parse_uint(value)))
    if key == "cfgj":
        more = () if value == "zero" else (parse_uint(value),)
        return evolve(case, joint=True, outgoing=(*case.outgoing, *more))
    if key == "idx":
        index = 0 if value == "_" else parse_uint(value)
        if index == 0 and value != "_":
            raise CannotParse("0 cannot be an idx; expected _ or a number from 1 on")
        return evolve(case, indexes=(*case.indexes, index))
    if key == "votes":
        if value not in VOTES:
            raise CannotParse(f"unknown vote {value!r}; expected y, n or _")
        return evolve(case, votes=(*case.votes, VOTES[value]))
    raise CannotParse(f"unknown argument {key!r}; expected cfg, cfgj, idx or votes")


def _read(block: Block) -> Case:
    case = Case()
    for argument in block.arguments:
        if argument.key == "cfgj" and "zero" in argument.values and len(argument.values) > 1:
            raise block.bad("'zero' stands alone, for a second majority of nobody")
        for value in argument.values:
            try:
                case = _with_value(case, argument.key, value)
            except CannotParse as error:
                raise block.bad(error) from None
    return case


def run_quorum(block: Block) -> str:
    """What ``committed`` or ``vote`` prints."""
    case = _read(block)
    given = case.votes if block.command == "vote" else case.indexes
    if len(given) != len(case.ids):
        voters = " ".join(f"{node}:{{}}" for node in sorted(case.ids))
        values = " ".join(map(_index, given))
        return f"error: mismatched input (explicit or _) for voters map[{voters}]: [{values}]\n"
    known = {node: value for node, value in zip(case.ids, given, strict=True) if value}
    if block.command == "vote":
        lines = _vote(case, {node: value == VOTES["y"] for node, value in known.items()})
    elif block.command == "committed":
        lines = _joint_committed(case, known) if case.joint else _committed(case, known)
    else:
        raise block.bad("unknown command; expected committed or vote")
    return "".join(lines)


def _vote(case: Case, votes: Mapping[int, bool]) -> Iterator[str]:
    if not case.joint:
        yield f"{vote_result(_ascending(case.voters), votes).value}\n"
        return
    result = joint_vote_result(case.configuration(), votes)
    swapped = joint_vote_result(case.swapped(), votes)
    if swapped is not result:
        yield f"{swapped.value} <-- via symmetry\n"
    yield f"{result.value}\n"


def _joint_committed(case: Case, acknowledged: Mapping[int, int]) -> Iterator[str]:
    yield describe(case.ids, acknowledged)
    index = joint_committed_index(case.configuration(), acknowledged)
    swapped = joint_committed_index(case.swapped(), acknowledged)
    if swapped != index:
        yield f"{_index(swapped)} <-- via symmetry\n"
    yield f"{_index(index)}\n"


def _committed(case: Case, acknowledged: Mapping[int, int]) -> Iterator[str]:
    voters = _ascending(case.voters)
    index = committed_index(voters, acknowledged)
    yield describe(voters, acknowledged)
    others = (
        (count_committed(voters, acknowledged), "alternative computation"),
        (joint_committed_index(Configuration(voters), acknowledged), "zero-joint quorum"),
        (joint_committed_index(Configuration(voters, voters), acknowledged), "self-joint quorum"),
    )
    for other, how in others:
        if other != index:
            yield f"{_index(other)} <-- via {how}\n"
    for node in voters:
        acked = acknowledged.get(node, 0)
        if 0 < acked < index:  # what is committed does not depend on how far behind it is
            lowered = committed_index(voters, {**acknowledged, node: acked - 1})
            if lowered != index:
                yield f"{_index(lowered)} <-- overlaying {node}->{acked}"
            lowered = committed_index(voters, {**acknowledged, node: 0})
            if lowered != index:
                yield f"{_index(lowered)} <-- overlaying {node}->0"
    yield f"{_index(index)}\n"


def count_committed(voters: tuple[int, ...], acknowledged: Mapping[int, int]) -> int:
    """The highest acknowledged index that more than half have reached, found by counting."""
    if not voters:
        return UNBOUNDED
    reached = [
        index
        for index in acknowledged.values()
        if 2 * sum(acknowledged.get(voter, 0) >= index for voter in voters) > len(voters)
    ]
    return max(reached, default=0)


def _index(index: int) -> str:
    return "∞" if index == UNBOUNDED else str(index)


def describe(ids: tuple[int, ...], acknowledged: Mapping[int, int]) -> str:
    """The acknowledged indexes by voter, each with a bar: how many voters are behind it."""
    if not ids:
        return "<empty majority quorum>"
    width = len(ids)
    ranked = sorted(acknowledged.get(node, 0) for node in ids)
    lines = [f"{' ' * width}    idx"]
    for node in sorted(ids):
        index = acknowledged.get(node, 0)
        behind = ranked.index(index)
        bar = f"{'x' * behind}>{' ' * (width - behind)}" if index else "?" + " " * width
        lines.append(f"{bar} {index:5d}    (id={node})")
    return "".join(f"{line}\n" for line in lines)
