"""A defect is swapped in from outside, everywhere, and swapped out again."""

from pathlib import Path

import pytest

from model.raft import commit
from model.raft.conf_change import Configuration
from model.raft.log import Entry, Log
from wavetank.bad_input import BadInput
from wavetank.defects.bank import all_defects, defect_named, put_back
from wavetank.defects.defect import Anomaly, Defect, Replacement
from wavetank.trace_file import read_trace

LOG = Log((Entry(1, 1),))


def test_a_defect_is_there_within_the_block_and_gone_after_it() -> None:
    assert not commit.may_commit_by_counting(LOG, 1, 2)
    with put_back(defect_named("R1")):
        assert commit.may_commit_by_counting(LOG, 1, 2)
        voters = Configuration((1, 2, 3))
        acknowledged = commit.commit_after_acknowledgement(LOG, voters, {1: 1, 2: 1}, 0, 2)
        assert acknowledged == 1, "callers inside the model meet the defect too"
    assert not commit.may_commit_by_counting(LOG, 1, 2)


def test_it_is_gone_also_when_the_block_ends_badly() -> None:
    with pytest.raises(ZeroDivisionError), put_back(defect_named("R1")):
        raise ZeroDivisionError
    assert not commit.may_commit_by_counting(LOG, 1, 2)


def test_functions_imported_by_name_are_replaced_too() -> None:
    from model.raft import group, ready

    original = ready.waits_for_sync
    with put_back(defect_named("R3")):
        assert group.waits_for_sync is ready.waits_for_sync is not original
    assert group.waits_for_sync is ready.waits_for_sync is original


def test_a_defect_that_has_fallen_behind_the_model_says_so() -> None:
    stale = Defect(
        id="R99",
        name="stale",
        title="",
        source="",
        layer="raft",
        breaks=(),
        replaces=(Replacement("model.raft.commit", "no_such_function", print),),
    )
    with pytest.raises(LookupError, match="has no function 'no_such_function'"), put_back(stale):
        pass


def test_an_unknown_defect_names_the_nearest() -> None:
    with pytest.raises(BadInput, match="did you mean 'commit-previous-term'"):
        defect_named("commit-previous-terms")


@pytest.mark.parametrize("defect", all_defects(), ids=lambda d: d.id)
def test_every_defect_fits_the_model(defect: Defect) -> None:
    """Each replaces functions that exist (an anomaly none), and names invariants that exist."""
    from wavetank.extensions import invariant_named
    from wavetank.layers import layer_named

    assert isinstance(defect, Anomaly) or defect.replaces
    with put_back(defect):
        pass
    for name in defect.breaks:
        invariant_named(layer_named(defect.layer), name)


TRACES = Path(__file__).parents[2] / "traces"


@pytest.mark.parametrize("path", sorted(TRACES.glob("*.json")), ids=lambda p: p.stem)
def test_a_saved_trace_breaks_what_its_defect_is_known_to_break(path: Path) -> None:
    trace = read_trace(path)
    if trace.defect is not None:
        assert trace.invariant in defect_named(trace.defect).breaks


CATALOGUE = [*range(1, 12), 13, 14, 15, 16, 18, 20, *range(24, 29)]


def test_every_raft_bug_of_the_catalogue_is_in_the_bank_with_a_trace() -> None:
    traced = {read_trace(path).defect for path in TRACES.glob("raft-*.json")}
    assert {f"R{number}" for number in CATALOGUE} <= traced
