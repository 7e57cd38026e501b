"""The same actions give the same states: across processes, hash seeds and Python versions.

A fixed random walk of each layer ends in a pinned state. A change of the model changes the
digests; then look at the difference, and pin them anew with
``python tests/determinism/walk.py``.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PINNED = json.loads((HERE / "pinned.json").read_text())


@pytest.mark.parametrize("hash_seed", ["0", "4711"])
def test_a_fixed_walk_ends_in_the_pinned_state(hash_seed: str) -> None:
    root = HERE.parents[1]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(root)}
    printed = subprocess.run(
        [sys.executable, str(HERE / "walk.py")],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        cwd=root,
    ).stdout
    assert json.loads(printed) == PINNED
