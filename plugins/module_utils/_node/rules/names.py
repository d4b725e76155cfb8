# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What kube-proxy of Kubernetes 1.9 to 1.36 creates on a node, by name. PRIVATE to the collection.

Source: pkg/proxy/{iptables,ipvs,nftables,userspace} and pkg/kubelet/kubelet_network_linux.go of Kubernetes. Only what
stands here is kube-proxy's; other names that begin with KUBE- belong to the kubelet (KUBE-FIREWALL in filter,
KUBE-KUBELET-CANARY, KUBE-IPTABLES-HINT), to a container runtime (KUBE-HOSTPORTS, KUBE-HP-…) or to kube-router
(KUBE-ROUTER-…, KUBE-POD-FW-…, KUBE-NWPLCY-…).
"""

from __future__ import annotations

import re

NAT, FILTER, MANGLE = "nat", "filter", "mangle"
TABLES = (NAT, FILTER, MANGLE)

# Chains of one name, by table.
_CHAINS: dict[str, frozenset[str]] = {
    NAT: frozenset(
        """KUBE-SERVICES KUBE-NODEPORTS KUBE-PROXY-CANARY
        KUBE-NODE-PORT KUBE-LOAD-BALANCER KUBE-FIREWALL KUBE-FIRE-WALL KUBE-SVC-IPSETS
        KUBE-PORTALS-CONTAINER KUBE-PORTALS-HOST KUBE-NODEPORT-CONTAINER KUBE-NODEPORT-HOST""".split()
    ),
    FILTER: frozenset(
        """KUBE-SERVICES KUBE-EXTERNAL-SERVICES KUBE-NODEPORTS KUBE-FORWARD KUBE-PROXY-FIREWALL KUBE-PROXY-CANARY
        KUBE-NODE-PORT KUBE-SOURCE-RANGES-FIREWALL KUBE-IPVS-FILTER KUBE-IPVS-OUT-FILTER
        KUBE-NODEPORT-NON-LOCAL""".split()
    ),
    MANGLE: frozenset({"KUBE-PROXY-CANARY"}),
}
# Chains of services and endpoints: 16 characters of a hash in base 32. XLB is what EXT was called before 1.24.
_HASHED = re.compile(r"KUBE-(SVC|SVL|FW|EXT|XLB|SEP)-[A-Z2-7]{16}")

# Chains that kube-proxy makes, and kubelets before 1.28 too (the latter also where there is no kube-proxy).
MARK_DROP, MARK_MASQUERADE, POSTROUTING = "KUBE-MARK-DROP", "KUBE-MARK-MASQ", "KUBE-POSTROUTING"
SHARED = frozenset({MARK_DROP, MARK_MASQUERADE, POSTROUTING})

# The kubelet's chain in filter; kube-proxy in iptables mode makes the same. In IPv6 this copy is empty, while a kubelet
# before 1.28 puts a rule into its own there, and a later one makes none.
FIREWALL = "KUBE-FIREWALL"

# The kernel's own chains, from which kube-proxy jumps to its chains.
BUILT_IN = frozenset({"PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"})

_PORTALS = "handle ClusterIPs; NOTE: this must be before the NodePort rules"
_NODE_PORTS = "handle service NodePorts; NOTE: this must be the last rule in the chain"
# The comment of such a jump, by the chain it goes to.
_JUMP_COMMENTS: dict[str, frozenset[str]] = {
    "KUBE-SERVICES": frozenset({"kubernetes service portals"}),
    "KUBE-EXTERNAL-SERVICES": frozenset({"kubernetes externally-visible service portals"}),
    "KUBE-NODEPORTS": frozenset({"kubernetes health check service ports"}),
    "KUBE-NODE-PORT": frozenset({"kubernetes health check rules"}),
    "KUBE-FORWARD": frozenset({"kubernetes forwarding rules"}),
    "KUBE-PROXY-FIREWALL": frozenset({"kubernetes load balancer firewall", "kube-proxy firewall rules"}),
    "KUBE-IPVS-FILTER": frozenset({"kubernetes ipvs access filter"}),
    "KUBE-IPVS-OUT-FILTER": frozenset({"kubernetes ipvs access filter"}),
    "KUBE-PORTALS-CONTAINER": frozenset({_PORTALS}),
    "KUBE-PORTALS-HOST": frozenset({_PORTALS}),
    "KUBE-NODEPORT-CONTAINER": frozenset({_NODE_PORTS}),
    "KUBE-NODEPORT-HOST": frozenset({_NODE_PORTS}),
    "KUBE-NODEPORT-NON-LOCAL": frozenset({"Ensure that non-local NodePort traffic can flow"}),
    POSTROUTING: frozenset({"kubernetes postrouting rules"}),
}
# What else may stand in such a jump.
_JUMP_MATCHES = (
    ("-m", "conntrack", "--ctstate", "NEW"),
    ("-m", "addrtype", "--dst-type", "LOCAL"),
)

NFT_TABLES = (("ip", "kube-proxy"), ("ip6", "kube-proxy"))
DEVICE = "kube-ipvs0"

_SET_NAMES = """KUBE-LOOP-BACK KUBE-CLUSTER-IP KUBE-EXTERNAL-IP KUBE-EXTERNAL-IP-LOCAL KUBE-LOAD-BALANCER
    KUBE-LOAD-BALANCER-LOCAL KUBE-LOAD-BALANCER-FW KUBE-LOAD-BALANCER-SOURCE-IP KUBE-LOAD-BALANCER-SOURCE-CIDR
    KUBE-LOAD-BALANCER-MASQ KUBE-LOAD-BALANCER-INGRESS
    KUBE-NODE-PORT-TCP KUBE-NODE-PORT-LOCAL-TCP KUBE-NODE-PORT-UDP KUBE-NODE-PORT-LOCAL-UDP
    KUBE-NODE-PORT-SCTP KUBE-NODE-PORT-LOCAL-SCTP KUBE-NODE-PORT-SCTP-HASH KUBE-NODE-PORT-LOCAL-SCTP-HASH
    KUBE-HEALTH-CHECK-NODE-PORT KUBE-IPVS-IPS""".split()
_LONGEST_SET_NAME = 31  # the kernel's limit; kube-proxy cuts its names to it
SETS = frozenset(_SET_NAMES) | frozenset(name.replace("KUBE-", "KUBE-6-", 1)[:_LONGEST_SET_NAME] for name in _SET_NAMES)


def is_chain(table: str, chain: str) -> bool:
    """Tell whether a chain of this name in this table is kube-proxy's alone."""
    return chain in _CHAINS.get(table, ()) or (table == NAT and _HASHED.fullmatch(chain) is not None)


def is_copy(table: str, chain: str, *, ipv6: bool, empty: bool) -> bool:
    """Tell whether a chain is kube-proxy's copy of the kubelet's, and not the kubelet's own."""
    return chain == FIREWALL and table == FILTER and ipv6 and empty


def is_jump(table: str, words: list[str]) -> bool:
    """Tell whether a rule of a built-in chain, as words without its chain, is a jump that kube-proxy makes."""
    if len(words) < 2 or words[-2] != "-j":
        return False
    if words == ["-j", FIREWALL]:
        return table == FILTER
    rest = words[:-2]
    for comment in _JUMP_COMMENTS.get(words[-1], ()):
        left = _without(rest, ("-m", "comment", "--comment", comment))
        if left != rest:
            for match in _JUMP_MATCHES:
                left = _without(left, match)
            return not left
    return False


def _without(words: list[str], part: tuple[str, ...]) -> list[str]:
    """Return the words without the first appearance of the part."""
    size = len(part)
    for start in range(len(words) - size + 1):
        if tuple(words[start : start + size]) == part:
            return words[:start] + words[start + size :]
    return words
