# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Health checking: each node asks all others, and a pod of each. PRIVATE to the collection."""

from __future__ import annotations

from .._findings import WARNING
from .._settings import BOOL, INT, Setting
from .._versions import span
from ._conditions import all_of, among, given, none_of, off, on
from ._model import EQUAL, TCP, Carrier, Feature, FleetRule, Otherwise, Port, Rule
from .ipam import CHAINED, CHAINING

CHECKING = "cilium_health_checking"
ENDPOINTS = "cilium_endpoint_health_checking"
PORT = "cilium_cluster_health_port"

# Charts leave the pod that answers out where another plugin makes the pods' devices.
_CHAINED = all_of(CHAINED, none_of(among(CHAINING, "portmap")))

HEALTH = Feature(
    name="health_checking",
    doc=(
        "A daemon beside each agent asks every other node, in a mesh those of all clusters, and one pod on each, "
        "whether it is there. Nothing depends on the answers but what status and metrics say."
    ),
    settings=(
        Setting(CHECKING, BOOL, "Ask all other nodes whether they are there.", defaults=(("", True),)),
        Setting(ENDPOINTS, BOOL, "Ask a pod of each node too.", defaults=(("", True),)),
        Setting(
            PORT,
            INT,
            "TCP port at which nodes and these pods answer (Cilium 1.11 and newer).",
            defaults=(("", 4240),),
            low=1,
            high=65535,
        ),
    ),
    values=(
        Carrier("healthChecking", CHECKING),
        Carrier("endpointHealthChecking.enabled", ENDPOINTS),
        Carrier("clusterHealthPort", PORT, at=span("1.11")),
    ),
    keys=(
        Carrier("enable-health-checking", CHECKING),
        Carrier("enable-endpoint-health-checking", ENDPOINTS, when=none_of(_CHAINED)),
        Carrier("cluster-health-port", PORT, at=span("1.11")),
    ),
    rules=(
        Rule(
            "endpoint_health_without_health",
            severity=WARNING,
            when=all_of(given(ENDPOINTS), on(ENDPOINTS), off(CHECKING)),
            about=(ENDPOINTS, CHECKING),
            reason="nobody asks the pods, as health checking is off",
            remedy=f"set {CHECKING} to true, or remove {ENDPOINTS}",
        ),
    ),
    fleet=(
        FleetRule(
            "mesh_health_port_differs",
            PORT,
            EQUAL,
            when=on(CHECKING),
            reason="agents ask the nodes of all clusters at their own health port, so those with another one seem dead",
            remedy=f"set {PORT} to the same everywhere",
        ),
    ),
    otherwise=(Otherwise(ENDPOINTS, False, _CHAINED, "where another plugin is chained"),),
    active=on(CHECKING),
    ports=(
        Port("health", TCP, "agents ask whether nodes are there", setting=PORT, when=on(CHECKING), severity=WARNING),
        Port(
            "health_of_pods",
            TCP,
            "pods reach pods; tried at the pod that answers for its node",
            setting=PORT,
            when=all_of(on(CHECKING), on(ENDPOINTS)),
            pods=True,
        ),
    ),
)

FEATURES = (HEALTH,)
