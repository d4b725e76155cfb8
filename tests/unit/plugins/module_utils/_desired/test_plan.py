"""From settings and what a cluster says of itself to what it is to get."""

from __future__ import annotations

import base64

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._catalogue import values_at
from ansible_collections.fleet.cilium.plugins.module_utils._desired.facts import facts_of
from ansible_collections.fleet.cilium.plugins.module_utils._desired.overlay import overlay
from ansible_collections.fleet.cilium.plugins.module_utils._desired.plan import (
    Asked,
    Desired,
    desired,
    differences,
    version_of,
)
from ansible_collections.fleet.cilium.plugins.module_utils._desired.raw import settings_in
from ansible_collections.fleet.cilium.plugins.module_utils._errors import InputError
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._versions import parse

from tests.unit.asking import RELEASES, long, values

SEED = base64.b64encode(b"twelve bytes").decode()
CLUSTER: JsonObject = {"server": "https://10.9.0.1:6443", "kubernetes_version": "v1.28.3"}


def plan(
    settings: dict[str, Json], raw: JsonObject | None = None, version: str = "1.15.19", **cluster: Json
) -> Desired:
    return desired(Asked(long(settings), version, raw or {}, seed=None), {**CLUSTER, **cluster})


@pytest.mark.parametrize(
    ("given", "chart", "live", "found"),
    [
        ("1.16.1", "1.15.19", "1.14.1", "1.16.1"),
        (None, "1.15.19", "1.14.1", "1.15.19"),
        (None, None, "1.14.1", "1.14.1"),
        ("", None, None, None),
    ],
)
def test_version(given: str | None, chart: str | None, live: str | None, found: str | None) -> None:
    assert version_of({"cilium_version": given}, chart, live) == found


def test_settings_without_a_version_are_refused() -> None:
    with pytest.raises(InputError, match="cilium_version: found none"):
        desired(Asked({"cilium_debug": True}, None, {}), CLUSTER)


@pytest.mark.parametrize("version", ["1.15", 1.2])
def test_a_version_is_whole(version: str | float) -> None:
    """What YAML makes of 1.20 without quotes is refused as well, instead of being taken for 1.2.0."""
    settings: dict[str, Json] = {"cilium_version": version, "cilium_debug": True}
    with pytest.raises(InputError, match=rf"version_not_exact: {version} is no full version(?s:.)*YAML reads 1.20"):
        desired(Asked(settings, version_of(settings, None, None), {}), CLUSTER)


def test_raw_values_alone_need_no_version() -> None:
    raw: JsonObject = {"debug": {"enabled": True}}
    assert desired(Asked({}, None, raw), CLUSTER).values == raw


def test_endpoint_is_looked_up_and_told() -> None:
    found = plan({"kube_proxy_replacement": "full"})
    assert (found.values["k8sServiceHost"], found.values["k8sServicePort"]) == ("10.9.0.1", 6443)
    assert found.notes == ("cilium_k8s_service_host: auto is 10.9.0.1, port 6443 (the kubeconfig's server)",)


def test_raw_endpoint_is_not_looked_up() -> None:
    raw: JsonObject = {"k8sServiceHost": "10.9.0.7", "k8sServicePort": 443}
    found = plan({"kube_proxy_replacement": "full"}, raw, server="https://127.0.0.1:6443")
    assert (found.values["k8sServiceHost"], found.notes) == ("10.9.0.7", ())
    assert not [finding for finding in found.findings if finding.rule == "setting_overridden"]


def test_endpoint_of_kubespray_is_told() -> None:
    url = "https://10.9.0.5:6443"
    found = desired(Asked(long({"k8s_service_host": "10.9.0.5"}), "1.15.19", {}, endpoint=url), CLUSTER)
    assert found.notes == (f"cilium_k8s_service_host: 10.9.0.5 (kube_apiserver_global_endpoint, {url})",)


