"""What is said of ports that are not reached."""

from __future__ import annotations

from ansible_collections.fleet.cilium.plugins.module_utils._catalogue._model import TCP, Port
from ansible_collections.fleet.cilium.plugins.module_utils._findings import WARNING, Finding
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.firewalls import Guard
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.reachability import (
    NOT_TRIED,
    OPEN,
    REFUSED,
    SERVER,
    TIMEOUT,
    Attempt,
    Node,
    Outcome,
    Row,
    Site,
)
from ansible_collections.fleet.cilium.plugins.module_utils._mesh.unreached import judge

HEALTH = Port("health", TCP, "agents ask whether nodes are there", number=4240, severity=WARNING)
SITES = {"paris": Site(peers=("berlin",)), "berlin": Site(peers=())}


def row(source: int, target: int, state: str, *, port: Port = SERVER, reason: str = "") -> Row:
    tried = Attempt("paris", f"paris-{source}", "berlin", f"berlin-{target}", f"192.0.2.{target}", port, 4240)
    return Row(tried, Outcome(state, 0.1, reason))


def found(*rows: Row, guards: dict[Row, Guard] | None = None) -> list[Finding]:
    return list(judge(SITES, rows, guards or {}))


def test_open_ports_are_no_news() -> None:
    assert found(row(1, 1, OPEN), row(2, 1, OPEN), row(2, 1, NOT_TRIED, port=HEALTH)) == []


def test_one_finding_for_each_pair_port_and_state() -> None:
    findings = found(
        row(1, 1, REFUSED),
        row(2, 1, REFUSED),
        row(1, 2, TIMEOUT),
        row(2, 2, OPEN),
        row(1, 1, TIMEOUT, port=HEALTH),
    )
    assert [(one.rule, one.severity) for one in findings] == [
        ("mesh_port_refused", "error"),
        ("mesh_port_timeout", "error"),
        ("mesh_port_timeout", "warning"),
    ]
    refused = findings[0]
    assert refused.subject == {"cluster": "paris", "peer": "berlin"}
    assert "tcp port 4240 of berlin (192.0.2.1) was refused when paris-1, paris-2 of paris tried it" in refused.reason
    assert "in 2 of 4 attempts" in refused.reason
    assert refused.asked == "tcp/4240"


def test_the_firewall_and_its_rule_are_named() -> None:
    one, other = row(1, 1, REFUSED), row(1, 2, REFUSED)
    guards = {one: Guard("iptables", ("-A INPUT -p tcp --dport 4240 -j REJECT",), seen=True), other: Guard("ufw")}
    (finding,) = found(one, other, guards=guards)
    assert "on berlin-1 iptables says no: -A INPUT -p tcp --dport 4240 -j REJECT" in finding.reason
    assert "the firewall of berlin-2 is that of ufw" in finding.reason
    assert "on berlin-2: ufw allow 4240/tcp" in finding.remedy


def test_what_is_not_seen_is_not_claimed() -> None:
    one = row(1, 1, TIMEOUT)
    (unseen,) = found(one, guards={one: Guard(seen=False)})
    assert "no rules of a firewall can be read on berlin-1" in unseen.reason
    assert "whether the mesh API server runs" in unseen.remedy
    (silent,) = found(one, guards={one: Guard(seen=True)})
    assert "no rule that is seen from the agent's pod on berlin-1 says no" in silent.reason


def test_a_cluster_from_which_nothing_is_tried() -> None:
    sites = {"paris": Site(peers=("berlin",), fault="no answer"), "berlin": Site()}
    (finding,) = judge(sites, [], {})
    assert (finding.rule, finding.severity, finding.subject) == (
        "mesh_ports_not_tried",
        "warning",
        {"cluster": "paris"},
    )
    assert "no answer" in finding.reason
    nodes = (Node("paris-1", fault="CrashLoopBackOff"),)
    (without,) = judge({"paris": Site(peers=("berlin",), nodes=nodes)}, [], {})
    assert "paris-1: CrashLoopBackOff" in without.reason
    (shell,) = found(row(1, 1, NOT_TRIED, reason="no bash"))
    assert "no bash" in shell.reason
