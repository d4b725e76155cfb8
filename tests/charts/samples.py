"""Settings to render: the presets, each setting alone, and combinations in which every pair occurs."""

from __future__ import annotations

from ansible_collections.fleet.cilium.plugins.module_utils import _intent
from ansible_collections.fleet.cilium.plugins.module_utils._catalogue import CARRIED, SETTINGS
from ansible_collections.fleet.cilium.plugins.module_utils._catalogue._moved import moved
from ansible_collections.fleet.cilium.plugins.module_utils._findings import ERROR, Finding
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.authority import ECDSA, create
from ansible_collections.fleet.cilium.plugins.module_utils._settings import BOOL, WORD
from ansible_collections.fleet.cilium.plugins.module_utils._validation.cluster import problems
from ansible_collections.fleet.cilium.plugins.module_utils._versions import parse

from tests.charts.pairwise import Cover, pairwise

Asked = dict[str, Json]
LIMIT = 60
NOT_CARRIED = "not_in_this_version"

# What replacement of kube-proxy needs anyway.
ENDPOINT: Asked = {"cilium_k8s_service_host": "192.0.2.10", "cilium_k8s_service_port": 6443}
NATIVE: Asked = {"cilium_routing_mode": "native", "cilium_native_routing_cidr": "10.0.0.0/8"}
BPF: Asked = {"cilium_install_mode": "bpf_host_routing", **ENDPOINT}
PRESETS: dict[str, Asked] = {
    "nothing": {},
    "beside kube-proxy": {"cilium_install_mode": "beside_kube_proxy"},
    "replacement": {"cilium_install_mode": "kube_proxy_replacement", **ENDPOINT},
    "BPF host routing": BPF,
    "BPF host routing, native": {**BPF, **NATIVE, "cilium_auto_direct_node_routes": True},
    "DSR with Maglev": {
        **BPF,
        **NATIVE,
        "cilium_loadbalancer_mode": "dsr",
        "cilium_loadbalancer_algorithm": "maglev",
        "cilium_maglev_table_size": 65521,
        "cilium_maglev_hash_seed": "MDEyMzQ1Njc4OWFi",
    },
    "egress gateway": {**BPF, "cilium_enable_egress_gateway": True},
    "member of a mesh": {**BPF, "cilium_cluster_name": "berlin", "cilium_cluster_id": 2},
}
# The presets that every version takes.
ALWAYS = ("nothing", "beside kube-proxy", "replacement", "BPF host routing", "DSR with Maglev", "member of a mesh")
# What rows of combinations begin with, in turn.
STARTS: tuple[Asked, ...] = (
    BPF,
    {**BPF, **NATIVE},
    {"cilium_install_mode": "kube_proxy_replacement", **ENDPOINT},
    NATIVE,
    {},
)

MEMBER: Asked = {"cilium_cluster_name": "berlin", "cilium_cluster_id": 2, "cilium_clustermesh_apiserver": True}
PEER: Asked = {"ips": ["192.0.2.11", "192.0.2.12"], "port": 32001}
# What charts before 1.14 want of each peer as well: a certificate and a key, base64 of PEM.
CERTIFIED: Asked = {**PEER, "tls": {"cert": "Y2VydGlmaWNhdGU=", "key": "a2V5"}}
# An authority for charts that sign with it.
AUTHORITY = create(algorithm=ECDSA)
KNOWN_BY: Asked = {"cilium_clustermesh_ca_cert": AUTHORITY.certificate.strip()}
SIGNED_BY: Asked = {**KNOWN_BY, "cilium_clustermesh_ca_key": str(AUTHORITY.key).strip()}

# What a setting is rendered with, the first in which validation lets it pass.
COMPANIES: tuple[Asked, ...] = (
    {},
    BPF,
    {**BPF, **NATIVE},
    {"cilium_kube_proxy_replacement": "partial"},
    {**BPF, "cilium_loadbalancer_algorithm": "maglev"},
    {**BPF, **NATIVE, "cilium_auto_direct_node_routes": True},
    {
        **BPF,
        "cilium_tunnel_mode": "geneve",
        "cilium_loadbalancer_mode": "dsr",
        "cilium_loadbalancer_dsr_dispatch": "geneve",
    },
    {**BPF, "cilium_cluster_name": "berlin"},
    {**BPF, **MEMBER},
    {**BPF, **MEMBER, "cilium_clustermesh_service_type": "NodePort"},
    {**BPF, **MEMBER, **KNOWN_BY},
    {**BPF, **MEMBER, **SIGNED_BY},
    {**BPF, "cilium_enable_bandwidth_manager": True},
    {"cilium_hubble_tls_issuer": {"name": "ca"}},
    {"cilium_enable_hubble_relay": True},
    {"cilium_enable_ipv6": True},
    {"cilium_encryption_enabled": True, "cilium_encryption_type": "wireguard"},
    {
        **BPF,
        "cilium_encryption_enabled": True,
        "cilium_encryption_type": "wireguard",
        "cilium_encryption_strict_mode_cidr": "10.0.0.0/8",
    },
    {
        "cilium_enable_vtep": True,
        "cilium_vtep_endpoint": "192.0.2.20",
        "cilium_vtep_cidr": "198.51.100.0/24",
        "cilium_vtep_mask": "255.255.255.0",
        "cilium_vtep_mac": "82:36:4c:98:2e:56",
    },
)

