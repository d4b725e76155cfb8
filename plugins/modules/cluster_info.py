# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: cluster_info
short_description: What a cluster says of itself, as far as Cilium's settings depend on it
version_added: 0.1.0
author:
  - The fleet.cilium authors (@fleet-cilium)
description:
  - Returns the version of Kubernetes, the nodes with their kernels, the networks that are in use, where the API server
    is, and the configuration that Cilium has now.
  - What the user of the kubeconfig may not read, or what is not there, is null or empty.
extends_documentation_fragment:
  - fleet.cilium._kubernetes
  - fleet.cilium._attributes
  - fleet.cilium._attributes.info
  - fleet.cilium._attributes.cluster
options:
  release_namespace:
    description: Namespace of Cilium's release.
    type: str
    default: kube-system
seealso:
  - module: fleet.cilium.status_info
"""

EXAMPLES = r"""
- name: Ask the cluster
  fleet.cilium.cluster_info:
    kubeconfig: ~/.kube/paris.conf
  register: cluster

- name: Look for problems with what is known of it
  ansible.builtin.debug:
    msg: "{{ lookup('fleet.cilium.settings') | fleet.cilium.problems('1.15.19', cluster) }}"
"""

RETURN = r"""
server:
  description: URL of the API server, as the kubeconfig has it.
  returned: success
  type: str
  sample: https://10.0.0.1:6443
kubernetes_version:
  description: Version of Kubernetes.
  returned: success
  type: str
  sample: v1.33.2
control_plane_endpoint:
  description: Address of the API server for nodes, if kubeadm was told one.
  returned: success
  type: str
  sample: api.paris.example.com:6443
nodes:
  description: The nodes.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the node.
      type: str
    kernel:
      description: Version of its kernel.
      type: str
    addresses:
      description: Its addresses within the cluster.
      type: list
      elements: str
    pod_cidrs:
      description: Networks that Kubernetes gave it for pods.
      type: list
      elements: str
    control_plane:
      description: Whether it carries the control plane.
      type: bool
pod_cidrs:
  description: Networks that Kubernetes gave to nodes for pods.
  returned: success
  type: list
  elements: str
cilium_pod_cidrs:
  description: Networks that nodes have from Cilium for pods; empty where it does not run, or a cloud gives addresses.
  returned: success
  type: list
  elements: str
service_cidrs:
  description: Networks of Services.
  returned: success
  type: list
  elements: str
configuration:
  description: The configuration that agents are given now, C(cilium-config); empty where there is none.
  returned: success
  type: dict
cilium_version:
  description: Version of Cilium that the agents are to run now, by their image's tag.
  returned: success
  type: str
  sample: 1.15.19
"""

from ..module_utils._cluster.run import ARGUMENTS, run
from ..module_utils._module import run_module


def main() -> None:
    """Do the work of the module in its own process."""
    run_module(ARGUMENTS, run)


if __name__ == "__main__":
    main()
