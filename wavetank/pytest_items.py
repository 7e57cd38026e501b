"""What pytest collects for the tank: saved traces as tests, and hunts that options ask for.

A trace with a defect is two tests: with the defect it must break the invariant that it says, and
without it must hold. A trace of a live anomaly must break on the clean model. Any other trace of
the clean model is a counterexample that nobody has dealt with yet: it fails until it holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from wavetank.bad_input import BadInput
from wavetank.defects.defect import Anomaly
from wavetank.hunt import HuntResult
from wavetank.order import Order
from wavetank.replay import Replay, defect_of, replay, replay_clean
from wavetank.terminal import summary_line, tell
from wavetank.trace import Trace
from wavetank.trace_file import FORMAT, NeedsExtensions, read_trace, save_trace

__all__ = ["HuntItem", "Surprise", "TraceDrift", "TraceFile", "is_trace_file", "report_saved"]


class TraceDrift(pytest.PytestWarning):
    """A trace still shows what it should, but the model's states are not the saved ones."""


class Surprise(Exception):
    """A trace or a hunt did not end as it should; the message is the whole report."""


def is_trace_file(path: Path) -> bool:
    """Whether a JSON file says that it is a trace, or is too broken to say what it is."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return True
    return FORMAT in text[:400] or not text.rstrip().endswith(("}", "]"))


class TraceFile(pytest.File):
    """One saved trace."""

    def collect(self) -> Iterator[pytest.Item]:
        """Its tests; a file that cannot be read is one test that says why."""
        try:
            trace = read_trace(self.path)
            defect = defect_of(trace)
        except NeedsExtensions as error:
            item = TraceItem.from_parent(self, name="is_readable", error=error)
            item.add_marker(pytest.mark.skip(reason=str(error)))
            yield item
            return
        except BadInput as error:
            yield TraceItem.from_parent(self, name="is_readable", error=error)
            return
        if defect is None:
            yield TraceItem.from_parent(self, name=f"{trace.invariant}_holds_now", trace=trace)
        elif isinstance(defect, Anomaly):
            name = f"{trace.invariant}_breaks_as_in_reality"
            yield TraceItem.from_parent(self, name=name, trace=trace)
        else:
            with_it = f"{defect.id}_breaks_{trace.invariant}"
            yield TraceItem.from_parent(self, name=with_it, trace=trace)
            without = f"without_{defect.id}_it_holds"
            yield TraceItem.from_parent(self, name=without, trace=trace, clean=True)


class TraceItem(pytest.Item):
    """One thing that must be true of a trace."""

    def __init__(
        self,
        *,
        trace: Trace | None = None,
        clean: bool = False,
        error: BadInput | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.trace, self.clean, self.error = trace, clean, error

    def runtest(self) -> None:
        """Replay and judge."""
        if self.trace is None:
            raise Surprise(str(self.error))
        trace, defect = self.trace, defect_of(self.trace)
        if self.clean:
            outcome = replay_clean(trace)
            if outcome is not None and outcome.outcome != "holds":
                raise Surprise(_told(trace, outcome.why))
            return
        outcome = replay(trace)
        if defect is None:
            if outcome.outcome in ("same", "other"):
                raise Surprise(_told(trace, "the clean model still breaks it"))
        elif outcome.outcome != "same":
            raise Surprise(_changed(self.path, trace, outcome))
        if outcome.drifted is not None:
            self.warn(TraceDrift(_drifted(self.path, outcome.drifted)))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The story, without a Python traceback."""
        if isinstance(excinfo.value, Surprise | BadInput):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """The file, and what is tested of it."""
        return self.path, 0, f"{self.path.name}: {self.name.replace('_', ' ')}"


def _told(trace: Trace, why: str) -> str:
    return "\n".join([f"{trace.invariant}: {why}", *tell(trace)])


def _changed(path: Path, trace: Trace, outcome: Replay) -> str:
    """Why a trace no longer breaks what it should, and what to do about it."""
    with_it = f" with {trace.defect}" if trace.defect else ""
    lines = [f"{path.name}: {trace.invariant} should break{with_it}, and does not"]
    if outcome.outcome == "not_enabled":
        lines.append(f"  step {outcome.step} is not possible any more: {outcome.why}")
    else:
        lines.append(f"  after step {outcome.step}: {outcome.why}")
    if outcome.drifted is not None:
        lines.append(f"  the states differ from the saved ones from step {outcome.drifted} on")
    lines.append(f"  an equivalent trace may be found by: wavetank replay {path} --rebase")
    return "\n".join(lines)


def _drifted(path: Path, step: int) -> str:
    return (
        f"{path.name}: the model has changed: from step {step} on the states differ from the "
        f"saved ones; to save them again: wavetank replay {path} --rebase"
    )


class HuntItem(pytest.Item):
    """A hunt that the user asked for with ``--tank-...`` options."""

    def __init__(self, *, order: Order, folder: Path | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.order, self.folder = order, folder
        self.result: HuntResult | None = None

    def runtest(self) -> None:
        """Hunt; a counterexample fails the test."""
        result = self.order.carry_out()
        saved = [report_saved(self, trace, self.folder) for trace in result.traces if self.folder]
        self.user_properties.append(("wavetank hunt", summary_line(result, saved)))
        if result.traces:
            raise Surprise("\n".join(line for trace in result.traces for line in _headed(trace)))
        if result.interrupted:
            raise KeyboardInterrupt

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The stories, without a Python traceback."""
        if isinstance(excinfo.value, Surprise | BadInput):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """No file of its own; what is hunted."""
        return self.config.rootpath / "tank", 0, self.name


def _headed(trace: Trace) -> list[str]:
    return [f"{trace.invariant} breaks in {len(trace.actions)} steps:", *tell(trace)]


def report_saved(item: pytest.Item, trace: Trace, folder: Path) -> Path:
    """Save a counterexample, and have the summary at the end name the file."""
    path = save_trace(trace, folder)
    try:
        shown = path.relative_to(Path.cwd())
    except ValueError:
        shown = path
    item.user_properties.append(("wavetank trace", str(shown)))
    return path
