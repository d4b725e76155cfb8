# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Encryption of pods' traffic between nodes. PRIVATE to the collection."""

from __future__ import annotations

from .._findings import INFO, WARNING
from .._settings import BOOL, TEXT, WORD, Setting
from .._versions import span
from ._conditions import absent, all_of, among, any_of, given, none_of, off, on
from ._model import EQUAL, ESP, UDP, Carrier, Expectation, Feature, FleetRule, Kernel, Port, Rule
from .kube_proxy_replacement import KPR, SERVES_NODE_PORTS
from .routing import IPV4, IPV6_UNDERLAY, ROUTING

ENABLED = "cilium_encryption_enabled"
TYPE = "cilium_encryption_type"
NODES = "cilium_encryption_node_encryption"
FALLBACK = "cilium_wireguard_userspace_fallback"
STRICT = "cilium_encryption_strict_mode"
STRICT_CIDR = "cilium_encryption_strict_mode_cidr"

IPSEC = all_of(on(ENABLED), among(TYPE, "ipsec"))
WIREGUARD = all_of(on(ENABLED), among(TYPE, "wireguard"))

TRANSPARENT = Feature(
    name="encryption",
    doc=(
        "Pods' traffic between nodes is encrypted, by WireGuard (keys are made and changed by themselves) or IPsec "
        "(keys are in a Secret that you make and change). All clusters of a mesh have to use the same."
    ),
    settings=(
        Setting(ENABLED, BOOL, "Encrypt pods' traffic between nodes."),
        Setting(
            TYPE,
            WORD,
            "How: `ipsec` or `wireguard`.",
            choices=("ipsec", "wireguard"),
            defaults=(("", "ipsec"),),
        ),
        Setting(NODES, BOOL, "Encrypt traffic of the nodes themselves too."),
        Setting(FALLBACK, BOOL, "Without WireGuard in the kernel, encrypt in the agent (Cilium 1.11 to 1.16)."),
    ),
    values=(
        Carrier("encryption.enabled", ENABLED),
        Carrier("encryption.type", TYPE, at=span("1.10")),
        Carrier("encryption.nodeEncryption", NODES),
        Carrier("encryption.wireguard.userspaceFallback", FALLBACK, at=span("1.11", "1.17")),
    ),
    keys=(
        Carrier("enable-ipsec", ENABLED, words={True: "true"}, when=IPSEC),
        Carrier("enable-wireguard", ENABLED, at=span("1.10"), words={True: "true"}, when=WIREGUARD),
        Carrier("encrypt-node", NODES, at=span(until="1.14"), words={True: "true"}, when=IPSEC),
        Carrier("encrypt-node", NODES, at=span("1.14"), words={True: "true"}, when=on(ENABLED)),
        Carrier(
            "enable-wireguard-userspace-fallback",
            FALLBACK,
            at=span("1.11", "1.17"),
            words={True: "true"},
            when=WIREGUARD,
        ),
    ),
    rules=(
        Rule(
            "ipsec_refuses_replacement",
            at=span(until="1.16"),
            when=all_of(IPSEC, SERVES_NODE_PORTS),
            about=(TYPE, KPR),
            reason="agents refuse to start with IPsec when they serve NodePorts, before 1.16",
            remedy=f"set {TYPE} to wireguard, or upgrade to 1.16",
        ),
        Rule(
            "ipsec_needs_secret",
            severity=INFO,
            when=IPSEC,
            about=(ENABLED, TYPE),
            reason="agents take the keys from Secret cilium-ipsec-keys, which has to exist; from 1.16 the key's number "
            "has to be followed by a plus sign",
            remedy="make the Secret first, as Cilium's documentation of IPsec shows",
        ),
        Rule(
            "node_encryption_needs_ipsec",
            at=span(until="1.14"),
            when=all_of(on(NODES), WIREGUARD),
            about=(NODES, TYPE),
            reason="with WireGuard the chart passes the encryption of nodes' own traffic on only from 1.14",
            remedy=f"set {NODES} to false, or upgrade to 1.14",
        ),
        Rule(
            "wireguard_needs_ipv4_between_nodes",
            at=span("1.18"),
            when=all_of(WIREGUARD, IPV6_UNDERLAY),
            about=(TYPE, ROUTING, IPV4),
            reason="agents refuse to start with WireGuard when tunnels between nodes are IPv6",
            remedy=f"set {ROUTING} to native, {IPV4} to true, or leave encryption out",
        ),
        Rule(
            "encryption_settings_unused",
            severity=WARNING,
            when=all_of(off(ENABLED), any_of(on(NODES), on(STRICT), on(FALLBACK))),
            about=(ENABLED, NODES, STRICT, FALLBACK),
            reason="encryption is off, so its details do nothing",
            remedy=f"set {ENABLED} to true",
        ),
    ),
    fleet=(
        FleetRule(
            "mesh_encryption_differs",
            ENABLED,
            EQUAL,
            reason="traffic between clusters of a mesh is encrypted by all of them or by none",
            remedy=f"set {ENABLED} to the same everywhere",
        ),
        FleetRule(
            "mesh_encryption_type_differs",
            TYPE,
            EQUAL,
            when=on(ENABLED),
            reason="clusters of a mesh cannot read each other's encryption",
            remedy=f"set {TYPE} to the same everywhere",
        ),
    ),
    active=on(ENABLED),
    expectations=(
        Expectation("encryption.mode", TYPE, {"ipsec": ("IPsec",), "wireguard": ("Wireguard",)}, when=on(ENABLED)),
        Expectation("encryption.mode", ENABLED, {False: ("Disabled",)}),
    ),
    instead="remove it, or upgrade",
    ports=(
        # The port is fixed: Cilium, pkg/wireguard/types.
        Port("wireguard", UDP, "pods' packets are encrypted by WireGuard", number=51871, when=WIREGUARD),
        Port("ipsec", ESP, "pods' packets are encrypted by IPsec", when=IPSEC),
    ),
)

