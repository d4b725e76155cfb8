# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""kube-proxy replacement, and the way to the API server without kube-proxy. PRIVATE to the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._findings import INFO, WARNING
from .._settings import BOOL, INT, TEXT, WORD, Reading, Setting
from .._versions import span
from ._conditions import all_of, among, any_of, at, given, none_of, on, when_setting
from ._model import Carrier, Derived, Expectation, Feature, Kernel, Rule

if TYPE_CHECKING:
    from .._json import Json
    from .._settings import Settings

MODE = "cilium_install_mode"
KPR = "cilium_kube_proxy_replacement"
NODE_PORT = "cilium_enable_node_port"
HOST_PORT = "cilium_enable_host_port"
EXTERNAL_IPS = "cilium_enable_external_ips"
SOCKET_LB = "cilium_enable_socket_lb"
HOSTNS_ONLY = "cilium_socket_lb_host_namespace_only"
AFFINITY = "cilium_enable_session_affinity"
DIRECT_DEVICE = "cilium_direct_routing_device"
RANGE = "cilium_node_port_range"
HEALTH_CHECK = "cilium_node_port_health_check"
HEALTHZ = "cilium_kube_proxy_replacement_healthz_bind_address"
HOST = "cilium_k8s_service_host"
PORT = "cilium_k8s_service_port"
# Where the agents' own configuration names API servers, which then wins over their environment: the flag of agents up
# to 1.19, and the list that charts from 1.18 on write.
API_SERVER_KEYS = ("k8s-api-server", "k8s-api-server-urls")

FULL = among(KPR, "full")
SERVES_NODE_PORTS = any_of(FULL, on(NODE_PORT))
_PASSED_ON = all_of(none_of(FULL), any_of(among(KPR, "partial"), at("1.14")))
"""Charts before 1.14 pass the switches of single parts on only when replacement is partial."""


def _masquerades_in_bpf(settings: Settings) -> Json:
    """Return true for the preset with BPF host routing, unless nothing is masqueraded at all."""
    ipv4 = settings.get("cilium_enable_ipv4") is True and settings.get("cilium_enable_ipv4_masquerade") is True
    ipv6 = settings.get("cilium_enable_ipv6") is True and settings.get("cilium_enable_ipv6_masquerade") is True
    return True if settings.get(MODE) == "bpf_host_routing" and (ipv4 or ipv6) else None


INSTALL_MODE = Feature(
    name="install_mode",
    doc=(
        "The three usual ways to install Cilium, as one word that sets the settings behind it: beside kube-proxy; in "
        "kube-proxy's place; in its place and with BPF host routing, so that packets pass by the node's iptables."
    ),
    settings=(
        Setting(
            MODE,
            WORD,
            "A preset: `beside_kube_proxy`, `kube_proxy_replacement`, or `bpf_host_routing` (replacement, masquerading "
            "in BPF, routing in BPF). Single settings may add to it, not contradict it.",
            choices=("beside_kube_proxy", "kube_proxy_replacement", "bpf_host_routing"),
        ),
    ),
    derived=(
        Derived(
            KPR,
            when_setting(
                {"beside_kube_proxy": "none", "kube_proxy_replacement": "full", "bpf_host_routing": "full"}, MODE
            ),
            because=f"{MODE} says so",
            strict=True,
        ),
        Derived(
            "cilium_enable_bpf_masquerade",
            _masquerades_in_bpf,
            because=f"{MODE} bpf_host_routing needs masquerading, if there is any, in BPF",
            strict=True,
        ),
        Derived(
            "cilium_enable_host_legacy_routing",
            when_setting({"bpf_host_routing": False}, MODE),
            because=f"{MODE} bpf_host_routing is the opposite of legacy host routing",
            strict=True,
        ),
    ),
)

