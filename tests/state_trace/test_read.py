"""Reading and writing state traces: the fields, and what is said about lines that are wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from wavetank.bad_input import BadInput
from wavetank.state_trace.event import Event, TraceMessage, differences
from wavetank.state_trace.read import parse_trace, read_trace
from wavetank.state_trace.record import Plan, record
from wavetank.state_trace.write import as_line, as_lines

EVENT: dict[str, Any] = {
    "name": "SendAppendEntriesRequest",
    "nid": "2",
    "state": {"term": 2, "vote": "2", "commit": 3},
    "role": "StateLeader",
    "log": 4,
    "conf": [["1", "2", "3"], []],
    "msg": {
        "type": "MsgApp",
        "term": 2,
        "from": "2",
        "to": "1",
        "entries": 1,
        "logTerm": 1,
        "index": 3,
        "commit": 3,
        "vote": "0",
        "reject": False,
        "rejectHint": 0,
    },
    "prop": {"match": 3, "next": 4},
}


def line(**changes: Any) -> str:
    return json.dumps({"tag": "trace", "event": {**EVENT, **changes}})


def test_all_fields_are_read() -> None:
    (event,) = parse_trace([line()], "t")
    message = TraceMessage("MsgApp", 2, 2, 1, 1, 1, 3, 3)
    expected = Event(
        "SendAppendEntriesRequest",
        *(2, 2, 2, 3, "StateLeader", 4, ((1, 2, 3), ())),
        message=message,
        match=3,
        next=4,
    )
    assert event == expected
    assert event.place is not None
    assert event.place.sentence() == "t:1"


def test_what_is_written_reads_back() -> None:
    events = record(Plan(seed=3, actions=800))
    assert parse_trace(as_lines(events).splitlines(), "t") == events


def test_a_bare_event_is_one_too() -> None:
    bare = json.dumps(EVENT)
    assert parse_trace([bare], "t") == parse_trace([line()], "t")


@pytest.mark.parametrize("name", ["applied", "Applied"])
def test_the_applied_index_of_some_versions(name: str) -> None:
    (event,) = parse_trace([line(**{name: 3})], "t")
    assert event.applied == 3


def test_lines_of_an_ordinary_log_are_passed_over() -> None:
    other = ['{"level":"info","msg":"became leader"}', "", '{"tag":"other","event":{}}']
    assert len(parse_trace([*other, line()], "t")) == 1


def test_a_change_is_read() -> None:
    change = {
        **{key: value for key, value in EVENT.items() if key not in ("msg", "prop")},
        "name": "ChangeConf",
        "prop": {"cc": {"changes": [{"nid": "4", "action": "AddLearner"}]}},
    }
    (event,) = parse_trace([json.dumps(change)], "t")
    assert event.changes == ((4, "AddLearner"),)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("{", "t:1: not JSON"),
        ("[1]", "t:1: expected an object, found a list"),
        (
            line(name="BecomeLeder"),
            "event.name: unknown 'BecomeLeder'; did you mean 'BecomeLeader'",
        ),
        (line(nid=2), 'event.nid: expected an id in quotes, like "1", found the number 2'),
        (line(nid="two"), "event.nid: expected an id in quotes"),
        (line(log=-1), "event.log: expected a number of at least 0, found the number -1"),
        (line(log=True), "event.log: expected a number of at least 0, found true"),
        (line(role="Leader"), "event.role: unknown 'Leader'; did you mean 'StateLeader'"),
        (line(conf=[["1"]]), "event.conf: expected two lists of ids"),
        (line(state={"term": 1, "vote": "0"}), "event.state has no field 'commit'"),
        (line(msg=None), "event.msg: a SendAppendEntriesRequest needs a field 'msg'"),
        (line(name="Ready"), "event.msg: a Ready must have no field 'msg'"),
        (line(msg={**EVENT["msg"], "type": "MsgApq"}), "event.msg.type: unknown 'MsgApq'"),
        (line(msg={**EVENT["msg"], "reject": 0}), "event.msg.reject: expected true or false"),
        (line(prop={"match": "3"}), "event.prop.match: expected a number"),
    ],
)
def test_bad_lines_name_the_place_and_the_field(bad: str, said: str) -> None:
    with pytest.raises(BadInput) as raised:
        parse_trace([bad], "t")
    assert said in str(raised.value)
    assert str(raised.value).startswith("t:1: ")


def test_a_file_without_events_is_bad_input(tmp_path: Path) -> None:
    empty = tmp_path / "empty.ndjson"
    empty.write_text('{"level":"info"}\n')
    with pytest.raises(BadInput, match="no event of a state trace"):
        read_trace(str(empty))
    with pytest.raises(BadInput, match="cannot be read"):
        read_trace(str(tmp_path / "missing.ndjson"))


def test_an_older_form_has_the_change_beside_the_event() -> None:
    changed = {**EVENT, "name": "ApplyConfChange", "cc": {"newconf": ["1", "2"]}}
    del changed["msg"], changed["prop"]
    (event,) = parse_trace([json.dumps(changed)], "t")
    assert event.newconf == (1, 2)


def test_differences_are_told_in_the_words_of_the_file() -> None:
    (logged,) = parse_trace([line()], "t")
    other = {**EVENT["msg"], "logTerm": 2, "from": "3"}
    (possible,) = parse_trace([line(log=5, msg=other)], "t")
    assert list(differences(logged, possible)) == [
        "log 4 logged; possible: 5",
        "msg from 2 logged; possible: 3",
        "msg logTerm 1 logged; possible: 2",
    ]


def test_a_line_has_the_keys_of_the_library() -> None:
    (event,) = parse_trace([line()], "t")
    assert json.loads(as_line(event)) == {"tag": "trace", "event": EVENT}
