"""Agents' pods on nodes of kwok's: by the real chart, or one by one where no controller runs."""

from __future__ import annotations

import copy
import json
import subprocess
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from testbed import toolchain
from testbed.api import Api, Object
from testbed.errors import TestbedError
from testbed.fleet import Cluster
from testbed.simulated.simulator import NAMESPACE, SELECTOR

_AT_ONCE = 8
_PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"


def chart(cluster: Cluster, values: Mapping[str, object], *, path: Path | None = None, version: str = "") -> None:
    """Install Cilium's chart, by default the built one; `version` replaces the image's, which agents go by."""
    image = {"image": {"tag": f"v{version}", "useDigest": False}} if version else {}
    words = [str(toolchain.find("helm")), "upgrade", "--install", "cilium", str(path or toolchain.find("chart"))]
    words += ["--kubeconfig", str(cluster.kubeconfig), "-n", NAMESPACE, "-f", "-"]
    text = json.dumps({"operator": {"replicas": 1}, **values, **image})
    done = subprocess.run(words, input=text, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode != 0:
        raise TestbedError(f"{cluster.name}: {' '.join(words)}: {done.stderr}")


def place(cluster: Cluster) -> None:
    """Create an agent's pod on each node as the DaemonSet's controller would, where none runs."""
    api = Api(cluster)
    template = api.get(f"/apis/apps/v1/namespaces/{NAMESPACE}/daemonsets/cilium")["spec"]["template"]

    def create(node: str) -> None:
        body: Object = copy.deepcopy(template)
        body["metadata"]["name"] = f"cilium-{node}"
        body["spec"]["nodeName"] = node
        api.create(_PODS, {"apiVersion": "v1", "kind": "Pod", **body})

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(create, [node.name for node in cluster.nodes]))


def wait(cluster: Cluster, seconds: float, *, until: Callable[[Object], bool] = lambda _pod: True) -> None:
    """Wait until an agent's pod is ready on every node, and is as `until` wants it."""
    api, deadline = Api(cluster), time.monotonic() + seconds
    while True:
        pods = api.get(f"{_PODS}?labelSelector={SELECTOR}")["items"]
        ready = {pod["spec"].get("nodeName") for pod in pods if _is_ready(pod) and until(pod)}
        if len(ready) == len(cluster.nodes) and len(pods) == len(cluster.nodes):
            return
        if time.monotonic() > deadline:
            raise TestbedError(f"{cluster.name}: {len(ready)} of {len(cluster.nodes)} agents after {seconds:.0f} s")
        time.sleep(0.5)


def _is_ready(pod: Object) -> bool:
    conditions = {each["type"]: each["status"] for each in pod["status"].get("conditions", [])}
    return conditions.get("Ready") == "True" and "deletionTimestamp" not in pod["metadata"]
