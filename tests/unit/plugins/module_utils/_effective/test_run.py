"""verify_info and release_info against a small API server."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._context import Result
from ansible_collections.fleet.cilium.plugins.module_utils._drift.run import run as release_info
from ansible_collections.fleet.cilium.plugins.module_utils._effective import run as run_module
from ansible_collections.fleet.cilium.plugins.module_utils._effective.fetch import with_facts
from ansible_collections.fleet.cilium.plugins.module_utils._effective.run import run as verify_info
from ansible_collections.fleet.cilium.plugins.module_utils._effective.run import running_version, settling
from ansible_collections.fleet.cilium.plugins.module_utils._errors import FleetError, InputError
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject

from tests.unit.asking import Settings, long
from tests.unit.plugins.module_utils._effective.seeing import seen, state
from tests.unit.plugins.module_utils._effective.site import BEFORE, LOG, VALUES, Site

DSR: Settings = long({"kube_proxy_replacement": "full", "k8s_service_host": "192.0.2.1", "loadbalancer_mode": "dsr"})
CONFIG = {
    "bpf-lb-mode": "dsr",
    "kube-proxy-replacement": "true",
}
BESIDE = ["other_cni_daemonset", "other_cni_file", "unmanaged_pods"]


def site(**parts: object) -> Site:
    return Site(**{"config": CONFIG, "manifest": CONFIG, **parts})  # type: ignore[arg-type]  # -- tests name the fields


def verify(there: Site, **options: Json) -> Result:
    given: JsonObject = {
        "settings": {**DSR},
        "values": VALUES,
        "drift": True,
        "log": True,
        "probe": False,
        "version": None,
    }
    return there.play(verify_info, **{**given, **options})


def rules(result: Result) -> list[str]:
    findings = result["findings"]
    assert isinstance(findings, list)
    return [finding["rule"] for finding in findings]


def test_what_is_around_is_found_and_named() -> None:
    result = verify(site(), cluster="paris")
    assert rules(result) == BESIDE
    assert (result["cluster"], result["version"], result["changed"]) == ("paris", "1.15.19", False)
    assert result["errors"] == []
    assert "shop/old" in str(result["lines"])
    assert "shop/managed" not in str(result["lines"])
    assert sorted(result["nodes"]) == ["n1", "n2"]  # type: ignore[call-overload]  # -- the form is fixed


def test_each_thing_is_read_once() -> None:
    there = site()
    verify(there)
    paths = [
        request.path for request in there.requests if not request.path.endswith(("/exec", "/log", "/pods", "/secrets"))
    ]
    assert len(paths) == len(set(paths))


CASES: dict[str, tuple[Site, JsonObject, list[str]]] = {
    "fell back": (site(mode="SNAT"), {}, ["drift_agents", "fell_back"]),
    "older configuration": (site(mode="SNAT", started={"n1": BEFORE}), {}, ["older_config", "drift_agents"]),
    "bandwidth": (
        site(log=LOG),
        {"settings": {**DSR, "cilium_enable_bandwidth_manager": True}, "drift": False},
        ["fell_back"],
    ),
    "edited by hand": (site(config={**CONFIG, "debug": "true"}), {}, ["drift_configmap"]),
    "edited by helm": (
        site(
            live={**VALUES, "loadBalancer": {"mode": "snat"}},
            config={**CONFIG, "bpf-lb-mode": "snat"},
            manifest={**CONFIG, "bpf-lb-mode": "snat"},
        ),
        {},
        ["drift_release"],
    ),
    "another version": (site(), {"version": "v1.16.1"}, ["version_differs"]),
    "the same version": (site(), {"version": "v1.15.19"}, []),
    "a setting that nobody knows": (site(), {"settings": {**DSR, "cilium_loadbalancer_mod": 1}}, ["unknown_setting"]),
    "an expectation": (
        site(),
        {"expectations": [{"query": "summary.nodes.answered", "min": 3, "per": "cluster"}]},
        ["expectation_unmet"],
    ),
    "values say what is asked": (
        site(mode="SNAT"),
        {"settings": {}, "values": {"kubeProxyReplacement": "true", "loadBalancer": {"mode": "dsr"}}, "drift": False},
        ["fell_back"],
    ),
}


@pytest.mark.parametrize(("there", "options", "expected"), CASES.values(), ids=CASES)
def test_what_is_found(there: Site, options: JsonObject, expected: list[str]) -> None:
    assert sorted(set(rules(verify(there, **options))) - set(BESIDE)) == sorted(expected)


def test_the_reason_comes_from_the_log() -> None:
    wanted: JsonObject = {**DSR, "cilium_enable_bandwidth_manager": True}
    result = verify(site(log=LOG), settings=wanted, drift=False)
    errors = result["errors"]
    assert isinstance(errors, list)
    assert ["net.core.default_qdisc" in line for line in errors] == [True]
    silent = verify(site(log=LOG), settings=wanted, drift=False, log=False)
    assert "the agent's log was not read" in str(silent["errors"])


@pytest.mark.parametrize(
    ("part", "lost"),
    [
        ("/daemonsets", "other_cni_daemonset"),
        ("/ciliumendpoints", "unmanaged_pods"),
        ("/secrets", "drift_configmap"),
        ("/cilium-config", "drift_configmap"),
    ],
)
def test_what_may_not_be_read_is_a_warning(part: str, lost: str) -> None:
    there = site(forbidden=frozenset({part}), config={**CONFIG, "debug": "true"})
    result = verify(there)
    assert "not_read" in rules(result)
    assert lost not in rules(result)


def test_an_agent_that_tells_all_but_its_status_is_silent() -> None:
    result = verify(site(mute=frozenset({"n2"})))
    assert sorted(result["nodes"]) == ["n1"]  # type: ignore[call-overload]  # -- the form is fixed
    assert result["summary"]["nodes"] == {"total": 2, "answered": 1}  # type: ignore[index]  # -- the same
    assert "agent_no_answer" in rules(result)


def test_a_query_reduces_the_result() -> None:
    result = verify(site(), query="summary.nodes")
    assert result["query_result"] == {"total": 2, "answered": 2}
    assert set(result) == {"changed", "findings", "query_result"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"query": "a["}, "column"),
        ({"expectations": [{"query": "a"}]}, r"Option expectations\[0\]"),
        ({"timeout": 0}, "timeout"),
        ({"parallel": 0}, "parallel"),
        ({"values": "text"}, "values: found a str"),
    ],
)
def test_bad_options_fail_before_anything_is_read(options: JsonObject, message: str) -> None:
    there = site()
    with pytest.raises(InputError, match=message):
        verify(there, **options)
    assert there.requests == []


def info(there: Site, **options: Json) -> Result:
    return there.play(release_info, **{"settings": {**DSR}, "values": VALUES, "agents": True, **options})


def test_release_info_of_a_release_without_drift() -> None:
    result = info(site())
    assert (result["drift"], result["findings"], result["changed"]) == ([], [], False)
    release = result["release"]
    assert isinstance(release, dict)
    assert (release["revision"], release["status"], release["app_version"]) == (2, "deployed", "1.15.19")
    assert result["values"] == {"loadBalancer": {"mode": "dsr"}, "ca": {"key": "********"}}


def test_release_info_names_the_odd_one() -> None:
    there = site(config={**CONFIG, "bpf-lb-mode": "snat"})
    found = info(there)["drift"]
    assert isinstance(found, list)
    (one,) = found
    assert (one["odd"], one["desired"], one["release"], one["configmap"], one["agents"]) == (
        "configmap",
        *("dsr", "dsr", "snat", "dsr"),
    )


def test_release_info_without_agents_asks_none() -> None:
    there = site(mode="SNAT")
    assert info(there, agents=False)["drift"] == []
    assert not [request for request in there.requests if request.path.endswith("/exec")]


def test_release_info_without_the_right_to_read_it() -> None:
    with pytest.raises(FleetError, match="the release cilium was not read"):
        info(site(forbidden=frozenset({"/secrets"})))


def test_release_info_with_a_query() -> None:
    assert info(site(), query="release.revision")["query_result"] == 2


@pytest.mark.parametrize(
    ("versions", "expected"),
    [([], None), (["1.15.19"], "1.15.19"), (["1.15.19", "1.16.1", "1.16.1"], "1.16.1"), ([None], None)],
)
def test_the_version_that_most_agents_run(versions: list[str | None], expected: str | None) -> None:
    nodes = {f"n{number}": state(version=version) for number, version in enumerate(versions)}
    assert running_version(seen(nodes)) == expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({"rule": "node_unreachable", "severity": "error"}, "node_unreachable"),
        ({"rule": "node_unreachable", "severity": "warning"}, ""),
        ({"rule": "fell_back", "severity": "error", "found": {"hubble.state": "Warning"}}, "fell_back"),
        ({"rule": "fell_back", "severity": "error", "found": {"hubble.state": "Disabled"}}, ""),
        ({"rule": "agent_no_answer", "severity": "warning", "asked": "health"}, "agent_no_answer"),
        ({"rule": "agent_no_answer", "severity": "warning", "asked": "log"}, ""),
        ({"rule": "agent_no_answer", "severity": "error", "asked": "status"}, "agent_no_answer"),
    ],
)
def test_what_passes_by_itself(found: JsonObject, expected: str) -> None:
    assert settling([found]) == expected


def test_it_looks_again_for_what_passes_and_for_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_module, "_PAUSE_SECONDS", 0.01)
    there = site(health=["unreachable", "unreachable", "reachable"])
    assert rules(verify(there, settle=30)) == BESIDE
    assert there.health == []
    asked = site(mode="SNAT")
    verify(asked, settle=30, drift=False)
    assert len([request for request in asked.requests if request.path == "/version"]) == 1


def test_facts_about_nodes_are_joined_by_name() -> None:
    told: JsonObject = {"nodes": [{"name": "n1", "kernel": "6.1.0"}], "kubernetes_version": "v1.36.3"}
    given: JsonObject = {"nodes": [{"name": "n1", "devices": []}, {"name": "n2"}]}
    assert with_facts(told, given) == {
        "kubernetes_version": "v1.36.3",
        "nodes": [{"name": "n1", "kernel": "6.1.0", "devices": []}, {"name": "n2"}],
    }
