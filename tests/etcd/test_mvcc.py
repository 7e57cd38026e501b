"""The store, as etcd's documentation and the API's answers describe it."""

from hypothesis import given
from hypothesis import strategies as st

from model.etcd.mvcc import Compare, Operation, Store, Txn

PUT, DELETE, GET = "put", "delete", "get"
OPERATIONS = st.lists(
    st.tuples(st.sampled_from([PUT, DELETE]), st.sampled_from("abc"), st.integers(0, 9))
)


def after(*steps: tuple[str, str, int]) -> Store:
    store = Store()
    for kind, key, value in steps:
        store = store.put(key, value) if kind == PUT else store.delete(key)
    return store


def test_a_new_store_is_at_revision_1_and_each_write_adds_one() -> None:
    assert Store().revision == 1
    assert Store().put("a", 1).put("b", 1).revision == 3


def test_a_put_keeps_the_create_revision_and_counts_versions() -> None:
    kv = Store().put("a", 1).put("b", 1).put("a", 2).get("a")
    assert (kv.create_revision, kv.mod_revision, kv.version, kv.value) == (2, 4, 2, 2)


def test_a_key_that_was_deleted_starts_afresh() -> None:
    kv = Store().put("a", 1).put("a", 2).delete("a").put("a", 3).get("a")
    assert (kv.create_revision, kv.mod_revision, kv.version) == (5, 5, 1)


def test_deleting_what_is_not_there_changes_nothing() -> None:
    store = Store().put("a", 1)
    assert store.delete("b") is store


def test_a_transaction_is_one_revision_and_all_or_nothing() -> None:
    txn = Txn(
        (Compare("a", "mod_revision", 0),),
        (Operation(PUT, "a", 1), Operation(PUT, "b", 2)),
        (Operation(GET, "a"),),
    )
    store, result = Store().txn(txn)
    assert (result.succeeded, result.revision) == (True, 2)
    assert {kv.mod_revision for kv in store.range("")} == {2}
    same, refused = store.txn(txn)
    assert same is store
    assert (refused.succeeded, refused.revision, refused.found[0].value) == (False, 2, 1)


def test_a_value_that_is_not_there_equals_nothing() -> None:
    assert Store().holds(Compare("a", "value", None))
    assert Store().put("a", 1).holds(Compare("a", "value", 1))
    assert not Store().put("a", 1).holds(Compare("a", "value", 2))


@given(OPERATIONS)
def test_the_history_explains_the_keys(steps) -> None:
    store = after(*steps)
    replayed: dict[str, object] = {}
    for event in store.events_after(1):
        if event.kind == PUT:
            replayed[event.key] = event.current
        else:
            del replayed[event.key]
    assert replayed == dict(store.keys.items())
    revisions = [event.revision for event in store.events_after(1)]
    assert revisions == list(range(2, store.revision + 1))


@given(OPERATIONS, st.integers(1, 20))
def test_events_after_a_revision_are_those_above_it(steps, revision) -> None:
    store = after(*steps)
    expected = [event for event in store.history if event.revision > revision]
    assert list(store.events_after(revision)) == expected
    assert store.compact(revision).events_after(revision) == tuple(expected)
