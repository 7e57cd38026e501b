"""``wavetank conform``: the table, the differences, JSON, exit codes."""

import json
from pathlib import Path

import pytest

from wavetank.cli import main
from wavetank.cli.conform import SUITES

GOOD = (
    "committed cfg=(1,2) idx=(7,5)\n----\n      idx\nx>      7    (id=1)\n>       5    (id=2)\n5\n"
)
BAD = GOOD + "\n# Two of two.\n\nvote cfg=(1,2) votes=(y,_)\n----\nVoteWon\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What looks like a checkout with two scripts, the second of which is wrong in one case."""
    for name, text in (("good", GOOD), ("bad", BAD)):
        path = tmp_path / "quorum" / "testdata" / f"{name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def test_all_equal(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["conform", "raft", str(folder / "quorum" / "testdata" / "good.txt")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].startswith("1 block in 1 script agree, 0 differ, ")
    assert lines[-1].endswith(" s")
    (row,) = (line for line in lines if "good.txt" in line)
    assert [cell.strip() for cell in row.strip("│").split("│")] == [
        "quorum",
        "good.txt",
        "1",
        "1",
        "0",
    ]


def test_each_difference_is_shown_with_its_place(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["conform", "raft", str(folder)]) == 1
    output = capsys.readouterr().out
    where = f"{folder / 'quorum' / 'testdata' / 'bad.txt'}:10: vote cfg=(1,2) votes=(y,_)"
    assert f"--- {where} (expected)\n+++ {where} (model)\n" in output
    assert "\n-VoteWon\n+VotePending\n" in output
    assert "quorum/testdata/bad.txt" in output
    last = output.splitlines()[-1]
    assert last.startswith("2 of 3 blocks in 2 scripts agree, 1 differ, ")


def test_the_same_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["conform", "raft", str(folder), "--json"]) == 1
    data = json.loads(capsys.readouterr().out)
    assert (data["blocks"], data["agree"], data["differ"]) == (3, 2, 1)
    assert (data["bad_input"], data["seconds"] >= 0) == ([], True)
    bad, good = data["scripts"]
    assert good == {
        "suite": "quorum",
        "file": str(folder / "quorum" / "testdata" / "good.txt"),
        "blocks": 1,
        "agree": 1,
        "differ": 0,
        "differences": [],
    }
    (difference,) = bad["differences"]
    assert difference["diff"].endswith("\n-VoteWon\n+VotePending\n")
    assert (difference["line"], difference["command"], difference["crash"]) == (
        10,
        "vote cfg=(1,2) votes=(y,_)",
        None,
    )


def test_a_failing_model_is_a_difference_not_a_traceback(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> int:
        raise ZeroDivisionError("nobody votes")

    monkeypatch.setattr("wavetank.conform.quorum_script.committed_index", fail)
    assert main(["conform", "raft", str(folder)]) == 1
    output = capsys.readouterr()
    assert "ZeroDivisionError: nobody votes" in output.out
    assert output.out.splitlines()[-1].startswith("0 of 3 blocks in 2 scripts agree, 3 differ, ")
    assert not output.err
    assert main(["conform", "raft", str(folder), "--json"]) == 1
    data = json.loads(capsys.readouterr().out)
    crashes = [each["crash"] for script in data["scripts"] for each in script["differences"]]
    assert len(crashes) == 3
    assert all("ZeroDivisionError: nobody votes" in crash for crash in crashes)


def test_a_script_that_is_none_is_named_and_the_others_are_run(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder / "quorum" / "testdata" / "none.txt"
    path.write_text("vote cfg=(1\n", encoding="utf-8")
    assert main(["conform", "raft", str(folder)]) == 2
    output = capsys.readouterr()
    assert output.err.startswith(f"wavetank: {path}:1: no closing parenthesis")
    assert "2 of 3 blocks in 2 scripts agree" in output.out
    assert main(["conform", "raft", str(folder), "--json"]) == 2
    (why,) = json.loads(capsys.readouterr().out)["bad_input"]
    assert why.startswith(f"{path}:1: ")


@pytest.mark.parametrize(
    ("name", "why"),
    [("nowhere", "no such file or directory"), ("quorum", "no scripts; expected .txt files")],
)
def test_no_scripts_are_bad_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, why: str
) -> None:
    (tmp_path / "quorum").mkdir()
    assert main(["conform", "raft", str(tmp_path / name)]) == 2
    output = capsys.readouterr()
    assert output.err.startswith(f"wavetank: {tmp_path / name}: {why}")
    assert not output.out


def test_a_script_that_is_no_text_is_bad_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "binary.txt"
    path.write_bytes(b"\xff\xfe")
    assert main(["conform", "raft", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith(f"wavetank: {path}: cannot be read: ")


def test_without_a_suite_there_is_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["conform", "--help"])
    assert ended.value.code == 0
    output = capsys.readouterr().out
    assert all(name in output for name in SUITES)
    with pytest.raises(SystemExit) as ended:
        main(["conform"])
    assert ended.value.code == 2
