# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where pods' addresses come from, and Cilium's place among CNI plugins. PRIVATE to the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._findings import INFO, WARNING
from .._settings import BOOL, INT, LIST, WORD, Reading, Setting
from .._versions import span
from ._conditions import all_of, among, any_of, given, holds, none_of, off, on
from ._model import Carrier, Feature, Rule
from ._networks import network_of
from .routing import ENDPOINT_ROUTES, IPV4, IPV6, TUNNELLED

if TYPE_CHECKING:
    from .._json import Json
    from ._model import View

MODE = "cilium_ipam_mode"
POOL4 = "cilium_pool_cidr"
POOL6 = "cilium_pool_cidr_ipv6"
MASK4 = "cilium_pool_mask_size"
MASK6 = "cilium_pool_mask_size_ipv6"
CHAINING = "cilium_cni_chaining_mode"
EXCLUSIVE = "cilium_cni_exclusive"

DEFAULT_POOL4 = "10.0.0.0/8"
DEFAULT_POOL6 = "fd00::/104"
POOLED = among(MODE, "cluster-pool", "cluster-pool-v2beta")
CHAINED = all_of(given(CHAINING), none_of(among(CHAINING, "none")))


def _several(value: Json) -> bool:
    return isinstance(value, list) and len(value) > 1


def _first(value: Json) -> Json:
    return value[0] if isinstance(value, list) and value else value


def _not_networks(value: Json) -> bool:
    return isinstance(value, list) and any(network_of(item) is None for item in value)


def pod_networks(view: View) -> list[Json]:
    """Return the networks of a cluster's pods, as text: its pools, the chart's default pool, or what facts say."""
    facts = view.facts.get("pod_cidrs")
    if not POOLED(view):
        return facts if isinstance(facts, list) else []
    found: list[Json] = []
    for family, pool, default in ((IPV4, POOL4, DEFAULT_POOL4), (IPV6, POOL6, DEFAULT_POOL6)):
        if view.effective.get(family) is True:
            given_pool = view.effective.get(pool)
            found += given_pool if isinstance(given_pool, list) and given_pool else [default]
    return found


def is_chosen(network: Json, view: View) -> bool:
    """Tell whether pods get a network because somebody set it as a pool."""
    pools = (view.given.get(name) for name in (POOL4, POOL6))
    return POOLED(view) and any(network in pool for pool in pools if isinstance(pool, list))


def _mask_too_wide(view: View, *, pool: str, mask: str) -> bool:
    """Tell whether a node's share is bigger than a pool."""
    size, networks = view.effective.get(mask), view.effective.get(pool)
    if not isinstance(size, int) or not isinstance(networks, list):
        return False
    found = (network_of(item) for item in networks)
    return any(network is not None and size < network.prefixlen for network in found)


