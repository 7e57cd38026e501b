"""``conform trace``: exit codes, what is printed, and the JSON."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest
from attrs import evolve

from wavetank.bad_input import BadInput
from wavetank.cli import conform_trace
from wavetank.state_trace.record import Plan, record
from wavetank.state_trace.write import as_lines


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    conform_trace.add_to(parser.add_subparsers())
    options = parser.parse_args(["trace", *arguments])
    code: int = options.run(options)
    return code


@pytest.fixture
def good(tmp_path: Path) -> str:
    path = tmp_path / "good.ndjson"
    path.write_text(as_lines(record(Plan(seed=2))))
    return str(path)


@pytest.fixture
def bad(tmp_path: Path) -> str:
    events = list(record(Plan(seed=2)))
    at = next(n for n, event in enumerate(events) if event.name == "Commit")
    events[at] = evolve(events[at], commit=events[at].commit + 1)
    path = tmp_path / "bad.ndjson"
    path.write_text(as_lines(events))
    return str(path)


def test_a_good_trace(good: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(good) == 0
    (last,) = capsys.readouterr().out.splitlines()
    assert last.startswith(f"{good}: explained: ")
    assert " events, 5 nodes, at most " in last


def test_a_bad_trace(bad: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(bad) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{bad}:")
    assert lines[0].endswith("not explained: no possible state writes this")
    assert any("logged; possible:" in line for line in lines)
    assert lines[-1].startswith(f"{bad}: not explained: ")


def test_several_traces_have_a_last_line_of_their_own(
    good: str, bad: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(good, bad) == 1
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("2 traces: 1 explained, 1 not explained, 0 undecided; ")


def test_json(good: str, bad: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(good, bad, "--json") == 1
    explained, refused = json.loads(capsys.readouterr().out)
    assert explained["outcome"] == "explained"
    assert explained["unexplained"] is None
    assert refused["outcome"] == "not explained"
    assert refused["unexplained"]["name"] == "Commit"
    assert refused["unexplained"]["possible"][0]["differences"]


def test_undecided(good: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(good, "--states", "1") == 3
    assert "undecided: " in capsys.readouterr().out


def test_bad_input(tmp_path: Path) -> None:
    path = tmp_path / "t.ndjson"
    path.write_text('{"event": {"name": "Ready"}}\n')
    with pytest.raises(BadInput, match=r"t\.ndjson:1: event has no field 'state'"):
        run(str(path))
    with pytest.raises(BadInput, match="--max-inflight 0: expected a number of at least 1"):
        run(str(path), "--max-inflight", "0")
