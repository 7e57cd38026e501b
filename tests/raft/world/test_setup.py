"""How a group is set up: configurations in files, which rules a run may use, and their shape."""

import json

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.frozen_map import FrozenMap
from model.raft.actions import (
    CONSENSUS_RULES,
    RULES,
    Compact,
    HearDisk,
    PassTime,
    ReportSnapshot,
    Tear,
)
from model.raft.conf_change import Configuration
from model.raft.group import REPLICATION_ONLY, RaftConfig
from model.raft.node import ReadOnly
from model.raft.request_rules import ADMIN_RULES, CLIENT_RULES
from tests.raft.world.driving import begin, led
from wavetank.bad_input import BadInput
from wavetank.codec import build, plain
from wavetank.layers import LAYERS, layer_named

COUNTS = st.integers(0, 9)
CONFIGS = st.builds(
    RaftConfig,
    members=st.integers(1, 7),
    learners=st.integers(0, 3),
    spares=st.integers(0, 3),
    **dict.fromkeys(
        ("terms", "proposals", "reads", "changes", "transfers", "snapshots", "forgets"), COUNTS
    ),
    **dict.fromkeys(
        ("pre_vote", "check_quorum", "step_down_on_removal", "async_storage_writes"), st.booleans()
    ),
    election_timeout=st.integers(1, 10),
    entries_max=st.integers(1, 8),
    max_inflight=st.integers(1, 256),
    max_uncommitted_size=st.none() | COUNTS,
    read_only=st.sampled_from(ReadOnly),
    clock_skew=st.none() | COUNTS,
    link_capacity=st.integers(1, 16),
    faults=st.dictionaries(st.sampled_from(("crash", "cut", "tear", "break")), COUNTS).map(
        FrozenMap
    ),
)

# -- configurations ---------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(CONFIGS, st.booleans())
def test_a_configuration_comes_back_from_a_file_as_it_was(config: RaftConfig, terse: bool) -> None:
    text = json.dumps(plain(config, terse=terse))
    assert build(RaftConfig, json.loads(text), "file", "config") == config


def test_what_is_as_usual_is_left_out_of_a_file() -> None:
    assert plain(RaftConfig(), terse=True) == {}
    assert plain(RaftConfig(members=5), terse=True) == {"members": 5}
    assert plain(RaftConfig(read_only=ReadOnly.LEASE_BASED), terse=True) == {
        "read_only": "lease-based"
    }


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"members": 0}, "'members' must be >= 1: 0"),
        ({"members": 8}, "'members' must be <= 7: 8"),
        ({"spares": 4}, "'spares' must be <= 3: 4"),
        ({"read_only": "fast"}, "expected one of 'safe', 'lease-based', found 'fast'"),
        ({"pre_vote": 1}, "expected true or false, found 1"),
        ({"member": 3}, "unknown field; did you mean 'members'?"),
    ],
)
def test_what_is_wrong_in_a_file_is_said(data: dict[str, object], words: str) -> None:
    with pytest.raises(BadInput) as error:
        build(RaftConfig, data, "file", "config")
    assert words in str(error.value)


def test_voters_come_first_then_learners_then_spares() -> None:
    config = RaftConfig(members=2, learners=2, spares=1)
    assert config.ids() == (1, 2, 3, 4, 5)
    assert config.founders() == Configuration((1, 2), learners=(3, 4))


@settings(max_examples=50, deadline=None)
@given(CONFIGS)
def test_a_group_starts_in_every_configuration(config: RaftConfig) -> None:
    group = layer_named("raft").start(config)
    assert group.ids == config.ids() == tuple(group.members)
    for member in group.ids:
        assert group.node(member).configuration == config.founders()
    assert bool(group.clocks) == (config.clock_skew is not None)


# -- rules ------------------------------------------------------------------------------------


def test_replication_alone_allows_nothing_that_operators_do() -> None:
    group = layer_named("raft").start(REPLICATION_ONLY)
    for rule in (*ADMIN_RULES, *(rule for rule in RULES if rule.action in (Compact,))):
        assert not rule.allowed(group), rule.action.kind()


def test_replication_alone_allows_what_a_group_does_every_day() -> None:
    group = layer_named("raft").start(REPLICATION_ONLY)
    allowed = [rule.action.kind() for rule in RULES if rule.allowed(group)]
    assert allowed == [
        *("time_out", "sync", "apply", "tick", "propose", "deliver", "restart"),
        *("report_unreachable", "heal", "crash", "drop", "duplicate", "reorder", "cut", "isolate"),
    ]


@pytest.mark.parametrize(
    ("action", "config"),
    [
        (Compact, {"snapshots": 1}),
        (ReportSnapshot, {"snapshots": 1}),
        (HearDisk, {"async_storage_writes": True}),
        (PassTime, {"clock_skew": 1}),
        (Tear, {"faults": FrozenMap({"tear": 1})}),
    ],
    ids=lambda each: each.kind() if isinstance(each, type) else "",
)
def test_a_kind_of_action_is_allowed_where_the_configuration_has_it(
    action: type, config: dict[str, object]
) -> None:
    (rule,) = (rule for rule in RULES if rule.action is action)
    without = {"snapshots": 0, "async_storage_writes": False, "clock_skew": None}
    assert not rule.allowed(begin(**without, faults=FrozenMap()))
    assert rule.allowed(begin(**config))


@pytest.mark.parametrize("what", ["proposals", "reads", "changes", "transfers", "forgets"])
def test_what_may_be_used_no_times_is_not_allowed_at_all(what: str) -> None:
    none, one = begin(**{what: 0}), begin(**{what: 1})
    differs = [r for r in (*CLIENT_RULES, *ADMIN_RULES) if r.allowed(none) != r.allowed(one)]
    assert differs
    assert all(rule.allowed(one) for rule in differs)


def test_a_layer_above_brings_its_own_requests() -> None:
    own = {rule.action for rule in (*CLIENT_RULES, *ADMIN_RULES)}
    assert not own & {rule.action for rule in CONSENSUS_RULES}
    assert {rule.action for rule in CONSENSUS_RULES} < {rule.action for rule in RULES}


FIELDS = 4
"""Fields of an action that the binary drivers have bytes for."""


@pytest.mark.parametrize("name", LAYERS)
def test_every_rule_has_a_domain_for_each_of_at_most_four_fields(name: str) -> None:
    layer = layer_named(name)
    world = layer.start(layer.config())
    for rule in layer.rules:
        fields = attrs.fields(rule.action)
        assert len(fields) <= FIELDS, rule.action.kind()
        assert len(rule.domains(world)) == len(fields), rule.action.kind()


def test_domains_are_of_every_server_whatever_happens_to_be_enabled() -> None:
    group = led(spares=1)
    for rule in RULES:
        values = rule.domains(group)
        assert all(values), rule.action.kind()
        assert rule.domains(begin(spares=1)) == values, "they do not depend on what has happened"
        assert rule.pick(group, (0,) * FIELDS) == rule.action(*(each[0] for each in values))
