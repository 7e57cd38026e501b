"""How large an entry is, so that limits cut where etcd's do (``raftpb/raft.proto``, proto2).

The expected bytes are written out: a tag is one byte, a number below 128 one more.
"""

import pytest

from model.raft.conf_change import ChangeType, ConfChange, ConfChangeSingle, Transition
from model.raft.log import Entry, entry_size, limit_size, payload_size

ADD_4 = ConfChangeSingle(ChangeType.ADD_NODE, 4)
REMOVE_300 = ConfChangeSingle(ChangeType.REMOVE_NODE, 300)
TERM, INDEX, TYPE = 2, 2, 2


@pytest.mark.parametrize(
    ("change", "size"),
    [
        (ConfChange((ADD_4,), v1=True), 2 + 2),
        (ConfChange((REMOVE_300,), v1=True), 2 + 3),
        (ConfChange((ADD_4,)), 2 + (2 + 2 + 2)),
        (ConfChange((ADD_4, REMOVE_300)), 2 + (2 + 2 + 2) + (2 + 2 + 3)),
        (ConfChange((), Transition.EXPLICIT), 2),
        (ConfChange(), 0),
    ],
)
def test_a_change_is_as_large_as_its_protobuf_message(change: ConfChange, size: int) -> None:
    entry = Entry(1, 1, change=change)
    assert payload_size(entry) == size
    data = 2 + size if size else 0
    assert entry_size(entry) == TERM + INDEX + TYPE + data


@pytest.mark.parametrize(
    ("entry", "size"),
    [
        (Entry(1, 1), TERM + INDEX),
        (Entry(1, 1, "foo"), TERM + INDEX + 2 + 3),
        (Entry(1, 1, "é"), TERM + INDEX + 2 + 2),
        (Entry(1, 128, "foo"), TERM + 3 + 2 + 3),
        (Entry(1, 1, "x" * 128), TERM + INDEX + 3 + 128),
    ],
)
def test_an_ordinary_entry_leaves_its_type_out(entry: Entry, size: int) -> None:
    assert entry_size(entry) == size


@pytest.mark.parametrize(("limit", "taken"), [(0, 1), (9, 1), (17, 1), (18, 2), (26, 2), (27, 3)])
def test_a_limit_is_reached_by_the_last_entry_that_fits(limit: int, taken: int) -> None:
    entries = tuple(Entry(1, index, "foo") for index in (1, 2, 3))
    assert len(limit_size(entries, limit)) == taken
