"""``wavetank check`` and ``feasible`` on the example port, and on what is broken on purpose."""

import json
from pathlib import Path

import pytest

from wavetank.cli import main

EXAMPLES = Path(__file__).parents[2] / "examples"


def run(capsys, *arguments: str) -> tuple[int, str]:
    code = main(arguments)
    return code, capsys.readouterr().out


def test_the_port_is_feasible_and_holds(capsys, tmp_path) -> None:
    code, out = run(capsys, "feasible", str(EXAMPLES / "port"))
    assert code == 0
    assert "feasible: 3 pods" in out
    code, out = run(
        capsys, "check", str(EXAMPLES / "port"), "--budget", "3000", "--save", str(tmp_path)
    )
    assert code == 0, out
    assert out.splitlines()[-1].startswith("no problem found in")


@pytest.mark.parametrize(
    ("name", "cause", "words"),
    [
        ("too-large", "not everything can be placed", "requesting cpu 3"),
        ("no-drain", "a budget blocks every drain", "allows 0 disruptions"),
        ("anti-affinity", "a rollout never completes", "no room for a pod number 4"),
    ],
)
def test_what_is_broken_is_named_with_its_reason(capsys, tmp_path, name, cause, words) -> None:
    arguments = ("check", str(EXAMPLES / "broken" / name), "--budget", "300", "--json", "--no-save")
    code, out = run(capsys, *arguments)
    assert code == 1
    causes = {each["name"]: each for each in json.loads(out)["causes"]}
    assert words in " ".join(causes[cause]["story"])
    assert causes[cause]["suggestion"]


def test_no_nodes_is_bad_input_for_feasible_and_made_up_for_check(capsys) -> None:
    alone = str(EXAMPLES / "port" / "harbour.yaml")
    assert main(["feasible", alone]) == 2
    assert "no Node among the manifests" in capsys.readouterr().err
    code, out = run(capsys, "check", alone, "--budget", "300", "--no-save")
    assert code == 0
    assert "made up three" in out
