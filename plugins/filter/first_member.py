# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: first_member
short_description: First member of the mesh that a cluster is a member of
version_added: "0.1.0"
author: The fleet.cilium authors
description:
  - Members are the clusters of group C(cilium_clusters) with an id, the variable C(cilium_cluster_id). The first is
    the first of that group.
extends_documentation_fragment: fleet.cilium._filters.inventory
positional: groups, hostvars
"""

EXAMPLES = r"""
- name: Who decides the seed of Maglev?
  ansible.builtin.debug:
    msg: "{{ inventory_hostname | fleet.cilium.first_member(groups, hostvars) }}"
"""

RETURN = r"""
_value:
  description: Name of the inventory host; empty for a cluster that is in no mesh.
  type: str
"""

from collections.abc import Callable, Mapping, Sequence

from ansible.errors import AnsibleFilterError

from ..module_utils._errors import FleetError
from ..plugin_utils._desired import first_member as find


def first_member(
    cluster: str, groups: Mapping[str, Sequence[str]], hostvars: Mapping[str, Mapping[str, object]]
) -> str:
    """Return the name of the first member of the cluster's mesh."""
    try:
        return find(str(cluster), groups, hostvars)
    except FleetError as error:
        raise AnsibleFilterError(error.message) from error


class FilterModule:
    def filters(self) -> dict[str, Callable[..., str]]:
        return {"first_member": first_member}
