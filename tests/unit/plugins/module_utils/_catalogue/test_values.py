"""Families, version by version: which value says what is asked, which key the agent reads."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject

from tests.unit.asking import Settings, keys, values

KPR: Settings = {"kube_proxy_replacement": "full"}
SEED = "MDEyMzQ1Njc4OWFi"


# Settings, version, values, keys: each row is one side of a boundary in shared facts about charts.
ROWS: list[tuple[Settings, str, JsonObject, dict[str, str]]] = [
    (KPR, "1.9.18", {"kubeProxyReplacement": "strict"}, {"kube-proxy-replacement": "strict"}),
    (KPR, "1.13.18", {"kubeProxyReplacement": "strict"}, {"kube-proxy-replacement": "strict"}),
    (KPR, "1.14.0", {"kubeProxyReplacement": "true"}, {"kube-proxy-replacement": "true"}),
    (KPR, "1.20.0", {"kubeProxyReplacement": "true"}, {"kube-proxy-replacement": "true"}),
    (
        {"kube_proxy_replacement": "none"},
        "1.13.18",
        {"kubeProxyReplacement": "disabled"},
        {"kube-proxy-replacement": "disabled"},
    ),
    (
        {"kube_proxy_replacement": "none"},
        "1.14.0",
        {"kubeProxyReplacement": "false"},
        {"kube-proxy-replacement": "false"},
    ),
    (
        {"kube_proxy_replacement": "partial"},
        "1.15.19",
        {"kubeProxyReplacement": "partial"},
        {"kube-proxy-replacement": "partial"},
    ),
    (
        {"enable_socket_lb": True},
        "1.11.20",
        {"hostServices": {"enabled": True}},
        {"enable-host-reachable-services": "true"},
    ),
    ({"enable_socket_lb": True}, "1.12.0", {"socketLB": {"enabled": True}}, {"bpf-lb-sock": "true"}),
    (
        {"socket_lb_host_namespace_only": True},
        "1.10.5",
        {"hostServices": {"hostNamespaceOnly": True}},
        {"bpf-lb-sock-hostns-only": "true"},
    ),
    (
        {"socket_lb_host_namespace_only": True},
        "1.12.0",
        {"socketLB": {"hostNamespaceOnly": True}},
        {"bpf-lb-sock-hostns-only": "true"},
    ),
    (
        {"enable_session_affinity": False},
        "1.11.20",
        {"sessionAffinity": False, "extraConfig": {"enable-session-affinity": "false"}},
        {"enable-session-affinity": "false"},
    ),
    ({"enable_session_affinity": True}, "1.12.19", {"sessionAffinity": True}, {"enable-session-affinity": "true"}),
    ({"enable_session_affinity": True}, "1.19.0", {}, {}),
    ({"routing_mode": "native"}, "1.13.18", {"tunnel": "disabled"}, {"tunnel": "disabled"}),
    ({"routing_mode": "native"}, "1.14.0", {"routingMode": "native"}, {"routing-mode": "native"}),
    ({"tunnel_mode": "geneve"}, "1.13.18", {"tunnel": "geneve"}, {"tunnel": "geneve"}),
    ({"tunnel_mode": "geneve"}, "1.14.0", {"tunnelProtocol": "geneve"}, {"tunnel-protocol": "geneve"}),
    (
        {"native_routing_cidr": "10.0.0.0/8"},
        "1.10.20",
        {"nativeRoutingCIDR": "10.0.0.0/8"},
        {"native-routing-cidr": "10.0.0.0/8"},
    ),
    (
        {"native_routing_cidr": "10.0.0.0/8"},
        "1.11.0",
        {"ipv4NativeRoutingCIDR": "10.0.0.0/8"},
        {"ipv4-native-routing-cidr": "10.0.0.0/8"},
    ),
    ({"mtu": 9000}, "1.12.19", {"extraConfig": {"mtu": "9000"}}, {"mtu": "9000"}),
    ({"mtu": 9000}, "1.13.0", {"MTU": 9000}, {"mtu": "9000"}),
    ({"devices": ["eth0", "eth1"]}, "1.15.19", {"devices": "eth0 eth1"}, {"devices": "eth0 eth1"}),
    ({"enable_ipv4_masquerade": False}, "1.9.18", {"masquerade": False}, {"masquerade": "false"}),
    ({"enable_ipv4_masquerade": False}, "1.10.0", {"enableIPv4Masquerade": False}, {"enable-ipv4-masquerade": "false"}),
    # True is legacy, whatever the old name says.
    (
        {"enable_host_legacy_routing": True},
        "1.11.20",
        {"bpf": {"hostRouting": True}},
        {"enable-host-legacy-routing": "true"},
    ),
    (
        {"enable_host_legacy_routing": True},
        "1.12.0",
        {"bpf": {"hostLegacyRouting": True}},
        {"enable-host-legacy-routing": "true"},
    ),
    ({"loadbalancer_mode": "hybrid"}, "1.10.0", {"loadBalancer": {"mode": "hybrid"}}, {"node-port-mode": "hybrid"}),
    ({"loadbalancer_mode": "hybrid"}, "1.10.1", {"loadBalancer": {"mode": "hybrid"}}, {"bpf-lb-mode": "hybrid"}),
    (
        {"loadbalancer_acceleration": "native"},
        "1.10.0",
        {"loadBalancer": {"acceleration": "native"}},
        {"node-port-acceleration": "native"},
    ),
    (
        {"loadbalancer_acceleration": "best-effort"},
        "1.15.0",
        {"loadBalancer": {"acceleration": "best-effort"}},
        {"bpf-lb-acceleration": "best-effort"},
    ),
    ({"maglev_backends": 100}, "1.15.19", {"maglev": {"tableSize": 16381}}, {"bpf-lb-maglev-table-size": "16381"}),
    ({"maglev_hash_seed": SEED}, "1.15.19", {"maglev": {"hashSeed": SEED}}, {"bpf-lb-maglev-hash-seed": SEED}),
    (
        {"arping_refresh_period": "30s"},
        "1.11.3",
        {"l2NeighDiscovery": {"refreshPeriod": "30s"}},
        {"arping-refresh-period": "30s"},
    ),
    (
        {"enable_egress_gateway": True},
        "1.10.20",
        {"egressGateway": {"enabled": True}},
        {"enable-egress-gateway": "true"},
    ),
    (
        {"enable_egress_gateway": True},
        "1.17.18",
        {"egressGateway": {"enabled": True}},
        {"enable-ipv4-egress-gateway": "true"},
    ),
    (
        {"enable_egress_gateway": True},
        "1.18.2",
        {"egressGateway": {"enabled": True}},
        {"enable-egress-gateway": "true"},
    ),
    # The chart writes the number without quotes up to 1.16.3.
    (
        {"egress_gateway_max_policy_entries": 9},
        "1.16.3",
        {"extraConfig": {"egress-gateway-policy-map-max": "9"}},
        {"egress-gateway-policy-map-max": "9"},
    ),
    (
        {"egress_gateway_max_policy_entries": 9},
        "1.16.4",
        {"egressGateway": {"maxPolicyEntries": 9}},
        {"egress-gateway-policy-map-max": "9"},
    ),
    ({"enable_bandwidth_manager": True}, "1.11.20", {"bandwidthManager": True}, {"enable-bandwidth-manager": "true"}),
    (
        {"enable_bandwidth_manager": True},
        "1.12.0",
        {"bandwidthManager": {"enabled": True}},
        {"enable-bandwidth-manager": "true"},
    ),
    ({"enable_host_firewall": True}, "1.10.20", {"hostFirewall": True}, {"enable-host-firewall": "true"}),
    ({"enable_host_firewall": True}, "1.11.0", {"hostFirewall": {"enabled": True}}, {"enable-host-firewall": "true"}),
    (
        {"encryption_strict_mode": True},
        "1.18.12",
        {"encryption": {"strictMode": {"enabled": True}}},
        {"enable-encryption-strict-mode": "true"},
    ),
    (
        {"encryption_strict_mode": True},
        "1.19.0",
        {"encryption": {"strictMode": {"egress": {"enabled": True}}}},
        {"enable-encryption-strict-mode-egress": "true"},
    ),
    (
        {"pool_cidr": ["10.1.0.0/16"]},
        "1.10.20",
        {"ipam": {"operator": {"clusterPoolIPv4PodCIDR": "10.1.0.0/16"}}},
        {"cluster-pool-ipv4-cidr": "10.1.0.0/16"},
    ),
    (
        {"pool_cidr": ["10.1.0.0/16"]},
        "1.11.0",
        {"ipam": {"operator": {"clusterPoolIPv4PodCIDRList": ["10.1.0.0/16"]}}},
        {"cluster-pool-ipv4-cidr": "10.1.0.0/16"},
    ),
    (
        {"enable_cilium_endpoint_slice": True},
        "1.15.19",
        {"enableCiliumEndpointSlice": True},
        {"enable-cilium-endpoint-slice": "true"},
    ),
    (
        {"enable_cilium_endpoint_slice": True},
        "1.16.0",
        {"ciliumEndpointSlice": {"enabled": True}},
        {"enable-cilium-endpoint-slice": "true"},
    ),
    (
        {"cluster_name": "paris", "cluster_id": 3},
        "1.15.19",
        {"cluster": {"name": "paris", "id": 3}},
        {"cluster-name": "paris", "cluster-id": "3"},
    ),
    (
        {"config_extra_vars": {"policy-queue-size": "9"}},
        "1.15.19",
        {"extraConfig": {"policy-queue-size": "9"}},
        {"policy-queue-size": "9"},
    ),
    (
        {"debug": True, "debug_verbose": "datapath", "monitor_aggregation": "none"},
        "1.13.0-rc5",
        {"debug": {"enabled": True, "verbose": "datapath"}, "bpf": {"monitorAggregation": "none"}},
        {"debug": "true", "debug-verbose": "datapath", "monitor-aggregation": "none"},
    ),
    ({"hubble_tls_method": "cronJob"}, "1.15.19", {"hubble": {"tls": {"auto": {"method": "cronJob"}}}}, {}),
    ({"enable_hubble_ui": True}, "1.15.19", {"hubble": {"relay": {"enabled": True}, "ui": {"enabled": True}}}, {}),
]


@pytest.mark.parametrize(("asked", "version", "expected", "_keys"), ROWS)
def test_values(asked: Settings, version: str, expected: JsonObject, _keys: dict[str, str]) -> None:
    assert values(version, **asked) == expected


@pytest.mark.parametrize(("asked", "version", "_values", "expected"), ROWS)
def test_keys(asked: Settings, version: str, _values: JsonObject, expected: dict[str, str]) -> None:
    assert keys(version, **asked) == expected


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("beside_kube_proxy", {"kubeProxyReplacement": "false"}),
        ("kube_proxy_replacement", {"kubeProxyReplacement": "true"}),
        ("bpf_host_routing", {"kubeProxyReplacement": "true", "bpf": {"masquerade": True, "hostLegacyRouting": False}}),
    ],
)
def test_install_modes(mode: str, expected: JsonObject) -> None:
    assert values("1.15.19", install_mode=mode) == expected


def test_bpf_host_routing_without_masquerading() -> None:
    """Agents from 1.16 refuse masquerading in BPF of nothing."""
    bare = values("1.16.19", install_mode="bpf_host_routing", enable_ipv4_masquerade=False)
    assert bare == {
        "kubeProxyReplacement": "true",
        "enableIPv4Masquerade": False,
        "bpf": {"hostLegacyRouting": False},
    }


def test_addresses_from_eni_are_routed_natively() -> None:
    """Charts up to 1.18 leave the tunnel on, and agents from 1.17 refuse it."""
    assert values("1.18.12", ipam_mode="eni") == {
        "ipam": {"mode": "eni"},
        "eni": {"enabled": True},
        "routingMode": "native",
    }


def test_further_keys_and_settings_are_merged() -> None:
    extra: Json = {"mtu": "1400", "a-key": "1"}
    assert values("1.12.19", mtu=9000, config_extra_vars=extra) == {"extraConfig": {"mtu": "9000", "a-key": "1"}}


def test_an_endpoint_has_a_port() -> None:
    assert values("1.15.19", k8s_service_host="192.0.2.1") == {"k8sServiceHost": "192.0.2.1", "k8sServicePort": 6443}
