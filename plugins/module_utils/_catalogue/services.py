# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who reaches services, and by which way. PRIVATE to the collection."""

from __future__ import annotations

from .._findings import INFO, WARNING
from .._settings import BOOL, TEXT, Setting
from .._versions import span
from ._conditions import all_of, none_of, on
from ._model import Carrier, Feature, Rule
from .kube_proxy_replacement import KPR
from .load_balancing import REPLACES

EXTERNAL_CLUSTER_IP = "cilium_lb_external_clusterip"
TOPOLOGY = "cilium_enable_service_topology"
NEIGHBOURS = "cilium_enable_l2_neigh_discovery"
REFRESH = "cilium_arping_refresh_period"

EXTERNAL = Feature(
    name="external_cluster_ip",
    doc="ClusterIP services are served to clients outside the cluster too, if they have a route to a node.",
    settings=(Setting(EXTERNAL_CLUSTER_IP, BOOL, "Serve ClusterIP services to clients outside the cluster."),),
    values=(Carrier("bpf.lbExternalClusterIP", EXTERNAL_CLUSTER_IP, at=span("1.10.3")),),
    keys=(Carrier("bpf-lb-external-clusterip", EXTERNAL_CLUSTER_IP, at=span("1.10.3")),),
    rules=(
        Rule(
            "external_cluster_ip_needs_routes",
            severity=INFO,
            when=on(EXTERNAL_CLUSTER_IP),
            about=(EXTERNAL_CLUSTER_IP,),
            reason="nothing outside knows the way to service addresses by itself",
            remedy="route the service network to the cluster's nodes",
        ),
        Rule(
            "external_cluster_ip_needs_replacement",
            severity=WARNING,
            when=all_of(on(EXTERNAL_CLUSTER_IP), none_of(REPLACES)),
            about=(EXTERNAL_CLUSTER_IP, KPR),
            reason="it concerns services that Cilium serves, and it serves none to the outside",
            remedy=f"set {KPR} to full",
        ),
    ),
    active=on(EXTERNAL_CLUSTER_IP),
)

SERVICE_TOPOLOGY = Feature(
    name="service_topology",
    doc="Requests prefer backends in the client's zone, where a service asks for topology-aware routing.",
    settings=(Setting(TOPOLOGY, BOOL, "Follow the topology hints of services."),),
    values=(Carrier("loadBalancer.serviceTopology", TOPOLOGY, at=span("1.11")),),
    keys=(Carrier("enable-service-topology", TOPOLOGY, at=span("1.11")),),
    active=on(TOPOLOGY),
)

NEIGHBOUR_DISCOVERY = Feature(
    name="neighbour_discovery",
    doc=(
        "Agents keep the link-layer addresses of other nodes fresh, which XDP needs. From kernel 5.16 the kernel does "
        "it; on older ones the agent, at an interval that could be set up to 1.17."
    ),
    settings=(
        Setting(
            NEIGHBOURS,
            BOOL,
            "Keep the link-layer addresses of other nodes fresh.",
            defaults=(("", True), ("1.18", False)),
        ),
        Setting(REFRESH, TEXT, "How often, such as `30s` (Cilium up to 1.17)."),
    ),
    values=(
        Carrier("l2NeighDiscovery.enabled", NEIGHBOURS, at=span("1.10.5")),
        Carrier("l2NeighDiscovery.refreshPeriod", REFRESH, at=span("1.10.5", "1.18")),
    ),
    keys=(
        Carrier("enable-l2-neigh-discovery", NEIGHBOURS, at=span("1.10.5")),
        Carrier("arping-refresh-period", REFRESH, at=span("1.10.5", "1.18")),
    ),
    instead="remove it: from 1.18 the interval is the kernel's",
)

FEATURES = (EXTERNAL, SERVICE_TOPOLOGY, NEIGHBOUR_DISCOVERY)
