"""The mesh as others than the collection tell of it: the agents' own status, and a client of a global service."""

from __future__ import annotations

import json
import re

from testbed import global_service, processes, toolchain
from testbed.errors import TestbedError
from testbed.fleet import Cluster, Fleet

_READY = re.compile(r"^ClusterMesh:\s+(.*)$", re.MULTILINE)


def agents(fleet: Fleet) -> dict[str, str]:
    """Return for each node what its agent says of the mesh in ``cilium-dbg status``; TestbedError when it says none."""
    return {node: said for cluster in fleet.clusters for node, said in _agents_of(cluster).items()}


def _agents_of(cluster: Cluster) -> dict[str, str]:
    words = ["get", "pods", "--selector=k8s-app=cilium", "--output=json"]
    pods = json.loads(_kubectl(cluster, *words))["items"]
    found = {}
    for pod in sorted(pods, key=lambda one: str(one["spec"]["nodeName"])):
        name, node = pod["metadata"]["name"], pod["spec"]["nodeName"]
        text = _kubectl(
            cluster, "exec", name, "--container=cilium-agent", "--", "cilium-dbg", "status", "--brief=false"
        )
        match = _READY.search(text)
        if match is None:
            raise TestbedError(f"{node}: the agent says nothing of a mesh")
        found[node] = match[1]
    return found


def is_whole(said: str, peers: int) -> bool:
    """Tell whether an agent's word means that it is connected with so many other clusters."""
    return re.match(rf"{peers}/{peers} (remote )?clusters ready", said) is not None


def ask_across(asking: Cluster, serving: Cluster) -> dict[str, str]:
    """Ask a global service in a cluster without a backend of it; return what the other cluster's backend said."""
    for cluster in (asking, serving):
        global_service.declare(cluster)
    global_service.remove_backends(asking)
    global_service.add_backend(serving)
    for cluster in (asking, serving):
        global_service.wait(cluster)
    return global_service.ask(asking)


def _kubectl(cluster: Cluster, *words: str) -> str:
    where = f"--kubeconfig={cluster.kubeconfig}"
    return processes.run([toolchain.find("kubectl"), where, "--namespace=kube-system", *words])
