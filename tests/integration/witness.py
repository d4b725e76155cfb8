"""What kubectl and the agents' own program say of a cluster; nothing of the collection is used here."""

from __future__ import annotations

import json
import re
import subprocess
import time

from testbed import node, toolchain
from testbed.fleet import Cluster, Node


def kubectl(cluster: Cluster, *words: str, stdin: str | None = None) -> str:
    """Run kubectl in the namespace kube-system, unless the words name another; return what it prints."""
    command = [str(toolchain.find("kubectl")), "--kubeconfig", str(cluster.kubeconfig), "-n", "kube-system", *words]
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
    return done.stdout


def helm(cluster: Cluster, *words: str, program: str = "helm", stdin: str | None = None) -> str:
    """Run helm in the namespace kube-system; return what it prints."""
    command = [str(toolchain.find(program)), f"--kubeconfig={cluster.kubeconfig}", "--namespace=kube-system", *words]
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, f"{cluster.name}: {' '.join(words)}: {done.stderr}"
    return done.stdout


def agents(cluster: Cluster) -> dict[str, str]:
    """The agents' pods by node."""
    listed = json.loads(kubectl(cluster, "get", "pods", "-l", "k8s-app=cilium", "-o", "json"))
    return {pod["spec"]["nodeName"]: pod["metadata"]["name"] for pod in listed["items"]}


def ask(cluster: Cluster, pod: str, *words: str) -> str:
    """Run cilium-dbg in an agent's pod; return what it prints."""
    return kubectl(cluster, "exec", pod, "-c", "cilium-agent", "--", "cilium-dbg", *words)


def status(cluster: Cluster, pod: str) -> dict[str, str]:
    """The agent's status in its text form: what stands behind each label, the first one of a name."""
    return _labels(ask(cluster, pod, "status", "--verbose"))


def configuration(cluster: Cluster, pod: str) -> dict[str, str]:
    """The options that the agent runs with."""
    return _labels(ask(cluster, pod, "config", "--all"))


def wait_for_health(cluster: Cluster, seconds: float = 90) -> None:
    """Wait until each agent tells of its health daemon: it starts some time after the agent itself is ready."""
    deadline = time.monotonic() + seconds
    for member, pod in agents(cluster).items():
        while "Cilium health daemon" not in status(cluster, pod):
            assert time.monotonic() < deadline, f"{member}: no health daemon after {seconds:.0f} s"
            time.sleep(1)


def run_in(member: Node, *command: str) -> str:
    """Run a command in a node's namespaces; return what it prints."""
    words = [*node.enter(member), "/usr/bin/env", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", *command]
    done = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, f"{member.name}: {' '.join(command)}: {done.stderr}"
    return done.stdout


def _labels(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for label, value in re.findall(r"^[ \t-]*([^:\n]+?)\s*:[ \t]*(.*)$", text, re.MULTILINE):
        found.setdefault(label, value.strip())
    return found
