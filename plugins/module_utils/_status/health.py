# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom a node reaches: from `cilium-health status -o json` to the model. PRIVATE to the collection.

The JSON is Cilium's models.HealthStatusResponse (api/v1/health/models). A probe without a status succeeded; a probe
that is missing has no answer yet. Rules for nodes and sides are those of Cilium's own text (pkg/health/client).
"""

from __future__ import annotations

from .._json import JsonObject, get_int, get_object, get_objects, get_path, get_text
from .model_health import Health, HealthNode, Path, Probe, Side

REACHABLE = "reachable"
UNREACHABLE = "unreachable"
UNKNOWN = "unknown"


def parse_json(content: JsonObject) -> Health:
    """Return what the health daemon says.

    Args:
        content: the JSON of `cilium-health status -o json`, of any version of Cilium.
    """
    local = get_text(content, "local", "name")
    entries = get_objects(content, "nodes")
    nodes = [_node(entry, local) for entry in entries]
    told = "nodes" in content
    return Health(
        reachable=sum(is_reachable(node) for node in nodes) if told else None,
        total=len(nodes) if told else None,
        time=get_text(content, "timestamp"),
        interval=get_text(content, "probeInterval"),
        local=local,
        nodes=nodes if told else None,
    )


def is_reachable(node: HealthNode) -> bool:
    """Return whether no probe of a node failed, which is what the agent counts as reachable."""
    return all(side is None or side.status != UNREACHABLE for side in (node.node, node.endpoints))


def _node(entry: JsonObject, local: str | None) -> HealthNode:
    host = _paths(get_object(entry, "host"))
    endpoint = _paths(get_object(entry, "health-endpoint"))
    if not endpoint and get_path(entry, "endpoint") is not None:  # all that 1.9 tells
        endpoint = [_path(get_object(entry, "endpoint"), primary=True)]
    name = get_text(entry, "name") or ""
    return HealthNode(
        name=name,
        local=name == local if local else None,
        ips=[path.ip for path in host if path.ip] if host else None,
        node=side(host) if host else None,
        endpoints=side(endpoint) if endpoint else None,
    )


def _paths(part: JsonObject) -> list[Path]:
    primary = get_object(part, "primary-address")
    paths = [_path(primary, primary=True)] if primary else []
    return paths + [_path(entry, primary=False) for entry in get_objects(part, "secondary-addresses")]


def _path(entry: JsonObject, *, primary: bool) -> Path:
    return Path(get_text(entry, "ip"), primary, _probe(entry, "icmp"), _probe(entry, "http"))


def _probe(entry: JsonObject, kind: str) -> Probe | None:
    part = get_path(entry, kind)
    if not isinstance(part, dict):
        return None
    message = get_text(part, "status") or None
    return Probe(
        ok=message is None,
        rtt=get_int(part, "latency") if message is None else None,
        message=message,
        last_probed=get_text(part, "lastProbed"),
    )


def side(paths: list[Path]) -> Side:
    """Return one side of a node from the addresses that were asked."""
    states = [path_status(path) for path in paths]
    status = next((word for word in (UNREACHABLE, UNKNOWN) if word in states), REACHABLE)
    return Side(status, sum(state == REACHABLE for state in states), len(states), paths)


def path_status(path: Path) -> str:
    """Return the word for one address."""
    probes = (path.icmp, path.http)
    if any(probe is not None and not probe.ok for probe in probes):
        return UNREACHABLE
    return UNKNOWN if None in probes else REACHABLE
