# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: parse_clustermesh_status
short_description: What the command-line client says about a mesh, from its text or its JSON
version_added: "0.1.0"
author: The fleet.cilium authors
description:
  - Reads what C(cilium clustermesh status) prints, also with C(-o json), and what C(clustermesh-apiserver
    kvstoremesh-dbg status) prints in the pod of the mesh.
  - The client's JSON holds the private key of the mesh's authority. It is not returned; but Ansible shows the input of
    a filter where a task shows it, so give such a task C(no_log).
  - What a terminal, a shell and kubectl add to the text does not matter, nor do shifted columns, tabs, and a tail that
    is missing.
  - A key that is missing was not told, which is another thing than V(false) or V(0).
extends_documentation_fragment: fleet.cilium._filters.output
seealso:
  - module: fleet.cilium.status_info
"""

EXAMPLES = r"""
- name: Ask
  ansible.builtin.command: cilium clustermesh status
  changed_when: false
  register: answer

- name: Show
  ansible.builtin.debug:
    msg: "{{ (answer.stdout | fleet.cilium.parse_clustermesh_status).connections | map(attribute='name') }}"
"""

RETURN = r"""
_value:
  description: What the output says.
  type: dict
  contains:
    access:
      description:
        - Where other clusters reach this one, with C(service), C(type), C(addresses), C(cluster_name), C(cluster_id),
          C(tunnel) and C(max_connected_clusters).
      type: dict
      returned: if told
    external_kvstore:
      description: Whether the cluster uses a key-value store of its own.
      type: bool
      returned: if told
    deployment_ready:
      description: Whether the mesh's Deployment is ready.
      type: bool
      returned: if told
    kvstoremesh_enabled:
      description: Whether KVStoreMesh is on.
      type: bool
      returned: if told
    nodes:
      description:
        - Agents that are connected, with C(total), C(not_ready) and C(clusters) (in how many, with C(min), C(avg) and
          C(max)).
      type: dict
      returned: if told
    kvstoremesh:
      description:
        - Replicas of KVStoreMesh that are connected, also with C(total), C(not_ready) and C(clusters) (C(min), C(avg)
          and C(max)).
      type: dict
      returned: if told
    connections:
      description:
        - The other clusters, each with C(name), C(nodes) and C(kvstoremesh), which have C(configured), C(connected) and
          C(total).
      type: list
      elements: dict
      returned: if told
    global_services:
      description: Number of global services, with C(min), C(avg) and C(max).
      type: dict
      returned: if told
    errors:
      description:
        - Connections that are not there, each with C(pod), C(cluster), C(message) and C(hint). The client's JSON has no
          messages.
      type: list
      elements: dict
      returned: if told
    warnings:
      description: What the client warns of.
      type: list
      elements: str
      returned: if told
    waiting:
      description: What the client waited for.
      type: list
      elements: str
      returned: if told
    kvstoremesh_status:
      description:
        - What KVStoreMesh itself says, with C(ready), C(total), C(global_services) and C(clusters), as C(cluster_mesh)
          of P(fleet.cilium.parse_status#filter).
      type: dict
      returned: if told
    error:
      description: What was said in the place of an answer, as when no agent runs.
      type: str
      returned: if there was no answer
    unparsed:
      description:
        - Lines of a text that are not understood. Long runs of base64 in them are not shown, since they may be keys.
      type: list
      elements: str
      returned: for a text
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..plugin_utils._reading import read

if TYPE_CHECKING:
    from ..module_utils._json import JsonObject


def parse_clustermesh_status(value: object) -> JsonObject:
    """Return what the output says."""
    return read("cilium clustermesh status", value)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., JsonObject]]:
        return {"parse_clustermesh_status": parse_clustermesh_status}
