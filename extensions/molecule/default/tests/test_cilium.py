"""Role cilium has done what the demo asks for: the agents say so, and the nodes behave so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from extensions.molecule.conftest import Node

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


def test_a_service_takes_connections_on_the_node(node: Node) -> None:
    """The node has no route to a Service's address: without Cilium nothing answers there."""
    address = node.cluster.kubectl("get", "service", "kubernetes", "--output=jsonpath={.spec.clusterIP}")
    assert node.ssh.check_output("ip route show match %s", address) == ""
    assert node.ssh.addr(address).port(443).is_reachable
