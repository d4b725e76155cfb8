# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bandwidth manager. PRIVATE to the collection."""

from __future__ import annotations

from .._findings import WARNING
from .._settings import BOOL, Setting
from .._versions import span
from ._conditions import all_of, among, off, on
from ._model import Carrier, Expectation, Feature, Kernel, Rule
from .masquerading import LEGACY_HOST_ROUTING

MANAGER = "cilium_enable_bandwidth_manager"
BBR = "cilium_enable_bandwidth_manager_bbr"

BANDWIDTH_MANAGER = Feature(
    name="bandwidth_manager",
    doc=(
        "Pods' traffic is paced to the rate that the annotation kubernetes.io/egress-bandwidth allows, by earliest "
        "departure time instead of queues. Needs the kernel's fq queueing; without it agents switch it off and say so "
        "in their log only."
    ),
    settings=(Setting(MANAGER, BOOL, "Pace pods' traffic."),),
    values=(
        Carrier("bandwidthManager", MANAGER, at=span(until="1.12")),
        Carrier("bandwidthManager.enabled", MANAGER, at=span("1.12")),
    ),
    keys=(
        Carrier("enable-bandwidth-manager", MANAGER, at=span(until="1.12")),
        Carrier("enable-bandwidth-manager", MANAGER, at=span("1.12"), words={True: "true"}),
    ),
    rules=(
        Rule(
            "bandwidth_manager_refuses_ipsec",
            severity=WARNING,
            when=all_of(on(MANAGER), on("cilium_encryption_enabled"), among("cilium_encryption_type", "ipsec")),
            about=(MANAGER, "cilium_encryption_type"),
            reason="agents switch the bandwidth manager off when IPsec is on",
            remedy="take WireGuard, or leave one of them out",
        ),
    ),
    active=on(MANAGER),
    kernel=(Kernel("5.1"),),
    expectations=(Expectation("bandwidth_manager.enabled", MANAGER),),
)

CONGESTION_CONTROL = Feature(
    name="bbr",
    doc=(
        "Pods use the congestion control BBR, which serves clients on poor lines faster. Needs the bandwidth manager "
        "and BPF host routing."
    ),
    settings=(Setting(BBR, BOOL, "Let pods use BBR."),),
    values=(Carrier("bandwidthManager.bbr", BBR, at=span("1.12")),),
    keys=(Carrier("enable-bbr", BBR, at=span("1.12"), when=on(MANAGER)),),
    rules=(
        Rule(
            "bbr_needs_bandwidth_manager",
            when=all_of(on(BBR), off(MANAGER)),
            about=(BBR, MANAGER),
            reason="BBR is a part of the bandwidth manager, which is off",
            remedy=f"set {MANAGER} to true, or {BBR} to false",
        ),
        Rule(
            "bbr_needs_bpf_host_routing",
            when=all_of(on(BBR), on(MANAGER), LEGACY_HOST_ROUTING),
            about=(BBR, "cilium_enable_bpf_masquerade", "cilium_kube_proxy_replacement"),
            reason="agents refuse to start with BBR unless they route in BPF, and another setting makes them fall back "
            "to legacy host routing",
            remedy="set cilium_install_mode to bpf_host_routing",
        ),
    ),
    active=on(BBR),
    kernel=(Kernel("5.18"),),
    expectations=(Expectation("bandwidth_manager.congestion_control", BBR, {True: ("bbr",)}, when=on(MANAGER)),),
)

FEATURES = (BANDWIDTH_MANAGER, CONGESTION_CONTROL)
