"""Ports between real clusters: tried from agents' pods, with rules of a firewall put into a node by hand."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._context import Context
from ansible_collections.fleet.cilium.plugins.module_utils._findings import Finding
from ansible_collections.fleet.cilium.plugins.module_utils._intent import read
from ansible_collections.fleet.cilium.plugins.module_utils._kubernetes import connect
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.endpoints import Endpoint
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.plan import Wanted
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.reachability import Limits
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.reaching import Reachability, check

from testbed.fleet import Cluster, Fleet, Node
from tests.integration import witness
from tests.unit.asking import Settings, long

pytestmark = pytest.mark.real
NATIVE: Settings = {"routing_mode": "native", "native_routing_cidr": "10.0.0.0/8"}
HEALTH = 4240


@pytest.fixture(scope="module")
def healthy(cilium: Fleet) -> Fleet:
    """The fleet once the daemons answer that are asked here."""
    for cluster in cilium.clusters:
        witness.wait_for_health(cluster)
    return cilium


def reach(fleet: Fleet, settings: Settings, *, connected: bool = False) -> Reachability:
    """What paris reaches of berlin."""
    whole = read(long({"cluster_id": 1, **settings}), "1.15.19")
    endpoint = Endpoint("NodePort", 32002, (fleet.cluster("berlin").nodes[0].address,))
    wanted = {
        "paris": Wanted({}, {}, ("berlin",), endpoint, whole),
        "berlin": Wanted({}, {}, (), endpoint, whole),
    }
    clients = {name: connect({"kubeconfig": str(fleet.cluster(name).kubeconfig)}) for name in wanted}
    context = Context(False, False, lambda _text: None, lambda _text: None, "module", "test/1/1")
    return check(clients, wanted, Limits(timeout=2), connected=connected, context=context)


def states(found: Reachability, port: str) -> dict[tuple[str, str], str]:
    """The state of a port by the node that tried and the one that was tried."""
    return {
        (row.attempt.node, row.attempt.peer_node or row.attempt.address): row.outcome.state
        for row in found.rows
        if row.attempt.port.name == port
    }


def about(found: Reachability, rule: str) -> Finding:
    (finding,) = [one for one in found.findings if one.rule == rule]
    return finding


@contextmanager
def rule(member: Node, *words: str) -> Iterator[None]:
    """A rule of iptables in a node, before all others."""
    witness.run_in(member, "iptables", "-w", "-I", *words)
    try:
        yield
    finally:
        witness.run_in(member, "iptables", "-w", "-D", *words)


def pairs(fleet: Fleet) -> set[tuple[str, str]]:
    paris, berlin = fleet.cluster("paris"), fleet.cluster("berlin")
    return {(one.name, other.name) for one in paris.nodes for other in berlin.nodes}


def test_open_ports(healthy: Fleet) -> None:
    found = reach(healthy, NATIVE | {"endpoint_health_checking": False})
    assert states(found, "health") == dict.fromkeys(pairs(healthy), "open")
    assert set(states(found, "mesh_api").values()) == {"not_tried"}  # no mesh is made here
    assert found.findings == ()
    assert all(row.outcome.seconds is None or row.outcome.seconds < 2 for row in found.rows)


BLOCKED = [
    pytest.param(("DROP",), "timeout", "mesh_port_timeout", "got no answer", id="drop"),
    pytest.param(("REJECT", "--reject-with", "tcp-reset"), "refused", "mesh_port_refused", "was refused", id="reset"),
]


@pytest.mark.parametrize(("target", "state", "name", "words"), BLOCKED)
def test_a_blocked_port(healthy: Fleet, target: tuple[str, ...], state: str, name: str, words: str) -> None:
    blocked, free = healthy.cluster("berlin").nodes[:2]
    with rule(blocked, "INPUT", "-p", "tcp", "--dport", str(HEALTH), "-j", *target):
        found = reach(healthy, NATIVE | {"endpoint_health_checking": False})
    assert states(found, "health") == {
        (one.name, other.name): state if other == blocked else "open"
        for one in healthy.cluster("paris").nodes
        for other in (blocked, free)
    }
    finding = about(found, name)
    assert finding.subject == {"cluster": "paris", "peer": "berlin"}
    assert words in finding.reason
    assert (
        f"on {blocked.name} iptables says no: -A INPUT -p tcp -m tcp --dport {HEALTH} -j {target[0]}" in finding.reason
    )
    assert f"on {blocked.name}: iptables -S" in finding.remedy


def icmp_drops(cluster: Cluster, member: Node) -> int:
    """How many ICMP errors an agent's programs have dropped."""
    said = witness.ask(cluster, witness.agents(cluster)[member.name], "bpf", "metrics", "list")
    return sum(int(line.split()[-2]) for line in said.splitlines() if line.startswith("Unknown ICMPv4 code"))


def test_a_refusal_by_icmp_that_the_agent_there_drops(healthy: Fleet) -> None:
    """The demo's agents masquerade in BPF, so what their node answers by ICMP gets nowhere; the rule is named."""
    berlin = healthy.cluster("berlin")
    blocked = berlin.nodes[0]
    before = icmp_drops(berlin, blocked)
    with rule(blocked, "INPUT", "-p", "tcp", "--dport", str(HEALTH), "-j", "REJECT"):
        found = reach(healthy, NATIVE | {"endpoint_health_checking": False})
    assert {pair for pair, state in states(found, "health").items() if state == "timeout"} == {
        pair for pair in pairs(healthy) if pair[1] == blocked.name
    }
    assert f"--dport {HEALTH} -j REJECT" in about(found, "mesh_port_timeout").reason
    assert icmp_drops(berlin, blocked) > before


def test_a_datagram_tells_nothing_there(healthy: Fleet) -> None:
    """Nobody has a tunnel in the demo's clusters; their kernels refuse it, and their agents drop the refusal."""
    found = reach(healthy, {"health_checking": False})
    assert states(found, "tunnel") == dict.fromkeys(pairs(healthy), "not_tried")
    assert "a datagram without an answer tells nothing" in about(found, "mesh_ports_not_tried").reason


def health_address(cluster: Cluster, member: Node) -> str:
    return witness.kubectl(cluster, "get", "ciliumnode", member.name, "-o", "jsonpath={.spec.health.ipv4}")


def test_pods_by_a_route_between_the_clusters(healthy: Fleet) -> None:
    """Without a route nobody gets there; with one by hand the health endpoint of that node answers."""
    berlin = healthy.cluster("berlin")
    target, source = berlin.nodes[0], healthy.cluster("paris").nodes[0]
    without = reach(healthy, NATIVE)
    assert set(states(without, "health_of_pods").values()) == {"timeout"}
    assert "no route" in about(without, "mesh_port_timeout").reason
    address = health_address(berlin, target)
    witness.run_in(source, "ip", "route", "add", f"{address}/32", "via", target.address)
    try:
        deadline = time.monotonic() + 20
        while states(found := reach(healthy, NATIVE), "health_of_pods")[(source.name, target.name)] != "open":
            assert time.monotonic() < deadline, found.as_list()
    finally:
        witness.run_in(source, "ip", "route", "del", f"{address}/32")
    others = {
        pair: state for pair, state in states(found, "health_of_pods").items() if pair != (source.name, target.name)
    }
    assert set(others.values()) == {"timeout"}


def test_direct_routes_lead_to_pods_only_once_the_clusters_are_connected(healthy: Fleet) -> None:
    found = reach(healthy, NATIVE | {"auto_direct_node_routes": True})
    assert set(states(found, "health_of_pods").values()) == {"not_tried"}
    assert found.findings == ()
