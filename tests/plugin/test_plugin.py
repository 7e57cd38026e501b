"""The plugin in a repository of its own: traces are tests, options hunt, failures are told.

Each session is a process of its own, because invariants that it declares stay declared.
"""

import json
from pathlib import Path

import pytest

from wavetank.order import Order
from wavetank.trace import Trace
from wavetank.trace_file import dump_trace, save_trace

pytest_plugins = ["pytester"]

OWN_INVARIANT = """
from invariants import always

@always("raft", source="our runbook")
def member_2_never_leads(group):
    '''Member 2 is the small machine; it must not lead.'''
    node = group.node(2)
    if node is not None and node.leader == 2:
        yield f"member 2 leads term {node.term}"
"""

MACHINE = """
from hypothesis import Phase, settings

from wavetank.drivers.machine import machine_for
from wavetank.extensions import invariants_for
from wavetank.layers import layer_named

RAFT = layer_named("raft")
ASKED = [inv for inv in invariants_for(RAFT) if inv.name == "member_2_never_leads"]
TestRaft = machine_for(RAFT, RAFT.config(), ASKED).TestCase
TestRaft.settings = settings(phases=[Phase.generate], deadline=None)
"""


@pytest.fixture(scope="module")
def found() -> Trace:
    """A counterexample of R3."""
    return Order.of(defect="R3", budget="5000").carry_out().traces[0]


@pytest.fixture
def session(pytester: pytest.Pytester) -> pytest.Pytester:
    """An empty repository; the plugin is loaded as an entry point would."""
    pytester.makeconftest(
        "import sys\n"
        "pytest_plugins = [] if 'wavetank.pytest_plugin' in sys.modules"
        " else ['wavetank.pytest_plugin']"
    )
    return pytester


def _run(session: pytest.Pytester, *options: str) -> pytest.RunResult:
    return session.runpytest_subprocess("-p", "no:cacheprovider", *options)


def test_a_trace_with_a_defect_is_two_tests(session: pytest.Pytester, found: Trace) -> None:
    path = save_trace(found, session.path / "traces")
    result = _run(session, "-v")
    result.stdout.fnmatch_lines(
        [
            f"traces/{path.name}::R3_breaks_{found.invariant} PASSED*",
            f"traces/{path.name}::without_R3_it_holds PASSED*",
        ]
    )
    result.assert_outcomes(passed=2)


def test_traces_are_chosen_by_path_and_by_name(session: pytest.Pytester, found: Trace) -> None:
    path = save_trace(found, session.path / "traces")
    _run(session, f"traces/{path.name}", "-k", "without").assert_outcomes(passed=1, deselected=1)


