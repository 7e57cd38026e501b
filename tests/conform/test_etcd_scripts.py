"""etcd's own scripts against the model, one test a script, wherever the scripts are at hand.

They are looked for in ``$ETCD_RAFT_SCRIPTS`` (a checkout of etcd-io/raft will do), else beside the
clone in ``shared/conformance/raft``.
"""

import os
from pathlib import Path
from typing import Any

import pytest

from wavetank.conform.raft import find_scripts, run_script

BESIDE = Path(__file__).parents[3] / "shared" / "conformance" / "raft"
GIVEN = os.environ.get("ETCD_RAFT_SCRIPTS")
FOLDER = Path(GIVEN) if GIVEN else BESIDE


def _scripts() -> list[Any]:
    if GIVEN or FOLDER.is_dir():
        return [pytest.param(p, id=f"{p.parent.name}/{p.stem}") for p in find_scripts(FOLDER)]
    why = f"no scripts of etcd-io/raft at {FOLDER}: set ETCD_RAFT_SCRIPTS to a checkout"
    return [pytest.param(None, id="none", marks=pytest.mark.skip(reason=why))]


@pytest.mark.parametrize("path", _scripts())
def test_the_model_prints_what_etcd_prints(path: Path) -> None:
    result = run_script(path)
    assert result.outcomes
    assert not result.differ, "".join(each.difference() for each in result.outcomes)
    above = set(path.parts[-3:-1])
    assert result.suite in above or not above & {"quorum", "confchange"}
