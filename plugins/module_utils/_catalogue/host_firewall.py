# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host firewall: policies for the nodes themselves. PRIVATE to the collection."""

from __future__ import annotations

from .._findings import WARNING
from .._settings import BOOL, Setting
from .._versions import span
from ._conditions import all_of, among, on
from ._model import Carrier, Expectation, Feature, Rule

FIREWALL = "cilium_enable_host_firewall"
AUDIT = "cilium_policy_audit_mode"

HOST_FIREWALL = Feature(
    name="host_firewall",
    doc=(
        "Network policies for the nodes themselves. A policy can lock you out of a node, so switch audit mode on "
        "before the first one: then agents only say what they would drop."
    ),
    settings=(Setting(FIREWALL, BOOL, "Serve network policies for nodes."),),
    values=(
        Carrier("hostFirewall", FIREWALL, at=span(until="1.11")),
        Carrier("hostFirewall.enabled", FIREWALL, at=span("1.11")),
    ),
    keys=(
        Carrier("enable-host-firewall", FIREWALL, at=span(until="1.19"), words={True: "true"}),
        Carrier("enable-host-firewall", FIREWALL, at=span("1.19")),
    ),
    rules=(
        Rule(
            "host_firewall_refuses_ipsec",
            when=all_of(on(FIREWALL), on("cilium_encryption_enabled"), among("cilium_encryption_type", "ipsec")),
            about=(FIREWALL, "cilium_encryption_type"),
            reason="agents refuse to start with the host firewall and IPsec",
            remedy="set cilium_encryption_type to wireguard, or leave one of them out",
        ),
        Rule(
            "host_firewall_refuses_endpoint_routes",
            at=span(until="1.10"),
            when=all_of(on(FIREWALL), on("cilium_enable_endpoint_routes")),
            about=(FIREWALL, "cilium_enable_endpoint_routes"),
            reason="agents of 1.9 refuse the host firewall with a route per pod",
            remedy="leave one of them out",
        ),
    ),
    active=on(FIREWALL),
    expectations=(Expectation("host_firewall.mode", FIREWALL, {True: ("Enabled",), False: ("Disabled",)}),),
)

AUDIT_MODE = Feature(
    name="policy_audit_mode",
    doc="Agents say what policies would drop, and drop nothing. All policies of the cluster are without effect.",
    settings=(Setting(AUDIT, BOOL, "Say what policies would drop, and drop nothing."),),
    values=(Carrier("policyAuditMode", AUDIT),),
    keys=(Carrier("policy-audit-mode", AUDIT),),
    rules=(
        Rule(
            "policies_have_no_effect",
            severity=WARNING,
            when=on(AUDIT),
            about=(AUDIT,),
            reason="in audit mode no network policy of the cluster drops anything",
            remedy=f"set {AUDIT} to false when you have seen what you wanted to see",
        ),
    ),
    active=on(AUDIT),
)

FEATURES = (HOST_FIREWALL, AUDIT_MODE)
