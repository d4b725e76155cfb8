"""Role preflight has changed nothing: whatever Cilium consists of is older than the mark that prepare made."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from extensions.molecule.conftest import Node

BEGAN = "configmap/preflight-began"


def test_nothing_of_cilium_is_newer(node: Node) -> None:
    began = json.loads(node.cluster.kubectl("get", BEGAN, "--output=json"))["metadata"]["creationTimestamp"]
    kinds = "secrets,configmaps,daemonsets,deployments,pods"
    listed = json.loads(node.cluster.kubectl("--namespace=kube-system", "get", kinds, "--output=json"))["items"]
    newer = [
        f"{item['kind']} {item['metadata']['name']}"
        for item in listed
        if "cilium" in item["metadata"]["name"] and item["metadata"]["creationTimestamp"] > began
    ]
    assert not newer


def test_the_node_can_still_be_reached(node: Node) -> None:
    assert node.ssh.run("true").rc == 0
