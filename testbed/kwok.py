"""kwok: keeps a cluster's nodes alive and answers ``kubectl exec`` and ``kubectl logs`` for them.

The real programs of pods are run by the runtime; kwok renews the nodes' leases and conditions and serves the
kubelet's port. An exec goes to a small shell script on kwok's PATH that enters the container's namespaces.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml

from testbed import toolchain
from testbed.api import Api, Object
from testbed.fleet import Cluster, Node
from testbed.processes import Process

# Set in the Exec object of each pod by the runtime: the container's folder, which holds a script ``exec``.
CONTAINER_VARIABLE = "TESTBED_CONTAINER"
_AT_ONCE = 8  # requests when nodes are registered
_COMMANDS = (
    "bash",
    "cat",
    "cilium",
    "cilium-dbg",
    "cilium-health",
    "clustermesh-apiserver",
    "cni-uninstall.sh",
    "curl",
    "etcd",
    "etcdctl",
    "ip",
    "iptables-save",
    "ls",
    "sh",
)
_DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_VERSION = "kwok.x-k8s.io/v1alpha1"
# Kind and plural of the objects that tell kwok about a pod.
_KINDS = (("Exec", "execs"), ("Logs", "logs"))
_NODE_STAGE = {
    "apiVersion": _VERSION,
    "kind": "Stage",
    "metadata": {"name": "node-ready"},
    "spec": {
        "resourceRef": {"apiGroup": "v1", "kind": "Node"},
        "selector": {
            "matchExpressions": [
                {
                    "key": '.status.conditions.[] | select( .type == "Ready" ) | .status',
                    "operator": "NotIn",
                    "values": ["True"],
                }
            ]
        },
        "next": {
            "statusTemplate": "\n".join(
                (
                    "{{ $now := Now }}",
                    "conditions:",
                    "{{ range NodeConditions }}",
                    "- type: {{ .type | Quote }}",
                    "  status: {{ .status | Quote }}",
                    "  reason: {{ .reason | Quote }}",
                    "  message: {{ .message | Quote }}",
                    "  lastHeartbeatTime: {{ $now | Quote }}",
                    "  lastTransitionTime: {{ $now | Quote }}",
                    "{{ end }}",
                )
            )
        },
    },
}


def start(cluster: Cluster, *, lease_seconds: int = 40) -> None:
    """Register the cluster's nodes and start kwok, unless it runs; it renews leases four times in ``lease_seconds``."""
    api = Api(cluster)
    for kind, plural in _KINDS:
        api.apply(_DEFINITIONS, _definition(kind, plural))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(lambda node: _register(api, cluster, node), cluster.nodes))
    commands = _commands(cluster)
    if _process(cluster).pid is not None:
        return
    config = cluster.folder / "kwok.yml"
    config.write_text(yaml.safe_dump(_NODE_STAGE))
    port = cluster.port("kwok")
    _process(cluster).start(
        [
            toolchain.find("kwok"),
            f"--kubeconfig={cluster.kubeconfig}",
            f"--config={config}",
            "--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake",
            "--enable-crds=" + ",".join(kind for kind, _plural in _KINDS),
            f"--node-port={port}",
            f"--node-lease-duration-seconds={lease_seconds}",
            f"--server-address=127.0.0.1:{port}",
        ],
        env={"PATH": str(commands), "HOME": str(cluster.folder)},
    )


def stop(cluster: Cluster) -> None:
    """Stop kwok."""
    _process(cluster).stop(seconds=5)


def is_up(cluster: Cluster) -> bool:
    """Tell whether kwok runs."""
    return _process(cluster).pid is not None


def register_pod(api: Api, namespace: str, pod: str, containers: dict[str, Path]) -> None:
    """Tell kwok how to exec in a pod and where its logs are.

    ``containers`` gives each container's folder: it holds a script ``exec`` and ``log`` in the CRI's format.
    """
    execs = [
        {"containers": [name], "local": {"envs": [{"name": CONTAINER_VARIABLE, "value": str(folder)}]}}
        for name, folder in containers.items()
    ]
    logs = [{"containers": [name], "logsFile": str(folder / "log")} for name, folder in containers.items()]
    for kind, plural, spec in (("Exec", "execs", {"execs": execs}), ("Logs", "logs", {"logs": logs})):
        metadata = {"name": pod, "namespace": namespace}
        body: Object = {"apiVersion": _VERSION, "kind": kind, "metadata": metadata, "spec": spec}
        api.apply(f"/apis/{_VERSION}/namespaces/{namespace}/{plural}", body)


def forget_pod(api: Api, namespace: str, pod: str) -> None:
    """Forget a pod."""
    for _kind, plural in _KINDS:
        api.delete(f"/apis/{_VERSION}/namespaces/{namespace}/{plural}/{pod}")


def _process(cluster: Cluster) -> Process:
    return Process(cluster.folder, "kwok")


def _commands(cluster: Cluster) -> Path:
    """Write the folder that is kwok's PATH: each command is the same script, told apart by its name."""
    folder = cluster.folder / "exec"
    folder.mkdir(parents=True, exist_ok=True)
    for name in _COMMANDS:
        script = folder / name
        script.write_text(f'#!/bin/sh\nexec "${CONTAINER_VARIABLE}/exec" {name} "$@"\n')
        script.chmod(0o755)
    return folder


def _definition(kind: str, plural: str) -> Object:
    """Return the definition of one of kwok's kinds; kwok itself checks what is in it."""
    names = {"kind": kind, "listKind": f"{kind}List", "plural": plural, "singular": kind.lower()}
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    version = {"name": "v1alpha1", "served": True, "storage": True, "schema": schema, "subresources": {"status": {}}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.kwok.x-k8s.io"},
        "spec": {"group": "kwok.x-k8s.io", "names": names, "scope": "Namespaced", "versions": [version]},
    }


def _register(api: Api, cluster: Cluster, node: Node) -> None:
    """Create the Node object with the addresses and sizes that a kubelet would report."""
    labels = {"kubernetes.io/hostname": node.name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"}
    if node == cluster.nodes[0]:
        labels["node-role.kubernetes.io/control-plane"] = ""
    metadata = {"name": node.name, "labels": labels, "annotations": {"kwok.x-k8s.io/node": "fake"}}
    api.apply("/api/v1/nodes", {"apiVersion": "v1", "kind": "Node", "metadata": metadata})
    size = {"cpu": "8", "memory": "16Gi", "pods": "110"}
    status = {
        "addresses": [
            {"type": "InternalIP", "address": node.address},
            {"type": "Hostname", "address": node.name},
            {"type": "InternalDNS", "address": "localhost"},
        ],
        "capacity": size,
        "allocatable": size,
        "daemonEndpoints": {"kubeletEndpoint": {"Port": cluster.port("kwok")}},
        "nodeInfo": _node_info(),
    }
    api.patch(f"/api/v1/nodes/{node.name}/status", {"status": status})


def _node_info() -> dict[str, str]:
    kernel = Path("/proc/sys/kernel/osrelease").read_text().strip()
    version = toolchain.version("kubernetes")
    return {
        "architecture": "amd64",
        "operatingSystem": "linux",
        "kernelVersion": kernel,
        "kubeletVersion": version,
        "kubeProxyVersion": "",
        "containerRuntimeVersion": "testbed://1",
        "osImage": "testbed",
        "bootID": "",
        "machineID": "",
        "systemUUID": "",
    }