def test_a_trace_that_does_not_break_any_more_fails_and_says_how_to_go_on(
    session: pytest.Pytester, found: Trace
) -> None:
    parts = json.loads(dump_trace(found))
    parts["actions"].insert(1, {"do": "restart", "member": 3})
    parts["digests"] = []
    (session.path / "traces").mkdir()
    (session.path / "traces" / "stale.json").write_text(json.dumps(parts))
    result = _run(session)
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(
        [
            "*step 2 is not possible any more: member 3 restarts: member 3 is up",
            "*wavetank replay *stale.json --rebase",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_trace_that_breaks_without_its_defect_fails(session: pytest.Pytester) -> None:
    """As when a defect has got into the model: the clean model breaks it as well."""
    session.makepyfile(mine=OWN_INVARIANT)
    own = ("--tank-invariants", "mine.py")
    _run(session, *own, "--tank-invariant", "member_2_never_leads").assert_outcomes(failed=1)
    (clean,) = (session.path / "traces").iterdir()
    parts = json.loads(clean.read_text())
    (session.path / "traces" / "with.json").write_text(json.dumps({**parts, "defect": "R8"}))
    result = _run(session, *own)
    result.assert_outcomes(failed=2, passed=1)
    result.stdout.fnmatch_lines(
        ["*the clean model still breaks it", "*member 2 leads term 1", "*breaks it too*"]
    )


def test_a_truncated_trace_is_one_failing_test_with_one_message(
    session: pytest.Pytester, found: Trace
) -> None:
    (session.path / "traces").mkdir()
    (session.path / "traces" / "cut.json").write_text(dump_trace(found)[:200])
    result = _run(session)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*cut.json: line *: not JSON*truncated*"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_other_peoples_json_is_left_alone(session: pytest.Pytester) -> None:
    (session.path / "traces").mkdir()
    (session.path / "traces" / "other.json").write_text('{"spans": []}')
    assert _run(session).ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_options_hunt_and_nothing_else_runs(session: pytest.Pytester) -> None:
    session.makepyfile(test_other="def test_other(): assert False")
    result = _run(session, "--tank-defect", "R3", "--tank-budget", "5000", "-v")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "tank::hunt?raft-R3? FAILED*",
            "*breaks in * steps:",
            "  1. *",
            "raft with R3: 1 counterexample in *, seed 0, 1 saved",
            "saved traces/raft-R3-*.json",
            "*wavetank replay traces/raft-R3-*.json",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    assert len(list((session.path / "traces").iterdir())) == 1


def test_a_hunt_without_a_finding_passes_and_says_what_was_covered(
    session: pytest.Pytester,
) -> None:
    result = _run(session, "--tank-layer", "raft", "--tank-budget", "300", "--tank-seed", "5")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["raft, clean: no violation found in *, seed 5, 0 saved"])


def test_the_configuration_file_has_the_same_options(session: pytest.Pytester) -> None:
    session.makeini("[pytest]\ntank_budget = 300\ntank_seed = 9\ntank_save = no")
    result = _run(session, "--tank-layer", "raft")
    result.stdout.fnmatch_lines(["raft, clean: * steps*, seed 9, *"])


@pytest.mark.parametrize(
    "options, said",
    [
        (("--tank-layer", "rafft"), "unknown world 'rafft'; did you mean 'raft'*"),
        (("--tank-defect", "R33"), "unknown defect 'R33'; did you mean *"),
        (("--tank-layer", "raft", "--tank-invariant", "x"), "unknown invariant 'x' *"),
        (("--tank-layer", "raft", "--tank-budget", "soon"), "budget 'soon': expected *"),
        (("--tank-layer", "raft", "--tank-seed", "soon"), "--tank-seed soon: expected *"),
        (("--tank-invariants", "none.py"), "none.py: no such file*"),
    ],
)
def test_bad_options_are_one_message(
    session: pytest.Pytester, options: tuple[str, ...], said: str
) -> None:
    result = _run(session, *options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {said}"])
    result.stderr.no_fnmatch_line("*Traceback*")


def test_a_failed_machine_is_told_as_a_story_and_saved(session: pytest.Pytester) -> None:
    session.makepyfile(mine=OWN_INVARIANT, test_machine=MACHINE)
    result = _run(session, "--tank-invariants", "mine.py", "test_machine.py")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["member_2_never_leads breaks in * steps:", "* 1. *", "*member 2 leads term *", "saved *"]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    (saved,) = (session.path / "traces").iterdir()
    assert saved.name.startswith("raft-member_2_never_leads-")


def test_the_trace_of_an_own_invariant_is_skipped_where_that_is_not_loaded(
    session: pytest.Pytester,
) -> None:
    session.makepyfile(mine=OWN_INVARIANT)
    own = ("--tank-invariants", "mine.py")
    _run(session, *own, "--tank-invariant", "member_2_never_leads").assert_outcomes(failed=1)
    result = _run(session, "-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*the trace was made with --invariants mine.py*"])
    _run(session, *own).assert_outcomes(failed=1)


def test_with_workers_too(session: pytest.Pytester, found: Trace) -> None:
    pytest.importorskip("xdist")
    save_trace(found, session.path / "traces")
    _run(session, "-n2").assert_outcomes(passed=2)


def test_help_has_one_group(session: pytest.Pytester) -> None:
    result = _run(session, "--help")
    result.stdout.fnmatch_lines(["wavetank: a scale model of Kubernetes:", "  --tank-world=W *"])


def test_the_root_conftest_loads_the_plugin_where_it_is_not_installed(
    session: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    root = Path(__file__).parents[2]
    session.makeconftest((root / "conftest.py").read_text())
    monkeypatch.setenv("PYTHONPATH", str(root))
    _run(session, "--tank-layer", "raft", "--tank-budget", "100").assert_outcomes(passed=1)