REPLACEMENT = Feature(
    name="kube_proxy_replacement",
    doc=(
        "Cilium serves ClusterIP, NodePort, LoadBalancer, external IPs and hostPort in BPF instead of kube-proxy. Full "
        "replacement is what kube-proxy's removal needs; partial replacement, with switches for the single parts, "
        "existed up to 1.15. Switching it on a live cluster breaks connections that exist, so drain nodes first."
    ),
    settings=(
        Setting(
            KPR,
            WORD,
            "How far Cilium replaces kube-proxy: `full`, `none`, or up to Cilium 1.15 `partial`. "
            "Kubespray's true and false are read as full and none.",
            choices=("none", "partial", "full"),
            defaults=(("", "probe"), ("1.10", "none")),
            readings={
                "true": Reading("full"),
                "false": Reading("none"),
                "strict": Reading("full", "strict is the name that full replacement had up to Cilium 1.13"),
                "disabled": Reading("none", "disabled is the name that no replacement had up to Cilium 1.13"),
                "probe": Reading(
                    "full", "probe (as much as the kernel can) ended with Cilium 1.12; it is read as full"
                ),
            },
        ),
        Setting(
            HEALTHZ,
            TEXT,
            "Address and port on which the agent answers kube-proxy's health check, such as 0.0.0.0:10256.",
        ),
    ),
    values=(
        Carrier(
            "kubeProxyReplacement",
            KPR,
            at=span(until="1.14"),
            words={"none": "disabled", "partial": "partial", "full": "strict"},
        ),
        Carrier(
            "kubeProxyReplacement",
            KPR,
            at=span("1.14", "1.16"),
            words={"none": "false", "partial": "partial", "full": "true"},
        ),
        Carrier("kubeProxyReplacement", KPR, at=span("1.16"), words={"none": "false", "full": "true"}),
        Carrier("kubeProxyReplacementHealthzBindAddr", HEALTHZ, when=none_of(among(KPR, "none"))),
    ),
    keys=(
        Carrier(
            "kube-proxy-replacement",
            KPR,
            at=span(until="1.14"),
            words={"none": "disabled", "partial": "partial", "full": "strict"},
        ),
        Carrier(
            "kube-proxy-replacement",
            KPR,
            at=span("1.14", "1.16"),
            words={"none": "false", "partial": "partial", "full": "true"},
        ),
        Carrier("kube-proxy-replacement", KPR, at=span("1.16"), words={"none": "false", "full": "true"}),
        Carrier("kube-proxy-replacement-healthz-bind-address", HEALTHZ, when=none_of(among(KPR, "none"))),
    ),
    rules=(
        Rule(
            "endpoint_missing",
            when=all_of(FULL, none_of(given(HOST))),
            about=(KPR, HOST),
            reason="without kube-proxy the agents cannot reach the API server through its service address, and no "
            "other address is given",
            remedy=f"set {HOST} and {PORT} to an address that every node reaches without kube-proxy, or {HOST} to auto",
        ),
        Rule(
            "replacement_switch_ignored",
            when=all_of(
                FULL,
                any_of(
                    *(
                        all_of(given(name), none_of(on(name)))
                        for name in (
                            NODE_PORT,
                            HOST_PORT,
                            EXTERNAL_IPS,
                            SOCKET_LB,
                            AFFINITY,
                        )
                    )
                ),
            ),
            about=(KPR, NODE_PORT, HOST_PORT, EXTERNAL_IPS, SOCKET_LB, AFFINITY),
            severity=WARNING,
            reason="full replacement includes all of its parts, so switching one off does nothing",
            remedy="remove the switch",
        ),
        Rule(
            "replacement_switch_needs_partial",
            at=span("1.10", "1.14"),
            when=all_of(among(KPR, "none"), any_of(on(NODE_PORT), on(HOST_PORT), on(EXTERNAL_IPS))),
            about=(KPR, NODE_PORT, HOST_PORT, EXTERNAL_IPS),
            reason="chart {version} passes the switches of single parts on only when replacement is partial",
            remedy=f"set {KPR} to partial, or to full",
        ),
    ),
    active=FULL,
    kernel=(Kernel("4.19.57", at=span(until="1.18")),),
    expectations=(
        Expectation(
            "kube_proxy_replacement.mode",
            KPR,
            {"none": ("Disabled",), "partial": ("Partial",), "full": ("Strict",)},
            at=span(until="1.14"),
        ),
        Expectation(
            "kube_proxy_replacement.mode",
            KPR,
            {"none": ("False", "Disabled"), "partial": ("Partial",), "full": ("True", "Strict")},
            at=span("1.14"),
        ),
    ),
    instead=f"set {KPR} to full or none",
)

