"""One event of a state trace, as a value (etcd-io/raft ``state_trace.go``, ``TracingEvent``).

Rules of this file: values and their words. An event names what a node has just done and shows the
node then: term, vote, commit index, role, last index, voters; for a message also its fields.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import field, frozen

__all__ = [
    "ACTIONS",
    "MESSAGE_TYPES",
    "NAMES",
    "ROLES",
    "Event",
    "Place",
    "TraceMessage",
    "agrees",
    "differences",
]

NAMES = (
    "InitState",
    "BecomeCandidate",
    "BecomeFollower",
    "BecomeLeader",
    "Commit",
    "Replicate",
    "ChangeConf",
    "ApplyConfChange",
    "Ready",
    "SendAppendEntriesRequest",
    "ReceiveAppendEntriesRequest",
    "SendAppendEntriesResponse",
    "ReceiveAppendEntriesResponse",
    "SendRequestVoteRequest",
    "ReceiveRequestVoteRequest",
    "SendRequestVoteResponse",
    "ReceiveRequestVoteResponse",
    "Bootstrap",
    "Advance",
)
"""The names that are written. Only some versions of the tracer write the last two; the names
``SendSnapshot`` and ``ReceiveSnapshot`` exist, and no version uses them."""

ROLES = ("StateFollower", "StatePreCandidate", "StateCandidate", "StateLeader")

MESSAGE_TYPES = (
    "MsgApp",
    "MsgAppResp",
    "MsgVote",
    "MsgVoteResp",
    "MsgSnap",
    "MsgHeartbeat",
    "MsgHeartbeatResp",
)
"""The messages that are traced; all others (PreVote, proposals, reads, transfers) are not."""

ACTIONS = ("AddNewServer", "RemoveServer", "AddLearner")
"""What ChangeConf says of one member."""


@frozen
class TraceMessage:
    """The fields of a message that are traced; of its entries only how many there are.

    Of a snapshot ``entries`` is the index, and ``index`` and ``log_term`` are 0.
    """

    type: str
    term: int
    source: int
    target: int
    entries: int = 0
    log_term: int = 0
    index: int = 0
    commit: int = 0
    vote: int = 0
    reject: bool = False
    reject_hint: int = 0

    def sentence(self) -> str:
        """``MsgApp 2->1 term 2 index 3 logTerm 1 entries 1 commit 3``."""
        words = [f"{self.type} {self.source}->{self.target} term {self.term}"]
        for name in ("index", "log_term", "entries", "commit"):
            if getattr(self, name):
                words.append(f"{JSON_NAMES.get(name, name)} {getattr(self, name)}")
        if self.reject:
            words.append(f"rejected, hint {self.reject_hint}")
        return " ".join(words)


JSON_NAMES = {
    "log_term": "logTerm",
    "source": "from",
    "target": "to",
    "reject_hint": "rejectHint",
    "node": "nid",
}
"""Fields whose name in the file is another."""


@frozen
class Place:
    """Where an event was read."""

    file: str
    line: int

    def sentence(self) -> str:
        """``trace.ndjson:12``."""
        return f"{self.file}:{self.line}"


@frozen
class Event:
    """One line of a trace.

    ``conf``: the voters, and the outgoing voters while the configuration is joint. ``changes``:
    what ChangeConf proposes, as (member, action). ``newconf``: the voters that ApplyConfChange
    leads to. ``match``, ``next``: the sender's own progress, with a MsgApp. ``applied``: only some
    versions of the tracer write it.
    """

    name: str
    node: int
    term: int
    vote: int
    commit: int
    role: str
    log: int
    conf: tuple[tuple[int, ...], tuple[int, ...]]
    message: TraceMessage | None = None
    changes: tuple[tuple[int, str], ...] = ()
    newconf: tuple[int, ...] = ()
    match: int | None = None
    next: int | None = None
    applied: int | None = field(default=None, eq=False)
    place: Place | None = field(default=None, eq=False)

    def state(self) -> str:
        """``term 2, vote 2, commit 3, StateLeader, log 5, voters (1 2 3)``."""
        words = f"term {self.term}, vote {self.vote}, commit {self.commit}, {self.role}"
        words += f", log {self.log}, voters {_ids(self.conf[0])}"
        return words + (f" and {_ids(self.conf[1])}" if self.conf[1] else "")

    def sentence(self) -> str:
        """What happened, and the node then."""
        words = f"node {self.node} {self.name}"
        if self.message is not None:
            words += f" {self.message.sentence()}"
        if self.changes:
            words += " " + ", ".join(f"{action} {member}" for member, action in self.changes)
        if self.name == "ApplyConfChange":
            words += f" to voters {_ids(self.newconf)}"
        return f"{words} ({self.state()})"


def _ids(ids: tuple[int, ...]) -> str:
    return f"({' '.join(str(i) for i in ids)})"


STATE_FIELDS = ("term", "vote", "commit", "role", "log", "conf")
FIELDS = ("name", "node", *STATE_FIELDS, "changes", "newconf", "match", "next")
MESSAGE_FIELDS = (
    "type",
    "term",
    "source",
    "target",
    "entries",
    "log_term",
    "index",
    "commit",
    "vote",
    "reject",
    "reject_hint",
)


def agrees(logged: Event, possible: Event) -> bool:
    """Whether the trace says what the model would write; ``applied`` only where it is traced."""
    return logged == possible and (logged.applied is None or logged.applied == possible.applied)


def differences(logged: Event, possible: Event) -> Iterator[str]:
    """``commit 5 logged; possible: 4``, for each field that differs."""
    for name in FIELDS:
        yield from _difference(name, getattr(logged, name), getattr(possible, name))
    if logged.applied is not None:
        yield from _difference("applied", logged.applied, possible.applied)
    theirs, ours = logged.message, possible.message
    if theirs is None or ours is None:
        if theirs is not ours:
            yield from _difference("msg", theirs and theirs.sentence(), ours and ours.sentence())
        return
    for name in MESSAGE_FIELDS:
        yield from _difference(f"msg {name}", getattr(theirs, name), getattr(ours, name))


def _difference(name: str, logged: object, possible: object) -> Iterator[str]:
    if logged != possible:
        words = " ".join(JSON_NAMES.get(word, word) for word in name.split(" "))
        yield f"{words} {_plain(logged)} logged; possible: {_plain(possible)}"


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "(" + " ".join(_plain(each) for each in value) + ")"
    return "none" if value is None else str(value)
