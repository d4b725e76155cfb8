# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: status_info
short_description: What the agents of a cluster say about themselves, one by one and together
version_added: 0.1.0
author:
  - The fleet.cilium authors (@fleet-cilium)
description:
  - Asks the agent of Cilium on every node for its status and returns the answers under the same names for every
    version of Cilium, and what the agents agree on.
  - The agents are asked in parallel, through the API server, with the agent's own programs (C(cilium-dbg status) and
    others). An agent that does not answer is a finding, not a failure of the task.
  - It needs the rights to list pods and to exec in the namespace (C(get) and C(create) of C(pods/exec)), for
    O(gather=log) also C(get) of C(pods/log). The file C(docs/rights/status_info.yml) of the collection grants them.
  - The right to exec cannot be limited to some pods of a namespace, and whoever has it in the namespace of the agents
    is as good as root on every node.
extends_documentation_fragment:
  - fleet.cilium._kubernetes
  - fleet.cilium._query
  - fleet.cilium._attributes
  - fleet.cilium._attributes.info
  - fleet.cilium._attributes.cluster
options:
  namespace:
    description: Namespace of the agents.
    type: str
    default: kube-system
  gather:
    description:
      - What to read from each agent.
      - V(status) is what the agent says of itself.
      - V(health) is which nodes it reaches, as its health daemon found out last; with thousands of nodes that is a
        long list for each of them.
      - V(services) is every frontend that it balances, with the backends.
      - V(log) is the warnings and errors that it has logged since it started, by message. The whole log is read, and
        nothing of it is kept but the summary.
    type: list
    elements: str
    choices: [status, health, services, log]
    default: [status]
  probe:
    description:
      - Have the health daemon of each agent ask all nodes anew before it answers; it takes some seconds.
      - It reads V(health) even when O(gather) does not name it.
    type: bool
    default: false
  require_all:
    description:
      - Fail if an agent does not answer, or does not answer all that is asked.
      - Otherwise, such agents are reported in RV(findings) and the task succeeds.
    type: bool
    default: false
  timeout:
    description: Seconds that one command in one agent, or reading its log, may take.
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

- name: Show what the agents agree on, and where they differ
  ansible.builtin.debug:
    var: cilium_status.summary.text

- name: Which nodes does each agent not reach, asked just now
  fleet.cilium.status_info:
    kubeconfig: ~/.kube/paris.conf
    gather: [health]
    probe: true
    query: "nodes.*.health.{from: local, unreachable: nodes[?node.status == 'unreachable'].name}"