WIREGUARD_KERNEL = Feature(
    name="wireguard",
    doc="What WireGuard needs of the nodes: it is in Linux from 5.6 on, or a module of the distribution.",
    active=WIREGUARD,
    kernel=(Kernel("5.6"),),
)

STRICT_MODE = Feature(
    name="encryption_strict_mode",
    doc="Packets between pods that are not encrypted are dropped instead of sent in the clear; WireGuard only.",
    settings=(
        Setting(STRICT, BOOL, "Drop packets between pods that are not encrypted."),
        Setting(STRICT_CIDR, TEXT, "Network of the pods to which that applies."),
    ),
    values=(
        Carrier("encryption.strictMode.enabled", STRICT, at=span("1.15", "1.19")),
        Carrier("encryption.strictMode.cidr", STRICT_CIDR, at=span("1.15", "1.19")),
        # From 1.20 the old values are ignored, and packets would leave in the clear.
        Carrier("encryption.strictMode.egress.enabled", STRICT, at=span("1.19")),
        Carrier("encryption.strictMode.egress.cidr", STRICT_CIDR, at=span("1.19")),
    ),
    keys=(
        Carrier("enable-encryption-strict-mode", STRICT, at=span("1.15", "1.19"), words={True: "true"}),
        Carrier("encryption-strict-mode-cidr", STRICT_CIDR, at=span("1.15", "1.19"), when=on(STRICT)),
        Carrier("enable-encryption-strict-mode-egress", STRICT, at=span("1.19"), words={True: "true"}),
        Carrier("encryption-strict-egress-cidr", STRICT_CIDR, at=span("1.19"), when=on(STRICT)),
    ),
    rules=(
        Rule(
            "strict_mode_needs_wireguard",
            when=all_of(on(STRICT), on(ENABLED), none_of(WIREGUARD)),
            about=(STRICT, TYPE),
            reason="only WireGuard can drop what is not encrypted",
            remedy=f"set {TYPE} to wireguard, or {STRICT} to false",
        ),
        Rule(
            "strict_mode_needs_network",
            when=all_of(on(STRICT), absent(STRICT_CIDR)),
            about=(STRICT, STRICT_CIDR),
            reason="agents have to know to which pods strict encryption applies",
            remedy=f"set {STRICT_CIDR} to the network of all pods",
        ),
        Rule(
            "strict_mode_network_unused",
            severity=WARNING,
            when=all_of(given(STRICT_CIDR), off(STRICT)),
            about=(STRICT, STRICT_CIDR),
            reason="strict encryption is off, so its network does nothing",
            remedy=f"set {STRICT} to true, or remove {STRICT_CIDR}",
        ),
    ),
    active=on(STRICT),
)

FEATURES = (TRANSPARENT, WIREGUARD_KERNEL, STRICT_MODE)
