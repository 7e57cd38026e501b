"""A trace file is exact, readable, strict about what is in it, and never lost."""

import json
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from model.frozen_map import FrozenMap
from model.raft.actions import Crash, Deliver, Sync, TimeOut
from model.raft.group import RaftConfig
from wavetank.bad_input import BadInput
from wavetank.trace import Trace
from wavetank.trace_file import dump_trace, load_trace, read_trace, save_trace, trace_name

TRACE = Trace(
    layer="raft",
    config=RaftConfig(members=5, faults=FrozenMap({"crash": 1})),
    actions=(TimeOut(1), Deliver(1, 3), Sync(3), Crash(2, "part")),
    invariant="election_safety",
    evidence=("members 1 and 3 led term 1",),
    defect="R2",
    driver="random walk",
    seed=7,
    made_by={"wavetank": "0.1.0"},
)


def test_what_is_written_is_read_back_equal() -> None:
    assert load_trace(dump_trace(TRACE), "a file") == TRACE


def test_each_action_is_one_line_so_that_a_diff_shows_steps() -> None:
    lines = [line.strip().rstrip(",") for line in dump_trace(TRACE).splitlines()]
    assert '{"do": "time_out", "member": 1}' in lines
    assert '{"do": "crash", "member": 2, "kept": "part"}' in lines


def test_the_configuration_names_only_what_is_not_the_default() -> None:
    assert json.loads(dump_trace(TRACE))["config"] == {"members": 5, "faults": {"crash": 1}}


def test_the_name_says_layer_defect_and_invariant_and_does_not_depend_on_who_found_it() -> None:
    name = trace_name(TRACE)
    assert name.startswith("raft-R2-election_safety-")
    assert trace_name(evolve(TRACE, seed=8, driver="explore")) == name
    assert trace_name(evolve(TRACE, actions=TRACE.actions[1:])) != name


def _changed(**changes: Any) -> str:
    return json.dumps({**json.loads(dump_trace(TRACE)), **changes})


def _without(name: str) -> str:
    parts = json.loads(dump_trace(TRACE))
    del parts[name]
    return json.dumps(parts)


BAD = {
    "truncated": (dump_trace(TRACE)[:300], "truncated"),
    "empty": ("", "truncated"),
    "a list": ("[]", "not a trace"),
    "foreign": ('{"apiVersion": "v1", "kind": "Pod"}', "not a trace"),
    "newer": (_changed(version=2), "$.version: 2; this wavetank reads version 1"),
    "no version": (_without("version"), "$.version"),
    "unknown field": (_changed(evidense=[]), "$.evidense: unknown field; did you mean 'evidence'"),
    "missing field": (_without("evidence"), "$.evidence: the field is missing"),
    "wrong type": (_changed(actions={}), "$.actions"),
    "wrong evidence": (_changed(evidence=[1]), "$.evidence: expected a list of strings"),
    "wrong made_by": (_changed(made_by={"python": 3}), "$.made_by"),
    "unknown layer": (_changed(layer="raff"), "$.layer: unknown world 'raff'; did you mean 'raft'"),
    "unknown defect": (_changed(defect="R222"), "$.defect: unknown defect 'R222'"),
    "unknown invariant": (
        _changed(invariant="election_savety"),
        "$.invariant: unknown invariant 'election_savety' of the raft world; "
        "did you mean 'election_safety'",
    ),
    "unknown verdict": (_changed(verdict="bad"), "$.verdict: expected one of violated"),
    "unknown action": (
        _changed(actions=[{"do": "delivr", "source": 1, "target": 2}]),
        "$.actions[0].do: the raft layer has no action 'delivr'; did you mean 'deliver'",
    ),
    "no action": (_changed(actions=["deliver"]), "$.actions[0]: expected an object"),
    "unknown action field": (
        _changed(actions=[{"do": "sync", "membr": 1}]),
        "$.actions[0].membr: unknown field; did you mean 'member'",
    ),
    "missing action field": (
        _changed(actions=[{"do": "sync"}]),
        "$.actions[0].member: the field is missing",
    ),
    "wrong action field": (
        _changed(actions=[{"do": "sync", "member": "1"}]),
        "$.actions[0].member: expected a whole number, found '1'",
    ),
    "bool for a number": (
        _changed(actions=[{"do": "sync", "member": True}]),
        "$.actions[0].member: expected a whole number, found True",
    ),
    "unknown setting": (
        _changed(config={"member": 3}),
        "$.config.member: unknown field; did you mean 'members'",
    ),
    "nested too deep": ("[" * 100_000, "not a trace"),
    "a number without end": ('{"format": ' + "9" * 5000 + "}", "not a trace"),
    "a version that is no number": (_changed(version=True), "$.version: True"),
    "an escape sequence": (
        _changed(evidence=["\x1b[2J"]),
        "$.evidence[0]: expected text, found the character '\\x1b'",
    ),
    "half a character": (_changed(driver="\ud800"), "$.driver: expected text"),
    "no world": (
        _changed(config={"members": "three"}),
        "$.config.members: expected a whole number, found 'three'",
    ),
    "digests that do not fit": (_changed(digests=["ab"]), "$.digests: expected one for the start"),
}


@pytest.mark.parametrize("text, said", BAD.values(), ids=BAD)
def test_bad_files_are_one_message_that_says_where_and_what_would_be_right(
    text: str, said: str
) -> None:
    with pytest.raises(BadInput) as caught:
        load_trace(text, "traces/x.json")
    assert str(caught.value).startswith("traces/x.json: ")
    assert said in str(caught.value)


@pytest.mark.parametrize("cut", range(1, len(dump_trace(TRACE)), 97))
def test_a_file_cut_off_anywhere_is_bad_input(cut: int) -> None:
    with pytest.raises(BadInput):
        load_trace(dump_trace(TRACE)[:cut], "traces/x.json")


def test_bytes_that_are_no_text_and_files_that_are_not_there(tmp_path: Path) -> None:
    binary = tmp_path / "x.json"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInput, match="not a text file"):
        read_trace(binary)
    with pytest.raises(BadInput, match="cannot be read"):
        read_trace(tmp_path / "absent.json")


def test_saving_again_is_the_same_file(tmp_path: Path) -> None:
    first = save_trace(TRACE, tmp_path)
    assert save_trace(evolve(TRACE, seed=99), tmp_path) == first
    assert read_trace(first).seed == 7
    assert [path.name for path in tmp_path.iterdir()] == [first.name]


def test_a_file_with_other_content_is_never_overwritten(tmp_path: Path) -> None:
    taken = tmp_path / f"{trace_name(TRACE)}.json"
    taken.write_text("somebody's notes")
    saved = save_trace(TRACE, tmp_path)
    assert taken.read_text() == "somebody's notes"
    assert saved.name == f"{trace_name(TRACE)}-2.json"
    assert read_trace(saved) == TRACE
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".json", ".json"]


def test_a_place_that_cannot_be_written_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="cannot be written"):
        save_trace(TRACE, tmp_path / "file" / "traces")


def test_a_file_system_without_links_does_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(source: Path, target: Path) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr("os.link", no_links)
    first = save_trace(TRACE, tmp_path)
    assert read_trace(first) == TRACE
    assert save_trace(TRACE, tmp_path) == first
    first.write_text("somebody's notes")
    assert save_trace(TRACE, tmp_path).name == f"{trace_name(TRACE)}-2.json"
    assert len(list(tmp_path.iterdir())) == 2
