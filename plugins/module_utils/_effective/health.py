# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings about nodes that other nodes do not reach. PRIVATE to the collection.

The health daemon of each node asks every node: the node itself, and the health endpoint behind its datapath.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .._findings import ERROR, Finding
from .._json import get_int, get_object, get_objects, get_text
from .naming import several

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._json import JsonObject
    from .seen import Seen

NODE, ENDPOINTS = "node", "endpoints"
_UNREACHABLE = "unreachable"
_WHAT = {
    NODE: "the node itself",
    ENDPOINTS: "its health endpoint (a pod of the node), though the node itself answers",
}
_REMEDY = {
    NODE: "look at the network between the nodes: routes, and firewalls (ICMP and port 4240 have to pass)",
    ENDPOINTS: "look at the datapath of that node: its agent's log, its routes to the pods' network, its tunnel",
}


@dataclass
class _Failed:
    """Who does not reach one side of a node, and what they say."""

    by: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


def unreachable(seen: Seen) -> Iterator[Finding]:
    """Yield a finding for each side of a node that others do not reach, and for agents that only tell a number."""
    failed: dict[tuple[str, str], _Failed] = {}
    asked = 0
    for observer, state in sorted(seen.nodes.items()):
        health = get_object(state, "health")
        entries = get_objects(health, "nodes")
        asked += bool(entries)
        bad = {name: side for entry in entries for name, side in _failing(entry)}
        others = [entry for entry in entries if _name(entry) != observer]
        if len(others) > 1 and all(_name(entry) in bad for entry in others):
            yield _isolated(seen.cluster, observer, [_name(entry) for entry in others], health)
            continue
        for entry in entries:
            for name, side in _failing(entry):
                one = failed.setdefault((name, side), _Failed())
                one.by.append(observer)
                one.said += [text for text in _messages(entry, side) if text not in one.said]
        if not bad and _short(health):
            yield _counted(seen.cluster, observer, health)
    for (name, side), one in sorted(failed.items()):
        yield _unreachable(seen.cluster, name, side, failed=one, asked=asked)


def _name(entry: JsonObject) -> str:
    """Return a node's name in Kubernetes; the health daemon puts the cluster's before it."""
    return (get_text(entry, "name") or "").rpartition("/")[2]


def _failing(entry: JsonObject) -> Iterator[tuple[str, str]]:
    """Yield the side of a node that does not answer, the node before its endpoint, which fails with it."""
    for side in (NODE, ENDPOINTS):
        if get_text(entry, side, "status") == _UNREACHABLE:
            yield _name(entry), side
            return


def _messages(entry: JsonObject, side: str) -> list[str]:
    found = []
    for path in get_objects(entry, side, "paths"):
        for probe in ("icmp", "http"):
            text = get_text(path, probe, "message")
            if text:
                found.append(f"{probe} {text}")
    return found


def _short(health: JsonObject) -> bool:
    reachable, total = get_int(health, "reachable"), get_int(health, "total")
    return reachable is not None and total is not None and reachable < total


def _counted(cluster: str, observer: str, health: JsonObject) -> Finding:
    return Finding(
        rule="nodes_unreachable",
        severity=ERROR,
        subject={"cluster": cluster, "node": observer},
        found={"reachable": health.get("reachable"), "total": health.get("total")},
        reason=f"{observer} reaches {health.get('reachable')} of {health.get('total')} nodes; its agent does not say "
        "which it does not reach",
        remedy="ask for the health of the nodes (cilium-health status --probe in that agent)",
    )


def _isolated(cluster: str, observer: str, others: list[str], health: JsonObject) -> Finding:
    return Finding(
        rule="node_isolated",
        severity=ERROR,
        subject={"cluster": cluster, "node": observer},
        found={"reachable": health.get("reachable"), "total": health.get("total")},
        reason=f"{observer} reaches none of the other nodes ({several(others)}), so the fault is most likely its own",
        remedy=_REMEDY[NODE],
    )


def _unreachable(cluster: str, name: str, side: str, *, failed: _Failed, asked: int) -> Finding:
    said = f": {several(failed.said)}" if failed.said else ""
    return Finding(
        rule="node_unreachable" if side == NODE else "endpoint_unreachable",
        severity=ERROR,
        subject={"cluster": cluster, "node": name},
        found={"side": side, "seen_by": [*failed.by], "of": asked},
        reason=f"{len(failed.by)} of {asked} nodes ({several(failed.by)}) do not reach {_WHAT[side]}{said}",
        remedy=_REMEDY[side],
    )
