"""What validation says between clusters."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._catalogue import FEATURES
from ansible_collections.fleet.cilium.plugins.module_utils._findings import ERROR, Finding
from ansible_collections.fleet.cilium.plugins.module_utils._intent import Intent, read
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._validation.fleet import fleet_problems

from tests.unit.asking import Settings, long

NATIVE: Settings = {"routing_mode": "native", "native_routing_cidr": "10.0.0.0/8"}


def member(number: int, version: str = "1.15.19", facts: JsonObject | None = None, /, **settings: Json) -> Intent:
    asked: Settings = {"cluster_name": f"c{number}", "cluster_id": number, "pool_cidr": [f"10.{number}.0.0/16"]}
    return read(long({**asked, **settings}), version, facts)


def fleet(*members: Intent | str) -> list[Finding]:
    return fleet_problems({f"cluster-{number}": intent for number, intent in enumerate(members)})


def rules(found: list[Finding]) -> set[str]:
    return {finding.rule for finding in found if finding.severity == ERROR}


def test_a_sound_mesh() -> None:
    assert rules(fleet(member(1), member(2), member(3))) == set()


@pytest.mark.parametrize(
    ("rule", "odd"),
    [
        ("mesh_id_taken", member(2, cluster_id=1)),
        ("mesh_name_taken", member(2, cluster_name="c1")),
        ("mesh_maximum_differs", member(2, max_connected_clusters=511)),
        ("mesh_routing_differs", member(2, **NATIVE)),
        ("mesh_tunnel_differs", member(2, tunnel_mode="geneve")),
        ("mesh_tunnel_port_differs", member(2, tunnel_port=8473)),
        ("mesh_health_port_differs", member(2, cluster_health_port=4241)),
        ("mesh_ipv4_differs", member(2, enable_ipv4=False, enable_ipv6=True)),
        ("mesh_ipv6_differs", member(2, enable_ipv6=True)),
        ("mesh_encryption_differs", member(2, encryption_enabled=True)),
        ("mesh_version_skew", member(2, "1.17.5")),
        ("networks_overlap", member(2, pool_cidr=["10.1.128.0/17"])),
        ("networks_overlap", member(2, pool_cidr=[])),
        ("networks_overlap", member(2, "1.15.19", {"node_cidrs": ["10.3.0.0/24"]})),
        ("networks_overlap", member(2, "1.15.19", {"service_cidrs": ["10.1.0.0/24"]})),
        ("networks_overlap", member(2, "1.15.19", {"pod_cidrs": ["10.3.0.0/20"]}, ipam_mode="kubernetes")),
        ("member_unreadable", "undefined variable"),
    ],
)
def test_an_odd_member(rule: str, odd: Intent | str) -> None:
    found = fleet(member(1), odd, member(3))
    assert rule in rules(found)
    assert all("cluster" in finding.subject for finding in found)


def test_one_node_port_for_each_mesh_api_server() -> None:
    """The charts' own default is the same everywhere; with another type of Service the port says nothing."""
    server: Settings = {"clustermesh_apiserver": True}
    assert rules(fleet(member(1, **server), member(2, **server))) == {"mesh_port_taken"}
    assert rules(fleet(member(1, **server), member(2, **server, clustermesh_port=32002))) == set()
    balanced: Settings = {**server, "clustermesh_service_type": "LoadBalancer"}
    assert rules(fleet(member(1, **balanced), member(2, **balanced))) == set()


def test_one_kind_of_encryption_for_all() -> None:
    encrypted: Settings = {"encryption_enabled": True, "encryption_type": "wireguard"}
    odd = member(2, **{**encrypted, "encryption_type": "ipsec"})
    assert rules(fleet(member(1, **encrypted), odd, member(3, **encrypted))) == {"mesh_encryption_type_differs"}


def test_every_rule_between_clusters_is_tried() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    assert [rule.name for feature in FEATURES for rule in feature.fleet if rule.name not in text] == []


def test_one_minor_apart_is_fine() -> None:
    assert rules(fleet(member(1, "1.15.19"), member(2, "1.16.19"))) == set()


def test_details_matter_only_where_they_are_used() -> None:
    """The protocol of a tunnel that nobody uses, the type of an encryption that is off."""
    odd = member(2, **NATIVE, tunnel_mode="geneve", encryption_type="wireguard")
    assert rules(fleet(member(1, **NATIVE), odd)) == set()


SAME_PORT: list[tuple[Settings, Settings]] = [
    ({}, {"tunnel_port": 8472}),
    ({"tunnel_mode": "geneve"}, {"tunnel_mode": "geneve", "tunnel_port": 6081}),
    (NATIVE, {**NATIVE, "tunnel_port": 8473}),
    ({"health_checking": False}, {"health_checking": False, "cluster_health_port": 4241}),
]


@pytest.mark.parametrize(("one", "other"), SAME_PORT)
def test_ports_that_are_the_same_or_that_nobody_uses(one: Settings, other: Settings) -> None:
    assert rules(fleet(member(1, **one), member(2, **other))) == set()


def test_a_tunnel_for_services_alone_has_a_port_too() -> None:
    dispatch: Settings = {**NATIVE, "tunnel_mode": "geneve", "loadbalancer_mode": "dsr"}
    dispatch["loadbalancer_dsr_dispatch"] = "geneve"
    assert "mesh_tunnel_port_differs" in rules(fleet(member(1, **dispatch), member(2, **dispatch, tunnel_port=6082)))


def test_native_cidr_has_to_cover_all_pods() -> None:
    narrow = member(1, routing_mode="native", native_routing_cidr="10.1.0.0/16")
    found = fleet(narrow, member(2, **NATIVE))
    assert [finding.subject for finding in found if finding.rule == "mesh_native_cidr_narrow"] == [
        {"cluster": "cluster-0"}
    ]


def test_native_cidr_of_one_family_says_nothing_of_the_other() -> None:
    dual: Settings = {**NATIVE, "enable_ipv6": True, "enable_ipv6_masquerade": False}
    one = member(1, **dual, pool_cidr_ipv6=["fd00:1::/104"])
    assert rules(fleet(one, member(2, **dual, pool_cidr_ipv6=["fd00:2::/104"]))) == set()


def test_clusters_outside_a_mesh_may_be_alike() -> None:
    found = fleet(member(1, cluster_id=0), member(1, "1.18.2", cluster_id=0, **NATIVE))
    assert rules(found) == set()
    assert {finding.severity for finding in found if finding.rule == "mesh_name_taken"} == {"warning"}


def test_a_cluster_by_itself_can_collide() -> None:
    alone = member(1, "1.15.19", {"node_cidrs": ["10.20.0.0/24"]}, cluster_id=0, pool_cidr=["10.0.0.0/8"])
    assert "networks_overlap" in rules(fleet(alone))


def test_two_hundred_clusters_take_no_time() -> None:
    members = [member(number) for number in range(1, 201)]
    start = time.process_time()
    found = fleet(*members)
    assert rules(found) == set()
    assert time.process_time() - start < 2
