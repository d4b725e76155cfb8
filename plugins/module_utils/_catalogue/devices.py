# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Devices and what packets look like on them. PRIVATE to the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._findings import INFO, WARNING
from .._settings import BOOL, INT, LIST, TEXT, WORD, Setting
from .._versions import span
from ._conditions import all_of, among, any_of, given, none_of, on
from ._model import Carrier, Expectation, Feature, Kernel, Rule
from .masquerading import L3, LEGACY, LEGACY_HOST_ROUTING
from .routing import NATIVE, ROUTING, TUNNEL, TUNNELLED

if TYPE_CHECKING:
    from .._json import Json
    from ._model import View

DEVICES = "cilium_devices"
MTU = "cilium_mtu"
BIG4 = "cilium_enable_ipv4_big_tcp"
BIG6 = "cilium_enable_ipv6_big_tcp"
VTEP = "cilium_enable_vtep"
VTEP_PARTS = ("cilium_vtep_endpoint", "cilium_vtep_cidr", "cilium_vtep_mask", "cilium_vtep_mac")
TPROXY = "cilium_enable_bpf_tproxy"
DATAPATH = "cilium_datapath_mode"


def _spaced(value: Json) -> Json:
    """Return a list as the text that the agent reads."""
    return " ".join(str(item) for item in value) if isinstance(value, list) else value


def _unnamed(view: View) -> bool:
    """Tell whether there is a device without a link layer that is not among those to use."""
    named, layer3 = view.effective.get(DEVICES), view.effective.get(L3)
    if not isinstance(named, list) or not isinstance(layer3, list):
        return False
    return not all(any(is_named(str(device), str(name)) for name in named) for device in layer3)


def is_named(device: str, name: str) -> bool:
    """Tell whether a device is meant by a name, of which a final + stands for anything."""
    return device.startswith(name[:-1]) if name.endswith("+") else device == name


DEVICE = Feature(
    name="devices",
    doc=(
        "The devices on which BPF programs for NodePort, masquerading and the host firewall sit. Found automatically "
        "by default; names have to be equal on all nodes."
    ),
    settings=(
        Setting(DEVICES, LIST, "Devices, by name or with a final `+` as wildcard, such as `[eth0, bond+]`."),
        Setting(MTU, INT, "MTU of pods' devices; found automatically by default.", low=0, high=65535, empty=(0,)),
        Setting(
            DATAPATH,
            WORD,
            "Kind of device that pods get. A live cluster cannot be changed from veth to netkit.",
            choices=("veth", "netkit", "netkit-l2"),
            defaults=(("", "veth"),),
        ),
    ),
    values=(
        Carrier("devices", DEVICES, convert=_spaced),
        # The chart has no value for it yet.
        Carrier("extraConfig.mtu", MTU, at=span("1.9.1", "1.13"), convert=str),
        Carrier("MTU", MTU, at=span("1.13")),
        Carrier("bpf.datapathMode", DATAPATH, at=span("1.16")),
    ),
    keys=(
        Carrier("devices", DEVICES, convert=_spaced),
        Carrier("mtu", MTU, at=span("1.9.1")),
        Carrier("datapath-mode", DATAPATH, at=span("1.16")),
    ),
    rules=(
        Rule(
            "netkit_refuses_tproxy",
            at=span("1.19"),
            when=all_of(among(DATAPATH, "netkit", "netkit-l2"), on(TPROXY)),
            about=(DATAPATH, TPROXY),
            reason="chart {version} refuses netkit devices together with the BPF transparent proxy",
            remedy=f"set {TPROXY} to false, or {DATAPATH} to veth",
        ),
    ),
    active=among(DATAPATH, "netkit", "netkit-l2"),
    kernel=(Kernel("6.8"),),
)

LAYER3_DEVICES = Feature(
    name="l3_devices",
    doc=(
        "Devices without a link layer, such as WireGuard's and tunnels', among those on which BPF programs sit. "
        "Nothing switches that on: a device is found, or named in `cilium_devices`, as any other. Naming it here lets "
        "what it needs be looked at."
    ),
    settings=(Setting(L3, LIST, f"Those of `{DEVICES}` that have no link layer. It changes no value.", empty=([],)),),
    rules=(
        Rule(
            "l3_devices_turn_host_routing_off",
            at=span("1.10", "1.14"),
            severity=WARNING,
            when=all_of(given(L3), among("cilium_install_mode", "bpf_host_routing")),
            about=(L3, "cilium_install_mode"),
            reason="agents from 1.10 to 1.13 fall back to legacy host routing when a device has no link layer",
            remedy="upgrade to 1.14, or take another install mode",
        ),
        Rule(
            "l3_devices_not_named",
            severity=WARNING,
            when=_unnamed,
            about=(L3, DEVICES),
            reason=f"a device without a link layer is not among {DEVICES}, so Cilium does not use it",
            remedy=f"add it to {DEVICES}, or remove it from {L3}",
        ),
    ),
    active=given(L3),
    kernel=(Kernel("5.8"),),
)

