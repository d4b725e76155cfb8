"""kube-proxy in a testbed cluster: the objects that ``kubeadm init phase addon kube-proxy`` makes, and nothing else.

Names, labels and fields are those of kubeadm 1.36 (cmd/kubeadm/app/phases/addons/proxy); the image is the version
that the tool chain has built, so the runtime starts the real program for it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import yaml

from testbed import toolchain
from testbed.api import Api, Object
from testbed.errors import TestbedError
from testbed.fleet import Cluster

NAME = "kube-proxy"
MODES = ("iptables", "nftables")
KUBEADM = "kubeadm-config"
_NAMESPACE = "kube-system"
_FOLDER = "/var/lib/kube-proxy"
_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
_CORE = f"/api/v1/namespaces/{_NAMESPACE}"
_RIGHTS = "/apis/rbac.authorization.k8s.io/v1"
_DAEMON_SETS = f"/apis/apps/v1/namespaces/{_NAMESPACE}/daemonsets"
_PODS = f"{_CORE}/pods?labelSelector=k8s-app%3D{NAME}"


def install(cluster: Cluster, mode: str = "iptables", *, seconds: float = 60) -> None:
    """Make kubeadm's objects and wait until kube-proxy runs on every node, for ``seconds`` at most."""
    api = Api(cluster)
    for path, body in objects(cluster, mode):
        api.apply(path, body)
    deadline = time.monotonic() + seconds
    while len(pods := ready_pods(cluster)) < len(cluster.nodes):
        if time.monotonic() > deadline:
            raise TestbedError(f"{cluster.name}: kube-proxy runs on {pods} only after {seconds:.0f} s")
        time.sleep(0.3)


def remove(cluster: Cluster, *, seconds: float = 60) -> None:
    """Delete the objects, whatever is left of them, and wait until no pod of kube-proxy is left."""
    api = Api(cluster)
    for path, body in reversed(objects(cluster, MODES[0])):
        api.delete(f"{path}/{body['metadata']['name']}")
    deadline = time.monotonic() + seconds
    while api.get(_PODS)["items"]:
        if time.monotonic() > deadline:
            raise TestbedError(f"{cluster.name}: kube-proxy still runs after {seconds:.0f} s")
        time.sleep(0.3)


def ready_pods(cluster: Cluster) -> list[str]:
    """Return the nodes on which kube-proxy runs, by what its pods say."""
    listed = Api(cluster).get(_PODS)["items"]
    return sorted(
        pod["spec"]["nodeName"]
        for pod in listed
        if any(c["type"] == "Ready" and c["status"] == "True" for c in pod.get("status", {}).get("conditions", []))
    )


