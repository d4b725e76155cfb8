# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where kube-proxy runs in distributions that are not kubeadm's. PRIVATE to the collection. Pure.

Sources: the documentation of each (named at the entry); recognised by what their nodes say of themselves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._findings import INFO, WARNING, Finding
from .._json import get_object, get_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._json import JsonObject

OTHER = "kubernetes"
KUBEADM = "kubeadm"


@dataclass(frozen=True)
class Distribution:
    """A way to run kube-proxy.

    Attributes:
        name: as it stands in a result.
        kubelet: pattern of the kubelet's version; None if that does not tell.
        label: a label that its nodes carry; None if there is none.
        image: pattern of the operating system's name; None if that does not tell.
        runs: where kube-proxy runs, as the end of a sentence.
        remedy: what a person does to remove it for good.
    """

    name: str
    runs: str
    remedy: str
    kubelet: str | None = None
    label: str | None = None
    image: str | None = None

    def is_of(self, node: JsonObject) -> bool:
        """Tell whether a Node object is of this distribution."""
        info = get_object(node, "status", "nodeInfo")
        return any(
            (
                self.kubelet is not None and re.search(self.kubelet, get_text(info, "kubeletVersion") or ""),
                self.image is not None and re.search(self.image, get_text(info, "osImage") or ""),
                self.label is not None and self.label in get_object(node, "metadata", "labels"),
            )
        )


DISTRIBUTIONS = (
    Distribution(
        "k3s",
        "inside the process of k3s",
        "Set disable-kube-proxy: true in /etc/rancher/k3s/config.yaml of every server and restart k3s everywhere.",
        kubelet=r"\+k3s",
    ),
    Distribution(
        "rke2",
        "in a static pod that RKE2 writes on every node",
        "Set disable-kube-proxy: true in /etc/rancher/rke2/config.yaml of every server, delete "
        "/var/lib/rancher/rke2/agent/pod-manifests/kube-proxy.yaml on every node, and restart RKE2.",
        kubelet=r"\+rke2",
    ),
    Distribution(
        "k0s",
        "in a DaemonSet that the controllers of k0s put back",
        "Set spec.network.kubeProxy.disabled to true in the configuration of k0s and restart its controllers.",
        kubelet=r"\+k0s",
    ),
    Distribution(
        "microk8s",
        "inside the process kubelite of MicroK8s",
        "Set the arguments of kube-proxy as MicroK8s documents it; kubelite has no switch for it alone.",
        label="microk8s.io/cluster",
    ),
    Distribution(
        "eks",
        "in a DaemonSet, which Amazon puts back where kube-proxy is an EKS add-on",
        "Delete the add-on: aws eks delete-addon --cluster-name NAME --addon-name kube-proxy.",
        kubelet=r"-eks-",
        label="eks.amazonaws.com/nodegroup",
    ),
    Distribution(
        "gke",
        "in static pods that Google manages",
        "Make a cluster with Dataplane V2; in an existing one kube-proxy cannot be removed for good.",
        kubelet=r"-gke\.",
        label="cloud.google.com/gke-nodepool",
    ),
    Distribution(
        "aks",
        "in a DaemonSet that Azure puts back",
        "Use a cluster with network plugin none and kube-proxy off (az aks update --kube-proxy-config).",
        label="kubernetes.azure.com/cluster",
    ),
    Distribution(
        "talos",
        "in a DaemonSet of the manifests that Talos applies again at its upgrades",
        "Set cluster.proxy.disabled to true in the machine configuration of the control plane.",
        image=r"^Talos",
    ),
)


def recognise(nodes: Sequence[JsonObject], *, kubeadm: bool) -> Distribution | None:
    """Return the distribution of a cluster by its Node objects; None for kubeadm's and for plain Kubernetes."""
    if kubeadm:
        return None
    return next((entry for entry in DISTRIBUTIONS if any(entry.is_of(node) for node in nodes)), None)


def name_of(found: Distribution | None, *, kubeadm: bool) -> str:
    """Return the word for a result."""
    return found.name if found else (KUBEADM if kubeadm else OTHER)


def findings(
    found: Distribution | None, *, static: Sequence[str], there: bool, cluster: str, kept: bool
) -> list[Finding]:
    """Return what a person has to do that this module cannot.

    Args:
        found: the distribution.
        static: nodes whose kubelet runs kube-proxy from a file.
        there: whether there are objects of kube-proxy in the cluster.
        cluster: its name.
        kept: whether there is a backup: then their absence is our own work.
    """
    subject: Mapping[str, str] = {"cluster": cluster}
    if found is not None:
        rule = "kube_proxy_comes_back" if there else "kube_proxy_not_an_object"
        return [Finding(rule, WARNING, subject, f"This is {found.name}: kube-proxy runs {found.runs}.", found.remedy)]
    if static:
        return [
            Finding(
                "kube_proxy_static_pod",
                WARNING,
                subject,
                f"The kubelets of {', '.join(static)} run kube-proxy from a file of their own.",
                "Remove that file (usually below /etc/kubernetes/manifests) on each of these nodes.",
                found=list(static),
            )
        ]
    if there or kept:
        return []
    return [
        Finding(
            "kube_proxy_not_found",
            INFO,
            subject,
            "The cluster has no object of kube-proxy. If it runs, then as a unit of systemd or by hand on the nodes.",
            "If a node runs it, stop and disable its unit there (systemctl disable --now kube-proxy).",
        )
    ]
