# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: clustermesh
short_description: Makes clusters one mesh, from a list of its members
version_added: 0.1.0
author:
  - The fleet.cilium authors (@fleet-cilium)
description:
  - Makes the clusters of O(members) the mesh that the list says. Each one runs a mesh API server, trusts the same
    authority and knows its peers. It is run once, not once for each cluster.
  - Everything is read first, once in each cluster. What cannot work is refused before anything is changed. Then all
    clusters are changed at the same time.
  - A cluster needs one Helm upgrade to become a member, and none when it is one already. The chart stays the one that
    is installed, and values that others have set stay as they are.
  - A cluster without Cilium gets the values that O(state=planned) returns, and is installed as a member with them.
  - Ids, names, networks, versions, routing and ports of all members are compared with each other.
  - Charts before 1.14 want a certificate and its private key for each peer in Helm values. They are signed by the
    shared authority and kept while they are good. No result has them, so such a cluster gets its peers only after it
    is installed (V(mesh_peers_follow)), and one that somebody else manages has to have them in its values already.
    That takes a chart of 1.11.3 or newer.
extends_documentation_fragment:
  - fleet.cilium._mesh.members
  - fleet.cilium._mesh
  - fleet.cilium._attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
  platform:
    platforms: posix
    support: full
options:
  state:
    description:
      - V(present) makes the clusters the mesh. V(absent) takes all of them apart.
      - V(planned) changes nothing and returns the settings and Helm values that each member is to get.
    type: str
    choices: [present, absent, planned]
    default: present
  peers:
    description:
      - Where a cluster's peers stand. With V(helm), they are values of its release.
      - With V(secret), they are Secrets outside the release, so that a further member needs no Helm upgrade of the
        others. It is for releases that somebody else manages.
      - Both need Cilium 1.14 or newer.
    type: str
    choices: [helm, secret]
    default: helm
  keep_others:
    description:
      - Whether peers of a member stay that are not in O(members). By default the list is the whole mesh.
      - With V(true) the list is a part of a mesh, such as two clusters to connect. Only its members are compared.
    type: bool
    default: false
  ca:
    description:
      - The authority that all members are to share. A mapping of C(certificate) and C(key), both PEM, or a Secret as
        C(kubectl get secret cilium-ca -o yaml) prints it.
      - Without it, the one that the members have is taken, or a new one if they have none.
    type: raw
  ca_policy:
    description:
      - What to do when members have different authorities. V(refuse) does nothing and says which.
      - V(adopt_first) gives all members that of the first one.
      - V(bundle) leaves each its own, and all trust all of them. It needs Cilium 1.14.
      - V(replace) gives all members O(ca).
    type: str
    choices: [refuse, adopt_first, bundle, replace]
    default: refuse
  allow_identity_change:
    description:
      - Whether a live cluster may get another name or id. Its pods then have to be restarted, as the id is part of
        their identity. With V(true) that is done.
    type: bool
    default: false
  check_reachability:
    description:
      - Whether to try, from the nodes of each cluster, the ports that its peers need, before anything is changed.
      - What is not reached is a finding, V(mesh_port_refused) or V(mesh_port_timeout), and a cluster from which nothing
        could be tried is V(mesh_ports_not_tried).
      - Mesh API servers whose Service is of type ClusterIP are always tried, as somebody has to route these addresses.
    type: bool
    default: false
  ignore:
    description:
      - Names of rules whose findings do not refuse, for someone who knows better, such as V(mesh_port_timeout).
    type: list
    elements: str
    default: []
  wait:
    description:
      - Whether to wait until each cluster's pods are updated and its agents connected with all peers.
      - Where several passes are due, as for a change of authority, all but the last are waited for whatever this says,
        as a pass before its time would cut the mesh.
    type: bool
    default: true
  wait_timeout:
    description: Seconds that helm, then the pods, then the connections may take.
    type: int
    default: 600
  history_max:
    description: How many revisions Helm keeps, V(0) for all.
    type: int
    default: 10
  force_unlock:
    description: Whether to go on although another run seems to be at work on a release.
    type: bool
    default: false
  helm_binary:
    description: Path of the program helm, version 3.14 or newer; C(helm) of the search path by default.
    type: path
seealso:
  - module: fleet.cilium.clustermesh_ca
  - module: fleet.cilium.clustermesh_info
  - name: Setting up Cluster Mesh
    description: Cilium's documentation.
    link: https://docs.cilium.io/en/stable/network/clustermesh/clustermesh/
"""

EXAMPLES = r"""
- name: Make two clusters a mesh
  fleet.cilium.clustermesh:
    members:
      - name: paris
        id: 1
        kubeconfig: ~/.kube/paris.conf
      - name: berlin
        id: 2
        kubeconfig: ~/.kube/berlin.conf
  run_once: true

- name: Let a cluster leave that is gone for good
  fleet.cilium.clustermesh:
    members:
      - name: paris
        kubeconfig: ~/.kube/paris.conf
      - name: berlin
        kubeconfig: ~/.kube/berlin.conf
      - name: rome
        state: absent
  run_once: true

