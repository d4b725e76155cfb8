# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Masquerading, and whether packets are routed by BPF or by the node's own stack. PRIVATE to the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._findings import WARNING
from .._settings import BOOL, LIST, Setting
from .._versions import span
from ._conditions import all_of, among, any_of, at, given, none_of, off, on
from ._model import Carrier, Expectation, Feature, Kernel, Otherwise, Rule
from .kube_proxy_replacement import FULL, KPR, SERVES_NODE_PORTS
from .routing import ENDPOINT_ROUTES, IPV4, IPV6, TUNNELLED

if TYPE_CHECKING:
    from ._model import Condition

MASQ4 = "cilium_enable_ipv4_masquerade"
MASQ6 = "cilium_enable_ipv6_masquerade"
BPF = "cilium_enable_bpf_masquerade"
LEGACY = "cilium_enable_host_legacy_routing"
AGENT = "cilium_ip_masq_agent_enable"
NON_MASQ = "cilium_non_masquerade_cidrs"
LINK_LOCAL = "cilium_masq_link_local"
L3 = "cilium_l3_devices"
LINK_LOCAL6 = "cilium_masq_link_local_ipv6"

MASQUERADES = any_of(all_of(on(IPV4), on(MASQ4)), all_of(on(IPV6), on(MASQ6)))
IPTABLES_MASQUERADING: Condition = all_of(MASQUERADES, off(BPF))
# What makes agents take the node's stack although nobody asked for it (helm-values, section 2.3).
LEGACY_HOST_ROUTING: Condition = any_of(
    on(LEGACY),
    IPTABLES_MASQUERADING,
    all_of(at("1.13"), none_of(FULL)),
    all_of(at(until="1.19"), on("cilium_encryption_enabled"), among("cilium_encryption_type", "ipsec")),
    all_of(at(until="1.14"), on("cilium_encryption_enabled"), among("cilium_encryption_type", "wireguard")),
    all_of(at(until="1.14"), on(ENDPOINT_ROUTES)),
    all_of(at("1.10", "1.14"), given(L3)),
    all_of(at("1.13"), given("cilium_cni_chaining_mode"), none_of(among("cilium_cni_chaining_mode", "none"))),
)

MASQUERADING = Feature(
    name="masquerading",
    doc=(
        "Packets from pods to the outside carry the node's address. It is done by iptables, or by BPF, which is faster "
        "and which BPF host routing and the egress gateway need. Where pods' addresses are routed outside, it is not "
        "needed."
    ),
    settings=(
        Setting(MASQ4, BOOL, "Hide pods' IPv4 addresses behind the node's.", defaults=(("", True),)),
        Setting(MASQ6, BOOL, "Hide pods' IPv6 addresses behind the node's.", defaults=(("", True),)),
        Setting(BPF, BOOL, "Masquerade in BPF instead of iptables.", defaults=(("", True), ("1.10", False))),
    ),
    values=(
        Carrier("masquerade", MASQ4, at=span(until="1.10")),
        Carrier("masquerade", MASQ6, at=span(until="1.10"), words={False: False}),
        Carrier("enableIPv4Masquerade", MASQ4, at=span("1.10")),
        Carrier("enableIPv6Masquerade", MASQ6, at=span("1.10")),
        Carrier("bpf.masquerade", BPF),
    ),
    keys=(
        Carrier("masquerade", MASQ4, at=span(until="1.10")),
        Carrier("masquerade", MASQ6, at=span(until="1.10"), words={False: "false"}),
        Carrier("enable-ipv4-masquerade", MASQ4, at=span("1.10")),
        Carrier("enable-ipv6-masquerade", MASQ6, at=span("1.10")),
        Carrier("enable-bpf-masquerade", BPF),
    ),
    rules=(
        Rule(
            "masquerading_is_one_switch",
            at=span(until="1.10"),
            when=all_of(on(MASQ4), given(MASQ6), off(MASQ6)),
            about=(MASQ4, MASQ6),
            reason="Cilium 1.9 has one switch for masquerading both IPv4 and IPv6",
            remedy=f"give {MASQ4} and {MASQ6} the same value",
        ),
        Rule(
            "bpf_masquerade_needs_node_port",
            at=span("1.15", "1.19"),
            when=all_of(given(BPF), on(BPF), none_of(SERVES_NODE_PORTS)),
            about=(BPF, KPR),
            reason="agents refuse to start with masquerading in BPF when they do not serve NodePorts",
            remedy=f"set {KPR} to full, or {BPF} to false",
        ),
        Rule(
            "bpf_masquerade_falls_back",
            at=span(until="1.15"),
            when=all_of(given(BPF), on(BPF), none_of(SERVES_NODE_PORTS, among(KPR, "probe"))),
            about=(BPF, KPR),
            reason="without serving NodePorts, agents silently fall back to iptables and legacy host routing",
            remedy=f"set {KPR} to full, or {BPF} to false",
        ),
        Rule(
            "bpf_masquerade_without_ipv6",
            at=span("1.10", "1.14"),
            when=all_of(given(BPF), on(BPF), on(IPV6), on(MASQ6)),
            about=(BPF, IPV6, MASQ6),
            reason="agents refuse to start: masquerading in BPF knows no IPv6 before 1.14",
            remedy=f"set {MASQ6} to false, or {BPF} to false",
        ),
        Rule(
            "bpf_masquerade_ipv6_refuses_host_firewall",
            at=span("1.14", "1.16"),
            when=all_of(on(BPF), on(IPV6), on(MASQ6), on("cilium_enable_host_firewall")),
            about=(BPF, IPV6, "cilium_enable_host_firewall"),
            reason="agents refuse IPv6 masquerading in BPF together with the host firewall before 1.16",
            remedy=f"set {MASQ6} to false, or leave the host firewall out",
        ),
        Rule(
            "bpf_masquerade_of_nothing",
            at=span("1.16"),
            when=all_of(on(BPF), none_of(MASQUERADES)),
            about=(BPF, MASQ4, MASQ6),
            reason="agents refuse to start with masquerading in BPF when neither IPv4 nor IPv6 is masqueraded",
            remedy=f"set {BPF} to false, or {MASQ4} to true (with addresses from ENI it is off unless it is set)",
        ),
        Rule(
            "bpf_masquerade_needs_socket_lb_in_tunnel",
            at=span(until="1.16"),
            when=all_of(
                given(BPF),
                on(BPF),
                TUNNELLED,
                none_of(FULL, on("cilium_enable_socket_lb"), among(KPR, "probe")),
                SERVES_NODE_PORTS,
            ),
            about=(BPF, KPR, "cilium_enable_socket_lb"),
            reason="agents refuse masquerading in BPF with a tunnel unless services are resolved at the socket",
            remedy="set cilium_enable_socket_lb to true",
        ),
    ),
    otherwise=(
        Otherwise(
            MASQ4,
            False,
            among("cilium_ipam_mode", "eni"),
            "with addresses from ENI, which the cloud routes",
            span("1.18"),
        ),
    ),
    expectations=(
        Expectation("masquerading.mode", BPF, {True: ("BPF",), False: ("iptables", "IPTables")}, when=MASQUERADES),
        Expectation("masquerading.mode", MASQ4, {False: ("Disabled",)}, when=none_of(MASQUERADES)),
    ),
)

