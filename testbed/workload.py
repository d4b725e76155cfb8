"""Pods with our HTTP server and Services before them, as tests and the demo put them into clusters."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Mapping, Sequence

from testbed.api import Api, Object
from testbed.errors import TestbedError
from testbed.fleet import Cluster
from testbed.runtime.programs import SERVE_ANNOTATION

PORT = 8080
_CURL = ("curl", "--noproxy", "*", "--silent", "--show-error", "--fail", "--max-time", "2")


def make_namespace(api: Api, name: str, seconds: float = 30) -> None:
    """Make a namespace, and wait for the service account without which it takes no pods."""
    api.apply("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    deadline = time.monotonic() + seconds
    while api.find(f"/api/v1/namespaces/{name}/serviceaccounts/default") is None:
        if time.monotonic() > deadline:
            raise TestbedError(f"namespace {name}: no default service account after {seconds:.0f} s")
        time.sleep(0.1)


def server(name: str, app: str, *, cluster: str, node: str) -> Object:
    """Return a pod on a node that answers with its name, node and cluster, labelled ``app``."""
    variables = {"POD": name, "NODE": node, "CLUSTER": cluster}
    container = {
        "name": "web",
        "image": "testbed/web",
        "env": [{"name": key, "value": value} for key, value in variables.items()],
        "readinessProbe": {"httpGet": {"path": "/", "port": PORT}, "periodSeconds": 2},
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": app}, "annotations": {SERVE_ANNOTATION: "http"}},
        "spec": {
            "nodeSelector": {"kubernetes.io/hostname": node},
            "containers": [container],
            "terminationGracePeriodSeconds": 1,
        },
    }


def service(app: str, *, node_port: int | None = None, annotations: Mapping[str, str] | None = None) -> Object:
    """Return a Service of the pods labelled ``app``, at port 80 and on every node's ``node_port`` if one is given."""
    port = {"port": 80, "targetPort": PORT, **({"nodePort": node_port} if node_port else {})}
    spec = {"type": "NodePort" if node_port else "ClusterIP", "selector": {"app": app}, "ports": [port]}
    metadata = {"name": app, "annotations": dict(annotations or {})}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}


def wait(cluster: Cluster, namespace: str, seconds: float = 60) -> None:
    """Wait until every pod of a namespace is ready; TestbedError names those that are not."""
    deadline = time.monotonic() + seconds
    path = f"/api/v1/namespaces/{namespace}/pods"
    while unready := [pod["metadata"]["name"] for pod in Api(cluster).get(path)["items"] if not _is_ready(pod)]:
        if time.monotonic() > deadline:
            raise TestbedError(f"{cluster.name}: not ready after {seconds:.0f} s: {', '.join(unready)}")
        time.sleep(0.3)


def request(url: str, *, inside: Sequence[str] = (), tries: int = 20) -> dict[str, str]:
    """Ask with curl until there is an answer: a Service takes a moment to reach every node's maps.

    ``inside`` are words that run the command elsewhere, in a pod say. Raises TestbedError without an answer.
    """
    for _attempt in range(tries):
        done = subprocess.run([*inside, *_CURL, url], capture_output=True, text=True, timeout=30, check=False)
        if done.stdout:
            answer: dict[str, str] = json.loads(done.stdout)
            return answer
        time.sleep(0.5)
    raise TestbedError(f"{url}: no answer after {tries} requests: {done.stderr.strip()}")


def _is_ready(pod: Object) -> bool:
    conditions = pod.get("status", {}).get("conditions", [])
    return any(entry["type"] == "Ready" and entry["status"] == "True" for entry in conditions)
