# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: mesh_seed
short_description: The seed of Maglev that the members of a mesh share
version_added: "0.1.0"
author: The fleet.cilium authors
description:
  - It is the seed of the mesh's first member. That is the one of its variables, else the one that this run has looked
    up for it, else the one that its agents have now, else a new one, if that cluster gets it in this run too.
  - Role P(fleet.cilium.cilium#role) uses it.
options:
  _input:
    description: Name of the first member, from P(fleet.cilium.first_member#filter).
    type: str
    required: true
  hostvars:
    description: The variable C(hostvars).
    type: dict
    required: true
  fresh:
    description: The new seed.
    type: str
    required: true
  cluster:
    description: What M(fleet.cilium.cluster_info) returned for the first member, where it is not in this run.
    type: dict
positional: hostvars, fresh, cluster
"""

EXAMPLES = r"""
- name: The seed of the mesh
  ansible.builtin.debug:
    msg: "{{ first | fleet.cilium.mesh_seed(hostvars, lookup('fleet.cilium.maglev_seed')) }}"
  vars:
    first: "{{ inventory_hostname | fleet.cilium.first_member(groups, hostvars) }}"
"""

RETURN = r"""
_value:
  description: 12 bytes in base64.
  type: str
"""

from collections.abc import Callable, Mapping

from ansible.errors import AnsibleFilterError

from ..module_utils._errors import FleetError
from ..plugin_utils._desired import mesh_seed as find


def mesh_seed(first: str, hostvars: Mapping[str, Mapping[str, object]], fresh: str, cluster: object = None) -> str:
    """Return the seed that the members of a mesh share."""
    try:
        return find(str(first), hostvars, str(fresh), cluster)
    except FleetError as error:
        raise AnsibleFilterError(error.message) from error


class FilterModule:
    def filters(self) -> dict[str, Callable[..., str]]:
        return {"mesh_seed": mesh_seed}
