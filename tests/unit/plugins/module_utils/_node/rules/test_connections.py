"""Services in rules, and connections to them."""

from __future__ import annotations

from ansible_collections.fleet.cilium.plugins.module_utils._node.rules import xtables
from ansible_collections.fleet.cilium.plugins.module_utils._node.rules.connections import (
    Connection,
    services_in,
    services_in_map,
    translated,
)
from ansible_collections.fleet.cilium.plugins.module_utils._node.rules.model import Programs, Ruleset, Server, State
from ansible_collections.fleet.cilium.plugins.module_utils._node.rules.plan import plan

NAT = """\
*nat
:KUBE-SERVICES - [0:0]
:KUBE-NODEPORTS - [0:0]
[0:0] -A KUBE-SERVICES -d 10.96.0.10/32 -p udp -m comment --comment "--dport 9" -m udp --dport 53 -j ACCEPT
[0:0] -A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS
[0:0] -A KUBE-NODEPORTS -p tcp -m tcp --dport 30080 -j ACCEPT
COMMIT
"""
LISTED = """\
udp      17 29 src=10.1.1.1 dst=10.96.0.10 sport=472 dport=53 [UNREPLIED] src=10.244.0.7 dst=10.1.1.1 sport=53 dport=472
tcp      6 431999 ESTABLISHED src=192.0.2.1 dst=192.0.2.7 sport=5 dport=30080 src=10.244.0.9 dst=192.0.2.1 sport=80
tcp      6 431999 ESTABLISHED src=192.0.2.1 dst=192.0.2.7 sport=6 dport=30080 src=192.0.2.7 dst=192.0.2.1 sport=30080
tcp      6 431999 ESTABLISHED src=10.1.1.1 dst=10.96.0.10 sport=7 dport=53 src=10.244.0.7 dst=10.1.1.1 sport=53
icmp     1 29 src=10.1.1.1 dst=10.96.0.10 type=8 code=0 id=1 src=10.96.0.10 dst=10.1.1.1 type=0 code=0 id=1
"""
SERVICES = {("udp", "10.96.0.10", 53), ("tcp", None, 30080)}


def test_services_in_rules_and_servers() -> None:
    ruleset = Ruleset(Programs("nft", "ipv4", "", ""), xtables.parse(NAT).tables)
    state = State(rulesets=(ruleset,), servers=(Server("TCP", "10.96.0.1", 443),), device=("10.96.0.1",))
    assert set(services_in(plan(state))) == {*SERVICES, ("tcp", "10.96.0.1", 443)}


def test_services_in_maps() -> None:
    ips = "elements = { 10.96.0.1 . tcp . 80 : goto service-X-a/b/tcp/p,\n fd00::1 . udp . 53 : goto external-Y }"
    assert set(services_in_map("service-ips", ips)) == {("tcp", "10.96.0.1", 80), ("udp", "fd00::1", 53)}
    ports = "elements = { tcp . 30000 : goto external-Z-a/b/tcp/http }"
    assert set(services_in_map("service-nodeports", ports)) == {("tcp", None, 30000)}


def test_only_translated_connections_to_services() -> None:
    assert translated(LISTED, family="ipv4", services=SERVICES) == [
        Connection("ipv4", "udp", "10.96.0.10", 53, "10.244.0.7"),
        Connection("ipv4", "tcp", "192.0.2.7", 30080, "10.244.0.9"),
    ]
