# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How an inventory leads to a cluster's API server. PRIVATE to the collection."""

from __future__ import annotations

from ipaddress import IPv6Address
from typing import TYPE_CHECKING

from ..module_utils._errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CONTROL_PLANE = "kube_control_plane"
NODES = "cilium_nodes"
KUBESPRAYS_NODES = "k8s_cluster"
NODE_NAMES = ("cilium_node_name", "kube_override_hostname")
ADDRESSES = ("access_ip", "ip", "ansible_host", "inventory_hostname")
PORT = 6443


def control_plane_node(
    cluster: str, groups: Mapping[str, Sequence[str]], hosts: Mapping[str, Mapping[str, object]]
) -> str:
    """Return the first control-plane node of a cluster.

    Args:
        cluster: the inventory host that stands for the cluster.
        groups: the names of the hosts of each group.
        hosts: the variables of each host; read is ``cilium_cluster``, which names a node's cluster.

    A cluster that is itself a control-plane node (an inventory of Kubespray) is meant by its own group. Else the nodes
    that name the cluster count, and all of them when none names any.

    Raises:
        InputError: there is no such node.
    """
    nodes = list(groups.get(CONTROL_PLANE, ()))
    if cluster in nodes:
        return nodes[0] if hosts[cluster].get("cilium_cluster") is None else cluster
    named = {node: hosts[node].get("cilium_cluster") for node in nodes}
    own = [node for node, name in named.items() if name == cluster]
    if not own and not any(named.values()):
        own = nodes
    if own:
        return own[0]
    found = ", ".join(f"{node} ({name})" for node, name in named.items()) or "none"
    raise InputError(
        f"{cluster}: no way to the cluster. Found no cilium_kubeconfig, no artifacts/admin.conf beside the inventory, "
        f"and in group {CONTROL_PLANE} no node of this cluster (found: {found}). Expected one of the three: set "
        "cilium_kubeconfig, or put a control-plane node with cilium_cluster into that group."
    )


def cluster_nodes(
    cluster: str, groups: Mapping[str, Sequence[str]], hosts: Mapping[str, Mapping[str, object]]
) -> dict[str, str]:
    """Return the nodes of a cluster: the inventory's host → the name in Kubernetes, in the inventory's order.

    Args:
        cluster: the inventory host that stands for the cluster.
        groups: the names of the hosts of each group.
        hosts: the variables of each host; read are ``cilium_cluster``, which names a node's cluster, and what names
            the node in Kubernetes.
    """
    if NODES in groups:
        own = [node for node in groups[NODES] if hosts[node].get("cilium_cluster") == cluster]
    else:
        own = list(groups.get(KUBESPRAYS_NODES, ()))
    return {node: str(next((name for key in NODE_NAMES if (name := hosts[node].get(key))), node)) for node in own}


def apiserver_url(node: Mapping[str, object]) -> str:
    """Return the URL of the API server on a control-plane node, from the node's variables.

    The address is the first one set of access_ip, ip, ansible_host and the node's name, as Kubespray understands
    them; the port is kube_apiserver_port, 6443 by default.

    Raises:
        InputError: the port is no number.
    """
    address = str(next(node[name] for name in ADDRESSES if node.get(name)))
    port = str(node.get("kube_apiserver_port") or PORT)
    if not port.isdigit():
        raise InputError(f"kube_apiserver_port: found {port!r}, expected a number such as {PORT}")
    return f"https://{f'[{address}]' if _is_ipv6(address) else address}:{port}"


def _is_ipv6(address: str) -> bool:
    try:
        IPv6Address(address)
    except ValueError:
        return False
    return True
