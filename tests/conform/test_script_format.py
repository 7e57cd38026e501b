"""The format of the scripts (cockroachdb/datadriven), and what is said of scripts that are none."""

from pathlib import Path

import pytest

from wavetank.bad_input import BadInput
from wavetank.conform.directive import Argument, parse_directive
from wavetank.conform.go_text import CannotParse, parse_bool, parse_int, parse_uint, quote
from wavetank.conform.raft import find_scripts, run_script
from wavetank.conform.script import Block, read_script


def _read(tmp_path: Path, text: str) -> tuple[Block, ...]:
    path = tmp_path / "some.txt"
    path.write_bytes(text.encode())
    return read_script(path)


@pytest.mark.parametrize(
    ("line", "arguments"),
    [
        ("stabilize", []),
        ("stabilize 1  2", [Argument("1"), Argument("2")]),
        ("deliver-msgs drop=(1, 2) type=MsgApp", [("drop", "1", "2"), ("type", "MsgApp")]),
        ("add-nodes 1 content= index=3", [Argument("1"), ("content", ""), ("index", "3")]),
        ("committed cfg=(1) cfg=(2)", [("cfg", "1"), ("cfg", "2")]),
        ("any cfg=()", [("cfg", "")]),
        ("any of=(a + (b, c), d)", [("of", "a + (b, c)", "d")]),
        ("propose 1 a=b=c", [Argument("1"), ("a", "b=c")]),
    ],
)
def test_arguments(line: str, arguments: list[Argument | tuple[str, ...]]) -> None:
    expected = [a if isinstance(a, Argument) else Argument(a[0], a[1:]) for a in arguments]
    command, found = parse_directive(line)
    assert command == line.split()[0]
    assert list(found) == expected


def test_a_script_with_everything_that_the_format_has(tmp_path: Path) -> None:
    text = """\
# a comment
  # another
first \\
  1 \\
  key=value
  input

more input

----
out
# no comment
   \

subtest a

second
----
----
out

more
----
----

subtest a/b
third\r
----\r
\r
subtest end a/b
subtest end
fourth
----
"""
    assert [(b.line, b.directive, b.input, b.expected) for b in _read(tmp_path, text)] == [
        (3, "first  1  key=value", "input\n\nmore input", "out\n# no comment\n"),
        (16, "second", "", "out\n\nmore\n"),
        (26, "third", "", ""),
        (31, "fourth", "", ""),
    ]


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("ok\n----\nok\n\nstabilize 1\nok\n", 5, "has no line '----' before its output"),
        ("# fine\nadd-nodes 1 voters=(1,2\n----\n", 2, "no closing parenthesis for '(1,2'"),
        ("add-nodes =3\n----\n", 1, "cannot read the arguments from '=3' on"),
        ("\nraft-log 1\n----\n----\nout\n----\n", 2, "and so it must end"),
        ("subtest end\n", 1, "without a subtest that has begun"),
        ("subtest\n", 1, "expected 'subtest NAME'"),
        ("subtest a\nsubtest end b\n", 2, "expected the end of subtest 'a'"),
    ],
)
def test_what_is_wrong_with_a_script_is_said_with_its_place(
    tmp_path: Path, text: str, line: int, why: str
) -> None:
    with pytest.raises(BadInput) as raised:
        _read(tmp_path, text)
    assert str(raised.value).startswith(f"{tmp_path / 'some.txt'}:{line}: ")
    assert why in str(raised.value)


def test_a_subtest_must_end(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="subtest 'a' has no 'subtest end'"):
        _read(tmp_path, "subtest a\nstabilize\n----\nok\n")


ADD = "add-nodes 1 voters=(1) index=2\n----\nok\n\n"


