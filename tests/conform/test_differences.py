"""The interpreter can fail: wrong expectations, wrong models and failing models all show."""

from collections.abc import Collection, Mapping
from pathlib import Path

import pytest

from model.raft.message import Message
from model.raft.node import Node
from wavetank.conform.raft import ScriptResult, run_script

SCRIPTS = Path(__file__).parent / "scripts"


def _changed(tmp_path: Path, name: str, old: str, new: str) -> ScriptResult:
    """The result of one of our scripts in which a text that is there once was changed."""
    text = (SCRIPTS / f"{name}.txt").read_text(encoding="utf-8")
    assert text.count(old) == 1
    path = tmp_path / f"{name}.txt"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return run_script(path)


def _differing(name: str) -> list[str]:
    outcomes = run_script(SCRIPTS / f"{name}.txt").outcomes
    return [each.block.directive for each in outcomes if not each.agrees]


def test_a_wrong_expectation_is_one_difference_with_both_lines(tmp_path: Path) -> None:
    right, wrong = "3: StateReplicate match=11 next=14 inflight=2", "3: StateProbe match=11 next=12"
    result = _changed(tmp_path, "lagging_snapshot", right, wrong)
    (outcome,) = (each for each in result.outcomes if not each.agrees)
    assert (result.differ, result.agree) == (1, len(result.outcomes) - 1)
    where = f"{tmp_path / 'lagging_snapshot.txt'}:{outcome.block.line}: status 1"
    assert outcome.difference().splitlines() == [
        f"--- {where} (expected)",
        f"+++ {where} (model)",
        "@@ -1,3 +1,3 @@",
        " 1: StateReplicate match=13 next=14",
        " 2: StateReplicate match=13 next=14",
        f"-{wrong}",
        f"+{right}",
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            '1->3 MsgApp Term:1 Log:1/11 Commit:11 Entries:[1/12 EntryNormal "old"]\ndropped: 1->4',
            "",
        ),
        ("INFO 1 [logterm: 1, index: 12, vote: 0] rejected MsgVote from 5 [logterm: 1", "INFO"),
        ("raft-log 5\n----\n", "raft-log 5\n----\n1/10 EntryNormal\n"),
        (
            "> 2 handling Ready\n  Ready MustSync=true:\n  Entries:\n  2/12",
            "> 2 handling Ready\n2/12",
        ),
    ],
    ids=["a line is missing", "a line is cut", "a line too many", "an indent is lost"],
)
def test_each_character_counts(tmp_path: Path, old: str, new: str) -> None:
    assert _changed(tmp_path, "figure_8", old, new).differ == 1


def test_a_wrong_majority_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    def half(voters: Collection[int], match: Mapping[int, int]) -> int:
        acknowledged = sorted((match.get(voter, 0) for voter in voters), reverse=True)
        return acknowledged[(len(voters) - 1) // 2] if voters else 2**64 - 1

    assert _differing("quorum_majority") == []
    monkeypatch.setattr("model.raft.quorum.committed_index", half)
    assert "committed cfg=(1,2,3) cfgj=(3,4) idx=(9,9,9,5)" in _differing("quorum_majority")
    assert _differing("learner_promotion")


def test_what_other_ways_to_compute_it_say_is_printed_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def lowest(voters: Collection[int], match: Mapping[int, int]) -> int:
        return min((match.get(voter, 0) for voter in voters), default=0)

    monkeypatch.setattr("wavetank.conform.quorum_script.committed_index", lowest)
    outcomes = run_script(SCRIPTS / "quorum_majority.txt").outcomes
    printed = next(each.printed for each in outcomes if "idx=(4,9,9)" in each.block.directive)
    assert printed.splitlines()[-4:] == [
        "9 <-- via alternative computation",
        "9 <-- via zero-joint quorum",
        "9 <-- via self-joint quorum",
        "4",
    ]


def test_a_vote_for_a_shorter_log_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model.raft.election.is_up_to_date", lambda log, term, index: True)
    assert _differing("prevote_return")
    assert _differing("figure_8")


def test_a_model_that_fails_ends_its_script_and_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(node: Node, message: Message) -> Node:
        raise KeyError("no such thing")

    monkeypatch.setattr("model.raft.step.receive_append", fail)
    outcomes = run_script(SCRIPTS / "prevote_return.txt").outcomes
    before = [each.agrees for each in outcomes].index(False)
    failed, *later = outcomes[before:]
    assert before and later
    assert failed.block.directive == "stabilize"
    assert "KeyError: 'no such thing' (test_differences.py:" in failed.printed
    assert not any(each.agrees for each in later)
    assert all(each.printed.startswith("not run, for the model failed at line") for each in later)
    assert "+the model failed at line" in failed.difference()


def test_a_group_that_never_comes_to_rest_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wavetank.conform.group.has_ready", lambda raw: True)
    outcomes = run_script(SCRIPTS / "safe_read.txt").outcomes
    assert "do not come to rest within 1,000 rounds" in outcomes[3].printed