@pytest.mark.parametrize(
    ("live", "mesh", "seed", "told"),
    [
        (SEED, None, SEED, "the agents have now"),
        (SEED, "of the mesh!", "of the mesh!", "the mesh's first member"),
        (None, None, None, "12 random bytes"),
    ],
)
def test_seed(live: str | None, mesh: str | None, seed: str | None, told: str) -> None:
    mesh = base64.b64encode(mesh.encode()).decode() if mesh else None
    settings = long({"loadbalancer_algorithm": "maglev", "maglev_hash_seed": "auto", "kube_proxy_replacement": True})
    cluster: JsonObject = {**CLUSTER, "configuration": {"bpf-lb-maglev-hash-seed": live}}
    found = desired(Asked(settings, "1.15.19", {}, seed=mesh), cluster)
    written = str(found.settings["cilium_maglev_hash_seed"])
    assert found.values["maglev"] == {"hashSeed": written}
    assert len(base64.b64decode(written)) == 12
    assert written == (mesh or live or written)
    assert any(told in note for note in found.notes)
    assert seed is None or written in {seed, mesh}


def test_raw_values_win_and_each_path_is_reported() -> None:
    raw: JsonObject = {"loadBalancer": {"mode": "snat", "algorithm": "random"}, "bgp": {"enabled": True}}
    settings: dict[str, Json] = {
        "kube_proxy_replacement": True,
        "loadbalancer_mode": "hybrid",
        "loadbalancer_algorithm": "random",
        "routing_mode": "native",
        "native_routing_cidr": "10.0.0.0/8",
        "pool_cidr": ["10.1.0.0/16"],
    }
    found = plan(settings, raw)
    assert found.values["loadBalancer"] == {"mode": "snat", "algorithm": "random"}
    assert found.values["bgp"] == {"enabled": True}
    over = [finding for finding in found.findings if finding.rule == "setting_overridden"]
    assert [(finding.subject["value"], finding.asked, finding.found) for finding in over] == [
        ("loadBalancer.mode", "hybrid", "snat")
    ]
    assert "cilium_loadbalancer_mode" in over[0].reason


def test_credentials_are_in_no_finding() -> None:
    values: JsonObject = {"tls": {"ca": {"key": "our own secret"}}, "list": [{"token": "one of theirs"}]}
    raw: JsonObject = {"tls": {"ca": {"key": "the other secret"}}, "list": [{"token": "another of theirs"}]}
    merged, found = overlay(values, raw, "1.15.19")
    assert merged == raw
    assert [finding.subject["value"] for finding in found] == ["tls.ca.key", "list"]
    told = repr(
        [finding.as_dict() for finding in (*found, *differences({"api-token": "a word"}, {"api-token": "x y"}))]
    )
    assert not [word for word in ("secret", "theirs", "a word", "x y") if word in told]
    assert told.count("********") >= 6


def test_raw_map_over_a_leaf() -> None:
    merged, found = overlay({"a": 1, "b": {"c": 1, "d": 2}}, {"a": {"x": 1}, "b": 3}, "1.15.19")
    assert merged == {"a": {"x": 1}, "b": 3}
    assert [finding.subject["value"] for finding in found] == ["a", "b.c", "b.d"]


def test_rules_look_at_settings_and_raw_values_together() -> None:
    with pytest.raises(InputError, match="egress"):
        plan({"enable_egress_gateway": True})
    raw: JsonObject = {"kubeProxyReplacement": "true", "bpf": {"masquerade": True}}
    assert plan({"enable_egress_gateway": True}, raw).values["egressGateway"] == {"enabled": True}


def test_what_follows_from_settings_follows_beside_raw_values_only() -> None:
    """Masquerading in BPF of nothing would make agents abort."""
    preset: dict[str, Json] = {"install_mode": "bpf_host_routing"}
    assert plan(preset, version="1.18.12").values["bpf"] == {"masquerade": True, "hostLegacyRouting": False}
    raws: list[JsonObject] = [{"eni": {"enabled": True}}, {"enableIPv4Masquerade": False}]
    for raw in raws:
        assert plan(preset, raw, version="1.18.12").values["bpf"] == {"hostLegacyRouting": False}


