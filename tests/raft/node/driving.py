"""One node, stepped by hand: started, elected, told things, and its notes read."""

from __future__ import annotations

from model.evolve import evolve
from model.raft.conf_change import Configuration
from model.raft.log import Log, Snapshot
from model.raft.message import Message, MessageType
from model.raft.node import Node, NodeConfig, Stable
from model.raft.ready import RawNode, advance, has_ready, take_ready
from model.raft.start import start_node
from model.raft.step import step

VOTERS = Configuration((1, 2, 3))
BOOTSTRAP = 5
"""All that a node starts with is a snapshot up to this index, of term 1."""


def started(configuration: Configuration = VOTERS, **config: object) -> Node:
    """Node 1, freshly started, with notes."""
    snapshot = Snapshot(BOOTSTRAP, 1, configuration)
    stable = Stable(term=1, log=Log((), BOOTSTRAP, 1), snapshot=snapshot)
    return quiet(start_node(1, NodeConfig(logs=True, **config), stable))  # type: ignore[arg-type]


def quiet(node: Node) -> Node:
    """The node after its notes were read."""
    return evolve(node, notes=())


def told(node: Node, *messages: Message) -> Node:
    """The node after these messages."""
    for message in messages:
        node = step(node, message)
    return node


def settled(node: Node) -> tuple[Node, tuple[Message, ...]]:
    """The node after all its Readies were done, and what it sent meanwhile."""
    raw, sent = RawNode(node), []
    while has_ready(raw):
        ready, raw = take_ready(raw)
        sent.extend(ready.messages)
        raw = advance(raw)
    return raw.node, tuple(sent)


def leading(
    configuration: Configuration = VOTERS, *, committed: bool = True, **config: object
) -> Node:
    """Node 1 as leader of term 2; ``committed``: so is the first entry of its term."""
    node, _ = settled(told(started(configuration, **config), Message(MessageType.HUP, 1, 1)))
    for voter in configuration.all_voters():
        if voter != 1:
            node = told(node, Message(MessageType.VOTE_RESP, voter, 1, 2))
    node, _ = settled(node)
    if committed:
        for member in configuration.members():
            if member != 1:
                node = told(node, ack(member, BOOTSTRAP + 1))
        node, _ = settled(node)
    return quiet(node)


def ack(source: int, index: int, term: int = 2) -> Message:
    """``source`` has the leader's log up to ``index`` on disk."""
    return Message(MessageType.APP_RESP, source, 1, term, index=index)


def sent_to(node: Node, peer: int, kind: MessageType) -> list[Message]:
    """What of a kind waits to be sent to ``peer``."""
    return [m for m in node.outbox if m.target == peer and m.type is kind]


def lines(node: Node) -> list[str]:
    """Its notes, in words."""
    return [note.sentence() for note in node.notes]
