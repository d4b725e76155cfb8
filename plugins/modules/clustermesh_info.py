# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: clustermesh_info
short_description: Which clusters of a mesh are connected, agent by agent, and why others are not
version_added: 0.1.0
author:
  - The fleet.cilium authors (@fleet-cilium)
description:
  - Asks the agents of all members, in parallel, for their state of each other cluster, and says of each ordered pair
    of clusters whether it is connected, with the reason where it is not.
  - Agents that are not connected go the way to the other cluster's store anew, with C(cilium-dbg troubleshoot), so that
    the step that fails is known (name, TCP, TLS, the store itself). Cilium has it from 1.16 on, and in the later
    releases of 1.15. Before, the reason is what the agent's status tells.
  - With KVStoreMesh, a pair is connected where both the agents and the cluster's own replicas of KVStoreMesh are.
  - It needs the rights to list pods, to get the ConfigMap C(cilium-config), and to exec in the namespace of the
    agents (C(get) and C(create) of C(pods/exec)), in each cluster. What may not be read is left out or reported.
  - It returns no key and no certificate. With O(store) it reads what the mesh stores hold, and leaves out the public
    keys of nodes too.
extends_documentation_fragment:
  - fleet.cilium._mesh.members
  - fleet.cilium._mesh
  - fleet.cilium._query
  - fleet.cilium._attributes
  - fleet.cilium._attributes.info
  - fleet.cilium._attributes.mesh
options:
  wait:
    description:
      - Wait until all pairs are connected. When O(wait_timeout) is over, the result says which are not, and why.
    type: bool
    default: false
  wait_timeout:
    description: Seconds to wait, for all pairs together.
    type: int
    default: 300
  probe:
    description:
      - Have all agents go the way to all peers anew, not only those that are not connected. The state that an agent
        tells lags behind a peer that has just gone by some seconds.
    type: bool
    default: false
  require_all:
    description: Fail if two clusters are not connected, or if there is another finding of severity V(error).
    type: bool
    default: false
  store:
    description:
      - What to read from the mesh store of each cluster, its own state and what KVStoreMesh has copied from others.
      - It is read with C(etcdctl) in the pod of the mesh API server, where its image has it (not since 1.15) or a
        volume brings it; else by an agent of another cluster, with the configuration that it has for this store.
      - Where neither is possible, as with KVStoreMesh and no C(etcdctl), it is the finding V(mesh_store_unreadable).
    type: list
    elements: str
    choices: [identities, ips, nodes, services]
    default: []
  store_namespaces:
    description: Return only what is in these namespaces. Nodes are in none and are not limited by it.
    type: list
    elements: str
    default: []
  store_clusters:
    description: Return only what belongs to these clusters.
    type: list
    elements: str
    default: []
  timeout:
    description: Seconds that one command in one pod may take; three more for each cluster that is tried.
    type: int
    default: 30
  parallel:
    description: How many pods are asked at the same time.
    type: int
    default: 16
"""

EXAMPLES = r"""
- name: Is everybody connected with everybody?
  fleet.cilium.clustermesh_info:
    members:
      - name: paris
        kubeconfig: ~/.kube/paris.conf
      - name: berlin
        kubeconfig: ~/.kube/berlin.conf
      - name: madrid
        kubeconfig: ~/.kube/madrid.conf
  register: mesh

- name: Say who is not, and why
  ansible.builtin.debug:
    msg: "{{ item.cluster }} to {{ item.peer }}: {{ item.reason }}: {{ item.message }}"
  loop: "{{ mesh.pairs | rejectattr('connected') }}"

- name: Wait for it, and stop when it does not come
  fleet.cilium.clustermesh_info:
    members: "{{ cilium_clustermesh.members }}"
    wait: true
    wait_timeout: 120
    require_all: true

- name: Which global services does each cluster offer in this namespace?
  fleet.cilium.clustermesh_info:
    members: "{{ cilium_clustermesh.members }}"
    store: [services]
    store_namespaces: [shop]
    query: "store.*.services[].[cluster, name, shared]"
"""

RETURN = r"""
connected:
  description: Whether all pairs that are expected are connected.
  returned: success, without O(query)
  type: bool
  sample: false
