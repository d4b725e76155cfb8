"""Kubespray's variables, as its role's defaults and its users write them."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._dialects.helm import helm_values
from ansible_collections.fleet.cilium.plugins.module_utils._dialects.kubespray import VARIABLES, settings_from
from ansible_collections.fleet.cilium.plugins.module_utils._errors import InputError
from ansible_collections.fleet.cilium.plugins.module_utils._findings import ERROR
from ansible_collections.fleet.cilium.plugins.module_utils._intent import read
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._validation.cluster import problems

# As they are in Kubespray's own defaults.
DEFAULTS: JsonObject = {
    "cilium_debug": False,
    "cilium_mtu": "0",
    "cilium_enable_ipv4": True,
    "cilium_enable_ipv6": False,
    "cilium_tunnel_mode": "vxlan",
    "cilium_loadbalancer_mode": "snat",
    "cilium_enable_prometheus": False,
    "cilium_monitor_aggregation": "medium",
    "cilium_kube_proxy_replacement": False,
    "cilium_auto_direct_node_routes": False,
    "cilium_native_routing_cidr": "",
    "cilium_native_routing_cidr_ipv6": "",
    "cilium_encryption_enabled": False,
    "cilium_encryption_type": "ipsec",
    "cilium_encryption_node_encryption": False,
    "cilium_wireguard_userspace_fallback": False,
    "cilium_enable_bandwidth_manager": False,
    "cilium_enable_bandwidth_manager_bbr": False,
    "cilium_ip_masq_agent_enable": False,
    "cilium_non_masquerade_cidrs": ["10.0.0.0/8", "172.16.0.0/12"],
    "cilium_masq_link_local": False,
    "cilium_masq_link_local_ipv6": False,
    "cilium_enable_hubble": False,
    "cilium_enable_hubble_ui": False,
    "cilium_hubble_metrics": [],
    "cilium_gateway_api_enabled": False,
    "cilium_operator_replicas": 2,
    "cilium_config_extra_vars": {},
    "cilium_cluster_id": 0,
    "cilium_cluster_name": "default",
    "cilium_cni_exclusive": True,
    "cilium_enable_ipv4_masquerade": True,
    "cilium_enable_ipv6_masquerade": True,
    "cilium_enable_bpf_masquerade": False,
    "cilium_enable_host_legacy_routing": False,
    "cilium_enable_host_firewall": False,
    "cilium_policy_audit_mode": False,
    "cilium_ipam_mode": "cluster-pool",
    "cilium_identity_allocation_mode": "crd",
    "kube_pods_subnet": "10.233.64.0/18",
    "kube_apiserver_global_endpoint": "https://localhost:6443",
}


@pytest.mark.parametrize("version", ["1.15.19", "1.17.5", "1.18.2", "1.19.6", "1.20.0"])
def test_its_defaults_are_sound(version: str) -> None:
    intent = read(settings_from(DEFAULTS), version)
    assert [finding.rule for finding in problems(intent) if finding.severity == ERROR] == []
    assert helm_values(intent.view)["ipam"] == {
        "mode": "cluster-pool",
        "operator": {"clusterPoolIPv4PodCIDRList": ["10.233.64.0/18"]},
    }


def test_every_default_is_read() -> None:
    assert set(DEFAULTS) <= set(VARIABLES)


@pytest.mark.parametrize(
    ("variables", "settings"),
    [
        ({"cilium_cluster_id": "3"}, {"cilium_cluster_id": 3}),
        ({"cilium_tunnel_mode": "disabled"}, {"cilium_routing_mode": "native"}),
        ({"cilium_kube_proxy_replacement": "strict"}, {"cilium_kube_proxy_replacement": "full"}),
        ({"cilium_kube_proxy_replacement": "probe"}, {"cilium_kube_proxy_replacement": "full"}),
        ({"cilium_kube_proxy_replacement": "disabled"}, {"cilium_kube_proxy_replacement": "none"}),
        ({"cilium_kube_proxy_replacement": True}, {"cilium_kube_proxy_replacement": "full"}),
        ({"cilium_pool_cidr": "10.1.0.0/16"}, {"cilium_pool_cidr": ["10.1.0.0/16"]}),
        ({"cilium_pool_mask_size": "24"}, {"cilium_pool_mask_size": 24}),
        ({"cilium_mtu": "1400"}, {"cilium_mtu": 1400}),
        (
            {"kube_apiserver_global_endpoint": "https://[fd00::1]:6443"},
            {"cilium_k8s_service_host": "fd00::1", "cilium_k8s_service_port": 6443},
        ),
        (
            {"kube_apiserver_global_endpoint": "https://a:1", "cilium_k8s_service_host": "b"},
            {"cilium_k8s_service_host": "b", "cilium_k8s_service_port": 6443},
        ),
        (
            {"kube_apiserver_global_endpoint": "https://a:1", "cilium_k8s_service_host": "auto"},
            {"cilium_k8s_service_host": "a", "cilium_k8s_service_port": 1},
        ),
        ({"kube_pods_subnet_ipv6": "fd00::/64"}, {}),
        (
            {"kube_pods_subnet_ipv6": "fd00::/64", "cilium_enable_ipv6": True},
            {"cilium_pool_cidr_ipv6": ["fd00::/64"], "cilium_enable_ipv6": True},
        ),
    ],
)
def test_readings(variables: JsonObject, settings: dict[str, Json]) -> None:
    assert dict(read(settings_from(variables), "1.15.19").view.given) == settings


def test_an_endpoint_that_is_no_url() -> None:
    with pytest.raises(InputError, match="kube_apiserver_global_endpoint"):
        settings_from({"kube_apiserver_global_endpoint": "https://:6443"})
