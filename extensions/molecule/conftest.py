"""The nodes of the inventory that Molecule played on, as witnesses: over SSH, and through kubectl in their agents."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
import testinfra
from testinfra.host import Host
from testinfra.utils.ansible_runner import AnsibleRunner

# Fails here, not in silence, where Molecule did not set it or there is nothing to read.
_RUNNER = AnsibleRunner(os.environ["TESTBED_INVENTORY"])


@dataclass(frozen=True)
class Cluster:
    """A cluster, asked through kubectl."""

    kubeconfig: str
    api_host: str
    api_port: int

    def kubectl(self, *words: str, given: str = "") -> str:
        """Return what kubectl prints; ``given`` is what it reads."""
        command = ["kubectl", "--kubeconfig", self.kubeconfig, *words]
        done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=60, check=True)
        return done.stdout

    def apply(self, objects: Sequence[Mapping[str, Any]]) -> None:
        """Create or change objects."""
        self.kubectl("apply", "--filename=-", given=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))


@dataclass(frozen=True)
class Node:
    """A node with its cluster."""

    name: str
    cluster: Cluster

    @property
    def ssh(self) -> Host:
        """The node itself."""
        return _RUNNER.get_host(self.name)

    @property
    def agent(self) -> Host:
        """The agent's container on the node; there is exactly one, and it is ready."""
        selection = ["--selector=k8s-app=cilium", f"--field-selector=spec.nodeName={self.name}"]
        listed = self.cluster.kubectl("--namespace=kube-system", "get", "pods", *selection, "--output=json")
        (pod,) = json.loads(listed)["items"]
        assert all(container["ready"] for container in pod["status"]["containerStatuses"])
        where = f"namespace=kube-system&container=cilium-agent&kubeconfig={self.cluster.kubeconfig}"
        return testinfra.get_host(f"kubectl://{pod['metadata']['name']}?{where}")


@pytest.fixture(params=_RUNNER.get_hosts("cilium_nodes"))
def node(request: pytest.FixtureRequest) -> Node:
    """Each node in turn."""
    facts = _RUNNER.get_variables(request.param)
    found = _RUNNER.get_variables(facts["cilium_cluster"])
    cluster = Cluster(found["cilium_kubeconfig"], found["testbed_api_host"], found["testbed_api_port"])
    return Node(facts["cilium_node_name"], cluster)
