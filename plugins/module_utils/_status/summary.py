# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the agents of a cluster agree on, and where they differ. PRIVATE to the collection."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from .._json import Json, JsonObject, get_path

if TYPE_CHECKING:
    from collections.abc import Mapping

# A group names that many nodes; the count tells how many there are.
MOST_NODES = 10
NOT_TOLD = "not told"

# What is compared: a path into an agent's state, and its name for a person.
COMPARED: tuple[tuple[str, str], ...] = (
    ("version", "version"),
    ("state", "state"),
    ("install_mode", "way of installing"),
    ("kubernetes.state", "Kubernetes"),
    ("kvstore.state", "key-value store"),
    ("kube_proxy_replacement.mode", "kube-proxy replacement"),
    ("kube_proxy_replacement.load_balancer_mode", "load balancing"),
    ("kube_proxy_replacement.dsr_dispatch", "DSR dispatch"),
    ("kube_proxy_replacement.algorithm", "backend selection"),
    ("kube_proxy_replacement.maglev_table_size", "Maglev table size"),
    ("kube_proxy_replacement.acceleration", "XDP acceleration"),
    ("kube_proxy_replacement.socket_lb", "socket load balancing"),
    ("kube_proxy_replacement.socket_lb_coverage", "socket load balancing covers"),
    ("kube_proxy_replacement.session_affinity", "session affinity"),
    ("kube_proxy_replacement.nodeport_range", "NodePort range"),
    ("routing.mode", "routing"),
    ("routing.tunnel_protocol", "tunnel"),
    ("routing.host", "host routing"),
    ("masquerading.mode", "masquerading"),
    ("masquerading.ipv4", "masquerading of IPv4"),
    ("masquerading.ipv6", "masquerading of IPv6"),
    ("cni.chaining", "CNI chaining"),
    ("bandwidth_manager.enabled", "bandwidth manager"),
    ("bandwidth_manager.congestion_control", "congestion control"),
    ("big_tcp.ipv4", "BIG TCP for IPv4"),
    ("big_tcp.ipv6", "BIG TCP for IPv6"),
    ("host_firewall.mode", "host firewall"),
    ("encryption.mode", "encryption"),
    ("cluster_mesh.ready", "clusters of the mesh that are ready"),
    ("cluster_mesh.total", "clusters of the mesh"),
    ("hubble.state", "Hubble"),
    ("health.daemon", "health daemon"),
    ("health.reachable", "nodes that are reached"),
    ("health.total", "nodes known to the health daemon"),
    ("proxy.envoy", "Envoy"),
    ("clock_source.mode", "clock of BPF programs"),
)
_WORDS = {"true": "on", "false": "off"}


def summary(nodes: Mapping[str, Json], *, total: int, ready: int) -> JsonObject:
    """Return the agents counted, and their answers grouped by what is equal.

    Args:
        nodes: the state of each agent that answered, by its node.
        total: how many agents there are.
        ready: how many of them Kubernetes calls ready.
    """
    groups = [(key, label, _answers(nodes, key)) for key, label in COMPARED]
    told = [(key, label, answers) for key, label, answers in groups if _is_told(answers)]
    return {
        "agents": {"total": total, "answered": len(nodes), "ready": ready},
        "groups": [{"key": key, "answers": [*answers]} for key, _label, answers in told],
        "text": [f"{label}: {_sentence(answers, len(nodes))}" for _key, label, answers in told],
    }


def _answers(nodes: Mapping[str, Json], key: str) -> list[JsonObject]:
    """Return the answers to one question, the most frequent first; null is the answer of those who do not tell."""
    path = key.split(".")
    values: dict[str, Json] = {}
    names: dict[str, list[str]] = {}
    for name in sorted(nodes):
        value = get_path(nodes[name], *path)
        text = json.dumps(value, sort_keys=True)
        values.setdefault(text, value)
        names.setdefault(text, []).append(name)
    ordered = sorted(names, key=lambda text: (-len(names[text]), text))
    return [
        {"value": values[text], "count": len(names[text]), "nodes": [*names[text][:MOST_NODES]]} for text in ordered
    ]


def _is_told(answers: list[JsonObject]) -> bool:
    return any(answer["value"] is not None for answer in answers)


def _sentence(answers: list[JsonObject], total: int) -> str:
    """Return answers as in: 38 of 40 nodes: DSR; 2: SNAT."""
    first, *others = answers
    nodes = "node" if total == 1 else "nodes"
    count = f"all {total}" if not others and total > 1 else f"{first['count']} of {total}"
    parts = [f"{count} {nodes}: {_word(first['value'])}"]
    return "; ".join(parts + [f"{answer['count']}: {_word(answer['value'])}" for answer in others])


def _word(value: Json) -> str:
    if value is None:
        return NOT_TOLD
    text = value if isinstance(value, str) else json.dumps(value)
    return _WORDS.get(text, text) if isinstance(value, bool) else text
