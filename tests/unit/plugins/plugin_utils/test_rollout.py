"""Helm values for a rollout mode."""

from __future__ import annotations

import copy

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._errors import InputError
from ansible_collections.fleet.cilium.plugins.module_utils._json import JsonObject
from ansible_collections.fleet.cilium.plugins.plugin_utils._rollout import FOLLOW, with_rollout
from hypothesis import given
from hypothesis import strategies as st

KEYS = st.sampled_from(["rollOutCiliumPods", "operator", "rollOutPods", "replicas", "bpf"])
VALUES = st.dictionaries(
    KEYS, st.recursive(st.booleans() | st.integers(), lambda inner: st.dictionaries(KEYS, inner), max_leaves=5)
)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, {"rollOutCiliumPods": True, "operator": {"rollOutPods": True}}),
        (
            {"operator": {"replicas": 1}, "bpf": {"masquerade": True}},
            {
                "rollOutCiliumPods": True,
                "operator": {"rollOutPods": True, "replicas": 1},
                "bpf": {"masquerade": True},
            },
        ),
        ({"rollOutCiliumPods": False}, {"rollOutCiliumPods": False, "operator": {"rollOutPods": True}}),
        ({"operator": None}, {"rollOutCiliumPods": True, "operator": None}),
    ],
)
def test_auto(values: JsonObject, expected: JsonObject) -> None:
    assert with_rollout(values, "auto") == expected


@pytest.mark.parametrize("mode", ["manual", "restart_needed"])
def test_other_modes_add_nothing(mode: str) -> None:
    assert with_rollout({"debug": {"enabled": True}}, mode) == {"debug": {"enabled": True}}


def test_unknown_mode() -> None:
    with pytest.raises(InputError, match="found 'soon', expected one of auto, manual, restart_needed"):
        with_rollout({}, "soon")


@given(VALUES)
def test_what_the_user_says_wins_and_nothing_is_changed_in_place(values: JsonObject) -> None:
    before, auto = copy.deepcopy(values), copy.deepcopy(FOLLOW)
    once = with_rollout(values, "auto")
    assert with_rollout(once, "auto") == once
    assert set(once) == {*values, *FOLLOW}
    assert all(once[key] == value for key, value in values.items() if not isinstance(value, dict))
    assert (values, FOLLOW) == (before, auto)
