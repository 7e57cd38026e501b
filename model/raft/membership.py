"""What a configuration change does to a configuration (Raft paper, section 6; dissertation,
chapter 4; etcd-io/raft ``confchange/confchange.go``, ``restore.go``).

Rules of this file: pure functions from a :class:`Roster` to a new one, or to the reason why the
change is refused. A change by one voter keeps the majorities overlapping and needs no joint
configuration; any other goes through one.
"""

from __future__ import annotations

from attrs import evolve as attrs_evolve
from attrs import frozen

from model.evolve import evolve
from model.frozen_map import FrozenMap
from model.raft.conf_change import ChangeType, ConfChange, ConfChangeSingle, Configuration
from model.raft.progress import Progress

__all__ = ["Refused", "Roster", "change", "enter_joint", "leave_joint", "restore", "simple"]


@frozen
class Roster:
    """A configuration, and what the leader knows of each member in it."""

    configuration: Configuration
    progress: FrozenMap[int, Progress]


@frozen
class Refused:
    """The change has no meaning here; ``why`` in etcd's words."""

    why: str


def change(roster: Roster, asked: ConfChange, last_index: int) -> Roster | Refused:
    """Apply a change that was committed; who is new is sent what follows ``last_index``."""
    if asked.leaves_joint:
        return leave_joint(roster)
    if asked.enters_joint:
        return enter_joint(roster, asked.changes, last_index, auto_leave=asked.auto_leave)
    return simple(roster, asked.changes, last_index)


def simple(
    roster: Roster, changes: tuple[ConfChangeSingle, ...], last_index: int
) -> Roster | Refused:
    """A change of at most one voter, in one step."""
    before = roster.configuration
    if before.is_joint:
        return Refused("can't apply simple config change in joint config")
    changed = _apply(roster, changes, last_index)
    if isinstance(changed, Refused):
        return changed
    if len({*before.voters} ^ {*changed.configuration.voters}) > 1:
        return Refused("more than one voter changed without entering joint config")
    return changed


def enter_joint(
    roster: Roster, changes: tuple[ConfChangeSingle, ...], last_index: int, *, auto_leave: bool
) -> Roster | Refused:
    """The old majority becomes the outgoing half; the changes make the incoming one."""
    before = roster.configuration
    if before.is_joint:
        return Refused("config is already joint")
    if not before.voters:
        return Refused("can't make a zero-voter config joint")
    joint = attrs_evolve(before, outgoing=before.voters)
    changed = _apply(Roster(joint, roster.progress), changes, last_index)
    if isinstance(changed, Refused):
        return changed
    return Roster(attrs_evolve(changed.configuration, auto_leave=auto_leave), changed.progress)


def leave_joint(roster: Roster) -> Roster | Refused:
    """The incoming half alone decides; who waited to become a learner is one now."""
    before = roster.configuration
    if not before.is_joint:
        return Refused("can't leave a non-joint config")
    learners = tuple(sorted({*before.learners, *before.learners_next}))
    progress = roster.progress
    for node in before.learners_next:
        progress = progress.set(node, evolve(progress[node], learner=True))
    for node in before.outgoing:
        if node not in before.voters and node not in learners:
            progress = progress.discard(node)
    return Roster(Configuration(before.voters, (), learners), progress)


def restore(configuration: Configuration, last_index: int) -> Roster:
    """The roster that a snapshot's configuration stands for; everybody is sent what follows."""
    learners = configuration.learners
    progress = {
        node: new_progress(last_index, learner=node in learners) for node in configuration.members()
    }
    return Roster(configuration, FrozenMap(progress))


def new_progress(last_index: int, *, learner: bool) -> Progress:
    """A member that has just joined: nothing known, and taken as alive, lest it be counted out."""
    return Progress(next=max(last_index, 1), learner=learner, active=True)


def _apply(
    roster: Roster, changes: tuple[ConfChangeSingle, ...], last_index: int
) -> Roster | Refused:
    for single in changes:
        if single.node == 0:
            continue  # etcd replaces the node of a change that it wants ignored by zero
        if single.type is ChangeType.ADD_NODE:
            roster = _make_voter(roster, single.node, last_index)
        elif single.type is ChangeType.ADD_LEARNER_NODE:
            roster = _make_learner(roster, single.node, last_index)
        elif single.type is ChangeType.REMOVE_NODE:
            roster = _remove(roster, single.node)
    return roster if roster.configuration.voters else Refused("removed all voters")


def _with(ids: tuple[int, ...], node: int) -> tuple[int, ...]:
    return ids if node in ids else tuple(sorted((*ids, node)))


def _without(ids: tuple[int, ...], node: int) -> tuple[int, ...]:
    return tuple(each for each in ids if each != node)


def _make_voter(roster: Roster, node: int, last_index: int) -> Roster:
    now, known = roster.configuration, roster.progress.get(node)
    progress = (
        new_progress(last_index, learner=False) if known is None else evolve(known, learner=False)
    )
    return Roster(
        attrs_evolve(
            now,
            voters=_with(now.voters, node),
            learners=_without(now.learners, node),
            learners_next=_without(now.learners_next, node),
        ),
        roster.progress.set(node, progress),
    )


def _make_learner(roster: Roster, node: int, last_index: int) -> Roster:
    """A voter of the outgoing half goes on voting there, and becomes a learner when it is left."""
    known: Progress | None = roster.progress.get(node)
    if known is None:
        now = roster.configuration
        return Roster(
            attrs_evolve(now, learners=_with(now.learners, node)),
            roster.progress.set(node, new_progress(last_index, learner=True)),
        )
    if known.learner:
        return roster
    now = _remove(roster, node).configuration
    if node in now.outgoing:
        return Roster(
            attrs_evolve(now, learners_next=_with(now.learners_next, node)),
            roster.progress.set(node, known),
        )
    return Roster(
        attrs_evolve(now, learners=_with(now.learners, node)),
        roster.progress.set(node, evolve(known, learner=True)),
    )


def _remove(roster: Roster, node: int) -> Roster:
    """Who still votes in the outgoing half is still sent the log."""
    if node not in roster.progress:
        return roster
    now = roster.configuration
    removed = attrs_evolve(
        now,
        voters=_without(now.voters, node),
        learners=_without(now.learners, node),
        learners_next=_without(now.learners_next, node),
    )
    stays = node in now.outgoing
    return Roster(removed, roster.progress if stays else roster.progress.discard(node))
