# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ingress and Gateway API. PRIVATE to the collection."""

from __future__ import annotations

from .._findings import INFO
from .._settings import BOOL, WORD, Setting
from .._versions import span
from ._conditions import all_of, any_of, none_of, off, on
from ._model import Carrier, Feature, Rule
from .egress_gateway import L7
from .kube_proxy_replacement import FULL, KPR, SERVES_NODE_PORTS

INGRESS = "cilium_enable_ingress_controller"
INGRESS_MODE = "cilium_ingress_loadbalancer_mode"
INGRESS_DEFAULT = "cilium_ingress_default"
GATEWAY_API = "cilium_gateway_api_enabled"

_BOTH = (INGRESS, GATEWAY_API)

CONTROLLER = Feature(
    name="ingress_controller",
    doc="Cilium serves Ingress objects with its own proxy, behind one shared or many dedicated load balancers.",
    settings=(
        Setting(INGRESS, BOOL, "Serve Ingress objects."),
        Setting(
            INGRESS_MODE,
            WORD,
            "One load balancer for all (`shared`) or one for each Ingress (`dedicated`).",
            choices=("dedicated", "shared"),
            defaults=(("", "dedicated"),),
        ),
        Setting(INGRESS_DEFAULT, BOOL, "Serve Ingress objects that name no class."),
    ),
    values=(
        Carrier("ingressController.enabled", INGRESS, at=span("1.12")),
        Carrier("ingressController.loadbalancerMode", INGRESS_MODE, at=span("1.13")),
        Carrier("ingressController.default", INGRESS_DEFAULT, at=span("1.14")),
    ),
    keys=(
        Carrier("enable-ingress-controller", INGRESS, at=span("1.12"), words={True: "true"}),
        Carrier("ingress-default-lb-mode", INGRESS_MODE, at=span("1.13"), when=on(INGRESS)),
    ),
    rules=(
        Rule(
            "l7_entry_needs_replacement",
            at=span(until="1.19"),
            when=all_of(any_of(*map(on, _BOTH)), none_of(SERVES_NODE_PORTS)),
            about=(*_BOTH, KPR),
            reason="the operator skips Ingress and Gateway API, with a line in its log only, when Cilium serves no "
            "NodePorts",
            remedy=f"set {KPR} to full",
        ),
        Rule(
            "l7_entry_needs_full_replacement",
            at=span("1.19"),
            when=all_of(any_of(*map(on, _BOTH)), none_of(FULL)),
            about=(*_BOTH, KPR),
            reason="the operator skips Ingress and Gateway API, with a line in its log only, without full replacement",
            remedy=f"set {KPR} to full",
        ),
        Rule(
            "l7_entry_needs_l7_proxy",
            when=all_of(any_of(*map(on, _BOTH)), off(L7)),
            about=(*_BOTH, L7),
            reason="Ingress and Gateway API are served by the layer 7 proxy, which is off",
            remedy=f"set {L7} to true",
        ),
    ),
    active=on(INGRESS),
)

GATEWAYS = Feature(
    name="gateway_api",
    doc=(
        "Cilium serves Gateway API objects. Their definitions have to be installed first: v0.5.1 for 1.13, v0.7.0 for "
        "1.14, v1.0.0 for 1.15, v1.1.0 for 1.16, v1.2.0 for 1.17 and 1.18, v1.3.0 for 1.19, v1.5.1 for 1.20."
    ),
    settings=(Setting(GATEWAY_API, BOOL, "Serve Gateway API objects."),),
    values=(Carrier("gatewayAPI.enabled", GATEWAY_API, at=span("1.13")),),
    keys=(Carrier("enable-gateway-api", GATEWAY_API, at=span("1.13"), words={True: "true"}),),
    rules=(
        Rule(
            "gateway_api_needs_definitions",
            severity=INFO,
            when=on(GATEWAY_API),
            about=(GATEWAY_API,),
            reason="the operator switches Gateway API off when its definitions are missing when it starts",
            remedy="install the definitions of the Gateway API that Cilium's documentation names for {version} first",
        ),
    ),
    active=on(GATEWAY_API),
)

FEATURES = (CONTROLLER, GATEWAYS)
