"""Each gate alone: what closes it, what it says, and that nothing else does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._errors import InputError
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._kube_proxy.gates import GATES, Agent, Facts, judge, refuse

SERVES: JsonObject = {"cluster_ip": True, "node_port": True, "external_ips": True, "host_port": True}


def status(**replacement: Json) -> JsonObject:
    part: JsonObject = {
        "mode": "True",
        "socket_lb": True,
        "socket_lb_coverage": "Full",
        "session_affinity": True,
        "services": SERVES,
        "nodeport_range": "30000-32767",
    }
    return {"kubernetes": {"state": "Ok"}, "kube_proxy_replacement": {**part, **replacement}}


def agent(node: str, **other: Any) -> Agent:
    return replace(Agent(node, f"cilium-{node}", ready=True, api_hosts=("192.0.2.1",), status=status()), **other)


GOOD = Facts(
    cluster="paris",
    nodes=("n1", "n2"),
    agents=(agent("n1"), agent("n2")),
    own_addresses=("10.96.0.1", "fd00::1"),
    service_networks=("10.96.0.0/12", "fd00::/112"),
    nodeport_range="30000-32767",
    nodeports={30080: "shop/web"},
)


def with_agent(**other: Any) -> Facts:
    return replace(GOOD, agents=(agent("n1"), agent("n2", **other)))


def test_all_is_well() -> None:
    assert judge(GOOD) == []


CLOSED = {
    "agents_ready": [
        (replace(GOOD, agents=(agent("n1"),)), "no agent of Cilium"),
        (with_agent(ready=False, reason="container cilium-agent: CrashLoopBackOff", status=None), "CrashLoopBackOff"),
        (replace(GOOD, agents=()), "no agent of Cilium"),
    ],
    "agents_replace_kube_proxy": [
        (with_agent(status=status(mode="False")), "replaces kube-proxy: False"),
        (with_agent(status=status(mode="Disabled")), "Disabled"),
        (with_agent(status=status(mode=None)), "nothing"),
        (with_agent(status=status(mode="Partial", services={**SERVES, "host_port": None})), "host_port"),
        (with_agent(status=status(mode="Probe", session_affinity=None)), "session_affinity"),
        (with_agent(status=None, reason="not done within 30 seconds"), "not done within 30 seconds"),
    ],
    "api_endpoint": [
        (with_agent(api_hosts=()), "ClusterIP of Service kubernetes"),
        (with_agent(api_hosts=("10.96.0.1",)), "10.96.0.1"),
        (with_agent(api_hosts=("10.97.3.4",)), "10.97.3.4"),
        (with_agent(api_hosts=("fd00::1",)), "fd00::1"),
        (with_agent(api_hosts=("192.0.2.1", "kubernetes.default.svc.cluster.local")), "kubernetes.default.svc"),
        (with_agent(status={**status(), "kubernetes": {"state": "Failure"}}), "Failure"),
        (with_agent(reaches_api=False), "new connection"),
    ],
    "nodeport_range": [
        (with_agent(status=status(nodeport_range="30000-31000")), "API server's range 30000-32767"),
        (replace(GOOD, nodeport_range=None, nodeports={20000: "shop/web"}), "NodePort 20000 of Service shop/web"),
    ],
    "agents_current": [(with_agent(stale=True), "has not read its configuration")],
    "socket_lb_scope": [
        (with_agent(status=status(socket_lb=False)), "socket off"),
        (replace(GOOD, guests=("KubeVirt",)), "KubeVirt"),
    ],
}


def test_every_gate_is_tried() -> None:
    assert list(CLOSED) == list(GATES)


@pytest.mark.parametrize(("gate", "facts", "word"), [(gate, *row) for gate, rows in CLOSED.items() for row in rows])
def test_what_closes_a_gate_is_named(gate: str, facts: Facts, word: str) -> None:
    findings = judge(facts)
    assert {finding.rule for finding in findings} == {gate}
    assert all(word in finding.reason for finding in findings)
    assert {finding.severity for finding in findings} == {"error"}
    with pytest.raises(InputError) as refused:
        refuse(findings, [])
    assert gate in refused.value.message
    refuse(findings, [gate])


OPEN = {
    "old words": with_agent(status=status(mode="Strict")),
    "partial with all parts": with_agent(status=status(mode="Partial")),
    "a name of one's own": with_agent(api_hosts=("api.paris.example.com",)),
    "localhost": with_agent(api_hosts=("127.0.0.1",)),
    "kubernetes.example.com is not the Service": with_agent(api_hosts=("kubernetes.example.com",)),
    "the socket at the host only": replace(
        GOOD,
        guests=("gVisor",),
        agents=tuple(agent(n, status=status(socket_lb_coverage="Hostns-only")) for n in GOOD.nodes),
    ),
    "an agent too many": replace(GOOD, nodes=("n1",)),
    "an old agent does not tell its range": with_agent(status=status(nodeport_range=None)),
}


@pytest.mark.parametrize("facts", OPEN.values(), ids=OPEN.keys())
def test_what_leaves_gates_open(facts: Facts) -> None:
    assert judge(facts) == []


def test_a_cluster_without_a_network_passes() -> None:
    (finding,) = judge(replace(GOOD, agents=(), without_network=True))
    assert (finding.rule, finding.severity) == ("no_network_yet", "info")


def test_all_that_is_wrong_is_said_at_once() -> None:
    facts = replace(GOOD, agents=(agent("n2", api_hosts=(), stale=True, status=status(mode="False", socket_lb=False)),))
    found = [finding.rule for finding in judge(facts)]
    assert found == ["agents_ready", "agents_replace_kube_proxy", "api_endpoint", "agents_current", "socket_lb_scope"]
    with pytest.raises(InputError) as refused:
        refuse(judge(facts), ["agents_ready"])
    assert "agents_ready:" not in refused.value.message
    assert all(rule in refused.value.message for rule in found[1:])
