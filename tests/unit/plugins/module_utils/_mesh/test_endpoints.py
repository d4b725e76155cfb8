"""Where a member's mesh API server is reached."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._json import JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.endpoints import Known, endpoint_of, known_from

from tests.unit.plugins.module_utils._mesh.made import member, node

NODES = [node("b", "192.0.2.12"), node("a", "192.0.2.11"), node("c", "192.0.2.13"), node("d", "192.0.2.14")]
BALANCER: JsonObject = {
    "spec": {"type": "LoadBalancer", "clusterIPs": ["10.96.0.9"]},
    "status": {"loadBalancer": {"ingress": [{"ip": "198.51.100.7"}, {"hostname": "mesh.example.com"}]}},
}


@pytest.mark.parametrize(
    ("nodes", "used", "addresses"),
    [
        (NODES, [], ("192.0.2.11", "192.0.2.12", "192.0.2.13")),
        (NODES, ["192.0.2.14", "192.0.2.12"], ("192.0.2.14", "192.0.2.12", "192.0.2.11")),
        (NODES, ["192.0.2.99", "192.0.2.13"], ("192.0.2.13", "192.0.2.11", "192.0.2.12")),
        ([node("a", "192.0.2.11", "2001:db8::11")], [], ("192.0.2.11", "2001:db8::11")),
        ([node("a", "127.0.0.1"), node("b", "192.0.2.12")], [], ("192.0.2.12",)),
        ([node("a", "192.0.2.11", ready="Unknown"), node("b", "192.0.2.12", ready="False")], [], ("192.0.2.12",)),
        ([node("a", "192.0.2.11", taints=("ToBeDeletedByClusterAutoscaler",)), NODES[0]], [], ("192.0.2.12",)),
    ],
)
def test_node_addresses(nodes: list[JsonObject], used: list[str], addresses: tuple[str, ...]) -> None:
    found = endpoint_of(member("rome", 7), nodes=nodes, service={}, known=Known(tuple(used)))
    assert (found.service_type, found.port, found.addresses) == ("NodePort", 32007, addresses)
    assert found.findings == ()


@pytest.mark.parametrize(
    ("asked", "service", "expected", "rules"),
    [
        ({"service_type": "LoadBalancer"}, BALANCER, (2379, ("198.51.100.7", "mesh.example.com")), []),
        ({"service_type": "LoadBalancer"}, {}, (2379, ()), ["mesh_address_pending"]),
        (
            {"service_type": "LoadBalancer"},
            {"spec": {"type": "LoadBalancer"}, "status": {"conditions": [{"message": "no pool matches"}]}},
            (2379, ()),
            ["mesh_address_pending"],
        ),
        ({"service_type": "ClusterIP"}, BALANCER, (2379, ("10.96.0.9",)), []),
        ({"service_type": "auto"}, BALANCER, (2379, ("198.51.100.7", "mesh.example.com")), []),
        ({"endpoints": ("203.0.113.1",), "port": 32443}, {}, (32443, ("203.0.113.1",)), []),
        ({"port": 31000}, {}, (31000, ("192.0.2.11", "192.0.2.12", "192.0.2.13")), []),
    ],
)
def test_services(
    asked: dict[str, object], service: JsonObject, expected: tuple[int, tuple[str, ...]], rules: list[str]
) -> None:
    found = endpoint_of(member("rome", 7, **asked), nodes=NODES, service=service, known=Known())
    assert (found.port, found.addresses) == expected
    assert [finding.rule for finding in found.findings] == rules


def test_a_pending_address_comes_with_its_reason() -> None:
    service: JsonObject = {"spec": {"type": "LoadBalancer"}, "status": {"conditions": [{"message": "no pool matches"}]}}
    found = endpoint_of(member("rome", 7, service_type="LoadBalancer"), nodes=[], service=service, known=Known())
    assert "no pool matches" in found.findings[0].reason


@pytest.mark.parametrize(
    ("provider", "kind", "rules"),
    [("aws:///eu-west-1a/i-1", "LoadBalancer", []), ("", "NodePort", ["mesh_service_type_unknown"])],
)
def test_auto(provider: str, kind: str, rules: list[str]) -> None:
    nodes = [node("a", "192.0.2.11", provider=provider)]
    found = endpoint_of(member("rome", 7, service_type="auto"), nodes=nodes, service={}, known=Known())
    assert found.service_type == kind
    assert [finding.rule for finding in found.findings if finding.severity == "error"] == rules


def test_no_node_has_an_address() -> None:
    found = endpoint_of(member("rome", 7), nodes=[node("a", "127.0.0.1")], service={}, known=Known())
    assert [finding.rule for finding in found.findings] == ["mesh_address_missing"]


def test_what_peers_know() -> None:
    assert known_from(
        [{"ips": ["192.0.2.1", "192.0.2.2"]}, {"address": "a.example", "port": 7}, {"ips": ["192.0.2.1"]}]
    ) == (Known(("192.0.2.1", "192.0.2.2", "a.example"), 7))


@pytest.mark.parametrize("kind", ["LoadBalancer", "ClusterIP"])
def test_an_address_that_is_away_stays_known(kind: str) -> None:
    found = endpoint_of(
        member("rome", 7, service_type=kind), nodes=NODES, service={}, known=Known(("198.51.100.7",), 32007)
    )
    assert (found.addresses, found.port) == (("198.51.100.7",), 32007)
    assert [finding.rule for finding in found.findings] == ["mesh_address_pending"]
    assert "keep looking for it at 198.51.100.7" in found.findings[0].reason


@pytest.mark.parametrize(
    ("asked", "ports", "port", "rules"),
    [
        ({}, range(30000, 32768), 32007, []),
        ({}, range(20000, 22001), 20007, []),
        ({"port": 2379}, range(30000, 32768), 2379, ["mesh_port_out_of_range"]),
        ({"port": 2379, "endpoints": ("203.0.113.1",)}, range(30000, 32768), 2379, ["mesh_port_out_of_range"]),
        ({"port": 443, "service_type": "LoadBalancer", "endpoints": ("203.0.113.1",)}, range(30000, 32768), 443, []),
    ],
)
def test_node_ports_are_those_of_the_cluster(
    asked: dict[str, object], ports: range, port: int, rules: list[str]
) -> None:
    found = endpoint_of(member("rome", 7, **asked), nodes=NODES, service={}, known=Known(), ports=ports)
    assert (found.port, [finding.rule for finding in found.findings]) == (port, rules)
