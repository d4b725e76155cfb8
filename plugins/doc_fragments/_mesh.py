# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations


class ModuleDocFragment:
    # The members, for a module that treats all alike. PRIVATE to the collection.
    MEMBERS = r"""
options:
  members:
    description:
      - The clusters of the mesh. The first is the one whose certificate authority is adopted.
      - A mesh needs Cilium 1.14 or newer in each of them.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the cluster. By default it is what the cluster's own agents are given.
        type: str
      id:
        description: Id of the cluster, from 1. By default it is what the cluster's own agents are given.
        type: int
      state:
        description: V(absent) for a cluster that is to leave the mesh. It need not be reachable.
        type: str
        choices: [present, absent]
        default: present
      kubeconfig:
        description: Path of a kubeconfig file, or the content of such a file as a dictionary.
        type: raw
      context:
        description: Name of the context in the kubeconfig; its current context by default.
        type: str
      endpoints:
        description:
          - Addresses at which the other clusters reach this one's mesh API server.
          - By default they are those of up to three of its nodes with a NodePort, else what its Service got.
        type: list
        elements: str
      port:
        description:
          - Port at these addresses. With a NodePort it is 32000 and the id by default, another one in each cluster.
            The charts' own default is the same in all clusters, and an agent that replaces kube-proxy then reaches its
            own cluster in place of the other.
        type: int
      service_type:
        description:
          - How the mesh API server is reached. V(auto) takes what the cluster has, or what its cloud offers.
          - Without it, it is V(NodePort).
        type: str
        choices: [NodePort, LoadBalancer, ClusterIP, auto]
      managed_by:
        description:
          - Who manages Cilium's Helm release there. Unless it is V(fleet), the release is never changed; the result
            says which values its owner has to set.
        type: str
        choices: [fleet, kubespray, external]
        default: fleet
      settings:
        description: Variables of role P(fleet.cilium.cilium#role) that are asked of the cluster beside the mesh.
        type: dict
        default: {}
      cilium_version:
        description: Version of Cilium that the cluster is to get, where it has none yet.
        type: str
  release_name:
    description: Name of the Helm release in every cluster.
    type: str
    default: cilium
  release_namespace:
    description: Namespace of the release, the agents and the mesh API server.
    type: str
    default: kube-system
"""

    # Who is connected with whom among them, for the other modules of the mesh.
    DOCUMENTATION = r"""
options:
  topology:
    description: Whether all members are connected with each other, or only those that O(pairs) names.
    type: str
    choices: [full, pairs]
    default: full
  pairs:
    description: >-
      With O(topology=pairs), lists of two names of members each, which are connected in both directions. Each member
      needs its O(members[].name) then.
    type: list
    elements: list
"""
