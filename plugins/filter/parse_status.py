# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: parse_status
short_description: What an agent of Cilium says about itself, from its text or its JSON
version_added: "0.1.0"
author: The fleet.cilium authors
description:
  - Reads what C(cilium-dbg status) (before 1.15, C(cilium status) in the agent's pod) prints, also with C(--verbose) or
    C(-o json), of Cilium 1.9 and later; of older ones, down to 1.4, what they have in common.
  - Also reads C(encrypt status).
  - What a terminal, a shell and kubectl add to the text does not matter, nor do shifted columns, tabs, and a tail that
    is missing.
  - A key that is missing was not told, which is another thing than V(false) or V(0).
extends_documentation_fragment: fleet.cilium._filters.output
seealso:
  - module: fleet.cilium.status_info
"""

EXAMPLES = r"""
- name: Ask
  ansible.builtin.command: kubectl -n kube-system exec ds/cilium -- cilium-dbg status --verbose
  changed_when: false
  register: answer

- name: Show
  ansible.builtin.debug:
    msg: "{{ (answer.stdout | fleet.cilium.parse_status).kube_proxy_replacement.mode }}"
"""

RETURN = r"""
_value:
  description: What the output says.
  type: dict
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


def parse_status(value: object) -> JsonObject:
    """Return what the output says."""
    return read("cilium-dbg status", value)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., JsonObject]]:
        return {"parse_status": parse_status}
