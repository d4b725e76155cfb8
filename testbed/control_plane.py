"""A cluster's control plane: etcd, kube-apiserver, kube-controller-manager, kube-scheduler, as processes."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from testbed import pki, toolchain
from testbed.api import Api, ApiError
from testbed.fleet import Cluster
from testbed.processes import Process

# In the order of starting; stopping goes the other way.
PROGRAMS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")


def start(cluster: Cluster, programs: Sequence[str] = PROGRAMS) -> None:
    """Bring the control plane up, or some of it; what runs already is left alone."""
    _write_credentials(cluster)
    for name in programs:
        process = Process(cluster.folder, name)
        process.start([toolchain.find(name), *_arguments(cluster)[name]])
        if name == "kube-apiserver":
            process.wait_until(lambda: is_ready(cluster), f"{cluster.name}: API server ready")


def stop(cluster: Cluster) -> None:
    """Stop all programs and forget the cluster's state."""
    for name in reversed(PROGRAMS):
        Process(cluster.folder, name).stop()
    shutil.rmtree(cluster.folder / "etcd", ignore_errors=True)


def is_ready(cluster: Cluster) -> bool:
    """Tell whether the API server says that it is ready."""
    if not cluster.kubeconfig.exists():
        return False
    try:
        return Api(cluster).text("/readyz") == "ok"
    except ApiError:
        return False


def _write_credentials(cluster: Cluster) -> None:
    """Make certificates and the administrator's kubeconfig once; the kubeconfig comes last and marks them whole."""
    if cluster.kubeconfig.exists():
        return
    folder = cluster.folder / "pki"
    authority = pki.Authority.create(folder, f"{cluster.name}-ca")
    hosts = [cluster.api_host, cluster.first_service, "127.0.0.1", "localhost"]
    hosts += ["kubernetes", "kubernetes.default", "kubernetes.default.svc"]
    authority.issue("apiserver", "kube-apiserver", hosts=hosts)
    authority.issue("admin", "kubernetes-admin", groups=["system:masters"])
    authority.issue("kubelet-client", "kube-apiserver-kubelet-client", groups=["system:masters"])
    pki.write_key_pair(folder, "service-accounts")
    unfinished = cluster.kubeconfig.with_suffix(".new")
    unfinished.touch(mode=0o600)
    unfinished.write_text(json.dumps(_kubeconfig(cluster, folder), indent=2))
    unfinished.rename(cluster.kubeconfig)


def _kubeconfig(cluster: Cluster, folder: Path) -> dict[str, object]:
    def data(name: str) -> str:
        return base64.b64encode((folder / name).read_bytes()).decode()

    user = f"admin-{cluster.name}"
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": cluster.name,
                "cluster": {"server": cluster.api_url, "certificate-authority-data": data("ca.crt")},
            }
        ],
        "users": [
            {
                "name": user,
                "user": {"client-certificate-data": data("admin.crt"), "client-key-data": data("admin.key")},
            }
        ],
        "contexts": [{"name": cluster.name, "context": {"cluster": cluster.name, "user": user}}],
        "current-context": cluster.name,
    }


def _etcd_arguments(cluster: Cluster, url: str) -> list[str]:
    peer = f"http://127.0.0.1:{cluster.port('etcd-peer')}"
    return [
        f"--data-dir={cluster.folder / 'etcd'}",
        "--unsafe-no-fsync",
        f"--listen-client-urls={url}",
        f"--advertise-client-urls={url}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=default={peer}",
    ]


def _arguments(cluster: Cluster) -> dict[str, list[str]]:
    folder, keys = cluster.folder, cluster.folder / "pki"
    etcd = f"http://127.0.0.1:{cluster.port('etcd')}"
    return {
        "etcd": _etcd_arguments(cluster, etcd),
        "kube-apiserver": [
            f"--etcd-servers={etcd}",
            f"--bind-address={cluster.api_host}",
            f"--advertise-address={cluster.api_host}",
            f"--secure-port={cluster.api_port}",
            f"--tls-cert-file={keys / 'apiserver.crt'}",
            f"--tls-private-key-file={keys / 'apiserver.key'}",
            f"--client-ca-file={keys / 'ca.crt'}",
            f"--cert-dir={folder / 'certs'}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={keys / 'service-accounts.pub'}",
            f"--service-account-signing-key-file={keys / 'service-accounts.key'}",
            "--authorization-mode=Node,RBAC",
            f"--service-cluster-ip-range={cluster.services}",
            "--allow-privileged=true",
            # exec goes to kwok on loopback: the nodes carry it as an address of this otherwise unused type.
            "--kubelet-preferred-address-types=InternalDNS",
            f"--kubelet-client-certificate={keys / 'kubelet-client.crt'}",
            f"--kubelet-client-key={keys / 'kubelet-client.key'}",
            "--profiling=false",
        ],
        "kube-controller-manager": [
            f"--kubeconfig={cluster.kubeconfig}",
            f"--root-ca-file={keys / 'ca.crt'}",
            f"--service-account-private-key-file={keys / 'service-accounts.key'}",
            "--allocate-node-cidrs=true",
            f"--cluster-cidr={cluster.pods}",
            "--node-cidr-mask-size=24",
            "--leader-elect=false",
            "--secure-port=0",
        ],
        "kube-scheduler": [f"--kubeconfig={cluster.kubeconfig}", "--leader-elect=false", "--secure-port=0"],
    }
