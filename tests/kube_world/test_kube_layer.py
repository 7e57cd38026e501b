"""The kube layer as a whole: deterministic, sound shortcuts, survives anything, calms down."""

from __future__ import annotations

import subprocess
import sys
from random import Random

import pytest
from attrs import evolve

from model.control_plane.config import KubeConfig, example_node, web_deployment
from model.digest import digest
from model.frozen_map import FrozenMap
from model.world import Rule
from model.worlds.kube import KUBE
from wavetank.codec import build, plain
from wavetank.drivers.decode import Menu
from wavetank.views.kube import kube_arrow, kube_lanes

CONFIG = evolve(
    KubeConfig(),
    spare_nodes=(example_node("n4", "zone-a"),),
    wishes=8,
    faults=FrozenMap(dict.fromkeys(KubeConfig().faults, 3)),
)


def walk(seed: int, draws: int = 400):
    """Worlds of a random walk, each with the action that is about to be taken."""
    random, menu = Random(seed), Menu.of(KUBE)
    world = KUBE.start(CONFIG)
    for _ in range(draws):
        chosen = menu.pick(world, random.getrandbits(40).to_bytes(5, "big"))
        if chosen is None or chosen[0].why_not(world, chosen[1]) is not None:
            continue
        yield world, chosen[1]
        world = chosen[0].step(world, chosen[1]).world
    yield world, None


@pytest.mark.parametrize("seed", range(6))
def test_any_enabled_action_leads_to_a_world_that_can_be_shown_and_digested(seed: int) -> None:
    for world, action in walk(seed):
        assert kube_lanes(world)
        if action is not None:
            kube_arrow(world, action)
            assert action.sentence()
    assert digest(world)


@pytest.mark.parametrize("seed", range(3))
def test_shortcuts_list_exactly_what_is_enabled(seed: int) -> None:
    for number, (world, _) in enumerate(walk(seed)):
        if number % 10 == 0:
            for rule in KUBE.rules:
                assert list(rule.enabled(world)) == list(Rule.enabled(rule, world))


def test_the_same_actions_give_the_same_world_whatever_the_hash_seed() -> None:
    code = (
        "import sys; sys.path.insert(0, 'tests/kube_world')\n"
        "from test_kube_layer import walk\n"
        "from model.digest import digest\n"
        "print([digest(world) for world, _ in walk(5)][-1])"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": "."},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


def test_domains_only_grow_at_their_end() -> None:
    before: dict[str, list[tuple[object, ...]]] = {}
    for world, _ in walk(3):
        for rule in KUBE.rules:
            now = [tuple(values) for values in rule.domains(world)]
            for old, new in zip(before.get(rule.action.kind(), now), now, strict=True):
                assert new[: len(old)] == old
            before[rule.action.kind()] = now


def test_a_configuration_survives_a_trace_file() -> None:
    assert build(KubeConfig, plain(CONFIG), "here", "$") == CONFIG


def test_an_object_that_the_api_server_refuses_is_an_error_at_the_start() -> None:
    web = web_deployment()
    foreign = evolve(
        web,
        spec=evolve(
            web.spec, selector=evolve(web.spec.selector, match_labels=FrozenMap({"app": "db"}))
        ),
    )
    with pytest.raises(ValueError, match="selector"):
        KUBE.start(KubeConfig(objects=(foreign,)))


def test_a_controller_that_does_not_exist_is_an_error_at_the_start() -> None:
    with pytest.raises(KeyError, match="no controller 'nobody'"):
        KUBE.start(KubeConfig(controllers=("nobody",)))
