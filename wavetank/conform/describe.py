"""Messages, entries and Readies in the words of etcd's own tests (etcd-io/raft ``util.go``)."""

from __future__ import annotations

from model.raft.conf_change import Configuration
from model.raft.log import Entry, Snapshot
from model.raft.message import APPEND_THREAD, APPLY_THREAD, Message, MessageType
from model.raft.node import NONE
from model.raft.ready import HardState, Ready, SoftState
from model.raft.transfer import role_in_words
from wavetank.conform.go_text import quote

__all__ = ["describe_entries", "describe_entry", "describe_message", "describe_ready"]

TARGETS = {APPEND_THREAD: "AppendThread", APPLY_THREAD: "ApplyThread", NONE: "None"}


def describe_target(target: int) -> str:
    """``1``, ``AppendThread``, ``ApplyThread``."""
    return TARGETS.get(target) or f"{target:x}"


def describe_entry(entry: Entry) -> str:
    """``1/4 EntryNormal "foo"``, ``1/5 EntryConfChangeV2 v3``."""
    if entry.change is None:
        return f"{entry.term}/{entry.index} EntryNormal {quote(entry.data)}"
    kind = "EntryConfChange" if entry.change.v1 else "EntryConfChangeV2"
    return f"{entry.term}/{entry.index} {kind} {entry.change.sentence()}".rstrip()


def describe_entries(entries: tuple[Entry, ...]) -> str:
    """One a line."""
    return "".join(f"{describe_entry(entry)}\n" for entry in entries)


def _ids(ids: tuple[int, ...]) -> str:
    return f"[{' '.join(map(str, ids))}]"


def describe_configuration(configuration: Configuration) -> str:
    """``Voters:[1 2] VotersOutgoing:[] Learners:[] LearnersNext:[] AutoLeave:false``."""
    return (
        f"Voters:{_ids(configuration.voters)} VotersOutgoing:{_ids(configuration.outgoing)} "
        f"Learners:{_ids(configuration.learners)} "
        f"LearnersNext:{_ids(configuration.learners_next)} "
        f"AutoLeave:{str(configuration.auto_leave).lower()}"
    )


def describe_snapshot(snapshot: Snapshot) -> str:
    """``Index:4 Term:1 ConfState:...``."""
    return (
        f"Index:{snapshot.index} Term:{snapshot.term} "
        f"ConfState:{describe_configuration(snapshot.configuration)}"
    )


def _entries(message: Message) -> tuple[Entry, ...]:
    """What etcd puts into the message as entries: also what a read is known by."""
    if message.type in (MessageType.READ_INDEX, MessageType.READ_INDEX_RESP):
        return (Entry(0, 0, message.context),)
    return message.entries


def describe_message(message: Message, indent: str = "") -> str:
    """``1->2 MsgApp Term:1 Log:1/11 Commit:11 Entries:[1/12 EntryNormal "x"]``, also nested."""
    words = (
        f"{indent}{describe_target(message.source)}->{describe_target(message.target)} "
        f"{message.type.value} Term:{message.term} Log:{message.log_term}/{message.index}"
    )
    if message.reject:
        words += f" Rejected (Hint: {message.reject_hint})"
    if message.commit:
        words += f" Commit:{message.commit}"
    if message.vote:
        words += f" Vote:{message.vote}"
    entries = _entries(message)
    if len(entries) == 1:
        words += f" Entries:[{describe_entry(entries[0])}]"
    elif entries:
        lines = "".join(f"\n{indent}  {describe_entry(entry)}" for entry in entries)
        words += f" Entries:[{lines}\n{indent}]"
    if message.snapshot is not None and message.snapshot.index:
        words += f"\n{indent}  Snapshot: {describe_snapshot(message.snapshot)}"
    if message.responses:
        lines = "".join(f"\n{describe_message(m, indent + '  ')}" for m in message.responses)
        words += f" Responses:[{lines}\n{indent}]"
    return words


def _soft(soft: SoftState) -> str:
    return f"Lead:{soft.leader} State:{role_in_words(soft.role)}\n"


def _hard(hard: HardState) -> str:
    vote = f" Vote:{hard.vote}" if hard.vote else ""
    return f"HardState Term:{hard.term}{vote} Commit:{hard.commit}\n"


def describe_ready(ready: Ready) -> str:
    """All that is to be done, a line each; without an end of line when there is nothing."""
    text = ""
    if ready.soft_state is not None:
        text += _soft(ready.soft_state)
    if ready.hard_state is not None:
        text += _hard(ready.hard_state)
    if ready.read_states:
        states = " ".join(
            f"{{{s.index} {_ids(tuple(s.context.encode()))}}}" for s in ready.read_states
        )
        text += f"ReadStates [{states}]\n"
    if ready.entries:
        text += f"Entries:\n{describe_entries(ready.entries)}"
    if ready.snapshot is not None:
        text += f"Snapshot {describe_snapshot(ready.snapshot)}\n"
    if ready.committed_entries:
        text += f"CommittedEntries:\n{describe_entries(ready.committed_entries)}"
    if ready.messages:
        text += "Messages:\n" + "".join(f"{describe_message(m)}\n" for m in ready.messages)
    if not text:
        return "<empty Ready>"
    return f"Ready MustSync={str(ready.must_sync).lower()}:\n{text}"
