"""The page of a counterexample: self-contained, safe, and true to the trace."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from wavetank.bad_input import BadInput
from wavetank.order import Order
from wavetank.report.page import page, write_page
from wavetank.report.story_data import story_data
from wavetank.trace import Trace

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="module")
def trace() -> Trace:
    """A counterexample of R3, as found."""
    return Order.of(defect="R3", budget="5000").carry_out().traces[0]


@pytest.fixture(scope="module")
def data(trace: Trace) -> dict[str, Any]:
    return story_data(trace)


def test_the_page_needs_no_network(trace: Trace) -> None:
    text = page(trace)
    assert not re.search(r"""(src|href)\s*=\s*["']|@import|url\((?!#)""", text)
    assert "https://" not in text
    assert "default-src 'none'" in text


def test_the_script_stays_small() -> None:
    import wavetank.report

    script = Path(wavetank.report.__file__).with_name("page.js").read_text()
    assert len(script.splitlines()) <= 300


def test_text_in_a_trace_cannot_end_the_script_or_run(trace: Trace) -> None:
    evil = "</script><script>alert(1)</script><!-- $title ${x}"
    text = page(evolve(trace, evidence=(evil,), driver=evil))
    assert "alert(1)</script>" not in text
    embedded = re.search(r'type="application/json">(.*?)</script>', text, re.DOTALL)
    assert embedded is not None
    assert json.loads(embedded.group(1))["evidence"] == [evil]


def test_every_step_has_its_sentence_and_only_what_changed(
    trace: Trace, data: dict[str, Any]
) -> None:
    assert [step["say"] for step in data["steps"]] == [a.sentence() for a in trace.actions]
    states = [data["start"]]
    for step in data["steps"]:
        state = list(states[-1])
        for lane, lines in step["now"].items():
            assert lines != state[int(lane)], "a lane that did not change is not repeated"
            state[int(lane)] = lines
        states.append(state)
    roles = [dict(map(tuple, lane)).get("role") for lane in states[-1]]
    assert "leader" in roles


def test_the_violation_is_marked_at_the_last_step(data: dict[str, Any], trace: Trace) -> None:
    assert [step["broken"] for step in data["steps"]] == [False] * (len(data["steps"]) - 1) + [True]
    assert data["evidence"] == list(trace.evidence)
    assert data["defect"]["id"] == "R3"
    assert data["outcome"] == "same"


def test_a_message_flies_from_where_it_was_sent_to_where_it_arrives(data: dict[str, Any]) -> None:
    arrived = [f for f in data["flights"] if f["fate"] == "delivered"]
    assert arrived
    for flight in arrived:
        assert 0 < flight["sent"] < flight["ended"]
        step = data["steps"][flight["ended"] - 1]
        assert step["moved"] == [flight["source"], flight["target"], flight["text"]]


def test_a_trace_that_cannot_be_replayed_says_so_on_the_page(trace: Trace) -> None:
    from model.raft.actions import Apply

    stale = evolve(trace, actions=(Apply(1), *trace.actions), digests=())
    warning = story_data(stale)["warning"]
    assert warning.startswith("Step 1 is not possible in the model of today: ")


def test_where_it_cannot_be_written_is_bad_input(trace: Trace, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be written"):
        write_page(trace, tmp_path / "no" / "such" / "folder" / "x.html")
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
@pytest.mark.parametrize("place, current", [("#step=2", "2"), ("#step=99", "last"), ("", "last")])
def test_a_browser_draws_every_row_and_goes_to_the_step_in_the_address(
    trace: Trace, tmp_path: Path, place: str, current: str
) -> None:
    target = tmp_path / "page.html"
    write_page(trace, target)
    dom = _dom(target, place, tmp_path)
    steps = len(trace.actions)
    assert dom.count('class="row') == steps + 1
    wanted = str(steps) if current == "last" else current
    assert re.search(rf'data-step="{wanted}" aria-current="step"', dom)
    assert f"step {wanted} of {steps}" in dom
    assert 'class="row broken"' in dom
    assert 'marker-end="url(#tip)"' in dom


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
@pytest.mark.parametrize(
    "keys, step",
    [
        (["Home"], 0),
        (["Home", "ArrowDown", "ArrowRight"], 2),
        (["ArrowUp"], -2),
        (["k", "End"], -1),
    ],
)
def test_keys_step_through_the_page(
    trace: Trace, tmp_path: Path, keys: list[str], step: int
) -> None:
    pressed = "".join(
        f"document.dispatchEvent(new KeyboardEvent('keydown', {{key: '{key}'}}));" for key in keys
    )
    target = tmp_path / "page.html"
    target.write_text(page(trace).replace("</body>", f"<script>{pressed}</script></body>"))
    dom = _dom(target, "", tmp_path)
    wanted = range(len(trace.actions) + 1)[step]
    assert dom.count('aria-current="step"') == 1
    assert f'data-step="{wanted}" aria-current="step"' in dom


def _dom(target: Path, place: str, folder: Path) -> str:
    """What the browser makes of the page, as HTML."""
    assert CHROMIUM is not None
    options = (
        "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
        "--disable-background-networking --disable-component-update --disable-sync --dump-dom "
        "--enable-logging=stderr --log-level=0"
    )
    done = subprocess.run(
        [
            CHROMIUM,
            *options.split(),
            f"--user-data-dir={folder / 'profile'}",
            f"{target.as_uri()}{place}",
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "CONSOLE" not in done.stderr, "the page complains on the console"
    return done.stdout
