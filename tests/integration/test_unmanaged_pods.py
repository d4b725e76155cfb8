"""Pods without a CiliumEndpoint on a real cluster: found, named, restarted a few at a time, judged by kubectl.

A real agent writes the endpoint of a pod once and then only when something about the pod changes, so an endpoint that
kubectl deletes stays away, as it does for a pod that started before Cilium.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from testbed.fleet import Cluster, Fleet
from testbed.runtime.programs import SERVE_ANNOTATION
from tests.integration import witness

if TYPE_CHECKING:
    from tests.integration.conftest import Play

pytestmark = pytest.mark.real
NAMESPACE = "unmanaged"
DOORS = ["controller", "host"]
LABELS = {"app": "web"}
CONTAINER = {
    "name": "web",
    "image": "testbed/web",
    "env": [{"name": name, "value": "unmanaged"} for name in ("POD", "NODE", "CLUSTER")],
    "readinessProbe": {"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 1},
}
DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "namespace": NAMESPACE},
    "spec": {
        "replicas": 3,
        "selector": {"matchLabels": LABELS},
        "template": {
            "metadata": {"labels": LABELS, "annotations": {SERVE_ANNOTATION: "http"}},
            "spec": {"containers": [CONTAINER], "terminationGracePeriodSeconds": 1},
        },
    },
}
# A pod is left in peace for a minute after its start.
GRACE = 62


def kubectl(cluster: Cluster, *words: str, stdin: str | None = None) -> str:
    return witness.kubectl(cluster, "-n", NAMESPACE, *words, stdin=stdin)


def names(cluster: Cluster, kind: str) -> set[str]:
    listed: list[dict[str, Any]] = json.loads(kubectl(cluster, "get", kind, "-o", "json"))["items"]
    return {item["metadata"]["name"] for item in listed if "deletionTimestamp" not in item["metadata"]}


@pytest.fixture(scope="module")
def cluster(cilium: Fleet) -> Iterator[Cluster]:
    """A cluster with a Deployment of three pods that are old enough to be missed."""
    found = cilium.clusters[0]
    witness.kubectl(found, "create", "namespace", NAMESPACE)
    try:
        kubectl(found, "apply", "-f", "-", stdin=json.dumps(DEPLOYMENT))
        kubectl(found, "rollout", "status", "deployment/web", "--timeout=60s")
        time.sleep(GRACE)
        yield found
    finally:
        witness.kubectl(found, "delete", "namespace", NAMESPACE, "--timeout=60s")


def restart(play: Play, cluster: Cluster, *words: str, door: str = "controller") -> dict[str, Any]:
    options = {"kubeconfig": str(cluster.kubeconfig), "batch": 2, "wait_timeout": 60}
    task = {"name": "restart", "fleet.cilium.unmanaged_pods": options, "vars": {"cilium_run_on": door}}
    played = play([{"hosts": cluster.name, "gather_facts": False, "tasks": [task]}], *words)
    assert played.code == 0, played.output
    return played.result("restart")


def test_they_are_found_restarted_and_then_managed(play: Play, cluster: Cluster) -> None:
    assert restart(play, cluster)["changed"] is False
    lost = sorted(names(cluster, "ciliumendpoints"))[:2]
    kubectl(cluster, "delete", "ciliumendpoints", *lost)
    kept = names(cluster, "pods") - set(lost)

    for door in DOORS:
        checked = restart(play, cluster, "--check", door=door)
        assert (checked["changed"], checked["pods"]) == (True, [f"{NAMESPACE}/{name}" for name in lost])
    assert names(cluster, "pods") == kept | set(lost)

    verify = {"kubeconfig": str(cluster.kubeconfig), "drift": False, "log": False}
    seen = play(
        [{"hosts": cluster.name, "gather_facts": False, "tasks": [{"name": "v", "fleet.cilium.verify_info": verify}]}]
    )
    (found,) = [one for one in seen.result("v")["findings"] if one["rule"] == "unmanaged_pods"]
    assert found["found"] == {"count": 2, "pods": [f"{NAMESPACE}/{name}" for name in lost]}

    done = restart(play, cluster)
    assert (done["changed"], len(done["pods"])) == (True, 2)
    now = names(cluster, "pods")
    assert len(now) == 3
    assert kept <= now
    assert not set(lost) & now
    assert names(cluster, "ciliumendpoints") == now
    assert restart(play, cluster)["changed"] is False
