# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of other network plugins: what they leave in a cluster and on its nodes. PRIVATE to the collection.

Names of DaemonSets are those of the plugins' own manifests and charts; names of files those that their installers
write into a node's CNI folder. Plugins that only chain to another (multus, istio-cni) are none of these.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Plugin:
    """A network plugin for pods.

    Attributes:
        name: for people.
        daemonsets: names of its DaemonSets.
        files: a pattern of what its configuration files in the CNI folder are called, in small letters.
    """

    name: str
    daemonsets: tuple[str, ...]
    files: str


PLUGINS: tuple[Plugin, ...] = (
    Plugin("Antrea", ("antrea-agent",), r"antrea"),
    Plugin("AWS VPC CNI", ("aws-node",), r"10-aws\."),
    Plugin("Azure CNI", ("azure-cni", "azure-cns"), r"10-azure"),
    Plugin("Calico", ("calico-node", "calico-node-windows"), r"calico"),
    Plugin("Canal", ("canal", "rke2-canal"), r"canal"),
    Plugin("Flannel", ("kube-flannel-ds", "kube-flannel"), r"flannel"),
    Plugin("kindnet", ("kindnet",), r"kindnet"),
    Plugin("Kube-OVN", ("kube-ovn-cni",), r"kube-ovn"),
    Plugin("kube-router", ("kube-router",), r"kuberouter|kube-router"),
    Plugin("OVN-Kubernetes", ("ovnkube-node", "ovnkube-node-identity"), r"ovn-kubernetes"),
    Plugin("Romana", ("romana-agent",), r"romana"),
    Plugin("Weave Net", ("weave-net",), r"weave"),
)
# The agent renames what it finds beside its own file, so that the kubelet passes it over.
SET_ASIDE = ".cilium_bak"
_READ_BY_KUBELET = (".conf", ".conflist", ".json")
_OWN = "cilium"


def of_daemonset(name: str) -> Plugin | None:
    """Return the plugin that a DaemonSet of this name belongs to; None for any other."""
    return next((plugin for plugin in PLUGINS if name in plugin.daemonsets), None)


def of_file(name: str) -> tuple[str, bool] | None:
    """Return whose CNI configuration a file is, and whether the kubelet reads it; None for Cilium's and for none.

    A configuration of a plugin that is not known is "a CNI plugin"'s.
    """
    small = name.lower()
    aside = small.endswith(SET_ASIDE)
    small = small[: -len(SET_ASIDE)] if aside else small
    if _OWN in small or not small.endswith(_READ_BY_KUBELET):
        return None
    plugin = next((plugin for plugin in PLUGINS if re.search(plugin.files, small)), None)
    return (plugin.name if plugin else "a CNI plugin"), not aside
