"""The documentation agrees with the code: names, commands, links, and what is shown as output."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import attrs
import pytest

from model.raft.group_config import RaftConfig
from model.worlds.raft import RAFT
from wavetank.cli import COMMANDS, parser
from wavetank.conform.raft import run_script
from wavetank.defects.bank import all_defects
from wavetank.extensions import invariants_for

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PAGE_NAMES = [page.name for page in PAGES]

INVARIANTS = {inv.name: inv for inv in invariants_for(RAFT, None)}
DEFECTS = {defect.id: defect for defect in all_defects() if defect.layer == "raft"}


def text(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def section(page: str, heading: str) -> str:
    """What is below a heading of the second level, up to the next one."""
    return page.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def rows(markdown: str) -> list[list[str]]:
    """The cells of every row of every table."""
    lines = [line for line in markdown.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def coded(markdown: str) -> list[str]:
    """Whatever is between backquotes."""
    return re.findall(r"`([^`\n]+)`", markdown)


def fences(markdown: str, kind: str) -> list[str]:
    """The fenced blocks of a kind (``python``, ``console``; nothing for the plain ones)."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", markdown, re.MULTILINE | re.DOTALL)
    return [inside for of, inside in found if of == kind]


# The Raft page: its tables.


def test_every_room_of_the_raft_model_is_on_the_map() -> None:
    there = {path.name for path in (ROOT / "model" / "raft").glob("*.py")} - {"__init__.py"}
    told = coded("\n".join(row[0] for row in rows(section(text("raft.md"), "The rooms"))))
    assert sorted(told) == sorted(there)


def test_every_action_and_fault_of_the_raft_world_is_named() -> None:
    page = section(text("raft.md"), "The world `raft`")
    named = set(coded(page))
    assert {rule.action.kind() for rule in RAFT.rules} <= named
    faults = {rule.fault for rule in RAFT.rules if rule.fault is not None}
    budgets = {coded(row[0])[0]: row[1] for row in rows(page) if row[1].isdigit()}
    assert faults <= set(budgets)
    default = RaftConfig().faults
    assert {name: int(budgets[name]) for name in faults} == {
        name: default.get(name, 0) for name in faults
    }


def test_every_field_of_the_configuration_is_told_with_its_default() -> None:
    page = section(text("raft.md"), "The world `raft`")
    fields = {field.name: field for field in attrs.fields(RaftConfig)}
    told: dict[str, str] = {}
    for row in rows(page):
        names = coded(row[0])
        if set(names) & set(fields) and set(names) <= set(fields):
            defaults = [each.strip() for each in row[1].split(",")]
            assert row[1] == "see above" or len(names) == len(defaults), row
            told.update(zip(names, defaults, strict=False))
    assert set(told) == set(fields)
    words = {True: "on", False: "off", None: "none"}
    for name, field in fields.items():
        if told[name].isdigit():
            assert field.default == int(told[name]), name
        elif told[name] in words.values():
            assert words.get(field.default) == told[name], name


def test_the_invariants_of_raft_are_told_with_kind_bound_and_source() -> None:
    told = {}
    for cells in rows(section(text("raft.md"), "What must hold")):
        if len(cells) >= 3 and coded(cells[0]):
            name = coded(cells[0])[0]
            assert name not in told, f"{name} is told twice"
            assert name in INVARIANTS, f"{name} does not exist"
            inv = INVARIANTS[name]
            assert cells[1] == inv.kind.value, name
            assert cells[-1] == inv.source, name
            assert len(cells) == 3 or int(cells[2]) == inv.within, name
            told[name] = inv
    kinds = {inv.kind.value for inv in told.values()}
    assert kinds == {"always", "transition", "history", "eventually"}
    assert set(told) == {n for n, inv in INVARIANTS.items() if inv.kind.value != "sometimes"}


def test_the_situations_of_raft_are_told_once() -> None:
    cells = [row[1] for row in rows(section(text("raft.md"), "What must hold")) if len(row) == 2]
    told = coded("\n".join(cells))
    assert sorted(told) == sorted(
        name for name, inv in INVARIANTS.items() if inv.kind.value == "sometimes"
    )


def test_the_bugs_of_raft_are_told_with_name_source_and_what_they_break() -> None:
    told = []
    for cells in rows(section(text("raft.md"), "The bugs")):
        if not re.fullmatch(r"[A-Z]\d+", cells[0]):
            continue
        assert cells[0] in DEFECTS, f"{cells[0]} does not exist"
        defect = DEFECTS[cells[0]]
        told.append(defect.id)
        assert cells[1] == defect.name
        assert cells[3] == defect.source, defect.id
        breaks = coded(cells[4])
        assert breaks, defect.id
        assert set(breaks) <= set(defect.breaks), defect.id
    assert told == list(DEFECTS)


