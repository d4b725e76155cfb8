# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: cluster_nodes
short_description: The nodes of a cluster in the inventory
version_added: "0.1.0"
author: The fleet.cilium authors
description:
  - Finds the inventory hosts that are a cluster's nodes, with their names in Kubernetes.
  - These are the hosts of group C(cilium_nodes) whose variable C(cilium_cluster) names the cluster. Without that group,
    as in an inventory of Kubespray, they are the hosts of group C(k8s_cluster).
  - A node's name in Kubernetes is its variable C(cilium_node_name), else C(kube_override_hostname), else the name of
    the inventory host.
extends_documentation_fragment: fleet.cilium._filters.inventory
positional: groups, hostvars
"""

EXAMPLES = r"""
- name: Which nodes?
  ansible.builtin.debug:
    msg: "{{ inventory_hostname | fleet.cilium.cluster_nodes(groups, hostvars) }}"
"""

RETURN = r"""
_value:
  description: The nodes by the name of the inventory host, each with its name in Kubernetes.
  type: dict
  sample:
    paris-1.example.com: paris-1
"""

from collections.abc import Callable, Mapping, Sequence

from ..plugin_utils._connection import cluster_nodes as find


def cluster_nodes(
    cluster: str, groups: Mapping[str, Sequence[str]], hostvars: Mapping[str, Mapping[str, object]]
) -> dict[str, str]:
    """Return the cluster's nodes."""
    return find(str(cluster), groups, hostvars)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., dict[str, str]]]:
        return {"cluster_nodes": cluster_nodes}
