# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: problems
short_description: What is wrong with the settings of a cluster, or of a whole fleet, before anything is changed
version_added: "0.1.0"
author: The fleet.cilium authors
description:
  - Returns findings; it changes nothing and asks no cluster.
  - Knows which settings a version of Cilium has, which combinations its agents refuse, which it accepts and ignores,
    and what a person should know before a change.
  - Given several clusters, also compares them. Those with an id are members of a mesh, which has to agree in routing
    and encryption, and to differ in names, ids and networks.
options:
  _input:
    description:
      - Settings of one cluster, as a mapping of C(cilium_*) variable to value.
      - Or those of several, as a mapping of a cluster's name to its settings. Text instead of settings says why they
        cannot be read.
    type: dict
    required: true
  version:
    description:
      - Version of Cilium; by default the setting C(cilium_version) of each cluster.
      - For several clusters also a mapping of a cluster's name to its version.
    type: raw
  facts:
    description:
      - What is known beside the settings, all optional. C(kubernetes_version); C(pod_cidrs), C(service_cidrs) and
        C(node_cidrs), each a list; where Cilium runs, C(cilium_version) and C(cilium_pod_cidrs), the list of networks
        that its nodes have for pods; C(nodes), a list of mappings with C(name), C(kernel) and C(devices), which is a
        list of mappings with C(name) and C(driver).
      - For several clusters a mapping of a cluster's name to its facts.
    type: dict
    default: {}
positional: version, facts
seealso:
  - plugin: fleet.cilium.helm_values
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show what is wrong with DSR through a tunnel
  ansible.builtin.debug:
    msg: "{{ {'cilium_loadbalancer_mode': 'dsr'} | fleet.cilium.problems('1.15.19') }}"

- name: Two clusters cannot have one id
  ansible.builtin.debug:
    msg: "{{ clusters | fleet.cilium.problems('1.15.19') }}"
  vars:
    clusters: {paris: {cilium_cluster_id: 1}, rome: {cilium_cluster_id: 1}}
"""

RETURN = r"""
_value:
  description:
    - Findings, errors first. Each has C(rule), C(severity) (V(error), V(warning) or V(info)), C(subject) (which
      cluster, node or setting), C(feature), C(asked), C(found), C(reason) and C(remedy).
  type: list
  elements: dict
"""

from collections.abc import Callable

from ansible.errors import AnsibleFilterError

from ..module_utils._errors import FleetError
from ..module_utils._json import JsonObject
from ..plugin_utils._asked import findings_of


def problems(settings: object, version: object = None, facts: object = None) -> list[JsonObject]:
    """Return the findings about the settings of a cluster or of a fleet."""
    try:
        return [finding.as_dict() for finding in findings_of(settings, version, facts)]
    except FleetError as error:
        raise AnsibleFilterError(error.message) from error


class FilterModule:
    def filters(self) -> dict[str, Callable[..., list[JsonObject]]]:
        return {"problems": problems}