# Every page: commands and links.


def commands(page: Path) -> list[str]:
    """The commands of ours that a page shows to be typed."""
    typed = [
        line[2:]
        for block in fences(page.read_text(encoding="utf-8"), "console")
        for line in block.splitlines()
        if line.startswith("$ ")
    ]
    plain = [re.sub(r"^\.venv/bin/", "", line) for line in typed]
    return [line for line in plain if line.startswith("wavetank ")]


def spans(page: Path) -> list[str]:
    """The commands within a page's sentences."""
    outside = re.sub(
        r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )
    return [each for each in coded(outside) if each.startswith("wavetank ")]


@pytest.mark.parametrize("page", PAGES, ids=PAGE_NAMES)
def test_every_command_of_ours_can_be_parsed(page: Path) -> None:
    """A command alone, named in a sentence, need not have its arguments."""
    whole = parser(*dict.fromkeys(COMMANDS.values()))
    shown = commands(page)
    for line in (*shown, *spans(page)):
        words = shlex.split(line, comments=True)[1:]
        assert words[0] in COMMANDS, f"{page.name}: {line}"
        if line not in shown and len(words) == 1:
            continue
        try:
            whole.parse_args(words)
        except SystemExit:
            pytest.fail(f"{page.name}: {line}")


def test_commands_are_shown_at_all() -> None:
    names = {line.split()[1] for page in PAGES for line in (*commands(page), *spans(page))}
    assert {"hunt", "replay", "show", "check", "feasible", "conform", "bench"} <= names


def anchors(page: Path) -> set[str]:
    """The places in a page that a link can lead to, as GitHub names them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


@pytest.mark.parametrize("page", PAGES, ids=PAGE_NAMES)
def test_every_link_leads_to_something_that_is_there(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if re.match(r"\w+://", target):
            continue
        name, _, anchor = target.partition("#")
        to = (page.parent / name).resolve() if name else page
        assert to.exists(), f"{page.name}: {target}"
        assert not anchor or anchor in anchors(to), f"{page.name}: {target}"


def test_every_page_can_be_reached_from_the_readme() -> None:
    linked = re.findall(r"\]\(docs/([\w.]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert {page.name for page in PAGES if page.parent.name == "docs"} <= set(linked)


# What is shown is so.


def shown_outputs(name: str) -> list[tuple[str, str]]:
    """Each command of ours that a page shows with its output, and that output."""
    found = []
    for block in fences(text(name), "console"):
        line, _, output = block.partition("\n")
        if line.startswith("$ wavetank ") and output and not output.startswith("$ "):
            found.append((line[2:], output))
    return found


def without_times(output: str) -> str:
    return re.sub(r"[\d.,]+ (s|events/s)\b", r"N \1", output).strip()


def printed(command: str, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *shlex.split(command)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.stderr, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", ["raft.md", "state_traces.md"])
def test_the_python_of_a_page_runs(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = fences(text(name), "python")
    assert blocks
    for block in blocks:
        exec(compile(block, name, "exec"), {})


def test_state_traces_are_judged_as_the_page_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for block in fences(text("state_traces.md"), "python"):
        exec(compile(block, "state_traces.md", "exec"), {})
    outputs = shown_outputs("state_traces.md")
    assert len(outputs) == 3
    for command, output in outputs:
        assert without_times(printed(command, tmp_path)) == without_times(output)


def test_differences_are_shown_as_the_page_shows(tmp_path: Path) -> None:
    for name in ("figure_8.txt", "quorum_majority.txt"):
        script = (ROOT / "tests" / "conform" / "scripts" / name).read_text(encoding="utf-8")
        if name.startswith("quorum"):
            script = script.replace("\nVoteWon\n", "\nVotePending\n", 1)
        (tmp_path / name).write_text(script, encoding="utf-8")
    ((command, output),) = shown_outputs("conform.md")
    assert without_times(printed(command, tmp_path)) == without_times(output)


def test_the_script_that_the_page_shows_is_one(tmp_path: Path) -> None:
    (script,) = (block for block in fences(text("conform.md"), "") if "\n----\n" in block)
    path = tmp_path / "shown.txt"
    path.write_text(script, encoding="utf-8")
    result = run_script(path)
    assert len(result.outcomes) == 9
    assert not result.differ, "".join(each.difference() for each in result.outcomes)