ADDRESSES = Feature(
    name="ipam",
    doc=(
        "Where pods' addresses come from: from pools that Cilium's operator splits among the nodes (cluster-pool), "
        "from the network that Kubernetes gives each node (kubernetes), or from a cloud (eni). Without pools of your "
        "own, pods get 10.0.0.0/8, which collides with many networks and with every other cluster that does the same."
    ),
    settings=(
        Setting(
            MODE,
            WORD,
            "Where pods' addresses come from. A live cluster cannot be changed without losing connections.",
            choices=(
                "cluster-pool",
                "kubernetes",
                "eni",
                "multi-pool",
                "cluster-pool-v2beta",
                "crd",
                "azure",
                "alibabacloud",
                "delegated-plugin",
            ),
            defaults=(("", "cluster-pool"),),
            readings={"cluster_pool": Reading("cluster-pool")},
        ),
        Setting(POOL4, LIST, "IPv4 networks of the pool.", empty=([],)),
        Setting(POOL6, LIST, "IPv6 networks of the pool.", empty=([],)),
        Setting(MASK4, INT, "Size of a node's share of the IPv4 pool, as a prefix length.", low=8, high=32),
        Setting(MASK6, INT, "Size of a node's share of the IPv6 pool, as a prefix length.", low=16, high=128),
    ),
    values=(
        Carrier(
            "ipam.mode",
            MODE,
            words={"cluster-pool": "cluster-pool", "kubernetes": "kubernetes", "crd": "crd", "azure": "azure"},
        ),
        Carrier("ipam.mode", MODE, words={"eni": "eni"}),
        Carrier("eni.enabled", MODE, at=span("1.10"), words={"eni": True}),
        Carrier("eni", MODE, at=span(until="1.10"), words={"eni": True}),
        Carrier("ipam.mode", MODE, at=span("1.10"), words={"alibabacloud": "alibabacloud"}),
        Carrier("alibabacloud.enabled", MODE, at=span("1.10"), words={"alibabacloud": True}),
        Carrier("azure.enabled", MODE, words={"azure": True}),
        Carrier("ipam.mode", MODE, at=span("1.12", "1.15"), words={"cluster-pool-v2beta": "cluster-pool-v2beta"}),
        Carrier("ipam.mode", MODE, at=span("1.12"), words={"delegated-plugin": "delegated-plugin"}),
        Carrier("ipam.mode", MODE, at=span("1.14"), words={"multi-pool": "multi-pool"}),
        Carrier("ipam.operator.clusterPoolIPv4PodCIDR", POOL4, at=span(until="1.11"), convert=_first),
        Carrier("ipam.operator.clusterPoolIPv4PodCIDRList", POOL4, at=span("1.11")),
        Carrier("ipam.operator.clusterPoolIPv6PodCIDR", POOL6, at=span(until="1.11"), convert=_first),
        Carrier("ipam.operator.clusterPoolIPv6PodCIDRList", POOL6, at=span("1.11")),
        Carrier("ipam.operator.clusterPoolIPv4MaskSize", MASK4),
        Carrier("ipam.operator.clusterPoolIPv6MaskSize", MASK6),
    ),
    keys=(
        Carrier("ipam", MODE),
        Carrier("cluster-pool-ipv4-cidr", POOL4, when=all_of(POOLED, on(IPV4))),
        Carrier("cluster-pool-ipv4-mask-size", MASK4, when=all_of(POOLED, on(IPV4))),
        Carrier("cluster-pool-ipv6-cidr", POOL6, when=all_of(POOLED, on(IPV6))),
        Carrier("cluster-pool-ipv6-mask-size", MASK6, when=all_of(POOLED, on(IPV6))),
    ),
    rules=(
        Rule(
            "pool_is_one_network",
            at=span(until="1.11"),
            when=any_of(holds(POOL4, _several), holds(POOL6, _several)),
            about=(POOL4, POOL6),
            reason="the chart of Cilium {version} takes one network a family",
            remedy=f"name one network in {POOL4} and {POOL6}",
        ),
        Rule(
            "pool_is_no_network",
            when=any_of(holds(POOL4, _not_networks), holds(POOL6, _not_networks)),
            about=(POOL4, POOL6),
            reason="a pool is a list of networks such as 10.1.0.0/16",
            remedy=f"correct {POOL4} or {POOL6}",
        ),
        Rule(
            "pool_mask_wider_than_pool",
            when=any_of(
                lambda view: _mask_too_wide(view, pool=POOL4, mask=MASK4),
                lambda view: _mask_too_wide(view, pool=POOL6, mask=MASK6),
            ),
            about=(POOL4, MASK4, POOL6, MASK6),
            reason="a node's share is bigger than a whole pool, so the operator refuses to start",
            remedy=f"set {MASK4} and {MASK6} to longer prefixes than the pools have",
        ),
        Rule(
            "pool_is_the_default",
            severity=WARNING,
            when=all_of(POOLED, on(IPV4), none_of(given(POOL4))),
            about=(MODE, POOL4),
            reason=f"without a pool of their own, pods get addresses from {DEFAULT_POOL4}, which collides with nodes "
            "and services in that range, and with every cluster that does the same",
            remedy=f"set {POOL4}",
        ),
        Rule(
            "pool_unused",
            severity=INFO,
            when=all_of(none_of(POOLED), any_of(given(POOL4), given(POOL6))),
            about=(MODE, POOL4, POOL6),
            reason="pods' addresses come from elsewhere, so the pool says nothing",
            remedy=f"remove {POOL4} and {POOL6}, or set {MODE} to cluster-pool",
        ),
        Rule(
            "multi_pool_refuses_tunnel",
            at=span("1.14", "1.18"),
            when=all_of(among(MODE, "multi-pool"), TUNNELLED),
            about=(MODE, "cilium_routing_mode"),
            reason="agents refuse several pools with a tunnel before 1.18",
            remedy="set cilium_routing_mode to native",
        ),
        Rule(
            "multi_pool_refuses_ipsec",
            when=all_of(
                among(MODE, "multi-pool"), on("cilium_encryption_enabled"), among("cilium_encryption_type", "ipsec")
            ),
            about=(MODE, "cilium_encryption_type"),
            reason="agents refuse several pools with IPsec",
            remedy="set cilium_encryption_type to wireguard, or leave encryption out",
        ),
        Rule(
            "eni_refuses_ipv6",
            at=span(until="1.20"),
            when=all_of(among(MODE, "eni"), on(IPV6)),
            about=(MODE, IPV6),
            reason="agents refuse IPv6 with addresses from ENI before 1.20",
            remedy=f"set {IPV6} to false",
        ),
    ),
)

