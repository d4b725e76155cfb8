"""Settings that go together on one cluster, and what its agents say of each of them in their own words (Cilium 1.15).

Each group is one roll-out, so features share groups as far as they are compatible. UNPROVEN names every feature of the
catalogue that no group has, and why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from testbed.fleet import Cluster

SEED = "ZmxlZXQuY2lsaXVt"  # 12 bytes in base64
REPLACED = {"ClusterIP": "Enabled", "NodePort": "Enabled", "LoadBalancer": "Enabled", "HostPort": "Enabled"}


@dataclass(frozen=True)
class Group:
    """One roll-out.

    Attributes:
        name: of the test.
        settings: what is asked for.
        native: whether packets travel natively between nodes, else in a tunnel.
        status: beginnings of what stands behind labels of ``cilium-dbg status --verbose``.
        options: what stands behind labels of ``cilium-dbg config --all``.
        tables: further commands of cilium-dbg, each with words of its answer.
        node: commands of the node, each with words of its answer.
    """

    name: str
    settings: Mapping[str, object]
    native: bool = False
    status: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, str] = field(default_factory=dict)
    node: Mapping[str, str] = field(default_factory=dict)


def settings_of(group: Group, cluster: Cluster) -> dict[str, object]:
    """All settings of a group: where the cluster is and what does not change while it lives, routing, its own."""
    shared = {
        "cilium_k8s_service_host": cluster.api_host,
        "cilium_k8s_service_port": cluster.api_port,
        "cilium_cluster_name": cluster.name,
        "cilium_cluster_id": cluster.id,
        "cilium_pool_cidr": [cluster.pods],
        "cilium_devices": ["eth0"],
        "cilium_operator_replicas": 1,
        "cilium_hubble_tls_method": "helm",
        "cilium_rollout": "auto",
    }
    routing = {
        "cilium_routing_mode": "native",
        "cilium_auto_direct_node_routes": True,
        "cilium_native_routing_cidr": cluster.pods,
    }
    return {**shared, **(routing if group.native else {}), **group.settings}


GROUPS = (
    Group(
        "bpf_host_routing_dsr_maglev",
        native=True,
        settings={
            "cilium_install_mode": "bpf_host_routing",
            "cilium_loadbalancer_mode": "dsr",
            "cilium_loadbalancer_algorithm": "maglev",
            "cilium_maglev_backends": 5,
            "cilium_maglev_hash_seed": SEED,
            "cilium_lb_external_clusterip": True,
            "cilium_enable_service_topology": True,
            "cilium_enable_session_affinity": True,
            "cilium_enable_egress_gateway": True,
            "cilium_egress_gateway_max_policy_entries": 2048,
            "cilium_enable_l7_proxy": False,
            "cilium_enable_ipv4_big_tcp": True,
        },
        status={
            "KubeProxyReplacement": "True ",
            **REPLACED,
            "Mode": "DSR",
            "DSR Dispatch Mode": "IP Option/Extension",
            "Backend Selection": "Maglev (Table Size: 509)",
            "Session Affinity": "Enabled",
            "Socket LB": "Enabled",
            "Socket LB Coverage": "Full",
            "XDP Acceleration": "Disabled",
            "Host Routing": "BPF",
            "Masquerading": "BPF ",
            "IPv4 BIG TCP": "Enabled",
        },
        options={
            "RoutingMode": "native",
            "EnableAutoDirectRouting": "true",
            "MaglevHashSeed": SEED,
            "ExternalClusterIP": "true",
            "EnableIPv4EgressGateway": "true",
            "EnableL7Proxy": "false",
        },
        node={"bpftool map show pinned /sys/fs/bpf/tc/globals/cilium_egress_gw_policy_v4": "max_entries 2048"},
    ),
    Group(
        "replacement_vxlan_snat_random",
        settings={
            "cilium_install_mode": "kube_proxy_replacement",
            "cilium_routing_mode": "tunnel",
            "cilium_tunnel_mode": "vxlan",
            "cilium_tunnel_port": 8473,
            "cilium_loadbalancer_mode": "snat",
            "cilium_loadbalancer_algorithm": "random",
            "cilium_enable_bpf_masquerade": False,
            "cilium_socket_lb_host_namespace_only": True,
            "cilium_kube_proxy_replacement_healthz_bind_address": "0.0.0.0:10256",
            "cilium_node_port_range": "30000,31000",
            "cilium_monitor_aggregation": "low",
            "cilium_enable_host_firewall": True,
            "cilium_mtu": 1400,
        },
        status={
            "KubeProxyReplacement": "True ",
            **REPLACED,
            "NodePort": "Enabled (Range: 30000-31000)",
            "Mode": "SNAT",
            "Backend Selection": "Random",
            "Socket LB Coverage": "Hostns-only",
            "Host Routing": "Legacy",
            "Masquerading": "IPTables ",
            "Host firewall": "Enabled",
        },
        options={
            "RoutingMode": "tunnel",
            "BPFSocketLBHostnsOnly": "true",
            "ExternalClusterIP": "false",
            "KubeProxyReplacementHealthzBindAddr": "0.0.0.0:10256",
            "MonitorAggregation": "low",
            "MTU": "1400",
        },
        node={"ip -d link show cilium_vxlan": "dstport 8473"},
    ),
    Group(
        "replacement_hybrid_xdp_legacy_routing",
        native=True,
        settings={
            "cilium_kube_proxy_replacement": "full",
            "cilium_enable_bpf_masquerade": True,
            "cilium_enable_host_legacy_routing": True,
            "cilium_loadbalancer_mode": "hybrid",
            "cilium_loadbalancer_algorithm": "maglev",
            "cilium_maglev_table_size": 1021,
            "cilium_loadbalancer_acceleration": "native",
            "cilium_ip_masq_agent_enable": True,
            "cilium_non_masquerade_cidrs": ["172.30.9.0/24"],
            "cilium_policy_audit_mode": True,
            "cilium_debug": True,
        },
        status={
            "KubeProxyReplacement": "True ",
            "Mode": "Hybrid",
            "Backend Selection": "Maglev (Table Size: 1021)",
            "XDP Acceleration": "Native",
            "Host Routing": "Legacy",
            "Masquerading": "BPF (ip-masq-agent)",
        },
        options={
            "EnableHostLegacyRouting": "true",
            "EnableIPMasqAgent": "true",
            "PolicyAuditMode": "true",
            "Debug": "true",
        },
        node={"ip -d link show eth0": "prog/xdp"},
        tables={"bpf ipmasq list": "172.30.9.0/24"},
    ),
    Group(
        "beside_kube_proxy_unmasqueraded",
        native=True,
        settings={
            "cilium_install_mode": "beside_kube_proxy",
            "cilium_enable_ipv4_masquerade": False,
            "cilium_enable_ipv6_masquerade": False,
            "cilium_enable_endpoint_routes": True,
            "cilium_enable_cilium_endpoint_slice": True,
            "cilium_enable_hubble": False,
        },
        status={
            "KubeProxyReplacement": "False",
            "NodePort": "Disabled",
            "Socket LB": "Disabled",
            "Host Routing": "Legacy",
            "Masquerading": "Disabled",
            "Hubble": "Disabled",
        },
        options={
            "RoutingMode": "native",
            "EnableEndpointRoutes": "true",
            "EnableCiliumEndpointSlice": "true",
        },
    ),
    Group(
        "partial_replacement_in_tunnel",
        settings={
            "cilium_kube_proxy_replacement": "partial",
            "cilium_enable_node_port": True,
            "cilium_enable_host_port": True,
            "cilium_enable_external_ips": True,
            "cilium_enable_socket_lb": True,
            "cilium_node_port_health_check": False,
            "cilium_enable_bpf_masquerade": True,
            "cilium_loadbalancer_mode": "snat",
            "cilium_enable_bpf_tproxy": True,
            "cilium_enable_l2_neigh_discovery": False,
        },
        status={
            "KubeProxyReplacement": "Partial ",
            "NodePort": "Enabled (Range: 30000-32767)",
            "HostPort": "Enabled",
            "externalIPs": "Enabled",
            "Socket LB": "Enabled",
            "Mode": "SNAT",
            "Masquerading": "BPF ",
        },
        options={
            "RoutingMode": "tunnel",
            "EnableHealthCheckNodePort": "false",
            "EnableBPFTProxy": "true",
            "EnableL2NeighDiscovery": "false",
        },
        node={"ip -d link show cilium_vxlan": "dstport 8472"},
    ),
)


GATEWAY = Group(
    "egress_gateway",
    native=True,
    settings={"cilium_install_mode": "bpf_host_routing", "cilium_enable_egress_gateway": True},
    options={"EnableIPv4EgressGateway": "true"},
)

# What no group shows, and why. But for the first two, rendering proves it only.
UNPROVEN = {
    "clustermesh": "needs other clusters; test_clustermesh.py has three",
    "health_checking": "on is what all groups run; test_mesh_reachability.py tries its port",
    "address_families": "nodes have no IPv6 addresses; IPv4 is what all groups run",
    "big_tcp_ipv4": "not a feature of its own: the kernel that BIG TCP needs, which a group runs",
    "big_tcp_ipv6": "nodes have no IPv6 addresses",
    "l3_devices": "nodes have none; it changes no value, and tells of what such a device needs",
    "bandwidth_manager": "net.core.default_qdisc is not there inside a network namespace",
    "bbr": "needs the bandwidth manager",
    "wireguard": "the kernel has none",
    "encryption": "the kernel has neither IPsec nor WireGuard as Cilium needs them",
    "encryption_strict_mode": "needs encryption",
    "ingress_controller": "there is no Envoy program",
    "gateway_api": "there is no Envoy program",
    "vtep": "needs an end point outside the cluster",
    "cni": "there is no other plugin to be chained with",
    "identity_allocation": "kvstore needs an etcd of its own; crd is what all groups run",
    "prometheus": "the agent's status does not tell it",
    "extra_config": "not a feature: keys as they are",
    "versions": "not a feature: the version of Cilium",
}
