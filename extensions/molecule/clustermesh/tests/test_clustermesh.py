"""Role clustermesh has made the clusters one mesh, as the agents themselves and the clusters' Secrets tell."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from extensions.molecule.conftest import Node

SERVER = "clustermesh-apiserver-server-cert"


def test_the_agent_is_connected_with_the_other_cluster(node: Node) -> None:
    said = node.agent.check_output("cilium-dbg status")
    assert "1/1 " in next(line for line in said.splitlines() if line.startswith("ClusterMesh:"))


def test_the_mesh_api_server_runs(node: Node) -> None:
    found = node.cluster.kubectl("--namespace=kube-system", "get", "deployment/clustermesh-apiserver", "--output=json")
    assert json.loads(found)["status"]["readyReplicas"] == 1


def test_the_authority_has_signed_the_server(node: Node) -> None:
    """It may be that of the other cluster, from before; then the server has a new certificate."""
    found = node.cluster.kubectl("--namespace=kube-system", "get", f"secret/{SERVER}", "secret/cilium-ca", "-o", "json")
    server, authority = (item["data"] for item in json.loads(found)["items"])
    assert base64.b64decode(server["ca.crt"]).strip() == base64.b64decode(authority["ca.crt"]).strip()