HOST_ROUTING = Feature(
    name="host_routing",
    doc=(
        "BPF host routing takes packets from a pod to the device, past the node's routing and iptables: faster, and "
        "needed by BBR and BIG TCP. Agents fall back to legacy routing without a word in the status when something "
        "else needs the node's stack, such as masquerading by iptables."
    ),
    settings=(Setting(LEGACY, BOOL, "Route pods' packets through the node's own stack."),),
    values=(
        # Up to 1.11 the value is named for the opposite of what it does; 1.12 reads both.
        Carrier("bpf.hostRouting", LEGACY, at=span("1.9.1", "1.12")),
        Carrier("bpf.hostLegacyRouting", LEGACY, at=span("1.12")),
    ),
    keys=(Carrier("enable-host-legacy-routing", LEGACY, at=span("1.9.1")),),
    rules=(
        Rule(
            "bpf_host_routing_falls_back",
            severity=WARNING,
            when=all_of(among("cilium_install_mode", "bpf_host_routing"), LEGACY_HOST_ROUTING),
            about=("cilium_install_mode", BPF, "cilium_encryption_enabled", "cilium_cni_chaining_mode"),
            reason="another setting makes agents {version} fall back from BPF host routing to legacy routing",
            remedy="leave out masquerading by iptables, IPsec and chaining, or take another install mode",
        ),
    ),
    active=all_of(given(LEGACY), off(LEGACY)),
    kernel=(Kernel("5.10"),),
    expectations=(
        Expectation("routing.host", LEGACY, {True: ("Legacy",)}),
        Expectation("routing.host", LEGACY, {False: ("BPF",)}, when=none_of(LEGACY_HOST_ROUTING)),
    ),
)

IP_MASQ_AGENT = Feature(
    name="ip_masq_agent",
    doc=(
        "A list of networks that pods reach with their own address, beside the native routing CIDR. Needs masquerading "
        "in BPF."
    ),
    settings=(
        Setting(AGENT, BOOL, "Use a list of networks that are not masqueraded."),
        Setting(NON_MASQ, LIST, "Networks that pods reach with their own address (with the list switched on)."),
        Setting(LINK_LOCAL, BOOL, "Masquerade packets to 169.254.0.0/16 too."),
        Setting(LINK_LOCAL6, BOOL, "Masquerade packets to fe80::/10 too."),
    ),
    values=(
        Carrier("ipMasqAgent.enabled", AGENT),
        Carrier("ipMasqAgent.config.nonMasqueradeCIDRs", NON_MASQ, at=span("1.13"), when=on(AGENT)),
        Carrier("ipMasqAgent.config.masqLinkLocal", LINK_LOCAL, at=span("1.13"), when=on(AGENT)),
        Carrier("ipMasqAgent.config.masqLinkLocalIPv6", LINK_LOCAL6, at=span("1.15"), when=on(AGENT)),
    ),
    keys=(Carrier("enable-ip-masq-agent", AGENT, words={True: "true"}),),
    moot=off(AGENT),
    rules=(
        Rule(
            "ip_masq_agent_needs_bpf_masquerade",
            when=all_of(on(AGENT), any_of(off(BPF), none_of(MASQUERADES))),
            about=(AGENT, BPF),
            reason="agents refuse to start with a list of networks that are not masqueraded unless BPF masquerades",
            remedy=f"set {BPF} to true, or {AGENT} to false",
        ),
    ),
    active=on(AGENT),
    instead="make the ConfigMap ip-masq-agent yourself",
)

FEATURES = (MASQUERADING, HOST_ROUTING, IP_MASQ_AGENT)
