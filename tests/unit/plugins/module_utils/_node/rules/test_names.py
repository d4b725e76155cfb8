"""Which names are kube-proxy's, and which only look like it."""

from __future__ import annotations

import shlex

import pytest
from ansible_collections.fleet.cilium.plugins.module_utils._node.rules import names

OURS = [
    ("nat", "KUBE-SERVICES"),
    ("nat", "KUBE-NODEPORTS"),
    ("nat", "KUBE-SVC-ABCDEFGHIJKLMNOP"),
    ("nat", "KUBE-SVL-ABCDEFGHIJKLMNOP"),
    ("nat", "KUBE-EXT-2345672345672345"),
    ("nat", "KUBE-XLB-ABCDEFGHIJKLMNOP"),
    ("nat", "KUBE-FW-ABCDEFGHIJKLMNOP"),
    ("nat", "KUBE-SEP-ABCDEFGHIJKLMNOP"),
    ("nat", "KUBE-PROXY-CANARY"),
    ("nat", "KUBE-FIREWALL"),  # IPVS mode
    ("nat", "KUBE-FIRE-WALL"),  # IPVS mode of 1.9
    ("nat", "KUBE-LOAD-BALANCER"),
    ("nat", "KUBE-NODE-PORT"),
    ("nat", "KUBE-PORTALS-HOST"),  # userspace mode
    ("filter", "KUBE-SERVICES"),
    ("filter", "KUBE-EXTERNAL-SERVICES"),
    ("filter", "KUBE-FORWARD"),
    ("filter", "KUBE-PROXY-FIREWALL"),
    ("filter", "KUBE-SOURCE-RANGES-FIREWALL"),
    ("filter", "KUBE-IPVS-FILTER"),
    ("filter", "KUBE-IPVS-OUT-FILTER"),
    ("filter", "KUBE-NODEPORT-NON-LOCAL"),
    ("mangle", "KUBE-PROXY-CANARY"),
]
OTHERS = [
    ("filter", "KUBE-FIREWALL"),  # the kubelet's
    ("nat", "KUBE-KUBELET-CANARY"),
    ("mangle", "KUBE-KUBELET-CANARY"),
    ("mangle", "KUBE-IPTABLES-HINT"),
    ("nat", "KUBE-MARK-MASQ"),  # shared with older kubelets: a decision of its own
    ("nat", "KUBE-MARK-DROP"),
    ("nat", "KUBE-POSTROUTING"),
    ("nat", "KUBE-HOSTPORTS"),  # container runtimes
    ("nat", "KUBE-HP-ABCDEFGHIJKLMNOP"),
    ("nat", "KUBE-LOCALDEST"),
    ("filter", "KUBE-ROUTER-INPUT"),  # kube-router
    ("filter", "KUBE-POD-FW-ABCDEFGHIJKLMNOP"),
    ("filter", "KUBE-NWPLCY-ABCDEFGHIJKLMNOP"),
    ("nat", "KUBE-SVC-ABC"),
    ("nat", "KUBE-SVC-ABCDEFGHIJKLMNO1"),  # no character of base 32
    ("nat", "XKUBE-SERVICES"),
    ("filter", "KUBE-SVC-ABCDEFGHIJKLMNOP"),  # never in this table
    ("raw", "KUBE-SERVICES"),
    ("mangle", "KUBE-SERVICES"),
    ("nat", "CNI-HOSTPORT-DNAT"),
    ("nat", "CILIUM_POST_nat"),
]


@pytest.mark.parametrize(("table", "chain"), OURS)
def test_chains_of_kube_proxy(table: str, chain: str) -> None:
    assert names.is_chain(table, chain)


@pytest.mark.parametrize(("table", "chain"), OTHERS)
def test_chains_of_others(table: str, chain: str) -> None:
    assert not names.is_chain(table, chain)


JUMPS = [
    '-m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
    '-m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
    '-m comment --comment "kubernetes service portals" -m conntrack --ctstate NEW -j KUBE-SERVICES',
    (
        '-m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals"'
        " -j KUBE-EXTERNAL-SERVICES"
    ),
    '-m comment --comment "kubernetes health check service ports" -j KUBE-NODEPORTS',
    '-m comment --comment "kubernetes health check rules" -j KUBE-NODE-PORT',
    '-m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD',
    '-m comment --comment "kube-proxy firewall rules" -j KUBE-PROXY-FIREWALL',
    '-m comment --comment "kubernetes ipvs access filter" -j KUBE-IPVS-OUT-FILTER',
    '-m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING',
    (
        '-m addrtype --dst-type LOCAL -m comment --comment "handle service NodePorts; NOTE: this must be the last rule'
        ' in the chain" -j KUBE-NODEPORT-HOST'
    ),
]
NO_JUMPS = [
    "-j KUBE-SERVICES",
    '-m comment --comment "kubernetes service portals" -j KUBE-FORWARD',
    '-m comment --comment "kubernetes service portals" -g KUBE-SERVICES',
    '-s 192.0.2.1/32 -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
    '-m comment --comment "my service portals" -j KUBE-SERVICES',
    '-m comment --comment "kubernetes service portals" -j ACCEPT',
    "KUBE-SERVICES",
    "",
]


@pytest.mark.parametrize("rule", JUMPS)
def test_jumps_of_kube_proxy(rule: str) -> None:
    assert names.is_jump("filter", shlex.split(rule))


@pytest.mark.parametrize("rule", NO_JUMPS)
def test_jumps_of_others(rule: str) -> None:
    assert not names.is_jump("filter", shlex.split(rule))


@pytest.mark.parametrize(
    ("table", "ipv6", "empty", "copy"),
    [
        ("filter", True, True, True),
        ("filter", True, False, False),  # a kubelet before 1.28
        ("filter", False, True, False),
        ("filter", False, False, False),
        ("nat", True, True, False),  # IPVS mode, and kube-proxy's anyway
    ],
)
def test_the_copy_of_the_kubelets_chain(table: str, *, ipv6: bool, empty: bool, copy: bool) -> None:
    assert names.is_copy(table, "KUBE-FIREWALL", ipv6=ipv6, empty=empty) is copy
    assert not names.is_copy(table, "KUBE-KUBELET-CANARY", ipv6=ipv6, empty=empty)
    assert names.is_jump(table, ["-j", "KUBE-FIREWALL"]) is (table == "filter")


def test_names_of_sets_fit_the_kernel() -> None:
    assert max(len(name) for name in names.SETS) <= 31
    assert {"KUBE-CLUSTER-IP", "KUBE-6-CLUSTER-IP", "KUBE-6-LOAD-BALANCER-SOURCE-CID"} <= names.SETS
    assert not names.SETS & {
        "KUBE-SRC-ABCDEFGHIJKLMNOP",
        "KUBE-DST-ABCDEFGHIJKLMNOP",
        "KUBE-6-LOAD-BALANCER-SOURCE-CIDR",
    }
