"""A global service: the same Service in every cluster of a mesh, its backends where they are wanted, and a client."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping

from testbed import toolchain, workload
from testbed.api import Api
from testbed.errors import TestbedError
from testbed.fleet import Cluster, Node

NAMESPACE = "shop"
NAME = "shop"
CLIENT = "client"
GLOBAL = {"service.cilium.io/global": "true"}
_BASE = f"/api/v1/namespaces/{NAMESPACE}"


def declare(cluster: Cluster, *, annotations: Mapping[str, str] | None = None, node_port: int | None = None) -> None:
    """Make the Service, or change it, global unless other ``annotations`` are given; and a pod to ask it from."""
    api = Api(cluster)
    workload.make_namespace(api, NAMESPACE)
    given = GLOBAL if annotations is None else annotations
    api.apply(f"{_BASE}/services", workload.service(NAME, node_port=node_port, annotations=given))
    _add(cluster, CLIENT, CLIENT, cluster.nodes[0])


def add_backend(cluster: Cluster, node: Node | None = None) -> str:
    """Start a backend on a node of the cluster (the first, unless one is given); return the pod's name."""
    node = node or cluster.nodes[0]
    return _add(cluster, f"{NAME}-{node.name}", NAME, node)


def remove_backends(cluster: Cluster) -> None:
    """Take the cluster's own backends away."""
    api = Api(cluster)
    for pod in api.get(f"{_BASE}/pods?labelSelector=app={NAME}")["items"]:
        api.delete(f"{_BASE}/pods/{pod['metadata']['name']}")


def remove(cluster: Cluster) -> None:
    """Take everything away."""
    Api(cluster).delete(f"/api/v1/namespaces/{NAMESPACE}")


def wait(cluster: Cluster) -> None:
    """Wait until client and backends are ready."""
    workload.wait(cluster, NAMESPACE)


def address(cluster: Cluster) -> str:
    """Return the Service's address in this cluster."""
    return str(Api(cluster).get(f"{_BASE}/services/{NAME}")["spec"]["clusterIP"])


def ask(cluster: Cluster, *, tries: int = 20) -> dict[str, str]:
    """Ask the Service from the cluster's client pod; return what the backend said: its pod, node and cluster.

    Raises TestbedError when there is no answer within so many ``tries`` (2.5 s each at most).
    """
    kubectl = [str(toolchain.find("kubectl")), f"--kubeconfig={cluster.kubeconfig}", f"--namespace={NAMESPACE}"]
    return workload.request(f"http://{address(cluster)}/", inside=[*kubectl, "exec", CLIENT, "--"], tries=tries)


def answering(cluster: Cluster, requests: int = 12) -> Counter[str]:
    """Ask so many times; return how often each cluster's backend answered, "" where there was no answer."""
    found: Counter[str] = Counter()
    for _number in range(requests):
        try:
            found[ask(cluster, tries=1)["cluster"]] += 1
        except TestbedError:
            found[""] += 1
    return found


def until_answered_by(cluster: Cluster, expected: set[str], *, requests: int = 16, seconds: float = 30) -> None:
    """Ask until all answers of a round of requests come from exactly these clusters, each of them at least once.

    Raises TestbedError with who answered in the last round.
    """
    deadline = time.monotonic() + seconds
    while (found := answering(cluster, requests)).keys() != expected:
        if time.monotonic() > deadline:
            raise TestbedError(f"{cluster.name}: {NAMESPACE}/{NAME}: expected {expected}, answered by {dict(found)}")


def _add(cluster: Cluster, name: str, app: str, node: Node) -> str:
    api = Api(cluster)
    if api.find(f"{_BASE}/pods/{name}") is None:
        api.create(f"{_BASE}/pods", workload.server(name, app, cluster=cluster.name, node=node.name))
    return name