def test_all_reasons_at_once() -> None:
    settings: dict[str, Json] = {"cluster_name": "Rome!", "cluster_id": 3, "maglev_table_size": 100}
    with pytest.raises(InputError, match=r"(?s)2 things in these settings.*cluster_name_malformed.*maglev_table_size"):
        plan(settings)


def test_ignored_rules_do_not_end_it_but_are_told() -> None:
    asked = Asked(long({"maglev_table_size": 100}), "1.15.19", {}, ignored=("maglev_table_size_unknown",))
    found = desired(asked, CLUSTER)
    assert found.values["maglev"] == {"tableSize": 100}
    assert found.findings[0].rule == "maglev_table_size_unknown"


def test_live_networks_count() -> None:
    settings: dict[str, Json] = {"pool_cidr": ["10.96.0.0/16"]}
    with pytest.raises(InputError, match="networks_overlap"):
        plan(settings, service_cidrs=["10.96.0.0/12"])
    with pytest.raises(InputError, match="networks_overlap"):
        plan(settings, nodes=[{"name": "n", "addresses": ["10.96.3.4"]}])
    assert plan(settings, service_cidrs=["10.112.0.0/12"], nodes=[{"name": "n", "addresses": ["fd00::1"]}]).values


def test_a_cluster_that_runs_is_adopted_as_it_is() -> None:
    nodes: list[Json] = [{"name": f"n{number}", "addresses": [f"10.20.0.{number}"]} for number in range(1, 60)]
    taken: list[Json] = [f"10.0.{number}.0/24" for number in range(59)]
    found = plan({"debug": True}, nodes=nodes, cilium_pod_cidrs=taken, service_cidrs=["10.96.0.0/12"])
    assert [one.severity for one in found.findings if one.rule == "networks_overlap"] == ["warning", "warning"]
    assert plan({"debug": True}, service_cidrs=["10.96.0.0/12"]).values, "kubeadm's default beside the chart's"


def test_facts() -> None:
    node: JsonObject = {"name": "n", "kernel": "6.1", "addresses": ["10.0.0.1", "fd00::1"]}
    found = facts_of({"kubernetes_version": "v1.30.0", "nodes": [node], "service_cidrs": []})
    assert found == {
        "kubernetes_version": "v1.30.0",
        "nodes": [node],
        "node_cidrs": ["10.0.0.1/32", "fd00::1/128"],
    }


def test_differences_are_those_of_the_live_configuration() -> None:
    wanted = {"routing-mode": "native", "debug": "false"}
    assert differences(wanted, {}) == []
    (found,) = differences(wanted, {"routing-mode": "tunnel", "debug": "false", "other": "x"})
    assert (found.subject, found.asked, found.found) == ({"key": "routing-mode"}, "native", "tunnel")


ROUND_TRIP: dict[str, Json] = {
    "kube_proxy_replacement": "full",
    "k8s_service_host": "10.0.0.1",
    "k8s_service_port": 6443,
    "loadbalancer_mode": "snat",
    "pool_cidr": ["10.1.0.0/16"],
    "devices": ["eth0", "eth1"],
    "cluster_name": "paris",
    "cluster_id": 3,
    "enable_ipv4_masquerade": True,
}


@pytest.mark.parametrize("version", RELEASES)
def test_values_read_back_are_the_settings(version: str) -> None:
    read = settings_in(values(version, **ROUND_TRIP), version)
    carried = {carrier.setting for carrier in values_at(parse(version))}
    asked = {name: value for name, value in long(ROUND_TRIP).items() if name in carried}
    assert {name: read.get(name) for name in asked} == asked
