"""What a release runs, and how far it is."""

from __future__ import annotations

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._json import Json, JsonObject
from ansible_collections.fleet.cilium.plugins.module_utils._release.rollout import Snapshot, restarts_needed
from ansible_collections.fleet.cilium.plugins.module_utils._release.workloads import (
    Workload,
    pod_reason,
    progress,
    workloads,
)

MANIFEST = """---
# Source: cilium/templates/cilium-agent/daemonset.yaml
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: cilium
  namespace: kube-system
  labels:
    name: other
spec:
  template:
    metadata:
      name: wrong
---
kind: ConfigMap
metadata:
  name: cilium-config
---
{"kind": "Deployment", "metadata": {"name": "cilium-operator"}}
---
kind: ConfigMap
metadata: {name: text}
data:
  text: |
    kind: Deployment
"""


def test_workloads_of_a_manifest() -> None:
    assert workloads(MANIFEST, namespace="cilium") == [
        Workload("DaemonSet", "cilium", "kube-system"),
        Workload("Deployment", "cilium-operator", "cilium"),
    ]
    assert workloads("", namespace="x") == []


def daemonset(status: dict[str, int], observed: int = 2, strategy: str = "RollingUpdate") -> JsonObject:
    counts: JsonObject = {"observedGeneration": observed, **status}
    return {
        "kind": "DaemonSet",
        "metadata": {"generation": 2},
        "spec": {"updateStrategy": {"type": strategy}},
        "status": counts,
    }


def deployment(wanted: int | None, **status: int) -> JsonObject:
    counts: JsonObject = {"observedGeneration": 1, **status}
    return {"kind": "Deployment", "metadata": {"generation": 1}, "spec": {"replicas": wanted}, "status": counts}


FULL = {"desiredNumberScheduled": 4, "numberAvailable": 4, "updatedNumberScheduled": 4}


@pytest.mark.parametrize(
    ("workload", "done", "text"),
    [
        (daemonset(FULL), True, "4 of 4 updated"),
        (daemonset(FULL, observed=1), False, "0 of 4 updated"),
        (daemonset({**FULL, "updatedNumberScheduled": 3}), False, "3 of 4 updated"),
        (daemonset({**FULL, "numberAvailable": 2}), False, "2 of 4 updated"),
        (daemonset({**FULL, "updatedNumberScheduled": 0}, strategy="OnDelete"), True, "4 of 4 updated"),
        (daemonset({}), True, "0 of 0 updated"),
        (deployment(2, replicas=2, updatedReplicas=2, availableReplicas=2), True, "2 of 2 updated"),
        (deployment(2, replicas=3, updatedReplicas=2, availableReplicas=3), False, "2 of 2 updated"),
        (deployment(None, replicas=1, updatedReplicas=1), False, "0 of 1 updated"),
        (deployment(0), True, "0 of 0 updated"),
    ],
)
def test_progress(workload: JsonObject, done: bool, text: str) -> None:
    found = progress(workload)
    assert (found.done, str(found)) == (done, text)


def pod(**status: Json) -> JsonObject:
    return {"metadata": {}, "status": status}


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (pod(phase="Pending"), "pending"),
        (
            pod(conditions=[{"type": "PodScheduled", "status": "False", "message": "no nodes"}]),
            "not scheduled: no nodes",
        ),
        (
            pod(initContainerStatuses=[{"name": "config", "state": {"running": {}}}]),
            "config runs",
        ),
        (
            pod(
                containerStatuses=[{"name": "a", "state": {"waiting": {"reason": "ImagePullBackOff", "message": "m"}}}]
            ),
            "a: ImagePullBackOff (m)",
        ),
        (
            pod(containerStatuses=[{"name": "a", "state": {"terminated": {"reason": "Error", "exitCode": 1}}}]),
            "a: Error, exit code 1",
        ),
        (
            pod(containerStatuses=[{"name": "a", "ready": False, "restartCount": 2, "state": {"running": {}}}]),
            "a starts (restarted 2 times)",
        ),
        (
            pod(initContainerStatuses=[{"name": "i", "state": {"terminated": {"exitCode": 0}}}], phase="Running"),
            "running",
        ),
    ],
)
def test_pod_reason(found: JsonObject, reason: str) -> None:
    assert pod_reason(found) == reason


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (("1", "t"), ("2", "t"), ["daemonset cilium"]),
        (("1", "t"), ("2", "u"), []),
        (("1", "t"), ("1", "t"), []),
        ((None, None), ("1", "t"), []),
        (("1", None), ("2", "t"), []),
    ],
)
def test_restart_needed(
    before: tuple[str | None, str | None], after: tuple[str | None, str | None], expected: list[str]
) -> None:
    one, other = (
        Snapshot(configuration, {"daemonset cilium": template, "deployment cilium-operator": None})
        for configuration, template in (before, after)
    )
    assert [finding.subject["object"] for finding in restarts_needed(one, other)] == expected