def objects(cluster: Cluster, mode: str) -> Sequence[tuple[str, Object]]:
    """Return kubeadm's objects in the order of making, each with the collection that it belongs to."""
    ours: Object = {"name": NAME, "namespace": _NAMESPACE}
    account = {"kind": "ServiceAccount", **ours}
    rights = "rbac.authorization.k8s.io"
    joiners = "system:bootstrappers:kubeadm:default-node-token"
    reader = {"apiGroups": [""], "resources": ["configmaps"], "resourceNames": [NAME], "verbs": ["get"]}
    proxier = {"apiGroup": rights, "kind": "ClusterRole", "name": "system:node-proxier"}
    own_role = {"apiGroup": rights, "kind": "Role", "name": NAME}
    group = {"apiGroup": rights, "kind": "Group", "name": joiners}
    in_namespace = f"{_RIGHTS}/namespaces/{_NAMESPACE}"
    return [
        (f"{_CORE}/configmaps", _kubeadm_config(cluster)),
        (f"{_CORE}/serviceaccounts", {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": ours}),
        (
            f"{_RIGHTS}/clusterrolebindings",
            _rights("ClusterRoleBinding", {"name": "kubeadm:node-proxier"}, roleRef=proxier, subjects=[account]),
        ),
        (f"{in_namespace}/roles", _rights("Role", ours, rules=[reader])),
        (f"{in_namespace}/rolebindings", _rights("RoleBinding", ours, roleRef=own_role, subjects=[group])),
        (f"{_CORE}/configmaps", _config_map(cluster, mode)),
        (_DAEMON_SETS, _daemon_set()),
    ]


def _rights(kind: str, metadata: Object, **content: object) -> Object:
    return {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": metadata, **content}


def _kubeadm_config(cluster: Cluster) -> Object:
    """Return what ``kubeadm init`` was told, where it keeps that."""
    configuration = {
        "apiVersion": "kubeadm.k8s.io/v1beta4",
        "clusterName": cluster.name,
        "controlPlaneEndpoint": f"{cluster.api_host}:{cluster.api_port}",
        "kind": "ClusterConfiguration",
        "kubernetesVersion": toolchain.version("kubernetes"),
        "networking": {"dnsDomain": "cluster.local", "podSubnet": cluster.pods, "serviceSubnet": cluster.services},
        "proxy": {},
    }
    metadata = {"name": KUBEADM, "namespace": _NAMESPACE}
    data = {"ClusterConfiguration": yaml.safe_dump(configuration)}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def _config_map(cluster: Cluster, mode: str) -> Object:
    """Return kube-proxy's configuration and its way to the API server."""
    configuration = {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "bindAddress": "0.0.0.0",  # noqa: S104 -- what kubeadm writes
        "clientConnection": {"kubeconfig": f"{_FOLDER}/kubeconfig.conf"},
        "clusterCIDR": cluster.pods,
        # Not kubeadm's default: the machine's own table of connections is not a node's to size.
        "conntrack": {"maxPerCore": 0},
        "mode": mode,
    }
    kubeconfig = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": "default",
                "cluster": {"certificate-authority": f"{_ACCOUNT}/ca.crt", "server": cluster.api_url},
            }
        ],
        "contexts": [{"name": "default", "context": {"cluster": "default", "namespace": "default", "user": "default"}}],
        "current-context": "default",
        "users": [{"name": "default", "user": {"tokenFile": f"{_ACCOUNT}/token"}}],
    }
    metadata = {"name": NAME, "namespace": _NAMESPACE, "labels": {"app": NAME}}
    data = {"config.conf": yaml.safe_dump(configuration), "kubeconfig.conf": yaml.safe_dump(kubeconfig)}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def _daemon_set() -> Object:
    labels = {"k8s-app": NAME}
    pod = {
        "priorityClassName": "system-node-critical",
        "containers": [_container()],
        "hostNetwork": True,
        "serviceAccountName": NAME,
        "volumes": [
            {"name": NAME, "configMap": {"name": NAME}},
            {"name": "xtables-lock", "hostPath": {"path": "/run/xtables.lock", "type": "FileOrCreate"}},
            {"name": "lib-modules", "hostPath": {"path": "/lib/modules"}},
        ],
        "tolerations": [{"operator": "Exists"}],
        "nodeSelector": {"kubernetes.io/os": "linux"},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": NAME, "namespace": _NAMESPACE, "labels": labels},
        "spec": {
            "selector": {"matchLabels": labels},
            "updateStrategy": {"type": "RollingUpdate"},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }


def _container() -> Object:
    return {
        "name": NAME,
        "image": f"registry.k8s.io/kube-proxy:{toolchain.version('kubernetes')}",
        "imagePullPolicy": "IfNotPresent",
        "command": [
            "/usr/local/bin/kube-proxy",
            f"--config={_FOLDER}/config.conf",
            "--hostname-override=$(NODE_NAME)",
        ],
        "securityContext": {"privileged": True},
        "env": [{"name": "NODE_NAME", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}],
        "volumeMounts": [
            {"name": NAME, "mountPath": _FOLDER},
            {"name": "xtables-lock", "mountPath": "/run/xtables.lock"},
            {"name": "lib-modules", "mountPath": "/lib/modules", "readOnly": True},
        ],
    }
