"""What the README shows of bringing your own: each file is found, and finds something."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("name", "world", "broken"),
    [
        ("own_invariant", "raft", "terms_stay_small"),
        ("own_fault", "raft", ""),
        ("own_controller", "kube", "one_note_a_deployment"),
    ],
)
def test_an_example_is_found_and_finds_something(name: str, world: str, broken: str) -> None:
    command = ["hunt", "--world", world, "--with", f"examples/{name}.py", "--no-save"]
    done = subprocess.run(
        [sys.executable, "-m", "wavetank", *command, "--budget", "60000"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert broken in done.stdout


@pytest.mark.parametrize("name", ["own_invariant", "own_fault", "own_controller"])
def test_an_example_takes_under_20_lines_without_its_docstring_and_imports(name: str) -> None:
    import ast

    tree = ast.parse((ROOT / "examples" / f"{name}.py").read_text())
    parts = [n for n in tree.body if not isinstance(n, ast.Import | ast.ImportFrom | ast.Expr)]
    assert all((n.end_lineno or 0) - n.lineno < 20 for n in parts)