- name: What do the agents warn of
  fleet.cilium.status_info:
    kubeconfig: ~/.kube/paris.conf
    gather: [log]

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
  returned: success, without O(query)
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
      description: State of the agent, V(Ok), V(Warning) or V(Failure).
      type: str
      returned: if told
    message:
      description: What the agent says to its state.
      type: str
      returned: if told
    stale:
      description: Since when a part of this state is old, by the part.
      type: dict
      returned: if told
    cluster:
      description: Name of the cluster, as the agent knows it.
      type: str
      returned: if told
    kubernetes:
      description:
        - The API server as the agent sees it, with C(state), C(message) (where there is no version), C(version),
          C(platform) and C(apis).
      type: dict
      returned: if told
    kvstore:
      description: The key-value store, with C(state) and C(message).
      type: dict
      returned: if told
    container_runtime:
      description: The container runtime, with C(state) and C(message).
      type: dict
      returned: if told
    kube_proxy_replacement:
      description:
        - What the agent does in the place of kube-proxy, with C(mode), C(devices) (each with C(name), C(addresses) and
          C(direct_routing)), C(load_balancer_mode), C(dsr_dispatch), C(algorithm), C(maglev_table_size),
          C(acceleration), C(socket_lb), C(socket_lb_tracing), C(socket_lb_protocols), C(socket_lb_coverage),
          C(session_affinity), C(graceful_termination), C(nat46x64), C(nat46x64_services), C(nat46x64_gateway),
          C(nat46x64_prefixes), C(services) (with C(cluster_ip), C(node_port), C(load_balancer), C(external_ips),
          C(host_port)), C(nodeport_range) and C(annotations).
      type: dict
      returned: if told
    routing:
      description:
        - How packets travel, with C(mode) between nodes (V(Native), V(Tunnel)), C(tunnel_protocol), and C(host) inside
          the node (V(BPF), V(Legacy)).
      type: dict
      returned: if told
    datapath:
      description:
        - How programs are attached, as C(attach_mode) (V(tc), V(tcx)), and what pods' devices are, as C(device_mode)
          (V(veth), V(netkit), V(netkit-l2)).
      type: dict
      returned: if told
    srv6:
      description: Segment routing, with C(enabled) and C(encapsulation).
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
        - Addresses of pods, with C(ipv4) and C(ipv6) (each with C(used), C(total) and C(cidr)), C(allocated), the owner
          by address, and C(message) where there are no such pools.
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
      description:
        - Whether packets may be bigger than 64 KiB, with C(ipv4) and C(ipv6), and how big in bytes, with
          C(ipv4_max_gro), C(ipv4_max_gso), C(ipv6_max_gro) and C(ipv6_max_gso).
      type: dict
      returned: if told
    host_firewall:
      description: Policies for the node itself, with C(mode) and C(devices).
      type: dict
      returned: if told
    encryption:
      description:
        - Encryption between nodes, with C(mode), C(message), C(node_encryption), C(interfaces), C(peers),
          C(keys_in_use), C(max_sequence) and C(errors).
      type: dict
      returned: if told
    cluster_mesh:
      description:
        - The other clusters of the mesh, with C(ready), C(total), C(global_services) and C(clusters) (each with
          C(name), C(ready), C(connected), C(status), C(cluster_id), C(nodes), C(endpoints), C(identities), C(services),
          C(service_exports), C(endpoint_slices), C(failures), and about its configuration C(expected), C(retrieved),
          C(kvstoremesh), C(sync_canaries), C(exports), C(endpoint_slice_export_mode), and C(synced), which tells by
          kind whether all has arrived).
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
      description:
        - The health daemon, with its state as C(daemon), its C(message), and C(error) and C(unparsed) of its own text.
        - Where it was asked, also whom it reaches, with C(reachable) and C(total) (numbers of nodes), C(time),
          C(interval), C(local) (its own name) and C(nodes), each with C(name), C(local), C(ips), C(node) and
          C(endpoints). The last two are the sides of that node, with C(status) (V(reachable), V(unreachable),
          V(unknown)), C(reachable) and C(total) (numbers of addresses) and C(paths), each with C(ip), C(primary),
          C(icmp) and C(http). These are the probes, with C(ok), C(rtt) in nanoseconds, C(message) and C(last_probed).
      type: dict
      returned: if told
    node_monitor:
      description:
        - Channel of the BPF programs, with C(enabled), C(cpus), C(pages), C(page_size), C(lost) and C(unknown).
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
      description:
        - The layer-7 proxy, with C(ip), C(port_range), C(redirects), C(redirected) (each with C(name), C(protocol) and
          C(port)) and C(envoy).
      type: dict
      returned: if told
    bpf_maps:
      description: Sizes of the BPF maps, with C(dynamic_size_ratio) and C(maps), the number of entries by name.
      type: dict
      returned: if told
    modules_health:
      description:
        - Parts of the agent that report their own health, with C(stopped), C(degraded), C(ok) (numbers) and C(failing)
          (those that are degraded, each with C(name), C(message) and C(since)).
      type: dict
      returned: if told
    install_mode:
      description:
        - The way of installing that this state shows, V(cilium-kubeproxy-mode), V(cilium-kubeproxy-replacement-mode) or
          V(cilium-kubeproxy-replacement-ebpf-mode).
      type: str
      returned: if it is one of them
    services:
      description:
        - What the agent balances, one entry for each frontend, with C(id), C(ip), C(port), C(protocol), C(scope),
          C(type), C(name), C(namespace), C(cluster), C(remote), C(external_traffic_policy),
          C(internal_traffic_policy), C(nat_policy), C(health_check_node_port) and C(backends) (each with C(ip),
          C(port), C(protocol), C(state), C(preferred), C(weight), C(node) and C(zone)).
      type: list
      elements: dict
      returned: with O(gather=services)
    log:
      description:
        - What the agent has warned of since it started, the gravest and most frequent first, with C(level)
          (V(panic), V(fatal), V(error), V(warning)), C(subsys), C(message), C(count), C(first) and C(last) (times).
        - Beyond 200 messages, the others are counted together as V((other messages\)).
      type: list
      elements: dict
      returned: with O(gather=log)
summary:
  description: What the agents agree on, and where they differ.
  returned: success, without O(query)
  type: dict
  sample:
    agents: {total: 41, answered: 40, ready: 40}
    groups:
      - key: kube_proxy_replacement.load_balancer_mode
        answers:
          - {value: DSR, count: 38, nodes: [paris-01, paris-02, paris-03]}
          - {value: SNAT, count: 2, nodes: [paris-07, paris-31]}
    text: ['load balancing: 38 of 40 nodes: DSR; 2: SNAT']
  contains:
    agents:
      description: How many agents there are (C(total)), are ready, as Kubernetes says (C(ready)), and C(answered).
      type: dict
      returned: always
    groups:
      description:
        - For each question that at least one agent answers, its C(key) (a path in RV(nodes)) and the C(answers), the
          most frequent first. Each has the C(value) (null for agents that do not tell), the C(count), and the names
          of up to ten C(nodes).
      type: list
      elements: dict
      returned: always
    text:
      description: The same as sentences.
      type: list
      elements: str
      returned: always
query_result:
  description: What O(query) gives of the whole result; RV(nodes) and RV(summary) are left out then.
  returned: with O(query)
  type: raw
  sample: [DSR, SNAT]
findings:
  description:
    - Agents that did not answer, and why; C(asked) is the part of O(gather) that is missing.
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
