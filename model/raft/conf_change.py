"""Configuration changes and configurations as values (etcd-io/raft ``raftpb/confchange.go``).

Rules of this file: values and their words only; what a change does to a configuration is in
``model/raft/membership.py``.
"""

from __future__ import annotations

from enum import Enum

from attrs import frozen

__all__ = [
    "ChangeType",
    "ConfChange",
    "ConfChangeSingle",
    "Configuration",
    "Transition",
    "ids_in_words",
]


class ChangeType(Enum):
    """What is done with one member; the value is the letter that etcd's scripts use."""

    ADD_NODE = "v"
    REMOVE_NODE = "r"
    UPDATE_NODE = "u"
    ADD_LEARNER_NODE = "l"

    __hash__ = object.__hash__


class Transition(Enum):
    """How a joint configuration is left; the value is etcd's name after ``ConfChangeTransition``.

    ``AUTO``: joint only when it must be, and left as soon as possible. ``IMPLICIT``: always joint,
    left as soon as possible. ``EXPLICIT``: always joint, left when an empty change says so.
    """

    AUTO = "Auto"
    IMPLICIT = "JointImplicit"
    EXPLICIT = "JointExplicit"

    __hash__ = object.__hash__


@frozen
class ConfChangeSingle:
    """One change of one member."""

    type: ChangeType
    node: int

    def sentence(self) -> str:
        """``v4``: as in etcd's scripts."""
        return f"{self.type.value}{self.node}"


@frozen(cache_hash=True)
class ConfChange:
    """What an entry changes; without any change it leaves the joint configuration.

    ``v1``: in the older form, which holds exactly one change and never goes through a joint
    configuration.
    """

    changes: tuple[ConfChangeSingle, ...] = ()
    transition: Transition = Transition.AUTO
    v1: bool = False

    @property
    def leaves_joint(self) -> bool:
        """Whether this is the change that leaves a joint configuration."""
        return not self.changes and self.transition is Transition.AUTO

    @property
    def enters_joint(self) -> bool:
        """Whether it must, or is asked to, go through a joint configuration."""
        return self.transition is not Transition.AUTO or len(self.changes) > 1

    @property
    def auto_leave(self) -> bool:
        """Whether the joint configuration is to be left without being told."""
        return self.transition is not Transition.EXPLICIT

    def sentence(self) -> str:
        """``v4 r1``; empty for the change that leaves a joint configuration."""
        return " ".join(change.sentence() for change in self.changes)


def ids_in_words(ids: tuple[int, ...]) -> str:
    """``(1 2 3)``."""
    return f"({' '.join(str(i) for i in ids)})"


@frozen(cache_hash=True)
class Configuration:
    """Who votes and who learns (etcd-io/raft ``tracker.Config``, ``raftpb.ConfState``).

    ``voters``: the (incoming) majority. ``outgoing``: the majority that must also agree while the
    configuration is joint, else empty. ``learners``: they receive the log and never count.
    ``learners_next``: voters of the outgoing half that become learners once it is left.
    All ascending.
    """

    voters: tuple[int, ...] = ()
    outgoing: tuple[int, ...] = ()
    learners: tuple[int, ...] = ()
    learners_next: tuple[int, ...] = ()
    auto_leave: bool = False

    @property
    def is_joint(self) -> bool:
        """Whether two majorities must agree."""
        return bool(self.outgoing)

    def all_voters(self) -> tuple[int, ...]:
        """Everybody who votes in either half, ascending."""
        if not self.outgoing:
            return self.voters
        return tuple(sorted({*self.voters, *self.outgoing}))

    def members(self) -> tuple[int, ...]:
        """Everybody the leader replicates to, ascending."""
        return tuple(sorted({*self.voters, *self.outgoing, *self.learners}))

    def sentence(self) -> str:
        """``voters=(1 2 3)&&(1 2) learners=(4)``: as etcd logs it."""
        words = f"voters={ids_in_words(self.voters)}"
        if self.outgoing:
            words += f"&&{ids_in_words(self.outgoing)}"
        if self.learners:
            words += f" learners={ids_in_words(self.learners)}"
        if self.learners_next:
            words += f" learners_next={ids_in_words(self.learners_next)}"
        return words + " autoleave" if self.auto_leave else words

    def protobuf_sentence(self) -> str:
        """``voters:1 voters:2 learners:3 auto_leave:false``: protobuf's text of a ConfState."""
        fields = (
            ("voters", self.voters),
            ("learners", self.learners),
            ("voters_outgoing", self.outgoing),
            ("learners_next", self.learners_next),
        )
        words = [f"{name}:{each}" for name, ids in fields for each in ids]
        return " ".join((*words, f"auto_leave:{str(self.auto_leave).lower()}"))
