# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: control_plane_node
short_description: First control-plane node of a cluster in the inventory
version_added: "0.1.0"
author: The fleet.cilium authors
description:
  - Finds the inventory host on which a cluster's C(/etc/kubernetes/admin.conf) lies.
  - In an inventory of Kubespray that is the first host of group C(kube_control_plane). Where that group holds nodes of
    several clusters, the variable C(cilium_cluster) of each says which cluster it belongs to.
extends_documentation_fragment: fleet.cilium._filters.inventory
positional: groups, hostvars
"""

EXAMPLES = r"""
- name: Where is the kubeconfig?
  ansible.builtin.debug:
    msg: "{{ inventory_hostname | fleet.cilium.control_plane_node(groups, hostvars) }}"
"""

RETURN = r"""
_value:
  description: Name of the inventory host.
  type: str
"""

from collections.abc import Callable, Mapping, Sequence

from ansible.errors import AnsibleFilterError

from ..module_utils._errors import FleetError
from ..plugin_utils._connection import control_plane_node as find


def control_plane_node(
    cluster: str, groups: Mapping[str, Sequence[str]], hostvars: Mapping[str, Mapping[str, object]]
) -> str:
    """Return the name of the cluster's first control-plane node."""
    try:
        return find(str(cluster), groups, hostvars)
    except FleetError as error:
        raise AnsibleFilterError(error.message) from error


class FilterModule:
    def filters(self) -> dict[str, Callable[..., str]]:
        return {"control_plane_node": control_plane_node}
