"""A mesh the documented way, with helm and values for each cluster; nothing of the collection is used here."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from testbed import global_service, pki, toolchain
from testbed.api import Api
from testbed.errors import TestbedError
from testbed.fleet import Cluster, Fleet
from tests.integration import witness

SECRETS = "/api/v1/namespaces/kube-system/secrets"
ETCDCTL = "/usr/local/bin/etcdctl"
_OWNED_BY_HELM: dict[str, Any] = {
    "labels": {"app.kubernetes.io/managed-by": "Helm"},
    "annotations": {"meta.helm.sh/release-name": "cilium", "meta.helm.sh/release-namespace": "kube-system"},
}
_READY = re.compile(r"^ClusterMesh:\s+(\d+)/(\d+) (?:remote )?clusters ready", re.MULTILINE)


def node_port(cluster: Cluster) -> int:
    """The port of a cluster's mesh API server on its nodes, another for each cluster."""
    return 32000 + cluster.id


def values(cluster: Cluster, peers: Iterable[Cluster], *, kvstoremesh: bool = False) -> dict[str, Any]:
    """Return Helm values of a cluster with these peers; tunnel routing, so that the nodes' addresses suffice.

    The image of the mesh API server has no etcdctl, so a volume brings it, as somebody with a need for it would do.
    """
    clusters = [
        {"name": peer.name, "ips": [node.address for node in peer.nodes], "port": node_port(peer)} for peer in peers
    ]
    program = [{"name": "etcdctl", "hostPath": {"path": str(toolchain.find("etcdctl")), "type": "File"}}]
    return {
        "cluster": {"name": cluster.name, "id": cluster.id},
        "kubeProxyReplacement": "true",
        "k8sServiceHost": cluster.api_host,
        "k8sServicePort": cluster.api_port,
        "devices": "eth0",
        "bpf": {"masquerade": True},
        "ipam": {"operator": {"clusterPoolIPv4PodCIDRList": [cluster.pods]}},
        "operator": {"replicas": 1},
        "hubble": {"tls": {"auto": {"method": "helm"}}},
        "clustermesh": {
            "useAPIServer": True,
            "apiserver": {
                "service": {"type": "NodePort", "nodePort": node_port(cluster)},
                "tls": {"auto": {"enabled": True, "method": "helm"}},
                "kvstoremesh": {"enabled": kvstoremesh},
                "extraVolumes": program,
                "extraVolumeMounts": [{"name": "etcdctl", "mountPath": ETCDCTL}],
            },
            "config": {"enabled": True, "clusters": clusters},
        },
    }


def new_authority(folder: Path) -> dict[str, Any]:
    """Make a certificate authority and return the Secret from which the chart takes it."""
    pki.Authority.create(folder, "mesh-ca")
    data = {name: base64.b64encode((folder / name).read_bytes()).decode() for name in ("ca.crt", "ca.key")}
    metadata = {"name": "cilium-ca", **_OWNED_BY_HELM}
    return {"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "metadata": metadata, "data": data}


def share_authority(fleet: Fleet, folder: Path) -> None:
    """Make a certificate authority and put it where the chart takes it from, in every cluster."""
    secret = new_authority(folder)
    for cluster in fleet.clusters:
        Api(cluster).apply(SECRETS, secret)


def install(fleet: Fleet, *, kvstoremesh: bool = False, program: str = "helm") -> None:
    """Install, or upgrade, every cluster with all others as its peers; return when all that it runs is ready."""
    with ThreadPoolExecutor(len(fleet.clusters)) as pool:
        list(pool.map(lambda cluster: _install(fleet, cluster, kvstoremesh, program), fleet.clusters))


@contextmanager
def by_hand(fleet: Fleet, folder: Path) -> Iterator[Fleet]:
    """Make the clusters a mesh with one authority, by plain helm; it is taken away afterwards."""
    remove(fleet)
    try:
        share_authority(fleet, folder)
        install(fleet)
        until_ready(fleet)
        yield fleet
    finally:
        remove(fleet)


def remove(fleet: Fleet) -> None:
    """Take the global service, the releases and the peers beside them away; return when none of their pods is left."""
    with ThreadPoolExecutor(len(fleet.clusters)) as pool:
        list(pool.map(_remove, fleet.clusters))


def _remove(cluster: Cluster) -> None:
    witness.kubectl(cluster, "delete", "namespace", global_service.NAMESPACE, "--ignore-not-found", "--timeout=60s")
    witness.helm(cluster, "uninstall", "cilium", "--ignore-not-found")
    witness.kubectl(cluster, "delete", "secrets", "--ignore-not-found", "cilium-clustermesh", "cilium-kvstoremesh")
    witness.kubectl(cluster, "delete", "pods", "--all", "--grace-period=1", "--timeout=90s")


def ready(fleet: Fleet) -> dict[str, tuple[int, int]]:
    """Return for each node how many remote clusters are ready and how many there are, as its agent says; else zeros."""
    found = {}
    for cluster in fleet.clusters:
        for member, pod in witness.agents(cluster).items():
            said = _READY.search(_status(cluster, pod))
            found[member] = (int(said[1]), int(said[2])) if said else (0, 0)
    return found


def _status(cluster: Cluster, pod: str) -> str:
    """Return an agent's status; nothing of one that is about to go, or has just started."""
    try:
        return witness.ask(cluster, pod, "status")
    except AssertionError:
        return ""


def until_ready(
    fleet: Fleet, expected: Mapping[str, int | tuple[int, int]] | None = None, seconds: float = 90
) -> float:
    """Wait until every agent says that so many remote clusters of so many are ready; return after how many seconds.

    ``expected`` is by cluster: a number for both, or both; all others unless given. Raises TestbedError with what the
    agents say.
    """
    everyone = {cluster.name: len(fleet.clusters) - 1 for cluster in fleet.clusters}
    wanted = {**everyone, **(expected or {})}
    both = {name: number if isinstance(number, tuple) else (number, number) for name, number in wanted.items()}
    numbers = {node.name: both[node.cluster] for node in fleet.nodes}
    started = time.monotonic()
    while (found := ready(fleet)) != numbers:
        if time.monotonic() - started > seconds:
            raise TestbedError(f"mesh: not ready after {seconds:.0f} s: expected {numbers}, found {found}")
        time.sleep(0.5)
    return time.monotonic() - started


def mesh_pod(cluster: Cluster) -> str:
    """Return the name of the pod of the cluster's mesh API server."""
    selector = "k8s-app=clustermesh-apiserver"
    listed = json.loads(witness.kubectl(cluster, "get", "pods", "-l", selector, "-o", "json"))["items"]
    (name,) = [pod["metadata"]["name"] for pod in listed if "deletionTimestamp" not in pod["metadata"]]
    return str(name)


def _install(fleet: Fleet, cluster: Cluster, kvstoremesh: bool, program: str) -> None:
    peers = [peer for peer in fleet.clusters if peer != cluster]
    given = json.dumps(values(cluster, peers, kvstoremesh=kvstoremesh))
    chart = str(toolchain.find("chart"))
    witness.helm(cluster, "upgrade", "--install", "cilium", chart, "--values=-", program=program, stdin=given)
    for name in ("daemonset/cilium", "deployment/cilium-operator", "deployment/clustermesh-apiserver"):
        witness.kubectl(cluster, "rollout", "status", name, "--timeout=110s")