# Values of the settings that are no switch and no choice of words.
VALUES: dict[str, tuple[Json, ...]] = {
    "cilium_kube_proxy_replacement_healthz_bind_address": ("0.0.0.0:10256",),
    "cilium_node_port_range": ("30000,32000",),
    "cilium_direct_routing_device": ("eth0",),
    "cilium_k8s_service_host": ("192.0.2.10",),
    "cilium_k8s_service_port": (6443,),
    "cilium_tunnel_port": (8473,),
    "cilium_native_routing_cidr": ("10.0.0.0/8",),
    "cilium_native_routing_cidr_ipv6": ("fd00::/48",),
    "cilium_devices": (["eth0"], ["eth0", "bond+"]),
    "cilium_mtu": (9000,),
    "cilium_cluster_health_port": (4241,),
    "cilium_vtep_endpoint": ("192.0.2.20",),
    "cilium_vtep_cidr": ("198.51.100.0/24",),
    "cilium_vtep_mask": ("255.255.255.0",),
    "cilium_vtep_mac": ("82:36:4c:98:2e:56",),
    "cilium_non_masquerade_cidrs": (["10.0.0.0/8", "192.0.2.0/24"],),
    "cilium_maglev_table_size": (251, 65521),
    "cilium_maglev_backends": (600,),
    "cilium_maglev_hash_seed": ("MDEyMzQ1Njc4OWFi",),
    "cilium_arping_refresh_period": ("45s",),
    "cilium_pool_cidr": (["10.64.0.0/12"], ["10.64.0.0/12", "10.80.0.0/12"]),
    "cilium_pool_cidr_ipv6": (["fd00:10::/104"],),
    "cilium_pool_mask_size": (25,),
    "cilium_pool_mask_size_ipv6": (122,),
    "cilium_config_extra_vars": ({"some-option": "x", "some-number": 3, "some-switch": True},),
    "cilium_debug_verbose": ("flow",),
    "cilium_operator_replicas": (1,),
    "cilium_egress_gateway_max_policy_entries": (8192,),
    "cilium_hubble_metrics": (["drop"], ["dns", "tcp:sourceContext=pod"]),
    "cilium_hubble_tls_issuer": ({"group": "cert-manager.io", "kind": "ClusterIssuer", "name": "ca"},),
    "cilium_encryption_strict_mode_cidr": ("10.0.0.0/8",),
    "cilium_cluster_name": ("berlin",),
    "cilium_cluster_id": (2,),
    "cilium_max_connected_clusters": (255, 511),
    "cilium_clustermesh_port": (32002,),
    "cilium_clustermesh_peers": (
        {"paris": PEER},
        {"paris": PEER, "rome": {"address": "mesh.example.com", "port": 2379}},
        {"paris": CERTIFIED},
    ),
    "cilium_clustermesh_server_names": (["mesh.example.com"],),
    "cilium_clustermesh_server_addresses": (["192.0.2.12"],),
    **{name: (text,) for name, text in SIGNED_BY.items()},
    "cilium_ca_bundle": ("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",),
}


def values_of(name: str) -> tuple[Json, ...]:
    """Return the values with which a setting is rendered."""
    setting = SETTINGS[name]
    if setting.kind == BOOL:
        return (True, False)
    return tuple(setting.choices) if setting.kind == WORD else VALUES.get(name, ())


def alone(version: str) -> dict[str, Asked]:
    """Return each setting with each of its values, and beside it only what it needs to be sound at a version.

    Values that are sound in no company are left out: the version has no such thing.
    """
    found: dict[str, Asked] = {}
    for name in SETTINGS:
        for value in values_of(name):
            for company in COMPANIES:
                asked = {**company, name: value}
                if is_sound(asked, version):
                    found[f"{name}={value}"] = asked
                    break
    return found


def findings(asked: Asked, version: str) -> list[Finding]:
    """Return what validation says of settings at a version."""
    return problems(_intent.read(asked, version))


def is_carried(asked: Asked, version: str) -> bool:
    """Tell whether a version has all that is asked, whether or not it works together."""
    return not any(finding.rule == NOT_CARRIED for finding in findings(asked, version))


def is_sound(asked: Asked, version: str) -> bool:
    """Tell whether validation lets settings pass."""
    return not any(finding.severity == ERROR for finding in findings(asked, version))


def combinations(version: str) -> Cover[Json]:
    """Return combinations of settings that validation lets pass at a version."""
    single: dict[str, list[Json]] = {}
    for asked in alone(version).values():
        name, value = list(asked.items())[-1]
        if name in CARRIED:
            single.setdefault(name, []).append(value)
    return pairwise(
        single,
        limit=LIMIT,
        allowed=lambda row: is_sound(row, version),
        starts=STARTS,
    )


def has_gone(keys: tuple[str, ...], version: str) -> bool:
    """Tell whether a value is one that a version is known not to obey."""
    return moved(keys, parse(version)) is not None
