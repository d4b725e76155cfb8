# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: desired
short_description: What a cluster is to get, from its settings and from what the cluster says of itself
version_added: "0.1.0"
author: The fleet.cilium authors
description:
  - Looks up what V(auto) stands for, makes Helm values of the settings, and lays raw Helm values over them.
  - The API server's endpoint is the first of Kubespray's global endpoint (which is read with the settings), kubeadm's
    C(controlPlaneEndpoint), the kubeconfig's server unless that is a loopback address, and the address of a
    control-plane node. Where kube-proxy is replaced and no endpoint is said, it is looked up too.
  - The seed of Maglev is the one that the agents have now, else 12 random bytes; in a mesh that of the first member.
  - Fails, with all reasons at once, when that cannot work. Raw values count for the rules as far as they stand for
    settings.
options:
  _input:
    description: Settings, as P(fleet.cilium.settings#lookup) returns them.
    type: dict
    required: true
  cluster:
    description: What M(fleet.cilium.cluster_info) returned for the cluster.
    type: dict
    required: true
  asked:
    description:
      - What else is asked, all optional. C(chart), a folder or a C(.tgz) file whose version counts where no setting
        says one; C(values), raw Helm values; C(rollout), as in P(fleet.cilium.with_rollout#filter), V(manual) by
        default; C(managed_by), where any word but V(fleet) makes the version that runs now count, not the chart's;
        C(endpoint), Kubespray's global endpoint, only to say so; C(seed), that of the mesh; C(ignore), names of rules
        whose errors do not count; C(lint), as in M(fleet.cilium.release), for raw values where the chart is not here;
        C(mesh), settings that M(fleet.cilium.clustermesh) planned, which rules look at and which make no values here.
    type: dict
    default: {}
positional: cluster, asked
seealso:
  - plugin: fleet.cilium.helm_values
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Ask the cluster
  fleet.cilium.cluster_info:
  register: cluster

- name: What would it get?
  ansible.builtin.debug:
    msg: "{{ lookup('fleet.cilium.settings') | fleet.cilium.desired(cluster, {'values': cilium_helm_values}) }}"
"""

RETURN = r"""
_value:
  description:
    - C(version) of Cilium (null where neither settings nor a chart say one); C(settings) with nothing left to look up;
      C(values) for Helm; C(shown), the same values for people, with credentials masked; C(findings); C(cautions), the
      same as a line of text each; C(notes), which say in words what was looked up and where it was found;
      C(differences), findings about keys in which the agents' configuration is not yet what is asked.
  type: dict
"""

from collections.abc import Callable

from ansible.errors import AnsibleFilterError

from ..module_utils._errors import FleetError
from ..module_utils._json import JsonObject
from ..plugin_utils._desired import desired_of


def desired(settings: object, cluster: object, asked: object = None) -> JsonObject:
    """Return what a cluster is to get."""
    try:
        return desired_of(settings, cluster, asked)
    except FleetError as error:
        raise AnsibleFilterError(error.message) from error


class FilterModule:
    def filters(self) -> dict[str, Callable[..., JsonObject]]:
        return {"desired": desired}
