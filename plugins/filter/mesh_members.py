# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: mesh_members
short_description: The members of a mesh, completed from the inventory
version_added: "0.1.0"
author: The fleet.cilium authors
description:
  - Returns the option O(fleet.cilium.clustermesh#module:members) for what the variable C(cilium_clustermesh) declares.
  - An entry may say no more than the name of a cluster of the inventory, or of its host. Its id, version, settings,
    owner and kubeconfig then come from that host's variables. What an entry says itself stays.
  - Without a list, all clusters of group C(cilium_clusters) with a C(cilium_cluster_id) are the members.
  - It reads the inventory, not the play's hosts, so C(--limit) makes no difference.
  - A cluster's name is its C(cilium_cluster_name), by default the name of its host.
options:
  _input:
    description: The variable C(cilium_clustermesh), as role P(fleet.cilium.cilium#role) documents it.
    type: dict
    required: true
  groups:
    description: The variable C(groups).
    type: dict
    required: true
  hostvars:
    description: The variable C(hostvars).
    type: dict
    required: true
  play_hosts:
    description: The hosts of the play. They are the clusters of an inventory without the group C(cilium_clusters).
    type: list
    elements: str
    required: true
  live:
    description: Whether to leave out what counts for clusters only that have no Cilium yet, version and settings.
    type: bool
    default: false
positional: groups, hostvars, play_hosts, live
seealso:
  - module: fleet.cilium.clustermesh
"""

EXAMPLES = r"""
- name: Who is in the mesh?
  ansible.builtin.debug:
    msg: "{{ mesh.members | map(attribute='name') }}"
  vars:
    mesh: "{{ cilium_clustermesh | fleet.cilium.mesh_members(groups, hostvars, ansible_play_hosts_all) }}"
"""

RETURN = r"""
_value:
  description:
    - C(members), the list for the modules of the mesh; C(hosts), the cluster's name for each host that stands for a
      member; C(unread), the hosts of members to whose clusters no variable and no fact says the way; C(versions), the
      versions of Cilium that the inventory says of members.
  type: dict
"""

from collections.abc import Callable, Mapping, Sequence

from ansible.errors import AnsibleFilterError

from ..module_utils._errors import FleetError
from ..module_utils._json import JsonObject
from ..plugin_utils._mesh import Inventory, members


def mesh_members(
    mesh: object,
    groups: Mapping[str, Sequence[str]],
    hostvars: Mapping[str, Mapping[str, object]],
    play_hosts: Sequence[str],
    live: object = False,
) -> JsonObject:
    """Return the members of a mesh, and which host stands for which."""
    try:
        return members(mesh, Inventory(groups, hostvars, play_hosts), live=bool(live))
    except FleetError as error:
        raise AnsibleFilterError(error.message) from error


class FilterModule:
    def filters(self) -> dict[str, Callable[..., JsonObject]]:
        return {"mesh_members": mesh_members}