BIG_TCP = Feature(
    name="big_tcp",
    doc=(
        "Packets of more than 64 KiB inside the node, which costs the CPU less at very high rates. Needs native "
        "routing, BPF host routing, no encryption, and a network card of the families mlx4, mlx5 or ice; pods have to "
        "be restarted."
    ),
    settings=(
        Setting(BIG4, BOOL, "BIG TCP for IPv4; kernel 6.3."),
        Setting(BIG6, BOOL, "BIG TCP for IPv6; kernel 5.19."),
    ),
    values=(Carrier("enableIPv4BIGTCP", BIG4, at=span("1.14")), Carrier("enableIPv6BIGTCP", BIG6, at=span("1.13"))),
    keys=(
        Carrier("enable-ipv4-big-tcp", BIG4, at=span("1.14")),
        Carrier("enable-ipv6-big-tcp", BIG6, at=span("1.13")),
    ),
    rules=(
        Rule(
            "big_tcp_needs_native_routing",
            when=all_of(any_of(on(BIG4), on(BIG6)), TUNNELLED),
            about=(BIG4, BIG6, ROUTING),
            reason="agents refuse to start with BIG TCP and a tunnel",
            remedy=f"set {ROUTING} to native, or leave BIG TCP out",
        ),
        Rule(
            "big_tcp_refuses_encryption",
            when=all_of(any_of(on(BIG4), on(BIG6)), on("cilium_encryption_enabled")),
            about=(BIG4, BIG6, "cilium_encryption_enabled"),
            reason="BIG TCP does not work with encryption",
            remedy="leave one of them out",
        ),
        Rule(
            "big_tcp_needs_bpf_host_routing",
            when=all_of(any_of(on(BIG4), on(BIG6)), LEGACY_HOST_ROUTING),
            about=(BIG4, BIG6, LEGACY, "cilium_enable_bpf_masquerade", "cilium_kube_proxy_replacement"),
            reason="agents refuse to start with BIG TCP unless they route in BPF, and this or another setting makes "
            "them use legacy host routing",
            remedy="set cilium_install_mode to bpf_host_routing, or leave BIG TCP out",
        ),
        Rule(
            "big_tcp_needs_pods_restarted",
            severity=INFO,
            when=any_of(on(BIG4), on(BIG6)),
            about=(BIG4, BIG6),
            reason="pods that run already keep their packet size",
            remedy="restart pods after the change",
        ),
    ),
    active=any_of(on(BIG4), on(BIG6)),
    expectations=(
        Expectation("big_tcp.ipv4", BIG4, at=span("1.14")),
        Expectation("big_tcp.ipv6", BIG6, at=span("1.13")),
    ),
)

BIG_TCP_IPV4 = Feature(
    name="big_tcp_ipv4",
    doc="What BIG TCP for IPv4 needs of the nodes; it came to Linux later than that for IPv6.",
    active=on(BIG4),
    kernel=(Kernel("6.3"),),
)

BIG_TCP_IPV6 = Feature(
    name="big_tcp_ipv6",
    doc="What BIG TCP for IPv6 needs of the nodes.",
    active=on(BIG6),
    kernel=(Kernel("5.19"),),
)

VTEPS = Feature(
    name="vtep",
    doc="Pods reach VXLAN tunnel end points outside the cluster, such as hardware gateways, through a VXLAN tunnel.",
    settings=(
        Setting(VTEP, BOOL, "Connect to VXLAN tunnel end points outside the cluster."),
        Setting(VTEP_PARTS[0], TEXT, "Addresses of the end points, separated by spaces."),
        Setting(VTEP_PARTS[1], TEXT, "Networks behind the end points, separated by spaces."),
        Setting(VTEP_PARTS[2], TEXT, "Mask of the networks, such as 255.255.255.0."),
        Setting(VTEP_PARTS[3], TEXT, "MAC addresses of the end points, separated by spaces."),
    ),
    values=(
        Carrier("vtep.enabled", VTEP, at=span("1.12")),
        Carrier("vtep.endpoint", VTEP_PARTS[0], at=span("1.12")),
        Carrier("vtep.cidr", VTEP_PARTS[1], at=span("1.12")),
        Carrier("vtep.mask", VTEP_PARTS[2], at=span("1.12")),
        Carrier("vtep.mac", VTEP_PARTS[3], at=span("1.12")),
    ),
    keys=(
        Carrier("enable-vtep", VTEP, at=span("1.12")),
        Carrier("vtep-endpoint", VTEP_PARTS[0], at=span("1.12")),
        Carrier("vtep-cidr", VTEP_PARTS[1], at=span("1.12")),
        Carrier("vtep-mask", VTEP_PARTS[2], at=span("1.12")),
        Carrier("vtep-mac", VTEP_PARTS[3], at=span("1.12")),
    ),
    rules=(
        Rule(
            "vtep_incomplete",
            when=all_of(on(VTEP), any_of(*(none_of(given(part)) for part in VTEP_PARTS))),
            about=(VTEP, *VTEP_PARTS),
            reason="tunnel end points outside need all of address, network, mask and MAC address",
            remedy=f"set {', '.join(VTEP_PARTS)}",
        ),
        Rule(
            "vtep_needs_vxlan",
            when=all_of(on(VTEP), any_of(NATIVE, among(TUNNEL, "geneve"))),
            about=(VTEP, ROUTING, TUNNEL),
            reason="tunnel end points outside speak VXLAN, and the cluster has no VXLAN tunnel",
            remedy=f"set {ROUTING} to tunnel and {TUNNEL} to vxlan",
        ),
    ),
    active=on(VTEP),
    kernel=(Kernel("5.2"),),
)

BPF_TPROXY = Feature(
    name="bpf_tproxy",
    doc="Packets go to the proxy by BPF instead of iptables rules.",
    settings=(Setting(TPROXY, BOOL, "Redirect packets to the proxy in BPF."),),
    values=(Carrier("bpf.tproxy", TPROXY),),
    keys=(Carrier("enable-bpf-tproxy", TPROXY),),
    active=on(TPROXY),
    kernel=(Kernel("5.7"),),
)

FEATURES = (DEVICE, LAYER3_DEVICES, BIG_TCP, BIG_TCP_IPV4, BIG_TCP_IPV6, VTEPS, BPF_TPROXY)
