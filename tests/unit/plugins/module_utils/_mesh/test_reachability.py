"""Which ports a mesh needs, who tries them, and what an attempt's answer means."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._catalogue._model import UDP, Port, View
from ansible_collections.fleet.cilium.plugins.module_utils._exec import PodRef
from ansible_collections.fleet.cilium.plugins.module_utils._intent import read as read_settings
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.reachability import (
    NOT_TRIED,
    OPEN,
    REFUSED,
    SERVER,
    TIMEOUT,
    Attempt,
    Limits,
    Node,
    Outcome,
    Row,
    Site,
    attempts,
    needed,
    read,
    spread,
    with_tunnels,
)

from tests.unit.asking import Settings, long

NATIVE: Settings = {"routing_mode": "native", "native_routing_cidr": "10.0.0.0/8"}
DIRECT: Settings = {**NATIVE, "auto_direct_node_routes": True}
TUNNEL = Port("tunnel", UDP, "tunnels", number=8472)


def view(settings: Settings) -> View:
    return read_settings(long(settings), "1.15.19").view


PORTS: list[tuple[Settings, list[str]]] = [
    ({}, ["tunnel udp/8472", "health tcp/4240", "health_of_pods tcp/4240"]),
    ({"tunnel_mode": "geneve"}, ["tunnel udp/6081", "health tcp/4240", "health_of_pods tcp/4240"]),
    ({"tunnel_port": 8473}, ["tunnel udp/8473", "health tcp/4240", "health_of_pods tcp/4240"]),
    (NATIVE, ["health tcp/4240", "health_of_pods tcp/4240"]),
    ({**NATIVE, "health_checking": False}, []),
    ({**NATIVE, "endpoint_health_checking": False}, ["health tcp/4240"]),
    ({**NATIVE, "cni_chaining_mode": "aws-cni"}, ["health tcp/4240"]),
    ({**NATIVE, "cluster_health_port": 4241}, ["health tcp/4241", "health_of_pods tcp/4241"]),
    (
        {**NATIVE, "health_checking": False, "encryption_enabled": True, "encryption_type": "wireguard"},
        ["wireguard udp/51871"],
    ),
    ({**NATIVE, "health_checking": False, "encryption_enabled": True}, ["ipsec esp/None"]),
    (
        {
            **NATIVE,
            "health_checking": False,
            "tunnel_mode": "geneve",
            "loadbalancer_mode": "dsr",
            "loadbalancer_dsr_dispatch": "geneve",
        },
        ["dispatch udp/6081"],
    ),
]


@pytest.mark.parametrize(("settings", "expected"), PORTS)
def test_ports_follow_from_settings(settings: Settings, expected: list[str]) -> None:
    found = needed(view(settings))
    assert sorted(f"{port.name} {port.protocol}/{number}" for port, number in found) == sorted(expected)


def node(cluster: str, number: int, *addresses: str, agent: bool = True) -> Node:
    name = f"{cluster}-{number}"
    pod = PodRef("kube-system", f"cilium-{name}", "cilium-agent") if agent else None
    return Node(name, addresses or (f"192.0.2.{number}",), (f"10.0.0.{number}",), pod)


def sites(settings: Settings, *, served: bool = True, count: int = 1) -> dict[str, Site]:
    """Two clusters, of which the second one has as many nodes."""
    asked = view(settings)
    nodes = tuple(node("berlin", number) for number in range(1, count + 1))
    return {
        "paris": Site(asked, ("berlin",), nodes=(node("paris", 1),)),
        "berlin": Site(asked, (), (("192.0.2.1", 32002), ("mesh.example", 32002)), served, nodes),
    }


def summary(found: list[Attempt]) -> list[str]:
    return [f"{one.node} {one.port.name} {one.address}:{one.number} {one.skip}".strip() for one in found]


LATER = "there is a way to pods only when the clusters are connected"


@pytest.mark.parametrize(
    ("settings", "connected", "pods"),
    [(NATIVE, False, ""), (DIRECT, False, LATER), ({}, False, LATER), (DIRECT, True, ""), ({}, True, "")],
)
def test_pods_are_tried_when_there_is_a_way(settings: Settings, connected: bool, pods: str) -> None:
    found = attempts(sites(settings), Limits(), connected=connected)
    assert [one.skip for one in found if one.port.pods] == [pods]


def test_each_pair_tries_the_mesh_api_server_and_the_nodes() -> None:
    assert summary(attempts(sites(NATIVE), Limits(), connected=True)) == [
        "paris-1 mesh_api 192.0.2.1:32002",
        "paris-1 mesh_api mesh.example:32002",
        "paris-1 health 192.0.2.1:4240",
        "paris-1 health_of_pods 10.0.0.1:4240",
    ]


def test_an_address_says_whose_it_is() -> None:
    found = attempts(sites(NATIVE), Limits(), connected=True)
    assert [one.peer_node for one in found if one.port is SERVER] == ["berlin-1", None]


def test_what_cannot_be_tried_says_why() -> None:
    encrypted: Settings = {**NATIVE, "health_checking": False, "encryption_enabled": True}
    found = attempts(sites(encrypted, served=False), Limits(), connected=True)
    assert {one.skip for one in found} == {
        "the mesh API server is not there yet",
        "nothing tells whether esp gets through",
    }


def test_a_family_that_the_trying_node_has_not() -> None:
    both = sites(NATIVE)
    both["berlin"] = Site(both["berlin"].view, (), (), nodes=(node("berlin", 1, "192.0.2.1", "2001:db8::1"),))
    found = attempts(both, Limits(), connected=True)
    assert {one.address: one.skip for one in found if one.port.name == "health"} == {
        "192.0.2.1": "",
        "2001:db8::1": "node paris-1 has no IPv6 address",
    }


def test_the_sample_is_bounded() -> None:
    found = attempts(sites(NATIVE, count=10), Limits(targets=3), connected=True)
    assert [one.peer_node for one in found if one.port.name == "health"] == ["berlin-1", "berlin-4", "berlin-9"]


def test_nodes_without_an_agent_try_nothing() -> None:
    both = sites(NATIVE)
    both["paris"] = Site(both["paris"].view, ("berlin",), nodes=(node("paris", 1, agent=False),))
    assert attempts(both, Limits(), connected=True) == []


@pytest.mark.parametrize(("count", "most"), [(0, 3), (1, 3), (3, 3), (4, 3), (10, 3), (7, 2), (5, 1), (100, 7)])
def test_a_spread_is_even_and_never_too_big(count: int, most: int) -> None:
    nodes = [Node(f"n{number:03}") for number in range(count)]
    found = spread(nodes, most)
    assert len(found) == len({one.name for one in found}) == min(count, most)
    assert found == sorted(found, key=lambda one: one.name)


TCP_PORT = Attempt("paris", "paris-1", "berlin", "berlin-1", "192.0.2.1", SERVER, 32002)
UDP_PORT = Attempt("paris", "paris-1", "berlin", "berlin-1", "192.0.2.1", TUNNEL, 8472)
PREFIX = "192.0.2.1: connect: "

ANSWERS: list[tuple[Attempt, tuple[int, int, str], tuple[str, float | None]]] = [
    (TCP_PORT, (0, 12_345, ""), (OPEN, 0.012)),
    (TCP_PORT, (0, 0, ""), (OPEN, None)),
    (TCP_PORT, (124, 5_001_000, ""), (TIMEOUT, 5.001)),
    (TCP_PORT, (1, 3_000, f"{PREFIX}Connection refused"), (REFUSED, 0.003)),
    (TCP_PORT, (1, 3_000, f"{PREFIX}No route to host"), (REFUSED, 0.003)),
    (TCP_PORT, (1, 3_060_000, f"{PREFIX}No route to host"), (TIMEOUT, 3.06)),
    (TCP_PORT, (1, 3_000, f"{PREFIX}Network is unreachable"), (TIMEOUT, 0.003)),
    (TCP_PORT, (1, 3_000, f"{PREFIX}Operation not permitted"), (REFUSED, 0.003)),
    (TCP_PORT, (1, 9_000, "mesh.example: Name or service not known"), (NOT_TRIED, 0.009)),
    (TCP_PORT, (127, 0, "timeout: command not found"), (NOT_TRIED, None)),
    (UDP_PORT, (0, 400_000, ""), (NOT_TRIED, None)),
    (UDP_PORT, (1, 400_000, "printf: write error: Connection refused"), (REFUSED, 0.4)),
]


@pytest.mark.parametrize(("attempt", "came", "expected"), ANSWERS)
def test_what_an_answer_means(attempt: Attempt, came: tuple[int, int, str], expected: tuple[str, float | None]) -> None:
    found = read(attempt, *came)
    assert (found.state, found.seconds) == expected


def test_a_tunnel_that_a_connection_went_through_is_open() -> None:
    pods = Port("health_of_pods", "tcp", "pods", number=4240, pods=True)
    through = Row(Attempt("paris", "paris-1", "berlin", "berlin-1", "10.0.0.1", pods, 4240), Outcome(OPEN))
    told = Row(UDP_PORT, Outcome(NOT_TRIED))
    elsewhere = Row(Attempt("paris", "paris-2", "berlin", "berlin-1", "192.0.2.1", TUNNEL, 8472), Outcome(NOT_TRIED))
    assert [row.outcome.state for row in with_tunnels([through, told, elsewhere])] == [OPEN, OPEN, NOT_TRIED]
    assert [row.outcome.state for row in with_tunnels([told, elsewhere])] == [NOT_TRIED, NOT_TRIED]


def test_a_row_as_it_stands_in_a_result() -> None:
    assert Row(TCP_PORT, Outcome(REFUSED, 0.003)).as_dict() == {
        "from": {"cluster": "paris", "node": "paris-1"},
        "to": {"cluster": "berlin", "node": "berlin-1", "address": "192.0.2.1"},
        "name": "mesh_api",
        "protocol": "tcp",
        "port": 32002,
        "why": "agents read from the mesh API server",
        "state": "refused",
        "seconds": 0.003,
        "reason": None,
    }
