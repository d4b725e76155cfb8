"""What agents have to show."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._intent import read
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json
from ansible_collections.fleet.cilium.plugins.module_utils._validation.expected import expected

from tests.unit.asking import Settings, long

KPR: Settings = {"kube_proxy_replacement": "full", "k8s_service_host": "192.0.2.1"}


def shown(version: str, **asked: Json) -> dict[str, tuple[Json, ...]]:
    return {one.path: one.shows for one in expected(read(long(asked), version).view)}


@pytest.mark.parametrize(
    ("version", "asked", "path", "shows"),
    [
        ("1.13.18", KPR, "kube_proxy_replacement.mode", ("Strict",)),
        ("1.15.19", KPR, "kube_proxy_replacement.mode", ("True", "Strict")),
        ("1.15.19", {}, "kube_proxy_replacement.mode", ("False", "Disabled")),
        ("1.15.19", {**KPR, "loadbalancer_mode": "hybrid"}, "kube_proxy_replacement.load_balancer_mode", ("Hybrid",)),
        (
            "1.15.19",
            {**KPR, "loadbalancer_algorithm": "maglev", "maglev_backends": 2},
            "kube_proxy_replacement.maglev_table_size",
            (251,),
        ),
        ("1.16.19", {"routing_mode": "native"}, "routing.mode", ("Native",)),
        ("1.16.19", {"tunnel_mode": "geneve"}, "routing.tunnel_protocol", ("geneve",)),
        ("1.15.19", {**KPR, "enable_bpf_masquerade": True}, "masquerading.mode", ("BPF",)),
        ("1.15.19", {}, "masquerading.mode", ("iptables", "IPTables")),
        ("1.15.19", {"enable_ipv4_masquerade": False}, "masquerading.mode", ("Disabled",)),
        ("1.15.19", {**KPR, "enable_bpf_masquerade": True}, "routing.host", ("BPF",)),
        ("1.15.19", {"enable_host_legacy_routing": True}, "routing.host", ("Legacy",)),
        ("1.15.19", {"enable_bandwidth_manager": True}, "bandwidth_manager.enabled", (True,)),
        ("1.15.19", {"encryption_enabled": True, "encryption_type": "wireguard"}, "encryption.mode", ("Wireguard",)),
        ("1.15.19", {}, "encryption.mode", ("Disabled",)),
        ("1.15.19", {"enable_host_firewall": True}, "host_firewall.mode", ("Enabled",)),
    ],
)
def test_shown(version: str, asked: Settings, path: str, shows: tuple[Json, ...]) -> None:
    assert shown(version, **asked)[path] == shows


@pytest.mark.parametrize(
    ("version", "asked", "path"),
    [
        # Before 1.16 the status has no mode of routing.
        ("1.15.19", {"routing_mode": "native"}, "routing.mode"),
        # Masquerading by iptables takes the node's stack; whether legacy routing is shown is nobody's wish.
        ("1.15.19", KPR, "routing.host"),
        ("1.15.19", {"loadbalancer_mode": "snat"}, "kube_proxy_replacement.load_balancer_mode"),
        ("1.15.19", {**KPR, "maglev_table_size": 251}, "kube_proxy_replacement.maglev_table_size"),
    ],
)
def test_nothing_to_show(version: str, asked: Settings, path: str) -> None:
    assert path not in shown(version, **asked)