PARTS = Feature(
    name="kube_proxy_replacement_parts",
    doc=(
        "Switches for the parts of partial replacement: NodePort, hostPort, external IPs, and load balancing at the "
        "socket (for traffic that starts on the node). Newer versions dropped them one by one: external IPs in "
        "1.17, hostPort in 1.18, NodePort in 1.19. Where full replacement is on they say nothing."
    ),
    settings=(
        Setting(NODE_PORT, BOOL, "Serve NodePort services without full replacement (Cilium up to 1.18)."),
        Setting(
            HOST_PORT, BOOL, "Serve hostPort without full replacement (Cilium up to 1.16, and from 1.17.6 to 1.17)."
        ),
        Setting(EXTERNAL_IPS, BOOL, "Serve external IPs without full replacement (Cilium up to 1.16)."),
    ),
    values=(
        Carrier("nodePort.enabled", NODE_PORT, at=span(until="1.19"), when=none_of(FULL)),
        # Charts 1.17.0 to 1.17.5 pass these two on for partial replacement only, which 1.16 ended.
        Carrier("hostPort.enabled", HOST_PORT, at=span(until="1.17"), when=none_of(FULL)),
        Carrier("hostPort.enabled", HOST_PORT, at=span("1.17.6", "1.18"), when=none_of(FULL)),
        Carrier("externalIPs.enabled", EXTERNAL_IPS, at=span(until="1.17"), when=none_of(FULL)),
    ),
    keys=(
        Carrier("enable-node-port", NODE_PORT, at=span(until="1.19"), when=_PASSED_ON),
        Carrier("enable-host-port", HOST_PORT, at=span(until="1.17"), when=_PASSED_ON),
        Carrier("enable-host-port", HOST_PORT, at=span("1.17.6", "1.18"), when=_PASSED_ON),
        Carrier("enable-external-ips", EXTERNAL_IPS, at=span(until="1.17"), when=_PASSED_ON),
    ),
    moot=FULL,
    instead=f"set {KPR} to full, which includes it",
)

SOCKET = Feature(
    name="socket_load_balancing",
    doc=(
        "Services are resolved when a program connects, so no packet is translated. Some programs need the service's "
        "address on the wire (service meshes, KubeVirt): then limit it to the node's own network namespace, and pods' "
        "packets are translated at their device instead."
    ),
    settings=(
        Setting(SOCKET_LB, BOOL, "Resolve services at the socket although kube-proxy is not replaced."),
        Setting(HOSTNS_ONLY, BOOL, "Resolve services at the socket on the node itself only, not inside pods."),
    ),
    values=(
        Carrier("hostServices.enabled", SOCKET_LB, at=span(until="1.12"), when=none_of(FULL)),
        Carrier("socketLB.enabled", SOCKET_LB, at=span("1.12"), when=none_of(FULL)),
        Carrier("hostServices.hostNamespaceOnly", HOSTNS_ONLY, at=span("1.10.5", "1.12")),
        Carrier("socketLB.hostNamespaceOnly", HOSTNS_ONLY, at=span("1.12")),
    ),
    keys=(
        Carrier(
            "enable-host-reachable-services", SOCKET_LB, at=span(until="1.12"), words={True: "true"}, when=none_of(FULL)
        ),
        Carrier("bpf-lb-sock", SOCKET_LB, at=span("1.12"), when=none_of(FULL)),
        Carrier(
            "bpf-lb-sock-hostns-only",
            HOSTNS_ONLY,
            at=span("1.10.5"),
            when=none_of(all_of(at("1.20"), on("cilium_gateway_api_enabled"))),
        ),
    ),
    rules=(
        Rule(
            "gateway_api_forces_host_namespace_only",
            at=span("1.20"),
            severity=WARNING,
            when=all_of(on("cilium_gateway_api_enabled"), given(HOSTNS_ONLY), none_of(on(HOSTNS_ONLY))),
            about=(HOSTNS_ONLY, "cilium_gateway_api_enabled"),
            reason="chart {version} limits socket load balancing to the node's namespace when Gateway API is on",
            remedy=f"remove {HOSTNS_ONLY}",
        ),
    ),
    active=on(HOSTNS_ONLY),
    kernel=(Kernel("5.7"),),
    expectations=(
        Expectation(
            "kube_proxy_replacement.socket_lb_coverage",
            HOSTNS_ONLY,
            {True: ("Hostns-only",), False: ("Full",)},
            when=FULL,
        ),
    ),
)