CNI = Feature(
    name="cni",
    doc=(
        "Cilium is the node's only CNI plugin, or the last in a chain behind another one (which then gives the "
        "addresses). Alone, it renames other plugins' files so that no pod is started by them."
    ),
    settings=(
        Setting(
            CHAINING,
            WORD,
            "The plugin behind which Cilium is chained.",
            choices=("none", "aws-cni", "flannel", "generic-veth", "portmap"),
            defaults=(("", "none"),),
        ),
        Setting(EXCLUSIVE, BOOL, "Rename other plugins' files on the node.", defaults=(("", True),)),
    ),
    values=(Carrier("cni.chainingMode", CHAINING), Carrier("cni.exclusive", EXCLUSIVE, at=span("1.10"))),
    keys=(
        Carrier("cni-chaining-mode", CHAINING, when=CHAINED),
        Carrier("cni-exclusive", EXCLUSIVE, at=span("1.14")),
    ),
    rules=(
        Rule(
            "chaining_needs_shared_folder",
            at=span("1.10"),
            severity=WARNING,
            when=all_of(among(CHAINING, "aws-cni", "flannel"), on(EXCLUSIVE)),
            about=(CHAINING, EXCLUSIVE),
            reason="Cilium would rename the files of the plugin behind which it is chained",
            remedy=f"set {EXCLUSIVE} to false",
        ),
        Rule(
            "chaining_refuses_encryption",
            when=all_of(CHAINED, on("cilium_encryption_enabled")),
            about=(CHAINING, "cilium_encryption_enabled"),
            reason="Cilium does not encrypt what another plugin carries",
            remedy="set cilium_encryption_enabled to false, or chain nothing",
        ),
        Rule(
            "chaining_needs_endpoint_routes",
            at=span("1.12", "1.19"),
            severity=WARNING,
            when=all_of(among(CHAINING, "aws-cni"), off(ENDPOINT_ROUTES)),
            about=(CHAINING, ENDPOINT_ROUTES),
            reason="behind the AWS plugin, Cilium's documentation asks for a route per pod",
            remedy=f"set {ENDPOINT_ROUTES} to true",
        ),
        Rule(
            "chaining_needs_no_tunnel",
            severity=WARNING,
            when=all_of(among(CHAINING, "aws-cni"), any_of(TUNNELLED, on("cilium_enable_ipv4_masquerade"))),
            about=(CHAINING, "cilium_routing_mode", "cilium_enable_ipv4_masquerade"),
            reason="behind the AWS plugin, pods' addresses are the cloud's: neither tunnels nor masquerading fit",
            remedy="set cilium_routing_mode to native and cilium_enable_ipv4_masquerade to false",
        ),
    ),
)

FEATURES = (ADDRESSES, CNI)
