"""Real requests: a pod on each node, reached through the NodePort of another node."""

from __future__ import annotations

from dataclasses import dataclass

from testbed import workload
from testbed.api import Api
from testbed.fleet import Cluster, Node

NAMESPACE = "demo"
_FIRST_PORT = 30080
_PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
_SERVICES = f"/api/v1/namespaces/{NAMESPACE}/services"


@dataclass(frozen=True)
class Answer:
    """Which pod answered a request to a node's address, and which client it saw."""

    asked: Node
    port: int
    pod: str
    answered: str
    client: str


def deploy(cluster: Cluster) -> None:
    """Put a pod on each node, and in front of each a Service of type NodePort."""
    api = Api(cluster)
    workload.make_namespace(api, NAMESPACE)
    for number, node in enumerate(cluster.nodes):
        name = f"web-{node.name}"
        if api.find(f"{_PODS}/{name}") is None:
            api.create(_PODS, workload.server(name, name, cluster=cluster.name, node=node.name))
        api.apply(_SERVICES, workload.service(name, node_port=_FIRST_PORT + number))


def wait(cluster: Cluster, seconds: float = 60) -> None:
    """Wait until every pod is ready; TestbedError names those that are not."""
    workload.wait(cluster, NAMESPACE, seconds)


def ask(cluster: Cluster) -> list[Answer]:
    """Send one request to each node, to the port whose only pod is on the next node; return the answers."""
    answers = []
    for number, node in enumerate(cluster.nodes):
        port = _FIRST_PORT + (number + 1) % len(cluster.nodes)
        said = workload.request(f"http://{node.address}:{port}/")
        answers.append(Answer(node, port, said["pod"], said["node"], said["client"]))
    return answers
