"""What clients of etcd ask for, as actions with their rules (etcd ``api/etcdserverpb/rpc.proto``).

Rules of this file: a client waits for one answer at a time. It can stop waiting: then the outcome
is unknown, and it may send the same again. Values are unique in a run, so a read tells which write
it has seen.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve, frozen

from model.etcd.cluster import Client, EtcdWorld, invoke
from model.etcd.mvcc import Compare, Operation, Txn
from model.etcd.observed import GaveUp
from model.etcd.server import Request
from model.raft.node import NONE
from model.world import Action, Rule, Transition

__all__ = [
    "CLIENT_RULES",
    "Ask",
    "Compact",
    "CompareAndSet",
    "Delete",
    "DeleteAll",
    "Get",
    "GiveUp",
    "List",
    "Put",
    "PutAll",
    "ReadLocally",
    "Retry",
]

Moved = Transition[EtcdWorld]
ALL = ""
"""The prefix of every key."""

BEHIND = (0, 1, 2)
EXPECTED = (0, 2, 3, 4)


@frozen
class OfClient(Action):
    """An action of one client."""

    client: str


@frozen
class Ask(OfClient):
    """A client sends a request to ``server``."""

    server: int

    def sentence(self) -> str:
        return f"{self.client} sends {self.kind().replace('_', ' ')} to server {self.server}"


@frozen
class AskKey(Ask):
    """A client sends a request about ``key`` to ``server``."""

    key: str

    def sentence(self) -> str:
        words = self.kind().replace("_", " ")
        return f"{self.client} sends {words} {self.key} to server {self.server}"


@frozen
class Put(AskKey):
    """Write a value that is used nowhere else."""


@frozen
class Get(AskKey):
    """A linearizable read of one key."""


@frozen
class Delete(AskKey):
    """Delete the key."""


@frozen
class CompareAndSet(AskKey):
    """Write the key if its mod_revision is still ``expected`` (0: if there is no such key)."""

    expected: int = 0

    def sentence(self) -> str:
        condition = f"mod_revision {self.expected}" if self.expected else "absent"
        return f"{self.client} asks server {self.server} to write {self.key} if it is {condition}"


@frozen
class List(Ask):
    """A linearizable range over all keys."""


@frozen
class PutAll(Ask):
    """One transaction that writes every key."""


@frozen
class DeleteAll(Ask):
    """One range delete of every key."""


@frozen
class ReadLocally(Ask):
    """A serializable range over all keys: from the store of this server, however old."""


@frozen
class Compact(Ask):
    """Drop the history up to ``behind`` revisions before the one that the server is at."""

    behind: int = 0


@frozen
class Retry(Ask):
    """A client that gave up on a write sends the same again."""


@frozen
class GiveUp(OfClient):
    """A client stops waiting for an answer."""

    def sentence(self) -> str:
        return f"{self.client} stops waiting"


def cannot_ask(world: EtcdWorld, action: Ask) -> str | None:
    """Why the client cannot send, or why it would be in vain; None when it can."""
    client: Client = world.clients[action.client]
    if client.waits_for:
        return f"{action.client} waits for {client.waits_for}"
    if len(world.requests) >= world.config.requests:
        return f"the run is bounded to {world.config.requests} requests"
    node = world.group.node(action.server)
    if node is None:
        return f"server {action.server} is down"
    if isinstance(action, ReadLocally):
        server = world.server(action.server)
        written = server is not None and server.store.revision > 1
        return None if written else f"server {action.server} has nothing yet"
    return None if node.leader != NONE else f"server {action.server} knows no leader"


def _cannot_compact(world: EtcdWorld, action: Compact) -> str | None:
    server = world.server(action.server)
    if server is not None and server.store.revision - action.behind <= 1:
        return "there is no such revision"
    return cannot_ask(world, action)


def _cannot_retry(world: EtcdWorld, action: Retry) -> str | None:
    client: Client = world.clients[action.client]
    if not client.gave_up:
        return f"{action.client} has not given up on any write"
    return cannot_ask(world, action)


def transaction_of(world: EtcdWorld, action: Ask, value: str) -> Txn:
    """What the action asks, as a transaction; ``value`` is what it writes."""
    match action:
        case Put():
            return Txn(success=(Operation("put", action.key, value),))
        case Get():
            return Txn(success=(Operation("get", action.key),))
        case Delete():
            return Txn(success=(Operation("delete", action.key),))
        case CompareAndSet():
            compare = Compare(action.key, "mod_revision", action.expected)
            put, get = Operation("put", action.key, value), Operation("get", action.key)
            return Txn((compare,), (put,), (get,))
        case PutAll():
            return Txn(success=tuple(Operation("put", key, value) for key in world.config.keys))
        case DeleteAll():
            return Txn(success=(Operation("delete_range", ALL),))
        case _:
            return Txn(success=(Operation("range", ALL),))


def ask(world: EtcdWorld, action: Ask) -> Moved:
    """Send what the action says."""
    number = len(world.requests) + 1
    local = isinstance(action, ReadLocally)
    txn = transaction_of(world, action, f"v{number}")
    return invoke(world, Request(f"q{number}", action.client, txn, local), action.server)


def compact(world: EtcdWorld, action: Compact) -> Moved:
    server = world.server(action.server)
    assert server is not None
    request_id = f"q{len(world.requests) + 1}"
    revision = server.store.revision - action.behind
    return invoke(world, Request(request_id, action.client, compact=revision), action.server)


def retry(world: EtcdWorld, action: Retry) -> Moved:
    """The same transaction, as a request of its own: etcd does not tell them apart."""
    client: Client = world.clients[action.client]
    first: Request = world.requests[client.gave_up]
    again = evolve(first, id=f"q{len(world.requests) + 1}", retry_of=first.retry_of or first.id)
    clients = world.clients.set(action.client, evolve(client, gave_up=""))
    return invoke(evolve(world, clients=clients), again, action.server)


def _cannot_give_up(world: EtcdWorld, action: GiveUp) -> str | None:
    waits = world.clients[action.client].waits_for
    return None if waits else f"{action.client} waits for nothing"


def give_up(world: EtcdWorld, action: GiveUp) -> Moved:
    client: Client = world.clients[action.client]
    request = world.requests[client.waits_for]
    gave_up = client.gave_up if request.is_read else request.id
    client = evolve(client, waits_for="", gave_up=gave_up)
    clients = world.clients.set(action.client, client)
    return Transition(evolve(world, clients=clients), (GaveUp(request),))


Domains = tuple[Sequence[object], ...]


def clients_of(world: EtcdWorld) -> Domains:
    """The clients, in order of their names."""
    return (tuple(world.clients),)


def _servers(world: EtcdWorld) -> Domains:
    return (tuple(world.clients), tuple(world.servers))


def _keys(world: EtcdWorld) -> Domains:
    return (tuple(world.clients), tuple(world.servers), world.config.keys)


CLIENT_RULES: tuple[Rule[EtcdWorld], ...] = (
    Rule(Put, ask, _keys, cannot_ask, weight=8),
    Rule(Get, ask, _keys, cannot_ask, weight=6),
    Rule(List, ask, _servers, cannot_ask, weight=2),
    Rule(Delete, ask, _keys, cannot_ask, weight=4),
    Rule(DeleteAll, ask, _servers, cannot_ask, weight=1),
    Rule(PutAll, ask, _servers, cannot_ask, weight=2),
    Rule(CompareAndSet, ask, lambda world: (*_keys(world), EXPECTED), cannot_ask, weight=4),
    Rule(Compact, compact, lambda world: (*_servers(world), BEHIND), _cannot_compact, weight=3),
    Rule(ReadLocally, ask, _servers, cannot_ask, weight=1),
    Rule(GiveUp, give_up, clients_of, _cannot_give_up, weight=1),
    Rule(Retry, retry, _servers, _cannot_retry, weight=1),
)
"""What clients ask for; the requests of a run are bounded."""
