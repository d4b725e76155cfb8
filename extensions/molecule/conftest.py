"""The nodes of the inventory that Molecule played on, as witnesses: over SSH, and through kubectl in their agents."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass

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

    def kubectl(self, *words: str) -> str:
        """Return what kubectl prints."""
        command = ["kubectl", "--kubeconfig", self.kubeconfig, *words]
        text: str = testinfra.get_host("local://").check_output(" ".join(["%s"] * len(command)), *command)
        return text


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
    cluster = _RUNNER.get_variables(facts["cilium_cluster"])
    return Node(facts["cilium_node_name"], Cluster(cluster["cilium_kubeconfig"]))
