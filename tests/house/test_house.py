"""The rules of the house that a linter does not know."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("model", "invariants", "wavetank")
SOURCES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
NAMES = [str(path.relative_to(ROOT)) for path in SOURCES]

LINES_MAX = 420


@pytest.mark.parametrize("path", SOURCES, ids=NAMES)
def test_a_file_is_one_concept_of_at_most_about_400_lines(path: Path) -> None:
    lines = len(path.read_text().splitlines())
    assert lines <= LINES_MAX, f"{path.name} has {lines} lines: split it by concept"


@pytest.mark.parametrize("path", SOURCES, ids=NAMES)
def test_a_file_opens_with_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text())), f"{path} has no docstring"


def test_no_room_is_called_utils() -> None:
    assert not [name for name in NAMES if any(w in name for w in ("util", "helper", "common"))]


def test_the_model_never_iterates_over_an_unordered_set() -> None:
    """A set literal or call as the iterable of a loop differs between hash seeds."""
    found = []
    for path in SOURCES:
        if path.parts[len(ROOT.parts)] != "model":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.For | ast.comprehension):
                over = node.iter
                is_set = isinstance(over, ast.Set | ast.SetComp) or (
                    isinstance(over, ast.Call)
                    and isinstance(over.func, ast.Name)
                    and over.func.id in ("set", "frozenset")
                )
                if is_set:
                    found.append(f"{path.relative_to(ROOT)}:{over.lineno}")
    assert not found, f"sort it first: {found}"
