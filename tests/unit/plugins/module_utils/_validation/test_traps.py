"""Silent traps: what a chart accepts and ignores, or takes for something else. Settings cannot fall into one.

Each row is something to ask for, on a version where the obvious value would do nothing or something else. What comes
out is another value that does it, or an error.
"""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._json import JsonObject

from tests.unit.asking import Settings, errors, values

KPR: Settings = {"kube_proxy_replacement": "full", "k8s_service_host": "192.0.2.1"}
LACKS = "not_in_this_version"

CARRIED_OTHERWISE: list[tuple[str, str, Settings, JsonObject]] = [
    ("routingMode is ignored up to 1.13", "1.13.18", {"routing_mode": "native"}, {"tunnel": "disabled"}),
    ("tunnel is ignored by 1.15.0 to 1.15.7", "1.15.0", {"tunnel_mode": "disabled"}, {"routingMode": "native"}),
    (
        "ipv4NativeRoutingCIDR is ignored up to 1.10",
        "1.10.20",
        {"native_routing_cidr": "10.0.0.0/8"},
        {"nativeRoutingCIDR": "10.0.0.0/8"},
    ),
    (
        "nativeRoutingCIDR is ignored from 1.12",
        "1.12.19",
        {"native_routing_cidr": "10.0.0.0/8"},
        {"ipv4NativeRoutingCIDR": "10.0.0.0/8"},
    ),
    (
        "masquerade is ignored from 1.10.13",
        "1.10.20",
        {"enable_ipv4_masquerade": False},
        {"enableIPv4Masquerade": False},
    ),
    (
        "bpf.hostRouting means legacy routing up to 1.12",
        "1.11.20",
        {"enable_host_legacy_routing": False},
        {"bpf": {"hostRouting": False}},
    ),
    (
        "clusterPoolIPv4PodCIDRList is ignored up to 1.10",
        "1.10.20",
        {"pool_cidr": "10.1.0.0/16"},
        {"ipam": {"operator": {"clusterPoolIPv4PodCIDR": "10.1.0.0/16"}}},
    ),
    (
        "clusterPoolIPv4PodCIDR is ignored from 1.19",
        "1.19.6",
        {"pool_cidr": "10.1.0.0/16"},
        {"ipam": {"operator": {"clusterPoolIPv4PodCIDRList": ["10.1.0.0/16"]}}},
    ),
    (
        "encryption.strictMode.enabled is ignored from 1.20",
        "1.20.0",
        {"encryption_strict_mode": True},
        {"encryption": {"strictMode": {"egress": {"enabled": True}}}},
    ),
    (
        "hostServices is ignored from 1.12",
        "1.12.19",
        {"enable_socket_lb": True},
        {"socketLB": {"enabled": True}},
    ),
    (
        "bandwidthManager.enabled is garbage up to 1.11",
        "1.11.20",
        {"enable_bandwidth_manager": True},
        {"bandwidthManager": True},
    ),
    ("hostFirewall.enabled is garbage up to 1.10", "1.10.20", {"enable_host_firewall": True}, {"hostFirewall": True}),
    ("MTU is ignored up to 1.12", "1.12.19", {"mtu": 9000}, {"extraConfig": {"mtu": "9000"}}),
    (
        "sessionAffinity false is ignored up to 1.11",
        "1.11.20",
        {"enable_session_affinity": False},
        {"sessionAffinity": False, "extraConfig": {"enable-session-affinity": "false"}},
    ),
    (
        "eni.enabled leaves the tunnel on up to 1.18",
        "1.17.5",
        {"ipam_mode": "eni"},
        {"ipam": {"mode": "eni"}, "eni": {"enabled": True}, "routingMode": "native"},
    ),
]

REFUSED: list[tuple[str, str, Settings, str]] = [
    (
        "encryption.type wireguard is IPsec on 1.9",
        "1.9.18",
        {"encryption_enabled": True, "encryption_type": "wireguard"},
        LACKS,
    ),
    ("nodePort.enabled does nothing from 1.19", "1.19.6", {"enable_node_port": True}, LACKS),
    ("hostPort.enabled does nothing from 1.18", "1.18.2", {"enable_host_port": True}, LACKS),
    ("externalIPs.enabled does nothing from 1.17.6", "1.17.18", {"enable_external_ips": True}, LACKS),
    ("l2NeighDiscovery.refreshPeriod is ignored from 1.18", "1.18.2", {"arping_refresh_period": "30s"}, LACKS),
    ("egressGateway.enabled is ignored by 1.9", "1.9.18", {"enable_egress_gateway": True}, LACKS),
    (
        "DSR through a tunnel is SNAT up to 1.12",
        "1.12.19",
        {**KPR, "loadbalancer_mode": "dsr"},
        "dsr_needs_native_routing",
    ),
    (
        "bpf.masquerade alone is iptables up to 1.14",
        "1.14.19",
        {"enable_bpf_masquerade": True},
        "bpf_masquerade_falls_back",
    ),
    (
        "Ingress without replacement is skipped",
        "1.16.19",
        {"enable_ingress_controller": True},
        "l7_entry_needs_replacement",
    ),
    (
        "Gateway API without replacement is skipped",
        "1.20.0",
        {"gateway_api_enabled": True},
        "l7_entry_needs_full_replacement",
    ),
    ("a name that YAML takes for a number", "1.17.5", {"cluster_name": "123"}, "cluster_name_not_text"),
    ("native routing without a CIDR renders from 1.18", "1.18.12", {"routing_mode": "native"}, "native_cidr_missing"),
    ("a table size that only agents refuse", "1.15.19", {"maglev_table_size": 16382}, "maglev_table_size_unknown"),
    ("an id that only agents refuse", "1.15.19", {"cluster_name": "a", "cluster_id": 300}, "cluster_id_above_maximum"),
]


@pytest.mark.parametrize(
    ("_trap", "version", "asked", "expected"), CARRIED_OTHERWISE, ids=lambda value: str(value)[:60]
)
def test_another_value_does_it(_trap: str, version: str, asked: Settings, expected: JsonObject) -> None:
    assert values(version, **asked) == expected


@pytest.mark.parametrize(("_trap", "version", "asked", "rule"), REFUSED, ids=lambda value: str(value)[:60])
def test_it_is_refused(_trap: str, version: str, asked: Settings, rule: str) -> None:
    assert rule in errors(version, **asked)