@pytest.mark.parametrize(
    ("case", "why"),
    [
        ("stabilize 7", "there is no node 7; added so far: 1"),
        ("raft-log", "expected a number as the first argument"),
        ("raft-log x", 'strconv.Atoi: parsing "x": invalid syntax'),
        ("propose 1", "expected a node and one word to propose"),
        ("read-index 1 a=b", "expected a node and one word to know the read by"),
        ("deliver-msgs 1 drop=(1)", "can't both deliver and drop msgs to 1"),
        ("deliver-msgs 1 type=MsgFoo", "unknown message type MsgFoo"),
        ("add-nodes many", 'parsing "many"'),
        ("add-nodes 1 inflight=0", "inflight must be greater than 0"),
        ("add-nodes 1 election-tick=1", "election-tick must be greater than heartbeat-tick"),
        ("add-nodes 1 heartbeat-tick=0", "heartbeat-tick must be greater than 0"),
        ("add-nodes 1 read-only=lease-based", "needs checkquorum=true"),
        ("add-nodes 1 max-inflight-bytes=5", "must be at least max-size-per-msg"),
        ("add-nodes 1 prevote=maybe", 'strconv.ParseBool: parsing "maybe"'),
        ("add-nodes 1 voters=(1,)", 'strconv.ParseUint: parsing "": invalid syntax'),
        ("compact 1", "expected a node and an index"),
        ("compact 1 9", "compact 9 is out of bound lastindex(2)"),
        ("send-snapshot 1", "expected two nodes, from and to"),
        ("set-randomized-election-timeout 1", "expected one argument timeout=VALUE"),
        ("set-randomized-election-timeout 1 timeout=0", "expected a timeout of at least 1"),
        ("transfer-leadership from=1", "expected one argument to=VALUE"),
        ("transfer-leadership from=1 to=2", "there is no node 2"),
        ("report-unreachable 1 2", "there is no node 2"),
        ("propose-conf-change 1 v1=true", "exactly one operation"),
        ("log-level", "expected a level"),
    ],
)
def test_arguments_that_no_test_of_etcd_could_have(tmp_path: Path, case: str, why: str) -> None:
    path = tmp_path / "some.txt"
    path.write_text(f"{ADD}{case}\n----\nok\n", encoding="utf-8")
    with pytest.raises(BadInput) as raised:
        run_script(path)
    assert str(raised.value).startswith(f"{path}:5: {case}: ")
    assert why in str(raised.value)


@pytest.mark.parametrize(
    ("case", "why"),
    [
        ("committed cfg=(1) idx=(0)", "0 cannot be an idx"),
        ("committed cfg=() idx=()", 'parsing ""'),
        ("committed cfg=(1) cfgj=(zero,2) idx=(1)", "'zero' stands alone"),
        ("vote cfg=(1) votes=(maybe)", "unknown vote 'maybe'; expected y, n or _"),
        ("vote cfg=(1) vote=(y)", "unknown argument 'vote'"),
        ("enter-joint leave=true", "expected one argument autoleave=VALUE"),
        ("enter-joint autoleave=yes", 'strconv.ParseBool: parsing "yes"'),
    ],
)
def test_arguments_of_the_other_suites(tmp_path: Path, case: str, why: str) -> None:
    path = tmp_path / "some.txt"
    path.write_text(f"{case}\n----\nok\n", encoding="utf-8")
    with pytest.raises(BadInput) as raised:
        run_script(path)
    assert str(raised.value).startswith(f"{path}:1: {case}: ")
    assert why in str(raised.value)


def test_a_checkout_is_known_by_its_directories_testdata(tmp_path: Path) -> None:
    for name in ("testdata/a.txt", "quorum/testdata/b.txt", "quorum/testdata/.c.txt", "notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = [str(path.relative_to(tmp_path)) for path in find_scripts(tmp_path)]
    assert found == ["quorum/testdata/b.txt", "testdata/a.txt"]
    assert find_scripts(tmp_path / "notes.txt") == [tmp_path / "notes.txt"]
    assert find_scripts(tmp_path / "testdata") == [tmp_path / "testdata" / "a.txt"]


def test_numbers_and_words_are_those_of_go() -> None:
    assert quote('a"\\\n\té\x00\x7f\u200b\U000e0001') == r'"a\"\\\n\té\x00\x7f\u200b\U000e0001"'
    assert [parse_uint("18446744073709551615"), parse_int("-3"), parse_bool("T")] == [
        2**64 - 1,
        -3,
        True,
    ]
    for parse, text in (
        (parse_uint, "+1"),
        (parse_uint, "٣"),
        (parse_uint, "1_000"),
        (parse_int, ""),
        (parse_bool, "yes"),
    ):
        with pytest.raises(CannotParse, match="invalid syntax"):
            parse(text)
    with pytest.raises(CannotParse, match=r'ParseInt: parsing "9{19}": value out of range'):
        parse_int("9" * 19)
