# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: status_info
short_description: What the agents of a cluster say about themselves
version_added: 0.1.0
author:
  - The fleet.cilium authors (@fleet-cilium)
description:
  - Asks the agent of Cilium on every node for its status and returns the answers under the same names for every
    version of Cilium.
  - The agents are asked in parallel, through the API server, with the agent's own program (C(cilium-dbg status)).
  - It needs the rights to list pods and to create C(pods/exec) in the namespace. The latter cannot be limited to some
    pods, and whoever has it is as good as root on the nodes.
extends_documentation_fragment:
  - fleet.cilium._kubernetes
  - fleet.cilium._attributes
  - fleet.cilium._attributes.info
  - fleet.cilium._attributes.cluster
options:
  namespace:
    description: Namespace of the agents.
    type: str
    default: kube-system
  require_all:
    description:
      - Fail if an agent does not answer.
      - Otherwise, such agents are reported in RV(findings) and the task succeeds.
    type: bool
    default: false
  timeout:
    description: Seconds that one command in one agent may take.
    type: int
    default: 30
  parallel:
    description: How many agents are asked at the same time.
    type: int
    default: 16
"""

EXAMPLES = r"""
- name: Ask every agent
  fleet.cilium.status_info:
    kubeconfig: ~/.kube/paris.conf
  register: cilium_status

- name: Show how each node balances load
  ansible.builtin.debug:
    msg: "{{ item.key }}: {{ item.value.kube_proxy_replacement.load_balancer_mode | default('not at all') }}"
  loop: "{{ cilium_status.nodes | dict2items }}"

- name: Stop unless every agent answers
  fleet.cilium.status_info:
    kubeconfig: ~/.kube/paris.conf
    context: paris
    require_all: true
"""

RETURN = r"""
nodes:
  description:
    - What each agent says, by the name of its node in Kubernetes. Words such as V(DSR) and V(Native) are the agent's.
    - A key that is missing was not told, which is another thing than V(false) or V(0).
  returned: success
  type: dict
  sample:
    paris-1:
      version: 1.15.19
      state: Ok
      kube_proxy_replacement:
        mode: 'True'
        load_balancer_mode: DSR
        algorithm: Maglev
        maglev_table_size: 251
      routing:
        mode: Native
        host: BPF
      masquerading:
        mode: BPF
        ipv4: true
        ipv6: false
  contains:
    version:
      description: Version of Cilium.
      type: str
      returned: if told
    state:
      description: State of the agent, V(Ok), V(Warning) or V(Failure); with C(message) beside it if there is one.
      type: str
      returned: if told
    cluster:
      description: Name of the cluster, as the agent knows it.
      type: str
      returned: if told
    kubernetes:
      description: The API server as the agent sees it, with C(state), C(version), C(platform) and C(apis).
      type: dict
      returned: if told
    kvstore:
      description: The key-value store, with C(state) and C(message).
      type: dict
      returned: if told
    kube_proxy_replacement:
      description:
        - What the agent does in the place of kube-proxy, with C(mode), C(devices) (each with C(name), C(addresses) and
          C(direct_routing)), C(load_balancer_mode), C(dsr_dispatch), C(algorithm), C(maglev_table_size),
          C(acceleration), C(socket_lb), C(socket_lb_protocols), C(socket_lb_coverage), C(session_affinity),
          C(graceful_termination), C(nat46x64), C(services) (with C(cluster_ip), C(node_port), C(load_balancer),
          C(external_ips), C(host_port)) and C(nodeport_range).
      type: dict
      returned: if told
    routing:
      description:
        - How packets travel, with C(mode) between nodes (V(Native), V(Tunnel)), C(tunnel_protocol), and C(host)
          inside the node (V(BPF), V(Legacy)).
      type: dict
      returned: if told
    masquerading:
      description:
        - How addresses of pods are hidden, with C(mode) (V(BPF), V(iptables), V(Disabled)), C(devices), C(cidr_v4),
          C(cidr_v6), C(ipv4), C(ipv6) and C(ip_masq_agent).
      type: dict
      returned: if told
    ipam:
      description:
        - Addresses of pods, with C(ipv4) and C(ipv6) (each with C(used), C(total) and C(cidr)), and C(allocated), the
          owner by address.
      type: dict
      returned: if told
    cni:
      description: Place in the CNI configuration, with C(chaining) and C(config_file).
      type: dict
      returned: if told
    bandwidth_manager:
      description: Pacing of traffic, with C(enabled), C(congestion_control) and C(devices).
      type: dict
      returned: if told
    big_tcp:
      description: Whether packets may be bigger than 64 KiB, with C(ipv4) and C(ipv6).
      type: dict
      returned: if told
    host_firewall:
      description: Policies for the node itself, with C(mode) and C(devices).
      type: dict
      returned: if told
    encryption:
      description:
        - Encryption between nodes, with C(mode), C(message), C(node_encryption), C(interfaces), C(peers),
          C(keys_in_use) and C(errors).
      type: dict
      returned: if told
    cluster_mesh:
      description:
        - The other clusters of the mesh, with C(ready), C(total), C(global_services) and C(clusters) (each with
          C(name), C(ready), C(connected), C(status), C(cluster_id), C(nodes), C(endpoints), C(identities),
          C(services) and C(failures)).
      type: dict
      returned: if told
    hubble:
      description: Record of flows, with C(state), C(message), C(flows), C(capacity) and C(metrics).
      type: dict
      returned: if told
    controllers:
      description:
        - Background jobs, with C(healthy), C(total) and C(failing) (each with C(name), C(failures) and C(message)).
      type: dict
      returned: if told
    health:
      description: The health daemon, with its state as C(daemon).
      type: dict
      returned: if told
    node_monitor:
      description: Channel of the BPF programs, with C(cpus), C(pages), C(page_size), C(lost) and C(unknown).
      type: dict
      returned: if told
    clock_source:
      description: Clock of the BPF programs, with C(mode) and C(hertz).
      type: dict
      returned: if told
    identity_range:
      description: Identities of this cluster, with C(min) and C(max).
      type: dict
      returned: if told
    proxy:
      description: The layer-7 proxy, with C(ip), C(port_range), C(redirects) and C(envoy).
      type: dict
      returned: if told
    bpf_maps:
      description: Sizes of the BPF maps, with C(dynamic_size_ratio) and C(maps), the number of entries by name.
      type: dict
      returned: if told
findings:
  description:
    - Agents that did not answer, and why.
    - The rules are V(agent_not_scheduled), V(agent_not_ready), V(exec_refused), V(exec_unreachable),
      V(agent_timeout), V(agent_no_answer) and V(no_agents).
  returned: always, also when it fails for O(require_all)
  type: list
  elements: dict
  sample:
    - rule: agent_not_ready
      severity: error
      subject:
        cluster: paris
        node: paris-2
        pod: cilium-x7k2p
      feature:
      asked:
      found:
      reason: "Pod cilium-x7k2p: container cilium-agent: CrashLoopBackOff."
      remedy: Look at the pod's events and at the agent's log.
"""

from ..module_utils._module import run_module
from ..module_utils._status.arguments import ARGUMENTS
from ..module_utils._status.run import run


def main() -> None:
    """Do the work of the module in its own process."""
    run_module(ARGUMENTS, run)


if __name__ == "__main__":
    main()