SESSION_AFFINITY = Feature(
    name="session_affinity",
    doc=("Requests of one client go to one backend, for services that ask for it. Since 1.19 it is always on."),
    settings=(
        Setting(
            AFFINITY,
            BOOL,
            "Serve session affinity of services.",
            defaults=(("", True), ("1.12", False), ("1.18", True)),
        ),
    ),
    values=(
        Carrier("sessionAffinity", AFFINITY, at=span(until="1.19")),
        # The chart's template (to 1.11) or the agent (1.18) has it on by default, and the chart passes no "false" on.
        Carrier("extraConfig.enable-session-affinity", AFFINITY, at=span("1.9.1", "1.12"), words={False: "false"}),
        Carrier("extraConfig.enable-session-affinity", AFFINITY, at=span("1.18", "1.19"), words={False: "false"}),
    ),
    keys=(
        Carrier("enable-session-affinity", AFFINITY, at=span("1.9.1", "1.12")),
        Carrier("enable-session-affinity", AFFINITY, at=span("1.12", "1.18"), words={True: "true"}),
        Carrier("enable-session-affinity", AFFINITY, at=span("1.18", "1.19")),
    ),
    expectations=(
        # Full replacement switches it on, whatever is asked (the agent's initKubeProxyReplacementOptions).
        Expectation("kube_proxy_replacement.session_affinity", AFFINITY, {True: (True,), False: (True,)}, when=FULL),
        Expectation("kube_proxy_replacement.session_affinity", AFFINITY, when=all_of(SERVES_NODE_PORTS, none_of(FULL))),
    ),
    instead="remove it: session affinity is always on there",
)

NODE_PORTS = Feature(
    name="node_ports",
    doc=(
        "Details of NodePort services: the range of ports, the device that carries traffic to other nodes, and the "
        "health check of services with externalTrafficPolicy Local, which kube-proxy serves too when both run."
    ),
    settings=(
        Setting(RANGE, TEXT, "Range of NodePorts as the API server has it, such as `30000,32767`."),
        Setting(DIRECT_DEVICE, TEXT, "Device for traffic between nodes; needed where a node has several."),
        Setting(
            HEALTH_CHECK,
            BOOL,
            "Answer the health checks of services with externalTrafficPolicy Local.",
            defaults=(("", True),),
        ),
    ),
    values=(
        Carrier("nodePort.range", RANGE),
        Carrier("nodePort.directRoutingDevice", DIRECT_DEVICE),
        Carrier("nodePort.enableHealthCheck", HEALTH_CHECK),
    ),
    keys=(
        Carrier("node-port-range", RANGE),
        Carrier("direct-routing-device", DIRECT_DEVICE),
        Carrier("enable-health-check-nodeport", HEALTH_CHECK),
    ),
    rules=(
        Rule(
            "health_check_port_taken",
            when=all_of(on(NODE_PORT), none_of(FULL), on(HEALTH_CHECK)),
            about=(NODE_PORT, HEALTH_CHECK),
            severity=INFO,
            reason="beside kube-proxy both answer the health checks of services on the same ports",
            remedy=f"set {HEALTH_CHECK} to false while kube-proxy runs",
        ),
    ),
    expectations=(),
)

ENDPOINT = Feature(
    name="api_server_endpoint",
    doc=(
        "The address of the API server that agents use. It has to work before Cilium serves services, so with full "
        "replacement it is needed. `auto` is found by the role: Kubespray's global endpoint, kubeadm's "
        "controlPlaneEndpoint, the kubeconfig's server unless it is this machine, else the control-plane node."
    ),
    settings=(
        Setting(HOST, TEXT, "Host of the API server as nodes reach it, or `auto`.", unresolved=("auto",)),
        Setting(PORT, INT, "Port of the API server; with a host, 6443 by default.", low=1, high=65535),
    ),
    values=(Carrier("k8sServiceHost", HOST), Carrier("k8sServicePort", PORT)),
    derived=(
        Derived(
            PORT,
            lambda settings: 6443 if settings.get(HOST, "auto") != "auto" else None,
            because=f"{HOST} is given without a port",
        ),
    ),
)

FEATURES = (INSTALL_MODE, REPLACEMENT, PARTS, SOCKET, SESSION_AFFINITY, NODE_PORTS, ENDPOINT)
