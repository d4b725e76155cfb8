# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The egress gateway, the layer 7 proxy, and how endpoints and identities are kept. PRIVATE to the collection."""

from __future__ import annotations

from .._findings import WARNING
from .._settings import BOOL, INT, WORD, Setting
from .._versions import span
from ._conditions import all_of, among, any_of, at, none_of, off, on
from ._model import Carrier, Feature, Kernel, Rule
from .kube_proxy_replacement import KPR, SERVES_NODE_PORTS
from .masquerading import BPF, MASQ4
from .routing import IPV4, IPV6, IPV6_UNDERLAY

GATEWAY = "cilium_enable_egress_gateway"
MAX_ENTRIES = "cilium_egress_gateway_max_policy_entries"
L7 = "cilium_enable_l7_proxy"
SLICES = "cilium_enable_cilium_endpoint_slice"
IDENTITIES = "cilium_identity_allocation_mode"

GATEWAY_KEYS = ("enable-egress-gateway", "enable-ipv4-egress-gateway")
"""The names that the switch of the gateway has in cilium-config, in one version or another."""
L7_KEY = "enable-l7-proxy"
L7_BYPASSES = span("1.12", "1.16")
"""Where packets that the layer 7 proxy handles pass by the gateway."""

EGRESS_GATEWAY = Feature(
    name="egress_gateway",
    doc=(
        "Packets of chosen pods to chosen networks leave the cluster through gateway nodes, with an address of theirs, "
        "so that firewalls outside can tell who comes. It needs masquerading in BPF. The gateway has to be in the "
        "pods' own cluster. Policies that match no node drop the packets from 1.13.4 on."
    ),
    settings=(
        Setting(GATEWAY, BOOL, "Let packets of chosen pods leave through gateway nodes."),
        Setting(MAX_ENTRIES, INT, "Most entries of the table of policies on a node.", low=1),
    ),
    values=(
        Carrier("egressGateway.enabled", GATEWAY, at=span("1.10")),
        # Charts 1.14.0 to 1.16.3 write the number without quotes, which the API server refuses.
        Carrier("extraConfig.egress-gateway-policy-map-max", MAX_ENTRIES, at=span("1.14", "1.16.4"), convert=str),
        Carrier("egressGateway.maxPolicyEntries", MAX_ENTRIES, at=span("1.16.4")),
    ),
    keys=(
        Carrier(GATEWAY_KEYS[0], GATEWAY, at=span("1.10", "1.11"), words={True: "true"}),
        Carrier(GATEWAY_KEYS[1], GATEWAY, at=span("1.11", "1.18"), words={True: "true"}),
        Carrier(GATEWAY_KEYS[0], GATEWAY, at=span("1.18"), words={True: "true"}),
        Carrier("egress-gateway-policy-map-max", MAX_ENTRIES, at=span("1.14")),
    ),
    rules=(
        Rule(
            "egress_gateway_needs_bpf_masquerade",
            when=all_of(on(GATEWAY), any_of(off(BPF), off(MASQ4))),
            about=(GATEWAY, BPF, MASQ4),
            reason="agents refuse to start with the egress gateway unless BPF masquerades IPv4",
            remedy=f"set {BPF} and {MASQ4} to true",
        ),
        Rule(
            "egress_gateway_needs_replacement",
            at=span(until="1.19"),
            when=all_of(on(GATEWAY), none_of(SERVES_NODE_PORTS, among(KPR, "probe"))),
            about=(GATEWAY, KPR),
            reason="the egress gateway needs masquerading in BPF, and that needs Cilium in kube-proxy's place",
            remedy=f"set {KPR} to full",
        ),
        Rule(
            "egress_gateway_refuses_endpoint_slices",
            at=span("1.11"),
            when=all_of(on(GATEWAY), on(SLICES)),
            about=(GATEWAY, SLICES),
            reason="the egress gateway does not work with CiliumEndpointSlices; agents from 1.15 refuse to start",
            remedy=f"set {SLICES} to false",
        ),
        Rule(
            "egress_gateway_bypassed_by_l7",
            at=L7_BYPASSES,
            severity=WARNING,
            when=all_of(on(GATEWAY), on(L7)),
            about=(GATEWAY, L7),
            reason="packets of a pod that both a layer 7 policy and an egress policy select pass by the gateway",
            remedy=f"set {L7} to false, or see that no pod is selected by both",
        ),
        Rule(
            "egress_gateway_knows_no_ipv6",
            at=span(until="1.18"),
            severity=WARNING,
            when=all_of(on(GATEWAY), on(IPV6)),
            about=(GATEWAY, IPV6),
            reason="IPv6 packets pass by the gateway before 1.18",
            remedy="see that what the firewall outside has to tell apart goes by IPv4",
        ),
        Rule(
            "egress_gateway_needs_ipv4_between_nodes",
            at=span("1.19"),
            # Without a tunnel, the protocol between nodes is a matter of the addresses only from 1.20.
            when=all_of(on(GATEWAY), any_of(IPV6_UNDERLAY, all_of(at("1.20"), off(IPV4)))),
            about=(GATEWAY, IPV4),
            reason="agents refuse to start with the egress gateway when packets between nodes are IPv6",
            remedy=f"set {IPV4} to true, or leave the egress gateway out",
        ),
        Rule(
            "egress_gateway_needs_crd_identities",
            at=span("1.15"),
            when=all_of(on(GATEWAY), none_of(among(IDENTITIES, "crd"))),
            about=(GATEWAY, IDENTITIES),
            reason="agents refuse to start with the egress gateway when identities are not kept as Kubernetes objects",
            remedy=f"set {IDENTITIES} to crd",
        ),
    ),
    active=on(GATEWAY),
    kernel=(Kernel("5.2"),),
)

L7_PROXY = Feature(
    name="l7_proxy",
    doc="Policies on HTTP, DNS and other protocols, through a proxy on each node; ingress and Gateway API need it too.",
    settings=(Setting(L7, BOOL, "Serve policies of layer 7.", defaults=(("", True),)),),
    values=(Carrier("l7Proxy", L7),),
    keys=(Carrier(L7_KEY, L7),),
)

ENDPOINT_SLICES = Feature(
    name="cilium_endpoint_slice",
    doc="Endpoints are told to other nodes in slices instead of one by one, which spares big clusters' API server.",
    settings=(Setting(SLICES, BOOL, "Tell endpoints to other nodes in slices."),),
    values=(
        Carrier("enableCiliumEndpointSlice", SLICES, at=span("1.11", "1.16")),
        Carrier("ciliumEndpointSlice.enabled", SLICES, at=span("1.16")),
    ),
    keys=(Carrier("enable-cilium-endpoint-slice", SLICES, at=span("1.11"), words={True: "true"}),),
)

IDENTITY_ALLOCATION = Feature(
    name="identity_allocation",
    doc="Where identities of pods are kept: as Kubernetes objects, or in an etcd of Cilium's own.",
    settings=(
        Setting(
            IDENTITIES,
            WORD,
            "Where identities are kept: `crd` (Kubernetes objects) or `kvstore`.",
            choices=("crd", "kvstore"),
            defaults=(("", "crd"),),
        ),
    ),
    values=(Carrier("identityAllocationMode", IDENTITIES),),
    keys=(Carrier("identity-allocation-mode", IDENTITIES),),
)

FEATURES = (EGRESS_GATEWAY, L7_PROXY, ENDPOINT_SLICES, IDENTITY_ALLOCATION)
