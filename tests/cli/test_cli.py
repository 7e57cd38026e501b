"""The command line: what it says, its exit codes, and that it writes nothing on bad input."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from wavetank.cli import COMMANDS, main

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, in which the command runs."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def trace(folder: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A saved counterexample of R3."""
    main(["hunt", "--defect", "R3", "--budget", "5000"])
    capsys.readouterr()
    (saved,) = (folder / "traces").iterdir()
    return saved


def test_a_defect_is_found_told_and_saved(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["hunt", "--defect", "r3", "--budget", "5000", "--seed", "4"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].strip().startswith("1. ")
    assert lines[-1].startswith("raft with R3: 1 counterexample in ")
    assert "seed 4" in lines[-1]
    (saved,) = (folder / "traces").iterdir()
    assert saved.name.startswith("raft-R3-")
    assert any(str(saved.relative_to(folder)) in line for line in lines)


def test_nothing_broken_is_exit_code_0_and_says_what_was_covered(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["hunt", "--world", "raft", "--budget", "300"]) == 0
    assert "no violation found" in capsys.readouterr().out.splitlines()[-1]
    assert not (folder / "traces").exists()


def test_no_save_saves_nothing(folder: Path) -> None:
    assert main(["hunt", "--defect", "R3", "--budget", "5000", "--no-save"]) == 1
    assert not list(folder.iterdir())


def test_the_same_seed_is_the_same_hunt(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hunt = ["hunt", "--defect", "R3", "--budget", "5000", "--no-save", "--json"]
    found = []
    for _ in range(2):
        main(hunt)
        result = json.loads(capsys.readouterr().out)
        del result["seconds"]
        found.append(result)
    assert found[0] == found[1]
    assert found[0]["counterexamples"][0]["story"]


BAD = {
    "unknown command": (["hutn"], "unknown command 'hutn'; did you mean 'hunt'"),
    "unknown world": (["hunt", "--world", "rafft"], "unknown world 'rafft'; did you mean 'raft'"),
    "unknown defect": (["hunt", "--defect", "R33"], "unknown defect 'R33'; did you mean"),
    "unknown invariant": (
        ["hunt", "--world", "raft", "--invariant", "leader_completness"],
        "did you mean 'leader_completeness'",
    ),
    "defect of another world": (
        ["hunt", "--world", "etcd", "--defect", "R3"],
        "defect R3 shows in the raft world, not in etcd",
    ),
    "bad budget": (["hunt", "--budget", "fast"], "budget 'fast': expected seconds like '60s'"),
    "no budget": (["hunt", "--budget", "0s"], "budget '0s'"),
    "no findings": (["hunt", "--findings", "0"], "expected at least 1"),
    "absent file": (["replay", "traces/none.json"], "traces/none.json: cannot be read"),
    "absent extension": (["hunt", "--invariants", "mine.py"], "mine.py: no such file"),
    "absent module": (["hunt", "--invariants", "no_such_thing"], "no such module"),
}


@pytest.mark.parametrize("arguments, said", BAD.values(), ids=BAD)
def test_bad_input_is_one_message_exit_code_2_and_nothing_written(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""
    assert not list(folder.iterdir())


@pytest.mark.parametrize("broken, line", [("def f(:", 1), ("x = 1\nimport absent_thing", 2)])
def test_an_extension_that_cannot_be_imported_is_named_with_its_line(
    folder: Path, capsys: pytest.CaptureFixture[str], broken: str, line: int
) -> None:
    mine = folder / "mine.py"
    mine.write_text(broken)
    assert main(["hunt", "--invariants", "mine.py"]) == 2
    assert f"mine.py:{line}: cannot be imported: " in capsys.readouterr().err


def test_replay_tells_each_step_with_what_changed(
    trace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", str(trace)]) == 1
    out = capsys.readouterr().out
    assert "R3 append-ack-before-sync is put back" in out
    assert "  1. the election timer of member " in out
    assert "role: follower -> candidate" in out
    assert "without R3: the invariant holds" in out
    assert "still broken" in out.splitlines()[-1]


def test_replay_as_data(trace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["replay", str(trace), "--json"])
    outcome = json.loads(capsys.readouterr().out)
    assert (outcome["outcome"], outcome["drifted"]) == ("same", None)


def test_a_step_that_is_not_possible_is_named_with_the_reason_and_rebase_finds_a_way(
    trace: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = json.loads(trace.read_text())
    parts["actions"].insert(2, {"do": "restart", "member": 2})
    parts["digests"] = []
    stale = folder / "stale.json"
    stale.write_text(json.dumps(parts))
    assert main(["replay", str(stale)]) == 3
    assert "(step 3): member 2 restarts: member 2 is up" in capsys.readouterr().out
    assert main(["replay", str(stale), "--rebase"]) == 1
    assert "rebased to " in capsys.readouterr().out
    assert stale.exists()


def test_show_writes_one_page_beside_the_trace(
    trace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["show", str(trace)]) == 0
    assert trace.with_suffix(".html").read_text().startswith("<!doctype html>")


def test_shrink_says_when_a_trace_is_as_short_as_it_can_be(
    trace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["shrink", str(trace)]) == 1
    assert "as short as it can be made" in capsys.readouterr().out.splitlines()[-1]


@pytest.mark.parametrize("command", ["worlds", "invariants", "defects"])
def test_lists_are_tables_and_data(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert main([command, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert last == f"{len(rows)} {command}"
    assert rows


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as done:
        main([command, "--help"])
    assert done.value.code == 0
    assert f"wavetank {command}" in capsys.readouterr().out


def test_help_names_every_command_and_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    out = capsys.readouterr().out
    assert all(command in out for command in COMMANDS)
    assert "2 bad input" in out


OWN = """\
from invariants import always


@always("raft", source="our runbook")
def member_2_never_leads(group):
    '''Member 2 is the small machine; it must not lead.'''
    node = group.node(2)
    if node is not None and node.leader == 2:
        yield f"member 2 leads term {node.term}"
"""


def _wavetank(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own: what it declares must not stay in this one."""
    command = [sys.executable, "-m", "wavetank", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def test_an_own_invariant_is_asked_and_its_trace_says_what_it_needs(folder: Path) -> None:
    (folder / "mine.py").write_text(OWN)
    own = ("--invariants", "mine.py")
    hunt = ("hunt", "--invariant", "member_2_never_leads", "--budget", "20000")
    assert _wavetank(folder, *hunt, *own).returncode == 1
    (saved,) = (folder / "traces").iterdir()
    assert json.loads(saved.read_text())["made_by"]["extensions"] == "mine.py"
    assert "member 2 leads term 1" in _wavetank(folder, "replay", str(saved), *own).stdout
    without = _wavetank(folder, "replay", str(saved))
    assert without.returncode == 2
    assert "the trace was made with --invariants mine.py" in without.stderr


def test_a_reader_that_goes_away_is_no_error(folder: Path) -> None:
    command = f"{sys.executable} -m wavetank defects | head -1; echo ${{PIPESTATUS[0]}}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.stderr == ""
    assert done.stdout.splitlines()[-1] == "0"
