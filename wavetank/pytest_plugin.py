"""The pytest plugin: saved traces are tests, options hunt, counterexamples are saved and told.

``--tank-...`` options each have a twin in the configuration file (``tank_layer`` and so on); the
command line wins. When a hunting option stands on the command line, pytest hunts instead of
running the tests, unless paths are named as well.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from invariants.invariant import InvariantViolation
from wavetank.bad_input import BadInput
from wavetank.extensions import load_extensions
from wavetank.layers import LAYERS
from wavetank.order import DEFAULT_BUDGET, Order
from wavetank.pytest_items import HuntItem, TraceFile, is_trace_file, report_saved
from wavetank.pytest_runs import shrunk_trace, told_run
from wavetank.run import Run
from wavetank.terminal import tell
from wavetank.trace import Trace

OPTIONS = {
    "world": ("W", "hunt in this world: raft, etcd, kube, full, or a path of manifests"),
    "layer": ("L", "the same: hunt in this layer"),
    "defect": ("D", "put this real bug back and hunt for it (`wavetank defects`)"),
    "invariant": ("I", "ask only this invariant (`wavetank invariants`)"),
    "budget": ("B", f"for each hunt: 60s, 2m or a number of steps (default {DEFAULT_BUDGET})"),
    "seed": ("N", "seed of the hunts: the same seed, the same hunt (default 0)"),
    "save": ("DIR", "where counterexamples are saved (default traces; 'no' saves none)"),
}
HUNTING = ("world", "layer", "defect", "invariant", "budget")
"""Options that, on the command line, make pytest hunt."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """All options in one group, each with its twin in the configuration file."""
    group = parser.getgroup("wavetank", "wavetank: a scale model of Kubernetes")
    for name, (metavar, text) in OPTIONS.items():
        group.addoption(f"--tank-{name}", metavar=metavar, default=None, help=text)
        parser.addini(f"tank_{name}", text, default="")
    text = "file or module with your own invariants and faults; may be repeated"
    group.addoption("--tank-invariants", metavar="FILE", action="append", default=[], help=text)
    parser.addini("tank_invariants", text, type="linelist", default=[])


def pytest_configure(config: pytest.Config) -> None:
    """Load the user's own invariants before anything is collected."""
    names = [*config.getini("tank_invariants"), *config.getoption("tank_invariants")]
    try:
        load_extensions(names)
        config.stash[_ORDERS] = _orders(config)
    except BadInput as error:
        raise pytest.UsageError(str(error)) from None


_ORDERS = pytest.StashKey[list[Order]]()


def _setting(config: pytest.Config, name: str) -> str | None:
    """An option of the command line, else of the configuration file, else None."""
    chosen: str | None = config.getoption(f"tank_{name}") or config.getini(f"tank_{name}") or None
    return chosen


def _folder(config: pytest.Config) -> Path | None:
    """Where counterexamples are saved; None when they are not."""
    name = _setting(config, "save") or "traces"
    return None if name == "no" else config.rootpath / name


def _orders(config: pytest.Config) -> list[Order]:
    """The hunts that the command line asks for."""
    if not any(config.getoption(f"tank_{name}") for name in HUNTING):
        return []
    seed = _setting(config, "seed") or "0"
    if not seed.lstrip("-").isdecimal():
        raise BadInput(f"--tank-seed {seed}: expected a whole number")
    world, layer = _setting(config, "world"), _setting(config, "layer")
    if world and layer and world != layer:
        raise BadInput(f"--tank-world {world} and --tank-layer {layer}: give one of them")
    defect, invariant = _setting(config, "defect"), _setting(config, "invariant")
    worlds: tuple[str | None, ...] = (world or layer,)
    if worlds == (None,) and defect is None and invariant is None:
        worlds = LAYERS
    return [
        Order.of(
            world=each,
            budget=_setting(config, "budget") or DEFAULT_BUDGET,
            seed=int(seed),
            defect=defect,
            invariant=invariant,
        )
        for each in worlds
    ]


def _only_hunts(config: pytest.Config) -> bool:
    named = config.args_source is pytest.Config.ArgsSource.ARGS
    return bool(config.stash[_ORDERS]) and not named


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A hunt without named paths collects nothing else."""
    return True if _only_hunts(config) and collection_path != config.rootpath else None


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> TraceFile | None:
    """JSON files in a folder of traces, and those that are named on the command line."""
    if file_path.suffix != ".json":
        return None
    named = parent.session.isinitpath(file_path)
    if named or (file_path.parent.name == "traces" and is_trace_file(file_path)):
        collected: TraceFile = TraceFile.from_parent(parent, path=file_path)
        return collected
    return None


def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Hunts come first."""
    hunts: list[pytest.Item] = [
        HuntItem.from_parent(
            session,
            name=f"hunt[{order.name}]",
            nodeid=f"tank::hunt[{order.name}]",
            order=order,
            folder=_folder(config),
        )
        for order in config.stash[_ORDERS]
    ]
    items[:0] = hunts


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, Any, Any]:
    """Save the counterexamples of a failed test, and tell them instead of a Python traceback."""
    report: Any = yield
    broken = [] if call.excinfo is None else list(_violations_in(call.excinfo.value))
    stories = [_kept(item, violation) for violation in broken]
    report.user_properties = list(item.user_properties)
    if stories and item.config.get_verbosity() >= 2:
        report.sections.insert(0, ("counterexample", "\n\n".join(stories)))
    elif stories:
        report.longrepr = "\n\n".join(stories) + "\n(-vv shows the Python traceback)"
    return report


def _violations_in(error: BaseException) -> Iterator[InvariantViolation]:
    """The broken invariants that carry what led there, through groups of exceptions."""
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _violations_in(inner)
    elif isinstance(error, InvariantViolation) and isinstance(error.trace, Trace | Run):
        yield error


def _kept(item: pytest.Item, violation: InvariantViolation) -> str:
    """Save what a violation carries, if it can be replayed, and tell it."""
    trace = violation.trace
    if isinstance(trace, Run):
        trace = shrunk_trace(trace)
    if trace is None:
        return "\n".join(told_run(violation))
    folder = _folder(item.config)
    if folder is not None:
        report_saved(item, trace, folder)
    return "\n".join([f"{trace.invariant} breaks in {len(trace.actions)} steps:", *tell(trace)])


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What was hunted, and each saved trace with the command that replays it."""
    told = [
        (name, value)
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", None) == "call"
        for name, value in report.user_properties
    ]
    hunts = [value for name, value in told if name == "wavetank hunt"]
    saved = sorted({value for name, value in told if name == "wavetank trace"})
    if not hunts and not saved:
        return
    terminalreporter.section("wavetank")
    for line in hunts:
        terminalreporter.write_line(line)
    for path in saved:
        terminalreporter.write_line(f"saved {path}")
        terminalreporter.write_line(f"  replay it: wavetank replay {path}")
        terminalreporter.write_line(f"  look at it: wavetank show {path}")
