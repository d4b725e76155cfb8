"""Role verify has told the truth and changed nothing: agents show it, and nothing of Cilium is newer than the mark."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from extensions.molecule.conftest import Node

BEGAN = "configmap/verify-began"
# In the words of `cilium-dbg status --verbose` (Cilium 1.15), what converge found effective.
SAYS = {"KubeProxyReplacement": r"True\s", "  Mode": r"DSR$", "Host Routing": r"BPF$", "Cilium": r"Ok   1\.15\.19 "}


def test_the_agent_says_the_same(node: Node) -> None:
    text = node.agent.check_output("cilium-dbg status --verbose")
    for label, pattern in SAYS.items():
        (said,) = re.findall(rf"^{label}:\s+(.*)$", text, re.MULTILINE)
        assert re.match(pattern, said), f"{label}: {said}"


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
