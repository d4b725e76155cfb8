# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routing: how packets travel between nodes, and on which devices. PRIVATE to the collection."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from .._findings import WARNING
from .._settings import BOOL, INT, TEXT, WORD, Reading, Setting
from .._versions import span
from ._conditions import absent, all_of, among, any_of, at, none_of, off, on, when_setting
from ._model import EQUAL, UDP, Carrier, Derived, Expectation, Feature, FleetRule, Otherwise, Port, Rule
from ._networks import network_of

if TYPE_CHECKING:
    from ._model import View

ROUTING = "cilium_routing_mode"
TUNNEL = "cilium_tunnel_mode"
TUNNEL_PORT = "cilium_tunnel_port"
DIRECT = "cilium_auto_direct_node_routes"
SKIP = "cilium_direct_routing_skip_unreachable"
ENDPOINT_ROUTES = "cilium_enable_endpoint_routes"
CIDR4 = "cilium_native_routing_cidr"
CIDR6 = "cilium_native_routing_cidr_ipv6"
IPV4 = "cilium_enable_ipv4"
IPV6 = "cilium_enable_ipv6"

NATIVE = among(ROUTING, "native")
TUNNELLED = among(ROUTING, "tunnel")
ENCAPSULATED = any_of(
    TUNNELLED,
    all_of(among("cilium_loadbalancer_mode", "dsr", "hybrid"), among("cilium_loadbalancer_dsr_dispatch", "geneve")),
)
"""Packets between nodes travel in a tunnel, those of pods or at least those of services."""
IPV6_UNDERLAY = all_of(TUNNELLED, off(IPV4), on(IPV6))
"""Tunnels between nodes that have IPv6 only; agents know these from 1.18."""
_NO_CIDR_NEEDED = any_of(
    among("cilium_ipam_mode", "eni", "alibabacloud"),
    all_of(at("1.15"), on("cilium_ip_masq_agent_enable")),
)


def native_networks(view: View) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """Return the networks that a cluster routes natively; none where nothing is masqueraded or a tunnel is used."""
    if not NATIVE(view):
        return []
    masquerades = ((CIDR4, "cilium_enable_ipv4_masquerade"), (CIDR6, "cilium_enable_ipv6_masquerade"))
    texts = (view.effective.get(name) for name, switch in masquerades if view.effective.get(switch) is True)
    return [found for found in map(network_of, texts) if found is not None]


