"""Ports behind real rules of a firewall, in a network namespace of the test's own: what is tried, and who is named."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json

from tests.namespaces import Namespace, namespace
from tests.unit.plugins.module_utils._mesh.played_ports import Played, play, states

pytestmark = pytest.mark.real
SERVER, HEALTH = 32001, 4240
LISTEN = """
import socket, sys
sockets = [socket.create_server(("127.0.0.1", int(port))) for port in sys.argv[1:]]
print("listening", flush=True)
sys.stdin.read()
"""
FIREWALLD = """
table inet firewalld {
  chain filter_INPUT {
    type filter hook input priority 10; policy accept;
    ct state established,related accept
    tcp dport 4240 reject with icmpx admin-prohibited
  }
}
"""
NFTABLES = """
table inet mine {
  chain incoming {
    type filter hook input priority 0; policy accept;
    tcp dport 4240 drop
  }
}
"""
Prepare = Callable[[Namespace], None]


@contextmanager
def listening(place: Namespace) -> Iterator[None]:
    """Both ports answer in the namespace."""
    command = place.inside([sys.executable, "-c", LISTEN, str(SERVER), str(HEALTH)])
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "listening\n"
        yield
        process.communicate(timeout=10)


def iptables(*words: str) -> Prepare:
    def prepare(place: Namespace) -> None:
        place.run("iptables", "-w", *words)

    return prepare


def ufw(place: Namespace) -> None:
    """The chains that ufw makes, with a rule of a user."""
    place.run("iptables", "-w", "-N", "ufw-user-input")
    place.run("iptables", "-w", "-A", "ufw-user-input", "-p", "tcp", "--dport", str(HEALTH), "-j", "DROP")
    place.run("iptables", "-w", "-A", "INPUT", "-j", "ufw-user-input")


def nftables(text: str) -> Prepare:
    def prepare(place: Namespace) -> None:
        place.run("nft", "-f", "-", stdin=text)

    return prepare


TCP_HEALTH = ("-A", "INPUT", "-p", "tcp", "--dport", str(HEALTH), "-j")
CLOSED = [
    pytest.param(iptables(*TCP_HEALTH, "DROP"), "timeout", "iptables", id="iptables drops"),
    pytest.param(
        iptables(*TCP_HEALTH, "REJECT", "--reject-with", "tcp-reset"), "refused", "iptables", id="iptables resets"
    ),
    pytest.param(
        iptables(*TCP_HEALTH, "REJECT", "--reject-with", "icmp-host-prohibited"),
        "refused",
        "iptables",
        id="iptables prohibits",
    ),
    pytest.param(ufw, "timeout", "ufw", id="ufw"),
    pytest.param(nftables(FIREWALLD), "refused", "firewalld", id="firewalld"),
    pytest.param(nftables(NFTABLES), "timeout", "nftables", id="nftables"),
]


@pytest.mark.parametrize(("prepare", "state", "manager"), CLOSED)
def test_a_port_behind_a_firewall(prepare: Prepare, state: str, manager: str) -> None:
    with namespace("ports") as place, listening(place):
        prepare(place)
        clusters = [Played(name, rules=None, inside=place.inside) for name in ("paris", "berlin")]
        found = play(*clusters, server=SERVER, health=HEALTH)
    assert states(found) == {"mesh_api": "open", "health": state, "health_of_pods": state}
    health, pods = [one for one in found.findings if one.subject == {"cluster": "paris", "peer": "berlin"}]
    assert (health.severity, pods.severity) == ("warning", "error")
    assert f"on berlin-1 {manager} says no: " in health.reason
    assert str(HEALTH) in health.reason.partition("says no")[2]


@pytest.mark.parametrize(
    ("words", "state"),
    [
        pytest.param(("-p", "tcp", "--dport", "1", "-j", "DROP"), "refused", id="nobody listens"),
        pytest.param(("-p", "udp", "--dport", "8472", "-j", "DROP"), "not_tried", id="dropped"),
        pytest.param(
            ("-p", "udp", "--dport", "8472", "-j", "REJECT", "--reject-with", "icmp-host-prohibited"),
            "refused",
            id="prohibited",
        ),
    ],
)
def test_a_datagram_is_refused_only_if_somebody_says_so(words: tuple[str, ...], state: str) -> None:
    with namespace("ports") as place, listening(place):
        iptables("-A", "INPUT", *words)(place)
        clusters = [Played(name, rules=None, inside=place.inside) for name in ("paris", "berlin")]
        settings: dict[str, Json] = {"endpoint_health_checking": False}
        found = play(*clusters, server=SERVER, health=HEALTH, settings=settings)
    assert states(found)["tunnel"] == state
    assert [one.asked for one in found.findings if one.subject.get("cluster") == "paris"] == (
        ["udp/8472"] if state == "refused" else []
    )


def test_open_ports_need_no_look_at_rules() -> None:
    with namespace("ports") as place, listening(place):
        iptables("-P", "INPUT", "ACCEPT")(place)
        clusters = [Played(name, rules=None, inside=place.inside) for name in ("paris", "berlin")]
        found = play(*clusters, server=SERVER, health=HEALTH)
    assert (set(states(found).values()), found.findings) == ({"open"}, ())
    assert [len(one.commands) for one in clusters] == [1, 1]
