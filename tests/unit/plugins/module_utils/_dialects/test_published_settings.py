"""Install guides said as settings: the same values as the guide's own command, and what the guide overlooked."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._json import JsonObject

from tests.unit.asking import Settings, errors, findings, keys, values
from tests.unit.plugins.module_utils._release import test_published_commands as guides

VIRTUAL_MACHINES: Settings = {
    "tunnel_mode": "disabled",
    "auto_direct_node_routes": True,
    "loadbalancer_mode": "dsr",
    "kube_proxy_replacement": "strict",
    "enable_ipv4_masquerade": False,
    "loadbalancer_algorithm": "maglev",
    "devices": "enp1s0",
    "k8s_service_host": "192.168.31.100",
    "k8s_service_port": 6443,
    "enable_hubble_relay": True,
    "enable_hubble_ui": True,
}
LAPTOP: Settings = {
    "k8s_service_host": "172.18.0.3",
    "k8s_service_port": 6443,
    "debug": True,
    "debug_verbose": "datapath",
    "monitor_aggregation": "none",
    "ipam_mode": "cluster-pool",
    "cluster_name": "laptop",
    "routing_mode": "native",
    "auto_direct_node_routes": True,
    "native_routing_cidr": "10.0.0.0/8",
}
DIRECT: Settings = {"routing_mode": "native", "auto_direct_node_routes": True}
SEED = "JLfvgnHc2kaSUFaI"


def with_aggregation(command: JsonObject) -> JsonObject:
    """A laptop's command with its one mistake put right: monitorAggregation stands below bpf."""
    rest = {name: value for name, value in command.items() if name != "monitorAggregation"}
    bpf = rest.get("bpf")
    return {**rest, "bpf": {**(bpf if isinstance(bpf, dict) else {}), "monitorAggregation": "none"}}


@pytest.mark.parametrize(
    ("version", "asked", "command"),
    [
        ("1.12.0", VIRTUAL_MACHINES, guides.VIRTUAL_MACHINES),
        ("1.13.0-rc5", LAPTOP, with_aggregation(guides.BESIDE_KUBE_PROXY)),
        ("1.13.0-rc5", {**LAPTOP, "kube_proxy_replacement": True}, with_aggregation(guides.REPLACEMENT)),
        (
            "1.13.0-rc5",
            {**LAPTOP, "kube_proxy_replacement": True, "enable_bpf_masquerade": True},
            with_aggregation(guides.REPLACEMENT_BPF),
        ),
        (
            "1.9.18",
            {"kube_proxy_replacement": "strict", "k8s_service_host": "192.168.49.2", "k8s_service_port": 8443},
            guides.FIRST_TRY,
        ),
        (
            "1.12.19",
            {"loadbalancer_algorithm": "maglev", "maglev_table_size": 65521, "maglev_hash_seed": SEED},
            guides.MAGLEV,
        ),
        ("1.12.19", {**DIRECT, "loadbalancer_mode": "dsr"}, guides.DSR),
        ("1.12.19", {**DIRECT, "loadbalancer_mode": "hybrid"}, guides.HYBRID),
        ("1.12.19", {"loadbalancer_acceleration": "native"}, guides.XDP),
        ("1.12.19", {**DIRECT, "socket_lb_host_namespace_only": True}, guides.SOCKET_LB),
        ("1.12.19", {"enable_service_topology": True}, guides.TOPOLOGY),
        ("1.12.19", {"arping_refresh_period": "30s"}, {"l2NeighDiscovery": {"refreshPeriod": "30s"}}),
        ("1.12.19", {"lb_external_clusterip": True}, guides.CLUSTER_IP),
        ("1.12.19", {"cluster_name": "x1", "cluster_id": 1}, guides.MESH),
    ],
)
def test_the_same_values(version: str, asked: Settings, command: JsonObject) -> None:
    assert values(version, **asked) == command


@pytest.mark.parametrize(
    ("version", "asked", "overlooked"),
    [
        ("1.12.0", VIRTUAL_MACHINES, set()),
        ("1.13.0-rc5", LAPTOP, set()),
        # The guides for single features leave out what agents need beside them.
        ("1.12.19", {**DIRECT, "loadbalancer_mode": "dsr"}, {"native_cidr_missing"}),
        ("1.12.19", {"loadbalancer_acceleration": "native"}, {"xdp_needs_replacement", "xdp_refuses_tunnel"}),
        ("1.18.2", {"arping_refresh_period": "30s"}, {"not_in_this_version"}),
    ],
)
def test_what_a_guide_overlooks(version: str, asked: Settings, overlooked: set[str]) -> None:
    assert errors(version, **asked) == overlooked


def test_a_name_of_a_guide_is_refused_by_later_charts() -> None:
    name = "cilium-kubeproxy-replacement-ebpf"
    assert findings("1.13.0-rc5", **{**LAPTOP, "cluster_name": name})["cluster_name_refused_later"] == "warning"
    assert errors("1.16.19", **{**LAPTOP, "cluster_name": name}) == {"cluster_name_long"}


def test_egress_gateway_as_keys_of_the_configmap() -> None:
    """What a guide for Kubespray puts into cilium_config_extra_vars."""
    asked: Settings = {
        "enable_bpf_masquerade": True,
        "enable_egress_gateway": True,
        "enable_l7_proxy": False,
        "kube_proxy_replacement": "strict",
        "k8s_service_host": "192.0.2.1",
    }
    assert keys("1.12.19", **asked) == {
        "enable-bpf-masquerade": "true",
        "enable-ipv4-egress-gateway": "true",
        "enable-l7-proxy": "false",
        "kube-proxy-replacement": "strict",
    }
    assert errors("1.12.19", **asked) == set()
