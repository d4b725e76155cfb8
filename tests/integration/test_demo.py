"""What the demo shows is true, by witnesses that are not ours: helm, kubectl, the agents' own words, curl, iptables."""

from __future__ import annotations

import json
import re
import subprocess
import time

import pytest

from testbed import node, toolchain
from testbed.demo import playbook, requests, table
from testbed.fleet import Cluster, Fleet

pytestmark = pytest.mark.real

# What the demo asks for, in the words of `cilium-dbg status --verbose` (Cilium 1.15).
SAYS = {
    "KubeProxyReplacement": r"True\s",
    "  Mode": r"DSR$",
    "  Backend Selection": r"Maglev \(Table Size: 251\)$",
    "Host Routing": r"BPF$",
    "Masquerading": r"BPF ",
    "Cilium": r"Ok   1\.15\.19 ",
}


def test_install_is_quick_and_a_second_run_changes_nothing(fleet: Fleet) -> None:
    started = time.monotonic()
    playbook.converge()  # it waits until every agent is ready
    assert time.monotonic() - started < 60
    assert playbook.converge() == {cluster.name: 0 for cluster in fleet.clusters}


def test_helm_knows_the_release(cilium: Fleet) -> None:
    for cluster in cilium.clusters:
        (release,) = json.loads(_run(cluster, "helm", "list", "--namespace=kube-system", "--output=json"))
        assert (release["name"], release["status"], release["chart"]) == ("cilium", "deployed", "cilium-1.15.19")


def test_every_node_has_a_ready_agent(cilium: Fleet) -> None:
    for cluster in cilium.clusters:
        status = json.loads(_kubectl(cluster, "get", "daemonset", "cilium", "--output=json"))["status"]
        assert status["numberReady"] == status["updatedNumberScheduled"] == len(cluster.nodes)


def test_agents_say_what_was_asked_for(cilium: Fleet) -> None:
    for cluster in cilium.clusters:
        for member, pod in _agents(cluster).items():
            text = _kubectl(cluster, "exec", pod, "--container=cilium-agent", "--", "cilium-dbg", "status", "--verbose")
            for name, pattern in SAYS.items():
                (line,) = re.findall(rf"^{name}:\s+(.*)$", text, re.MULTILINE)
                assert re.match(pattern, line), f"{member}: {name}: {line}"


def test_the_table_tells_the_same(cilium: Fleet) -> None:
    heading, *rows = table.rows(playbook.status())
    assert {row[1] for row in rows} == {member.name for member in cilium.nodes}
    for row in rows:
        facts = dict(zip(heading, row, strict=True))
        assert facts["kube-proxy replacement"] == "True"
        assert (facts["mode"], facts["algorithm"], facts["table size"]) == ("DSR", "Maglev", "251")
        assert (facts["routing"], facts["host routing"], facts["masquerading"]) == ("Native", "BPF", "BPF")


def test_node_ports_answer_from_the_other_node(cilium: Fleet) -> None:
    for cluster in cilium.clusters:
        requests.deploy(cluster)
        requests.wait(cluster)
        answers = requests.ask(cluster)
        assert len(answers) == len(cluster.nodes)
        for answer in answers:
            assert answer.answered != answer.asked.name
            # Direct server return: the pod sees the client itself, not the node that was asked.
            assert answer.client == str(cilium.bridge_address.ip)


def test_no_rule_of_kube_proxy_is_needed(cilium: Fleet) -> None:
    for member in cilium.nodes:
        command = [*node.enter(member), "/usr/sbin/iptables-save"]
        rules = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout
        assert "KUBE-SVC" not in rules
        assert "CILIUM" in rules


def _agents(cluster: Cluster) -> dict[str, str]:
    """Return the agents' pods by node."""
    listed = json.loads(_kubectl(cluster, "get", "pods", "--selector=k8s-app=cilium", "--output=json"))
    return {pod["spec"]["nodeName"]: pod["metadata"]["name"] for pod in listed["items"]}


def _kubectl(cluster: Cluster, *words: str) -> str:
    return _run(cluster, "kubectl", "--namespace=kube-system", *words)


def _run(cluster: Cluster, program: str, *words: str) -> str:
    command = [str(toolchain.find(program)), f"--kubeconfig={cluster.kubeconfig}", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
