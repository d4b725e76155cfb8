"""Every setting on every node: effective, fell back, older configuration, unknown."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._effective.features import Feature, features
from ansible_collections.fleet.cilium.plugins.module_utils._effective.seen import Seen
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject

from tests.unit.plugins.module_utils._effective.seeing import seen, state, view

MODE = "cilium_loadbalancer_mode"


def of(setting: str, cluster: Seen, **asked: Json) -> Feature:
    (found,) = [one for one in features(view(**asked), cluster) if one.setting == setting]
    return found


def balancing(mode: Json) -> JsonObject:
    part: JsonObject = {"mode": "True", "algorithm": "Maglev"}
    return state(kube_proxy_replacement=part if mode is None else {**part, "load_balancer_mode": mode})


@pytest.mark.parametrize(
    ("shows", "stale", "expected"),
    [
        ("DSR", False, "effective"),
        ("dsr", False, "effective"),
        ("DSR", True, "effective"),
        ("SNAT", False, "fell_back"),
        ("SNAT", True, "older_config"),
        (None, False, "unknown"),
        (None, True, "unknown"),
        (False, False, "fell_back"),
    ],
)
def test_state_of_a_node(shows: Json, stale: bool, expected: str) -> None:
    found = of(MODE, seen({"n1": balancing(shows)}, stale=frozenset({"n1"} if stale else ())))
    assert (found.nodes["n1"].state, found.nodes["n1"].shows) == (expected, shows)
    assert found.nodes["n1"].path == "kube_proxy_replacement.load_balancer_mode"
    assert found.of(expected) == ["n1"]


def test_a_silent_agent_is_unknown() -> None:
    found = of(MODE, seen({"n1": state()}, silent=("n2",)))
    assert {node: shown.state for node, shown in found.nodes.items()} == {"n1": "effective", "n2": "unknown"}


def test_a_number_is_no_boolean() -> None:
    cluster = seen({"n1": state(bandwidth_manager={"enabled": 1})})
    assert of("cilium_enable_bandwidth_manager", cluster, enable_bandwidth_manager=True).of("fell_back") == ["n1"]


@pytest.mark.parametrize(
    ("part", "there"),
    [({"enabled": False}, True), ({"enabled": True}, False), ({}, False)],
    ids=["shown", "set by somebody else", "not told"],
)
def test_a_default_counts_where_agents_show_it(part: JsonObject, there: bool) -> None:
    found = [one for one in features(view(), seen({"n1": state(bandwidth_manager=part)})) if not one.given]
    assert ("cilium_enable_bandwidth_manager" in {one.setting for one in found}) is there


def test_form() -> None:
    assert of(MODE, seen({"n1": state()})).as_dict() == {
        "feature": "load_balancing_mode",
        "setting": MODE,
        "asked": "dsr",
        "given": True,
        "expected": ["DSR"],
        "nodes": {
            "n1": {"state": "effective", "shows": "DSR", "path": "kube_proxy_replacement.load_balancer_mode"},
        },
    }
