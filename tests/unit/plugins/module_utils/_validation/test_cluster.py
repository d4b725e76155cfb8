"""What validation says of one cluster: each rule on both sides of its boundary."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible_collections.fleet.cilium.plugins.module_utils._catalogue import FEATURES
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject

from tests.unit.asking import Settings, findings

OLD = {"nodes": [{"name": "n1", "kernel": "4.14.0-1.el7"}]}
TABLE = yaml.safe_load(Path(__file__).with_name("rules.yml").read_text(encoding="utf-8"))


def side(settings: Settings) -> Settings:
    """Settings of the table, with the groups that they name."""
    own = {name: value for name, value in settings.items() if name != "with"}
    groups = str(settings.get("with", "")).split()
    return {name: value for group in groups for name, value in TABLE["groups"][group].items()} | own


def rows(which: str) -> list[tuple[str, str, Settings]]:
    """Rule, version and settings of one side of every row."""
    return [(row["rule"], version, side(asked)) for row in TABLE["rows"] for version, asked in row[which].items()]


# What a version does not have, and one that does: silent traps of charts among them.
MISSING: list[tuple[Settings, str, str]] = [
    ({"kube_proxy_replacement": "partial"}, "1.16.0", "1.15.19"),
    ({"enable_node_port": True}, "1.19.0", "1.18.12"),
    ({"enable_host_port": True}, "1.18.0", "1.17.18"),
    ({"enable_external_ips": True}, "1.17.0", "1.16.19"),
    ({"enable_host_port": True}, "1.17.5", "1.17.6"),
    ({"enable_session_affinity": False}, "1.19.0", "1.18.12"),
    ({"arping_refresh_period": "30s"}, "1.18.0", "1.17.18"),
    ({"loadbalancer_acceleration": "best-effort"}, "1.14.19", "1.15.0"),
    ({"loadbalancer_dsr_dispatch": "geneve"}, "1.13.18", "1.14.0"),
    ({"lb_external_clusterip": True}, "1.10.2", "1.10.3"),
    ({"enable_service_topology": True}, "1.10.20", "1.11.0"),
    ({"enable_egress_gateway": True}, "1.9.18", "1.10.0"),
    ({"encryption_type": "wireguard"}, "1.9.18", "1.10.0"),
    ({"encryption_strict_mode": True}, "1.14.19", "1.15.0"),
    ({"enable_bandwidth_manager_bbr": True}, "1.11.20", "1.12.0"),
    ({"gateway_api_enabled": True}, "1.12.19", "1.13.0"),
    ({"enable_ingress_controller": True}, "1.11.20", "1.12.0"),
    ({"enable_ipv4_big_tcp": True}, "1.13.18", "1.14.0"),
    ({"enable_ipv6_big_tcp": True}, "1.12.19", "1.13.0"),
    ({"enable_vtep": True}, "1.11.20", "1.12.0"),
    ({"datapath_mode": "netkit"}, "1.15.19", "1.16.0"),
    ({"direct_routing_skip_unreachable": True}, "1.15.19", "1.16.0"),
    ({"ipam_mode": "multi-pool"}, "1.13.18", "1.14.0"),
    ({"ipam_mode": "cluster-pool-v2beta"}, "1.15.0", "1.14.19"),
    ({"max_connected_clusters": 511}, "1.14.19", "1.15.0"),
    ({"wireguard_userspace_fallback": True}, "1.17.0", "1.16.19"),
    ({"enable_host_legacy_routing": True}, "1.9.0", "1.9.1"),
    ({"native_routing_cidr_ipv6": "fd00::/8"}, "1.11.20", "1.12.0"),
    ({"socket_lb_host_namespace_only": True}, "1.10.4", "1.10.5"),
    ({"enable_cilium_endpoint_slice": True}, "1.10.20", "1.11.0"),
]


@pytest.mark.parametrize(("rule", "version", "asked"), rows("applies"))
def test_a_rule_applies(rule: str, version: str, asked: Settings) -> None:
    assert rule in findings(version, **asked)


@pytest.mark.parametrize(("rule", "version", "asked"), rows("silent"))
def test_a_rule_does_not_apply(rule: str, version: str, asked: Settings) -> None:
    assert rule not in findings(version, **asked)


@pytest.mark.parametrize(("asked", "without", "having"), MISSING)
def test_what_a_version_lacks_is_an_error(asked: Settings, without: str, having: str) -> None:
    assert findings(without, **asked)["not_in_this_version"] == "error"
    assert "not_in_this_version" not in findings(having, **asked)


@pytest.mark.parametrize(
    ("version", "facts", "rule"),
    [
        ("1.15.19", {"kubernetes_version": "v1.15.12"}, "kubernetes_refused"),
        ("1.16.19", {"kubernetes_version": "1.20.0"}, "kubernetes_refused"),
        ("1.15.19", {"kubernetes_version": "v1.36.3"}, "kubernetes_untested"),
        ("1.20.0", {"kubernetes_version": "v1.32.0+k3s1"}, "kubernetes_untested"),
        ("1.15.19", OLD, "kernel_old"),
    ],
)
def test_facts_are_judged(version: str, facts: JsonObject, rule: str) -> None:
    assert rule in findings(version, facts)


@pytest.mark.parametrize(
    "facts",
    [
        {"kubernetes_version": "v1.29.1-eks-508b6b3"},
        {"kubernetes_version": "unknown"},
        {"nodes": [{"name": "n1", "kernel": "5.15.0-113-generic"}, {"name": "n2"}, "n3", {"kernel": "Darwin"}]},
        {"nodes": "none"},
    ],
)
def test_facts_in_order_or_in_no_form_are_silent(facts: JsonObject) -> None:
    rules = set(findings("1.15.19", facts))
    assert not rules & {"kubernetes_refused", "kubernetes_untested", "kernel_old"}


# The floors that Cilium's documentation gives, each on both sides; RHEL 8 has its own.
@pytest.mark.parametrize(
    ("version", "kernel", "old"),
    [
        ("1.12.19", "4.9.16", True),
        ("1.12.19", "4.9.17", False),
        ("1.13.18", "4.19.56", True),
        ("1.15.19", "4.19.57-generic", False),
        ("1.16.19", "5.3.18", True),
        ("1.17.18", "5.4.0-150-generic", False),
        ("1.18.2", "5.4.0-150-generic", True),
        ("1.18.2", "5.10.0-30-amd64", False),
        ("1.20.0", "5.9.0", True),
        ("1.15.19", "4.18.0-553.8.1.el8_10.x86_64", False),
        ("1.20.0", "4.18.0-553.8.1.el8_10.x86_64", False),
        ("1.20.0", "4.17.0-1.el8.x86_64", True),
        ("1.16.19", "4.18.0-25-generic", True),
    ],
)
def test_kernel_that_a_version_needs(version: str, kernel: str, old: bool) -> None:
    rules = findings(version, {"nodes": [{"name": "n1", "kernel": kernel}]})
    assert ("kernel_old" in rules) is old
    assert rules.get("kernel_old", "warning") == "warning"


def test_devices_without_a_link_layer_need_a_kernel() -> None:
    facts: JsonObject = {"nodes": [{"name": "n1", "kernel": "5.7.0"}]}
    assert "kernel_old" in findings("1.17.18", facts, l3_devices=["wg0"])
    assert "kernel_old" not in findings("1.17.18", facts, devices=["wg0"])


@pytest.mark.parametrize(("family", "kernel"), [("ipv6", "5.19.0"), ("ipv4", "6.3.0")])
def test_big_tcp_has_a_kernel_for_each_family(family: str, kernel: str) -> None:
    asked: Settings = {"kube_proxy_replacement": "full", "k8s_service_host": "a", f"enable_{family}_big_tcp": True}
    for found, old in ((kernel, False), (f"{kernel[0]}.{int(kernel[2:-2]) - 1}", True)):
        facts: JsonObject = {"nodes": [{"name": "n1", "kernel": found}]}
        assert ("kernel_old" in findings("1.17.18", facts, **asked)) is old


XDP: Settings = {"kube_proxy_replacement": "full", "k8s_service_host": "a", "loadbalancer_acceleration": "native"}


@pytest.mark.parametrize(
    ("driver", "kernel", "devices", "fit"),
    [
        ("mlx5_core", "5.15.0-113-generic", ["eth0"], True),
        ("vmxnet3", "5.15.0", ["eth0"], False),
        ("vmxnet3", "6.8.0", ["eth0"], True),
        ("e1000e", "6.8.0", ["eth0"], False),
        ("e1000e", "6.8.0", ["eth+"], False),
        ("e1000e", "6.8.0", ["bond0"], True),
        ("e1000e", "6.8.0", [], False),
        ("dpaa2_eth", "5.0.0", ["eth0"], True),
        ("", "6.8.0", ["eth0"], True),
    ],
)
def test_drivers_are_judged(driver: str, kernel: str, devices: list[Json], fit: bool) -> None:
    node: JsonObject = {"name": "n1", "kernel": kernel, "devices": [{"name": "eth0", "driver": driver}]}
    extra: Settings = {"devices": devices} if devices else {}
    assert ("driver_unfit" not in findings("1.15.19", {"nodes": [node]}, **XDP, **extra)) is fit
    assert "driver_unfit" not in findings("1.15.19", {"nodes": [node]})


def test_every_rule_has_a_row() -> None:
    tested = {row["rule"] for row in TABLE["rows"]} | {"kubernetes_refused", "kubernetes_untested"}
    assert {rule.name for feature in FEATURES for rule in feature.rules} - tested == set()
