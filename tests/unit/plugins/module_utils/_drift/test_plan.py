"""Which of the four places is the odd one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._drift.findings import drift_findings
from ansible_collections.fleet.cilium.plugins.module_utils._drift.plan import Drift, Places, drift
from ansible_collections.fleet.cilium.plugins.module_utils._effective.seen import Seen
from ansible_collections.fleet.cilium.plugins.module_utils._intent import read
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject
from hypothesis import given, settings
from hypothesis import strategies as st

KEY, PATH = "bpf-lb-mode", "loadBalancer.mode"
VIEW = read({"cilium_kube_proxy_replacement": "full", "cilium_loadbalancer_mode": "dsr"}, "1.15.19").view
KPR = "kube-proxy-replacement"


def config(mode: str | None) -> JsonObject:
    return {KPR: "true", "tunnel-protocol": "vxlan"} if mode is None else {KPR: "true", KEY: mode}


def agents(*modes: str) -> dict[str, JsonObject]:
    return {f"n{number}": {"NodePortMode": mode} for number, mode in enumerate(modes, 1)}


def odd(release: Json, configmap: Json, *running: str, edited: bool = False, desired: bool = True) -> str | None:
    """The odd place where DSR is desired; None where nothing drifts."""
    places = Places(
        view=VIEW if desired else None,
        release_config=config(release) if isinstance(release, str) else None,
        config=config(configmap) if isinstance(configmap, str) else None,
        agents=agents(*running),
        edited=frozenset({("loadBalancer", "mode")} if edited else ()),
    )
    found = [one for one in drift(places) if one.key == KEY]
    return found[0].odd if found else None


@pytest.mark.parametrize(
    ("release", "configmap", "running", "edited", "expected"),
    [
        ("dsr", "dsr", ["dsr", "dsr"], False, None),
        ("dsr", "dsr", ["DSR"], False, None),
        ("dsr", "dsr", [], False, None),
        (None, None, [], False, None),
        # Edited by hand, before and after agents restarted.
        ("dsr", "snat", ["dsr"], False, "configmap"),
        ("dsr", "snat", ["snat"], False, "configmap"),
        # Edited by helm behind our back, before and after agents restarted.
        ("snat", "snat", ["dsr"], True, "release"),
        ("snat", "snat", ["snat"], True, "release"),
        ("snat", "snat", [], True, "release"),
        # The same without a record of what we wrote: agents still run with what is asked.
        ("snat", "snat", ["dsr"], False, "release"),
        # Asked anew, and not yet applied.
        ("snat", "snat", ["snat"], False, "desired"),
        (None, "snat", ["snat"], False, "desired"),
        # No release at all: only the ConfigMap can have been changed.
        (None, "snat", ["dsr"], False, "configmap"),
        # Agents of their own mind.
        ("dsr", "dsr", ["snat", "snat"], False, "agents"),
        ("dsr", "dsr", ["dsr", "snat"], False, "agents"),
    ],
)
def test_odd(
    release: str | None, configmap: str | None, running: list[str], edited: bool, expected: str | None
) -> None:
    assert odd(release, configmap, *running, edited=edited) == expected


@pytest.mark.parametrize(
    ("release", "configmap", "running", "expected"),
    [("snat", "snat", ["snat"], None), ("dsr", "snat", [], "configmap"), ("dsr", "dsr", ["snat"], "agents")],
)
def test_odd_where_nothing_is_desired(release: str, configmap: str, running: list[str], expected: str | None) -> None:
    assert odd(release, configmap, *running, desired=False) == expected


BASE = Places(view=VIEW, release_config=config("dsr"), config=config("dsr"), agents=agents("dsr", "dsr"))


def test_form() -> None:
    found = drift(replace(BASE, config=config("snat"), agents=agents("dsr", "snat")))
    assert [one.as_dict() for one in found] == [
        {
            "key": KEY,
            "value": PATH,
            "desired": "dsr",
            "release": "dsr",
            "configmap": "snat",
            "agents": {"n1": "dsr", "n2": "snat"},
            "odd": "configmap",
        }
    ]


def test_a_key_that_somebody_added_and_one_that_is_gone() -> None:
    added: JsonObject = {**config("dsr"), "mine": "1"}
    (found,) = drift(replace(BASE, config=added))
    assert (found.key, found.release, found.configmap, found.odd) == ("mine", None, "1", "configmap")
    (lost,) = drift(replace(BASE, config={KPR: "true"}))
    assert (lost.key, lost.release, lost.configmap, lost.odd) == (KEY, "dsr", None, "configmap")


def test_agents_that_tell_nothing_are_no_witness() -> None:
    assert drift(replace(BASE, agents={"n1": {}})) == []


@pytest.mark.parametrize(
    ("asked", "live", "edited", "expected"),
    [
        ({"operator": {"replicas": 1}}, {"operator": {"replicas": 1}}, (), None),
        ({"operator": {"replicas": 1}}, {"operator": {"replicas": 1.0}}, (), None),
        ({"operator": {"replicas": 1}}, {"operator": {"replicas": 2}}, (), ("operator.replicas", 1, 2, "desired")),
        ({"operator": {"replicas": 1}}, {}, (), ("operator.replicas", 1, None, "desired")),
        (
            {"operator": {"replicas": 1}},
            {"operator": {"replicas": 2}},
            (("operator", "replicas"),),
            ("operator.replicas", 1, 2, "release"),
        ),
        (None, {"operator": {"replicas": 2}}, (("operator", "replicas"),), ("operator.replicas", None, 2, "release")),
        ({}, {"foreign": True}, (), None),
    ],
)
def test_values_that_show_in_no_key(
    asked: JsonObject | None, live: JsonObject, edited: tuple[tuple[str, ...], ...], expected: object
) -> None:
    found = drift(replace(BASE, values=asked, release_values=live, edited=frozenset(edited)))
    assert [(one.key, one.desired, one.release, one.odd) for one in found] == ([expected] if expected else [])


def test_a_value_whose_key_drifts_is_told_once() -> None:
    values: JsonObject = {"loadBalancer": {"mode": "dsr"}}
    live: JsonObject = {"loadBalancer": {"mode": "snat"}}
    there = replace(
        BASE,
        values=values,
        release_values=live,
        release_config=config("snat"),
        config=config("snat"),
        edited=frozenset({("loadBalancer", "mode")}),
    )
    (found,) = drift(there)
    assert (found.key, found.value, found.odd) == (KEY, PATH, "release")


def test_credentials_are_masked() -> None:
    values: JsonObject = {"tls": {"ca": {"key": "very secret"}}}
    (found,) = drift(replace(BASE, values=values, release_values={"tls": {"ca": {"key": "another secret"}}}))
    assert "secret" not in str(found.as_dict())
    assert found.desired != found.release
    (key,) = drift(replace(BASE, release_config={**config("dsr"), "api-token": "a" * 9}))
    assert "aaa" not in str(key.as_dict())


@pytest.mark.parametrize(
    ("place", "stale", "rule", "severity"),
    [
        ("desired", (), "drift_desired", "error"),
        ("release", ("n1",), "drift_release", "error"),
        ("configmap", (), "drift_configmap", "error"),
        ("agents", (), "drift_agents", "error"),
        ("agents", ("n1",), "drift_agents", "warning"),
    ],
)
def test_findings(place: str, stale: tuple[str, ...], rule: str, severity: str) -> None:
    one = Drift(KEY, PATH, "dsr", "snat", "snat", {"n1": "dsr"}, place)
    (found,) = drift_findings([one], Seen(cluster="paris", nodes={}, stale=frozenset(stale)))
    assert (found.rule, found.severity, found.subject) == (rule, severity, {"cluster": "paris", "key": KEY})
    assert 'agents: {"n1": "dsr"}' in found.reason


MODES = st.sampled_from(["dsr", "snat", "hybrid"])
KNOWN = st.one_of(st.none(), MODES)


@settings(max_examples=300, derandomize=True)
@given(KNOWN, KNOWN, st.lists(MODES, max_size=3), st.booleans(), st.booleans())
def test_drift_is_found_exactly_where_known_places_differ(
    release: str | None, configmap: str | None, running: list[str], edited: bool, desired: bool
) -> None:
    known = {mode for mode in (release, configmap) if mode is not None}
    installed = bool(known)
    told = {*known, *(running if installed else []), *(["dsr"] if desired and installed else [])}
    found = odd(release, configmap, *running, edited=edited, desired=desired)
    assert (found is not None) == (len(told) > 1)
    assert found is None or found in {"desired", "release", "configmap", "agents"}
    assert found != "desired" or desired
    assert found != "release" or release is not None or edited
