"""What a leader knows of a follower (etcd-io/raft ``tracker/progress.go``, ``inflights.go``).

Rules of this file: a :class:`Progress` is a value; each function is one event in its life. It
decides what may be sent next, never sends.
"""

from __future__ import annotations

from enum import Enum

from attrs import frozen

from model.evolve import evolve

__all__ = [
    "Progress",
    "ProgressState",
    "become_probe",
    "become_replicate",
    "become_snapshot",
    "decrease",
    "sent_entries",
    "update",
]


class ProgressState(Enum):
    """How the leader sends to a follower; the value is etcd's name for it.

    ``PROBE``: one message at a time until the follower answers. ``REPLICATE``: optimistically,
    ``next`` runs ahead. ``SNAPSHOT``: nothing, until the snapshot has arrived.
    """

    PROBE = "StateProbe"
    REPLICATE = "StateReplicate"
    SNAPSHOT = "StateSnapshot"

    __hash__ = object.__hash__


@frozen(slots=False)
class Progress:
    """One follower as its leader sees it.

    ``match``: the last index known to be on its disk. ``next``: the next index to send.
    ``sent_commit``: the highest commit index that is on its way. ``pending_snapshot``: the index
    of the snapshot that is, 0 for none. ``active``: it was heard from since the last check of the
    quorum. ``paused``: nothing more is sent before it answers. ``inflights``: the last index and
    the bytes of each MsgApp that it has not answered, ascending.
    """

    match: int = 0
    next: int = 1
    state: ProgressState = ProgressState.PROBE
    sent_commit: int = 0
    pending_snapshot: int = 0
    active: bool = False
    paused: bool = False
    inflights: tuple[tuple[int, int], ...] = ()
    learner: bool = False

    @property
    def is_paused(self) -> bool:
        """Whether nothing may be sent now."""
        return self.paused or self.state is ProgressState.SNAPSHOT

    def is_full(self, messages: int, size: int | None) -> bool:
        """Whether as much is in flight as the limits, in messages and in bytes, allow."""
        inflights = self.inflights
        return len(inflights) >= messages or (
            size is not None and sum(each for _, each in inflights) >= size
        )

    def can_bump_commit(self, commit: int) -> bool:
        """Whether the follower would learn something from a message with this commit index."""
        return commit > self.sent_commit and self.sent_commit < self.next - 1

    def sentence(self, messages: int, size: int | None) -> str:
        """``StateReplicate match=4 next=6 inflight=1``: as etcd prints it, with the limits."""
        words = f"{self.state.value} match={self.match} next={self.next}"
        if self.learner:
            words += " learner"
        if self.is_paused:
            words += " paused"
        if self.pending_snapshot:
            words += f" pendingSnap={self.pending_snapshot}"
        if not self.active:
            words += " inactive"
        if self.inflights:
            words += f" inflight={len(self.inflights)}"
            if self.is_full(messages, size):
                words += "[full]"
        return words


def sent_entries(
    progress: Progress, entries: int, size: int, commit: int, limits: tuple[int, int | None]
) -> Progress:
    """A MsgApp with ``entries`` entries of ``size`` bytes in all has been sent.

    While replicating, a message that fills the limits, or goes beyond them, counts as a probe.
    """
    if progress.state is ProgressState.REPLICATE:
        if entries:
            last = progress.next + entries - 1
            progress = evolve(
                progress, next=last + 1, inflights=(*progress.inflights, (last, size))
            )
        paused = progress.is_full(*limits)
    else:
        paused = progress.paused or entries > 0
    return evolve(progress, paused=paused, sent_commit=commit)


def sent_commit(progress: Progress, commit: int) -> Progress:
    """A message with this commit index has been sent."""
    return progress if progress.sent_commit == commit else evolve(progress, sent_commit=commit)


def update(progress: Progress, index: int) -> Progress | None:
    """The follower has acknowledged ``index``; None when that is nothing new."""
    if index <= progress.match:
        return None
    return evolve(progress, match=index, next=max(progress.next, index + 1), paused=False)


def free_inflights(progress: Progress, index: int) -> Progress:
    """What was sent up to ``index`` has arrived."""
    left = tuple(each for each in progress.inflights if each[0] > index)
    return progress if len(left) == len(progress.inflights) else evolve(progress, inflights=left)


def decrease(progress: Progress, rejected: int, hint: int) -> Progress | None:
    """The follower has refused a MsgApp that follows ``rejected``; None when that is stale.

    ``hint``: where its log may match.
    """
    if progress.state is ProgressState.REPLICATE:
        if rejected <= progress.match:
            return None
        following = progress.match + 1
        paused = progress.paused
    else:
        if progress.next - 1 != rejected:
            return None
        following = max(min(rejected, hint + 1), progress.match + 1)
        paused = False
    return evolve(
        progress,
        next=following,
        paused=paused,
        sent_commit=min(progress.sent_commit, following - 1),
    )


def _reset(progress: Progress, state: ProgressState, following: int) -> Progress:
    return evolve(
        progress,
        state=state,
        paused=False,
        pending_snapshot=0,
        inflights=(),
        next=following,
    )


def become_probe(progress: Progress) -> Progress:
    """One message at a time, from what is known to match, or from the snapshot that was sent."""
    following = progress.match + 1
    if progress.state is ProgressState.SNAPSHOT:
        following = max(following, progress.pending_snapshot + 1)
    progress = _reset(progress, ProgressState.PROBE, following)
    return evolve(progress, sent_commit=min(progress.sent_commit, following - 1))


def become_replicate(progress: Progress) -> Progress:
    """Send ahead from what is known to match."""
    return _reset(progress, ProgressState.REPLICATE, progress.match + 1)


def become_snapshot(progress: Progress, index: int) -> Progress:
    """A snapshot up to ``index`` is on its way."""
    progress = _reset(progress, ProgressState.SNAPSHOT, index + 1)
    return evolve(progress, pending_snapshot=index, sent_commit=index)
