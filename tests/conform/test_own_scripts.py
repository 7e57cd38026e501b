"""Scenarios of our own in etcd's format; their outputs were reasoned out from etcd's sources."""

from pathlib import Path

import pytest

from wavetank.conform.raft import find_scripts, run_script

SCRIPTS = find_scripts(Path(__file__).parent / "scripts")


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_the_model_prints_what_etcd_would(path: Path) -> None:
    result = run_script(path)
    assert len(result.outcomes) > 10
    assert not result.differ, "".join(each.difference() for each in result.outcomes)