MODE = Feature(
    name="routing_mode",
    doc=(
        "Pods on different nodes reach each other either through a tunnel (VXLAN or Geneve, works everywhere, costs 50 "
        "bytes a packet) or natively, where the network between the nodes knows the way to pods' addresses. All "
        "clusters of a mesh have to use the same."
    ),
    settings=(
        Setting(
            ROUTING,
            WORD,
            "How pods on different nodes reach each other: through a `tunnel`, or `native`.",
            choices=("tunnel", "native"),
            defaults=(("", "tunnel"),),
        ),
        Setting(
            TUNNEL,
            WORD,
            "Protocol of the tunnel. With native routing it matters only for Geneve dispatch. Kubespray's `disabled` "
            "is read as native routing.",
            choices=("vxlan", "geneve"),
            defaults=(("", "vxlan"),),
            readings={
                "disabled": Reading(
                    None,
                    f"disabled meant native routing up to Cilium 1.13; it is read as {ROUTING} native",
                    sets={ROUTING: "native"},
                )
            },
        ),
        Setting(
            TUNNEL_PORT,
            INT,
            "UDP port of the tunnel; by default 8472 for VXLAN and 6081 for Geneve.",
            low=1,
            high=65535,
            empty=(0,),
        ),
    ),
    values=(
        Carrier("tunnel", ROUTING, at=span(until="1.14"), words={"native": "disabled"}),
        Carrier("tunnel", TUNNEL, at=span(until="1.14"), when=none_of(NATIVE)),
        Carrier("routingMode", ROUTING, at=span("1.14")),
        Carrier("tunnelProtocol", TUNNEL, at=span("1.14")),
        Carrier("tunnelPort", TUNNEL_PORT, at=span("1.11")),
    ),
    keys=(
        Carrier("tunnel", ROUTING, at=span(until="1.14"), words={"native": "disabled"}),
        Carrier("tunnel", TUNNEL, at=span(until="1.14"), when=none_of(NATIVE)),
        Carrier("routing-mode", ROUTING, at=span("1.14")),
        Carrier("tunnel-protocol", TUNNEL, at=span("1.14")),
        Carrier("tunnel-port", TUNNEL_PORT, at=span("1.11")),
    ),
    derived=(
        Derived(
            ROUTING,
            when_setting({"eni": "native"}, "cilium_ipam_mode"),
            because="addresses from ENI are routed by the cloud; a tunnel is refused by agents from 1.17",
        ),
    ),
    rules=(
        Rule(
            "eni_refuses_tunnel",
            at=span("1.17"),
            when=all_of(TUNNELLED, among("cilium_ipam_mode", "eni")),
            about=(ROUTING, "cilium_ipam_mode"),
            reason="agents refuse to start with addresses from ENI and a tunnel",
            remedy=f"set {ROUTING} to native",
        ),
    ),
    fleet=(
        FleetRule(
            "mesh_routing_differs",
            ROUTING,
            EQUAL,
            reason="clusters of a mesh reach each other's pods in one way only: all through tunnels, or all natively",
            remedy=f"set {ROUTING} to the same everywhere",
        ),
        FleetRule(
            "mesh_tunnel_differs",
            TUNNEL,
            EQUAL,
            when=TUNNELLED,
            reason="clusters of a mesh that reach each other through tunnels have to speak the same protocol",
            remedy=f"set {TUNNEL} to the same everywhere",
        ),
        FleetRule(
            "mesh_tunnel_port_differs",
            TUNNEL_PORT,
            EQUAL,
            when=ENCAPSULATED,
            reason="agents send tunnelled packets to their own tunnel port at every node, those of other clusters "
            "included, where nobody listens if the port is another one",
            remedy=f"set {TUNNEL_PORT} to the same everywhere",
        ),
    ),
    otherwise=(
        Otherwise(TUNNEL_PORT, 8472, all_of(ENCAPSULATED, among(TUNNEL, "vxlan")), "with VXLAN"),
        Otherwise(TUNNEL_PORT, 6081, all_of(ENCAPSULATED, among(TUNNEL, "geneve")), "with Geneve"),
    ),
    ports=(
        Port("tunnel", UDP, "packets between pods travel in tunnels", setting=TUNNEL_PORT, when=TUNNELLED),
        Port(
            "dispatch",
            UDP,
            "requests for services are passed on in tunnels",
            setting=TUNNEL_PORT,
            when=all_of(ENCAPSULATED, NATIVE),
        ),
    ),
    active=NATIVE,
    expectations=(
        Expectation("routing.mode", ROUTING, {"native": ("Native",), "tunnel": ("Tunnel",)}, at=span("1.16")),
        Expectation("routing.tunnel_protocol", TUNNEL, at=span("1.16"), when=TUNNELLED),
    ),
)

DIRECT_ROUTES = Feature(
    name="auto_direct_node_routes",
    doc=(
        "Each node gets a route to the pods of every other node, which makes native routing work where all nodes share "
        "one network segment, without any help from routers."
    ),
    settings=(
        Setting(DIRECT, BOOL, "Give each node routes to the pods of the others; all nodes share one segment."),
        Setting(SKIP, BOOL, "Give no route to nodes that are not on the same segment, instead of failing."),
    ),
    values=(
        Carrier("autoDirectNodeRoutes", DIRECT),
        Carrier("directRoutingSkipUnreachable", SKIP, at=span("1.16")),
    ),
    keys=(
        Carrier("auto-direct-node-routes", DIRECT),
        Carrier("direct-routing-skip-unreachable", SKIP, at=span("1.16")),
    ),
    rules=(
        Rule(
            "direct_routes_need_native_routing",
            when=all_of(on(DIRECT), TUNNELLED),
            about=(DIRECT, ROUTING),
            reason="agents refuse to start with automatic direct routes and a tunnel",
            remedy=f"set {ROUTING} to native, or {DIRECT} to false",
        ),
        Rule(
            "skip_unreachable_needs_direct_routes",
            when=all_of(on(SKIP), off(DIRECT)),
            about=(SKIP, DIRECT),
            reason="agents refuse to start: there are no direct routes of which any could be skipped",
            remedy=f"set {DIRECT} to true, or {SKIP} to false",
        ),
    ),
    active=on(DIRECT),
)

