# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which field of an agent's running configuration shows what a key of its ConfigMap says. PRIVATE to the collection.

Fields are those of Cilium's option.DaemonConfig (pkg/option/config.go, 1.15), as `cilium-dbg config --all` prints
them. Only fields that an agent leaves as they were read stand here: one that it corrects while it starts says what is
effective, not what was read. A field that a version does not have is not told there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._json import get_path
from .load_balancing import SEED, TABLE

if TYPE_CHECKING:
    from .._json import Json, JsonObject

FIELDS: dict[str, str] = {
    "auto-direct-node-routes": "EnableAutoDirectRouting",
    "bpf-lb-acceleration": "NodePortAcceleration",
    "bpf-lb-algorithm": "NodePortAlg",
    "bpf-lb-dsr-dispatch": "LoadBalancerDSRDispatch",
    "bpf-lb-external-clusterip": "ExternalClusterIP",
    "bpf-lb-maglev-hash-seed": "MaglevHashSeed",
    "bpf-lb-maglev-table-size": "MaglevTableSize",
    "bpf-lb-mode": "NodePortMode",
    "bpf-lb-sock-hostns-only": "BPFSocketLBHostnsOnly",
    "datapath-mode": "DatapathMode",
    "debug": "Debug",
    "enable-cilium-endpoint-slice": "EnableCiliumEndpointSlice",
    "enable-endpoint-routes": "EnableEndpointRoutes",
    "enable-host-firewall": "EnableHostFirewall",
    "enable-hubble": "EnableHubble",
    "enable-ipv4": "EnableIPv4",
    "enable-ipv4-egress-gateway": "EnableIPv4EgressGateway",
    "enable-ipv6": "EnableIPv6",
    "enable-l7-proxy": "EnableL7Proxy",
    "enable-wireguard": "EnableWireguard",
    "identity-allocation-mode": "IdentityAllocationMode",
    "ipam": "IPAM",
    "kube-proxy-replacement": "KubeProxyReplacement",
    "monitor-aggregation": "MonitorAggregation",
    "policy-audit-mode": "PolicyAuditMode",
    "routing-mode": "RoutingMode",
}


@dataclass(frozen=True)
class Alike:
    """What the agents of a cluster have to agree in.

    Attributes:
        rule: of the finding when they do not.
        setting: that decides it.
        field: of the running configuration that tells it.
        path, word: it matters where an agent's status shows this word there.
    """

    rule: str
    setting: str
    field: str
    path: str
    word: str
    reason: str
    remedy: str


_PICK = "kube_proxy_replacement.algorithm"
ALIKE: tuple[Alike, ...] = (
    Alike(
        "maglev_seeds_differ",
        SEED,
        "MaglevHashSeed",
        _PICK,
        "Maglev",
        "nodes choose different backends for one connection, so it breaks when it arrives at another node",
        f"give all agents one {SEED}, and restart those that run with another",
    ),
    Alike(
        "maglev_tables_differ",
        TABLE,
        "MaglevTableSize",
        _PICK,
        "Maglev",
        "nodes choose different backends for one connection, so it breaks when it arrives at another node",
        f"give all agents one {TABLE}, and restart those that run with another",
    ),
)


def told(configuration: JsonObject, key: str) -> Json:
    """Return what an agent runs with, for a key of the ConfigMap; None where it does not tell."""
    field = FIELDS.get(key)
    return get_path(configuration, field) if field else None


def fields_of(configuration: Mapping[str, Json]) -> JsonObject:
    """Return of a running configuration only the fields that are read here."""
    wanted = {*FIELDS.values(), *(alike.field for alike in ALIKE)}
    return {name: value for name, value in configuration.items() if name in wanted}