pairs:
  description: Every ordered pair that is expected, in the order of O(members).
  returned: success, without O(query)
  type: list
  elements: dict
  sample:
    - cluster: paris
      peer: berlin
      connected: false
      reason: tcp_timeout
      message: 'Cannot establish TCP connection to 10.2.0.1:32002: dial tcp 10.2.0.1:32002: i/o timeout'
      agents: {total: 2, connected: 1}
      agents_detail:
        - {node: paris-1, pod: cilium-9w6vk, connected: true, reason: null, message: null}
        - node: paris-2
          pod: cilium-x7k2p
          connected: false
          reason: tcp_timeout
          message: 'Cannot establish TCP connection to 10.2.0.1:32002: dial tcp 10.2.0.1:32002: i/o timeout'
      nodes: 2
      endpoints: 9
      identities: 8
      services: 1
  contains:
    cluster:
      description: Whose agents they are.
      type: str
      returned: always
    peer:
      description: The other cluster.
      type: str
      returned: always
    connected:
      description: Whether all agents have all that the peer offers.
      type: bool
      returned: always
    reason:
      description:
        - Why not, as most of the agents say; null if they are.
        - V(no_config), the agent has no configuration for the peer.
        - V(name_not_resolved), the name of the peer's mesh API server has no address.
        - V(tcp_refused), the address refuses the connection, or a firewall that rejects does.
        - V(tcp_timeout), nobody answers at the address.
        - V(tls_ca), one side does not know the authority of the other's certificate.
        - V(tls_name), the certificate is for other names or addresses.
        - V(tls_expired), a certificate is not valid at this time.
        - V(store_denied), the store answers but does not let the agent read.
        - V(own_cluster), at the address for the peer the agent's own cluster answers. An agent that replaces
          kube-proxy takes a NodePort on any node for its own, so two clusters with the same port never meet.
        - V(other_cluster), at the address a third cluster answers.
        - V(id_clash), two clusters have the same id.
        - V(remote_not_ready), the peer's mesh API server is not there, or has not told everything yet.
        - V(agent_unreachable), the agent does not answer.
        - V(cluster_unreachable), the API server of the cluster does not answer.
        - V(unknown), none of these; the message is what the agent says.
      type: str
      returned: always
    message:
      description: The words from which the reason is known; null if there is none.
      type: str
      returned: always
    agents:
      description: How many agents there are (C(total)), and how many of them are C(connected).
      type: dict
      returned: always
    agents_detail:
      description: Each agent, with C(node), C(pod), C(connected), C(reason) and C(message).
      type: list
      elements: dict
      returned: always
    nodes:
      description: How many nodes the agents have got from the peer; null if not told.
      type: int
      returned: always
    endpoints:
      description: How many endpoints the agents have got from the peer; null if not told, as before 1.14.
      type: int
      returned: always
    identities:
      description: How many identities the agents have got from the peer; null if not told, as before 1.14.
      type: int
      returned: always
    services:
      description: How many global services the agents have got from the peer; null if not told.
      type: int
      returned: always
clusters:
  description:
    - Every cluster, with C(name), C(own_name) and C(id) as its agents are given them, C(answered), the number of
      C(agents), C(kvstoremesh) (whether it is at work) and C(mesh_api_servers), each with C(pod), C(ready) and
      C(reason).
  returned: success, without O(query)
  type: list
  elements: dict
  sample:
    - name: paris
      own_name: paris
      id: 1
      answered: true
      agents: 2
      kvstoremesh: false
      mesh_api_servers:
        - {pod: clustermesh-apiserver-6f7d, ready: true, reason: null}
store:
  description:
    - What the mesh store of each cluster holds, by the cluster's name and then by what was asked in O(store).
    - Identities have C(cluster), C(id), C(namespace) and C(labels); ips have C(cluster), C(ip), C(host_ip),
      C(identity), C(namespace) and C(pod); nodes have C(cluster), C(name), C(cluster_id), C(addresses) and
      C(pod_cidrs); services have C(cluster), C(namespace), C(name), C(shared), C(include_external), C(frontends) and
      C(backends), the ports by address.
  returned: success, without O(query)
  type: dict
  sample:
    paris:
      services:
        - cluster: paris
          namespace: shop
          name: cart
          shared: true
          include_external: true
          frontends: [10.96.12.7]
          backends:
            10.0.1.17:
              http: {protocol: TCP, port: 8080}
waited:
  description: How long each pair took to be connected, or how it ended; empty without O(wait).
  returned: success, without O(query)
  type: list
  elements: dict
  sample:
    - {object: paris to berlin, seconds: 3.2, state: connected}
query_result:
  description: What O(query) gives of the whole result, in the place of all else but RV(findings).
  returned: with O(query)
  type: raw
  sample: [[paris, cart, true]]
findings:
  description:
    - One finding for each fault of a pair; where its agents do not all say the same, one for each of these agents,
      with its C(node). The rules are V(mesh_pair_) and the reason, such as V(mesh_pair_own_cluster).
    - Further rules are V(mesh_member_name) (agents are given another name than is declared), V(mesh_peer_not_declared)
      (severity V(info)) and V(mesh_store_unreadable).
  returned: always, also when it fails for O(require_all)
  type: list
  elements: dict
  sample:
    - rule: mesh_pair_tcp_timeout
      severity: error
      subject: {cluster: paris, peer: berlin, node: paris-2}
      feature:
      asked: connected
      found: tcp_timeout
      reason: >-
        paris (paris-2) is not connected with berlin: Cannot establish TCP connection to 10.2.0.1:32002: dial tcp
        10.2.0.1:32002: i/o timeout.
      remedy: >-
        Look for a firewall between the nodes and for an address that is no more; the port is that of the peer's mesh
        API server.
"""

from ..module_utils._mesh.info import run
from ..module_utils._mesh.info_arguments import ARGUMENTS
from ..module_utils._module import run_module


def main() -> None:
    """Do the work of the module in its own process."""
    run_module(ARGUMENTS, run)


if __name__ == "__main__":
    main()