- name: See which values a cluster gets that has no Cilium yet
  fleet.cilium.clustermesh:
    state: planned
    members:
      - name: paris
        kubeconfig: ~/.kube/paris.conf
      - name: berlin
        id: 2
        kubeconfig: ~/.kube/berlin.conf
        cilium_version: 1.15.19
  run_once: true
  register: mesh
"""

RETURN = r"""
members:
  description: The members by name.
  returned: success
  type: dict
  contains:
    name:
      description: Name of the cluster.
      type: str
    id:
      description: Id of the cluster.
      type: int
    leaving:
      description: Whether it is to be no member any more.
      type: bool
    installed:
      description: Whether it has a Helm release of Cilium.
      type: bool
    version:
      description: Its version of Cilium.
      type: str
    service_type:
      description: How its mesh API server is reached.
      type: str
    port:
      description: At which port.
      type: int
    endpoints:
      description: At which addresses.
      type: list
      elements: str
    peers:
      description: The members that it is connected with, as far as their addresses are known.
      type: list
      elements: str
    authority:
      description: Fingerprint (SHA-256) of the authority that signs its certificates; nothing for one to be made.
      type: str
    revision:
      description: Newest revision of its release.
      type: int
    settings:
      description:
        - What it is to get, as variables of role P(fleet.cilium.cilium#role).
        - It is there with O(state=planned), and always for a member that somebody else manages.
        - What has private keys in it is left out.
      type: dict
    has_keys:
      description: Whether private keys are among its settings; there where settings are.
      type: bool
    values:
      description:
        - The same as values for Helm.
        - Where private keys are in them, they are left out as a whole, and masked for a member that somebody else
          manages.
      type: dict
  sample:
    berlin:
      name: berlin
      id: 2
      leaving: false
      installed: true
      version: 1.15.19
      service_type: NodePort
      port: 32002
      endpoints: [192.0.2.21, 192.0.2.22]
      peers: [paris]
      authority: 5C:32:0A:9B
      revision: 1
steps:
  description:
    - The passes through all clusters that were due. It is more than one only where a live mesh changes its authority.
  returned: success, unless O(state=planned)
  type: list
  elements: str
  sample: [members]
diff:
  description: The clusters that change before and after, with credentials masked.
  returned: changed, or with C(--diff); not with O(state=planned)
  type: dict
  contains:
    before:
      description: By cluster, status, versions and values of its release, and the Secrets that change (C(secrets)).
      type: dict
    after:
      description: The same as it is to be.
      type: dict
    before_header:
      description: What it is.
      type: str
    after_header:
      description: What it is.
      type: str
reachability:
  description: Which port was tried from which node to which.
  returned: success, if anything was tried
  type: list
  elements: dict
  contains:
    from:
      description: The cluster and node that tried.
      type: dict
    to:
      description: The cluster, node and address that were tried.
      type: dict
    name:
      description:
        - Name of the port, V(mesh_api) for that of the mesh API server; else, as the settings need them, V(tunnel),
          V(dispatch), V(wireguard), V(ipsec), V(health) or V(health_of_pods).
      type: str
    protocol:
      description: V(tcp), V(udp) or V(esp).
      type: str
    port:
      description: The port; nothing for V(esp).
      type: int
    why:
      description: What needs it.
      type: str
    state:
      description: V(open), V(refused), V(timeout) or V(not_tried).
      type: str
    seconds:
      description: How long the attempt took.
      type: float
    reason:
      description: What was said, or why it was not tried.
      type: str
waited:
  description: What was waited for.
  returned: success
  type: list
  elements: dict
  contains:
    object:
      description: What it was.
      type: str
    cluster:
      description: In which cluster, if it is something in one.
      type: str
    seconds:
      description: How long it took.
      type: float
    state:
      description: How it ended.
      type: str
findings:
  description:
    - What is wrong with the mesh that is asked for, and which pairs are not connected in the end.
    - "The rules are those of settings and fleets (see the page on features), and
      V(mesh_address_missing), V(mesh_address_pending), V(mesh_service_type_unknown),
      V(mesh_port_in_use), V(mesh_port_out_of_range),
      V(mesh_port_refused), V(mesh_port_timeout), V(mesh_ports_not_tried),
      V(mesh_member_unreachable), V(mesh_member_not_installed), V(mesh_identity_change), V(mesh_pod_keeps_identity),
      V(mesh_values_pending), V(mesh_peers_need_certificates), V(mesh_peers_follow),
      V(mesh_ca_differs), V(mesh_ca_expires), V(mesh_ca_without_key), V(mesh_ca_elsewhere),
      V(mesh_ca_rotation_elsewhere), V(mesh_certificate_ends), and those of
      M(fleet.cilium.clustermesh_info)."
  returned: always, also when something is refused
  type: list
  elements: dict
  sample: []
"""

from ..module_utils._mesh.arguments import ARGUMENTS
from ..module_utils._mesh.run import run
from ..module_utils._module import run_module


def main() -> None:
    """Do the work of the module in its own process."""
    run_module(ARGUMENTS, run)


if __name__ == "__main__":
    main()
