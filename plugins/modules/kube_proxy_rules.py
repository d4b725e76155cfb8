# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: kube_proxy_rules
short_description: Remove the rules that kube-proxy left behind on a node
version_added: 0.1.0
author:
  - The fleet.cilium authors (@fleet-cilium)
description:
  - Removes from this node what a kube-proxy that does not run any more has left in the kernel, in any of its modes, of
    Kubernetes 1.9 to 1.36.
  - >-
    These are its chains and rules in iptables and ip6tables (both backends, legacy and nft), its nftables tables
    C(ip kube-proxy) and C(ip6 kube-proxy), its IPVS virtual servers, the device C(kube-ipvs0), and its ipsets.
  - Nothing else is touched. Rules of others keep their order, counters and comments, and each table is changed in one
    transaction that holds nothing but deletions.
  - It runs on the node itself and needs root there. It imports nothing but Python's standard library, and it uses the
    node's own programs. It needs iptables 1.6.2 or later, or C(nft), and for what IPVS mode leaves C(ip), C(ipset) and
    C(ipvsadm).
extends_documentation_fragment:
  - fleet.cilium._attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details: Shows every line that goes.
  idempotent:
    support: full
  platform:
    platforms: linux
    support: full
options:
  state:
    description: The rules are to be V(absent). It is kube-proxy itself that makes them present.
    type: str
    choices: [absent]
    default: absent
  backends:
    description:
      - The backends of iptables to look at. It fails if one that is named here is not installed.
      - If this is not set, they are all that are installed. This is right even where C(iptables) stands for one of
        them, as the kube-proxy in its container may have used the other.
    type: list
    elements: str
    choices: [legacy, nft]
  force:
    description:
      - Remove the rules even while a kube-proxy runs in the network namespace of this task.
      - It writes its rules anew, at the latest when a service changes. Until then the node serves none.
    type: bool
    default: false
  flush_conntrack:
    description:
      - What to do with connections that kube-proxy's rules sent on to a pod, and that the kernel still tracks.
      - With V(none) they go on as long as they live, rules or no rules.
      - V(services) removes them, so that they break, and clients connect anew without kube-proxy. It needs
        C(conntrack).
    type: str
    choices: [none, services]
    default: none
  lock_timeout:
    description: Seconds to wait for the lock of iptables, which other programs may hold.
    type: int
    default: 60
  timeout:
    description: Seconds that one program may take.
    type: int
    default: 300
notes:
  - >-
    The kubelet's chains stay. These are C(KUBE-FIREWALL) in table filter (in ip6tables, if it has a rule),
    C(KUBE-KUBELET-CANARY), C(KUBE-IPTABLES-HINT), and C(KUBE-MARK-DROP) where it has the rule that only a kubelet puts
    there.
  - C(KUBE-MARK-MASQ) and C(KUBE-POSTROUTING) are made by kube-proxy, and before Kubernetes 1.28 by the kubelet as well,
    which does not make them again before it is restarted. They stay where such a kubelet has left its rule in
    C(KUBE-MARK-DROP), and where a rule that is not kube-proxy's jumps to one of them (container runtimes and CNI
    plugins mark packets so for host ports). Otherwise they are kube-proxy's and go.
  - If a rule that is not kube-proxy's jumps to one of its other chains, that rule stays as it is, and so does the
    chain, without its rules. The packet comes back from it at once. RV(left) has the rule.
  - Rules that somebody put into kube-proxy's own chains go with them. kube-proxy itself removes such rules whenever it
    writes the chain.
  - A virtual server of IPVS is kube-proxy's if its address is on C(kube-ipvs0), or if it is in one of kube-proxy's
    ipsets. Others, such as those of keepalived, stay.
  - What kube-proxy set with C(sysctl), and its counters of C(nfacct), stay.
"""

EXAMPLES = r"""
- name: Show what would go
  fleet.cilium.kube_proxy_rules:
  become: true
  check_mode: true
  diff: true

- name: Remove what kube-proxy left behind
  fleet.cilium.kube_proxy_rules:
    flush_conntrack: services
  become: true
"""

RETURN = r"""
removed:
  description:
    - What was removed, or would be in check mode, one entry for each table, in the order of removal.
    - Every line of it is in the difference, with C(--diff) and in check mode.
  returned: success
  type: list
  elements: dict
  sample:
    - backend: iptables-nft
      family: ipv4
      table: nat
      chains: 61
      rules: 148
    - backend: nftables
      family: ip
      table: kube-proxy
      tables: 1
  contains:
    backend:
      description: One of V(iptables-legacy), V(iptables-nft), V(nftables), V(ipvs), V(link) and V(ipset).
      type: str
    family:
      description: V(ipv4) or V(ipv6), for nftables V(ip) or V(ip6); empty where it does not apply.
      type: str
    table:
      description: Name of the table or device; empty where it does not apply.
      type: str
    chains:
      description: Number of chains.
      type: int
      returned: for iptables
    rules:
      description: Number of rules, in these chains and in the chains from which kube-proxy jumps to them.
      type: int
      returned: for iptables
    tables:
      description: Number of tables.
      type: int
      returned: for nftables
    servers:
      description: Number of virtual servers.
      type: int
      returned: for IPVS
    addresses:
      description: Number of addresses that were on the device.
      type: int
      returned: for the device
    sets:
      description: Number of ipsets.
      type: int
      returned: for ipsets
left:
  description: What looks like kube-proxy's and stays.
  returned: success
  type: list
  elements: dict
  sample:
    - backend: iptables-nft
      family: ipv4
      table: filter
      name: KUBE-FIREWALL
      reason: The kubelet's; a kube-proxy in iptables mode makes the same chain.
      rules: []
  contains:
    backend:
      description: As in RV(removed).
      type: str
    family:
      description: As in RV(removed).
      type: str
    table:
      description: As in RV(removed).
      type: str
    name:
      description: Name of the chain or set, or the virtual server.
      type: str
    reason:
      description: Why it stays.
      type: str
    rules:
      description: The rules of others for which it stays, as lines of C(iptables-save -c).
      type: list
      elements: str
connections:
  description: Number of tracked connections that were removed for O(flush_conntrack), or would be in check mode.
  returned: success
  type: int
  sample: 12
waited:
  description: What was waited for.
  returned: success
  type: list
  elements: dict
  sample:
    - object: /run/xtables.lock
      seconds: 2.4
      state: held by process 4711 (iptables-restore --wait)
findings:
  description:
    - What to know about this node.
    - The rules are V(kube_proxy_running) (with O(force) and in check mode; otherwise the task fails for it),
      V(kube_proxy_embedded) and V(rules_unreadable).
  returned: always, also when it fails because a kube-proxy runs
  type: list
  elements: dict
  sample: []
"""

from ..module_utils._module import run_module
from ..module_utils._node.rules.arguments import ARGUMENTS
from ..module_utils._node.rules.run import run


def main() -> None:
    """Do the work of the module in its own process."""
    run_module(ARGUMENTS, run)


if __name__ == "__main__":
    main()