NATIVE_CIDR = Feature(
    name="native_routing_cidr",
    doc=(
        "The network within which pods are reached without masquerading. Native routing with masquerading needs it; in "
        "a mesh it has to cover the pods of every cluster."
    ),
    settings=(
        Setting(CIDR4, TEXT, "IPv4 network whose addresses are reached without masquerading."),
        Setting(CIDR6, TEXT, "IPv6 network whose addresses are reached without masquerading."),
    ),
    values=(
        Carrier("nativeRoutingCIDR", CIDR4, at=span(until="1.11")),
        Carrier("ipv4NativeRoutingCIDR", CIDR4, at=span("1.11")),
        Carrier("ipv6NativeRoutingCIDR", CIDR6, at=span("1.12")),
    ),
    keys=(
        Carrier("native-routing-cidr", CIDR4, at=span(until="1.11")),
        Carrier("ipv4-native-routing-cidr", CIDR4, at=span("1.11")),
        Carrier("ipv6-native-routing-cidr", CIDR6, at=span("1.12")),
    ),
    rules=(
        Rule(
            "native_cidr_missing",
            when=all_of(NATIVE, on(IPV4), on("cilium_enable_ipv4_masquerade"), absent(CIDR4), none_of(_NO_CIDR_NEEDED)),
            about=(ROUTING, "cilium_enable_ipv4_masquerade", CIDR4),
            reason="agents refuse to start with native routing and IPv4 masquerading when they do not know which "
            "network is routed natively",
            remedy=f"set {CIDR4} to the network that holds all pods, or cilium_enable_ipv4_masquerade to false",
        ),
        Rule(
            "native_cidr_ipv6_missing",
            at=span("1.12"),
            when=all_of(NATIVE, on(IPV6), on("cilium_enable_ipv6_masquerade"), absent(CIDR6), none_of(_NO_CIDR_NEEDED)),
            about=(ROUTING, "cilium_enable_ipv6_masquerade", CIDR6),
            reason="agents refuse to start with native routing and IPv6 masquerading when they do not know which "
            "network is routed natively",
            remedy=f"set {CIDR6} to the network that holds all pods, or cilium_enable_ipv6_masquerade to false",
        ),
    ),
)

FAMILIES_OF_ADDRESSES = Feature(
    name="address_families",
    doc="IPv4, IPv6 or both for pods and services.",
    settings=(
        Setting(IPV4, BOOL, "Give pods IPv4 addresses.", defaults=(("", True),)),
        Setting(IPV6, BOOL, "Give pods IPv6 addresses."),
    ),
    values=(Carrier("ipv4.enabled", IPV4), Carrier("ipv6.enabled", IPV6)),
    keys=(Carrier("enable-ipv4", IPV4), Carrier("enable-ipv6", IPV6)),
    fleet=(
        FleetRule(
            "mesh_ipv4_differs",
            IPV4,
            EQUAL,
            reason="pods of clusters with different address families cannot reach each other",
            remedy=f"set {IPV4} to the same everywhere",
        ),
        FleetRule(
            "mesh_ipv6_differs",
            IPV6,
            EQUAL,
            reason="pods of clusters with different address families cannot reach each other",
            remedy=f"set {IPV6} to the same everywhere",
        ),
    ),
    rules=(
        Rule(
            "no_address_family",
            when=all_of(off(IPV4), off(IPV6)),
            about=(IPV4, IPV6),
            reason="pods would have no addresses: IPv4 and IPv6 are both off",
            remedy=f"set {IPV4} or {IPV6} to true",
        ),
    ),
)

ENDPOINT_ROUTE = Feature(
    name="endpoint_routes",
    doc="A route per pod on its node instead of one for all; some clouds and chained plugins need it.",
    settings=(Setting(ENDPOINT_ROUTES, BOOL, "Keep a route per pod on its node."),),
    values=(Carrier("endpointRoutes.enabled", ENDPOINT_ROUTES),),
    keys=(Carrier("enable-endpoint-routes", ENDPOINT_ROUTES, words={True: "true"}),),
    rules=(
        Rule(
            "endpoint_routes_turn_host_routing_off",
            at=span(until="1.14"),
            severity=WARNING,
            when=all_of(on(ENDPOINT_ROUTES), among("cilium_install_mode", "bpf_host_routing")),
            about=(ENDPOINT_ROUTES, "cilium_install_mode"),
            reason="agents up to 1.13 fall back to legacy host routing when every pod has a route",
            remedy=f"set {ENDPOINT_ROUTES} to false",
        ),
    ),
)

FEATURES = (
    MODE,
    DIRECT_ROUTES,
    NATIVE_CIDR,
    FAMILIES_OF_ADDRESSES,
    ENDPOINT_ROUTE,
)
