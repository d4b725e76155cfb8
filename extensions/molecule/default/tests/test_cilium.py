"""Role cilium has done what the demo asks for: the agents say so, and the nodes behave so."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from extensions.molecule.conftest import Node

# How long a new Service may take to reach every node.
SECONDS = 10
# In the words of `cilium-dbg status --verbose` (Cilium 1.15).
SAYS = {
    "KubeProxyReplacement": r"True\s",
    "  Mode": r"DSR$",
    "  Backend Selection": r"Maglev \(Table Size: 251\)$",
    "Host Routing": r"BPF$",
    "Masquerading": r"BPF ",
    "Cilium": r"Ok   1\.15\.19 ",
}


def test_the_agent_says_what_was_asked_for(node: Node) -> None:
    text = node.agent.check_output("cilium-dbg status --verbose")
    for label, pattern in SAYS.items():
        (said,) = re.findall(rf"^{label}:\s+(.*)$", text, re.MULTILINE)
        assert re.match(pattern, said), f"{label}: {said}"


def test_the_rules_are_those_of_cilium_not_of_kube_proxy(node: Node) -> None:
    rules = node.ssh.check_output("/usr/sbin/iptables-save")
    assert "CILIUM_" in rules
    assert "KUBE-SVC" not in rules


@pytest.fixture
def service(node: Node) -> Iterator[str]:
    """The address of a new Service in front of the API server, which only an agent at work makes answer."""
    name = f"molecule-{node.name}"
    labels = {"kubernetes.io/service-name": name}
    wanted: list[dict[str, Any]] = [
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": {"ports": [{"port": 443}]}},
        {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {"name": name, "labels": labels},
            "addressType": "IPv4",
            "endpoints": [{"addresses": [node.cluster.api_host]}],
            "ports": [{"port": node.cluster.api_port}],
        },
    ]
    node.cluster.apply(wanted)
    yield node.cluster.kubectl("get", "service", name, "--output=jsonpath={.spec.clusterIP}")
    node.cluster.kubectl("delete", "service", name)
    node.cluster.kubectl("delete", "endpointslice", name, "--ignore-not-found")


def test_a_new_service_takes_connections_on_the_node(node: Node, service: str) -> None:
    """The node has no route to a Service's address: without Cilium nothing answers there."""
    assert node.ssh.check_output("ip route show match %s", service) == ""
    port = node.ssh.addr(service).port(443)
    deadline = time.monotonic() + SECONDS
    while not port.is_reachable:
        assert time.monotonic() < deadline, f"{service}:443 takes no connection on {node.name} after {SECONDS} s"
        time.sleep(0.5)
