"""Real requests: a pod on each node, reached through the NodePort of another node."""

from __future__ import annotations

import json
import subprocess
import time
from dataclasses import dataclass

from testbed.api import Api, Object
from testbed.errors import TestbedError
from testbed.fleet import Cluster, Node
from testbed.runtime.programs import SERVE_ANNOTATION

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
    api.apply("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    for number, node in enumerate(cluster.nodes):
        if api.find(f"{_PODS}/web-{node.name}") is None:
            api.create(_PODS, _pod(cluster, node))
        api.apply(_SERVICES, _service(node, _FIRST_PORT + number))


def wait(cluster: Cluster, seconds: float = 60) -> None:
    """Wait until every pod is ready; TestbedError names those that are not."""
    deadline = time.monotonic() + seconds
    while unready := [pod["metadata"]["name"] for pod in Api(cluster).get(_PODS)["items"] if not _is_ready(pod)]:
        if time.monotonic() > deadline:
            raise TestbedError(f"{cluster.name}: not ready after {seconds:.0f} s: {', '.join(unready)}")
        time.sleep(0.3)


def ask(cluster: Cluster) -> list[Answer]:
    """Send one request to each node, to the port whose only pod is on the next node; return the answers."""
    answers = []
    for number, node in enumerate(cluster.nodes):
        port = _FIRST_PORT + (number + 1) % len(cluster.nodes)
        said = _request(f"http://{node.address}:{port}/")
        answers.append(Answer(node, port, said["pod"], said["node"], said["client"]))
    return answers


def _request(url: str, tries: int = 20) -> dict[str, str]:
    """Ask with curl until there is an answer: a Service takes a moment to reach every node's maps."""
    command = ["curl", "--noproxy", "*", "--silent", "--show-error", "--fail", "--max-time", "2", url]
    for _attempt in range(tries):
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
        if done.returncode == 0:
            answer: dict[str, str] = json.loads(done.stdout)
            return answer
        time.sleep(0.5)
    raise TestbedError(f"{url}: no answer after {tries} requests: {done.stderr.strip()}")


def _is_ready(pod: Object) -> bool:
    conditions = pod.get("status", {}).get("conditions", [])
    return any(entry["type"] == "Ready" and entry["status"] == "True" for entry in conditions)


def _pod(cluster: Cluster, node: Node) -> Object:
    variables = {"POD": f"web-{node.name}", "NODE": node.name, "CLUSTER": cluster.name}
    container = {
        "name": "web",
        "image": "testbed/web",
        "env": [{"name": name, "value": value} for name, value in variables.items()],
        "readinessProbe": {"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 2},
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"web-{node.name}",
            "labels": {"app": f"web-{node.name}"},
            "annotations": {SERVE_ANNOTATION: "http"},
        },
        "spec": {
            "nodeSelector": {"kubernetes.io/hostname": node.name},
            "containers": [container],
            "terminationGracePeriodSeconds": 1,
        },
    }


def _service(node: Node, port: int) -> Object:
    name = f"web-{node.name}"
    ports = [{"port": 80, "targetPort": 8080, "nodePort": port}]
    spec = {"type": "NodePort", "selector": {"app": name}, "ports": ports}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}
