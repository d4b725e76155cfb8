# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What there is to say of ports that are not reached. PRIVATE to the collection. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._findings import WARNING, Finding
from .firewalls import opens
from .reachability import OPEN, REFUSED, SERVER, TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .._json import Json
    from .firewalls import Guard
    from .reachability import Row, Site

_RULES = {REFUSED: "mesh_port_refused", TIMEOUT: "mesh_port_timeout"}
_Group = tuple[str, str, str, str]


def judge(sites: Mapping[str, Site], rows: Sequence[Row], guards: Mapping[Row, Guard]) -> Iterator[Finding]:
    """Yield a finding for each port of a pair of clusters that is refused or that nobody answers at.

    Args:
        sites: the clusters, by name.
        rows: what was tried.
        guards: who guards the node of a row, where that was looked for.
    """
    groups: dict[_Group, list[Row]] = {}
    tried: dict[tuple[str, str, str], int] = {}
    for row in rows:
        one = row.attempt
        key = (one.cluster, one.peer, one.port.name)
        if row.outcome.state in (OPEN, REFUSED, TIMEOUT):
            tried[key] = tried.get(key, 0) + 1
        if row.outcome.state in _RULES:
            groups.setdefault((*key, row.outcome.state), []).append(row)
    for group, found in groups.items():
        yield _not_reached(group, found, tried[group[:3]], guards)
    for name, site in sites.items():
        if site.peers and not any(row.attempt.cluster == name and row.outcome.state in (OPEN, *_RULES) for row in rows):
            yield _not_tried(name, site, rows)


def _not_reached(group: _Group, found: Sequence[Row], tried: int, guards: Mapping[Row, Guard]) -> Finding:
    cluster, peer, _name, state = group
    port, number = found[0].attempt.port, found[0].attempt.number
    nodes = sorted({row.attempt.node for row in found})
    addresses = sorted({row.attempt.address for row in found})
    came = "was refused" if state == REFUSED else "got no answer"
    said = sorted({row.outcome.reason for row in found if row.outcome.reason})
    reason = (
        f"{port.why}: {port.protocol} port {number} of {peer} ({', '.join(addresses)}) {came} when {', '.join(nodes)} "
        f"of {cluster} tried it, in {len(found)} of {tried} attempts"
    )
    parts = [reason, *said, *_guarded(found, guards)]
    return Finding(
        _RULES[state],
        port.severity,
        {"cluster": cluster, "peer": peer},
        "; ".join(parts),
        _remedy(found, guards),
        asked=f"{port.protocol}/{number}",
        found=_shown(found),
    )


def _guarded(found: Sequence[Row], guards: Mapping[Row, Guard]) -> list[str]:
    """Return in words who guards the nodes that were not reached."""
    told: dict[str, None] = {}
    for row in found:
        guard = guards.get(row)
        where = row.attempt.peer_node
        if guard is None or not where:
            continue
        if guard.rules:
            told[f"on {where} {guard.manager} says no: {guard.rules[0]}"] = None
        elif guard.manager:
            told[f"the firewall of {where} is that of {guard.manager}"] = None
        elif not guard.seen:
            told[f"no rules of a firewall can be read on {where} from its agent's pod"] = None
        else:
            told[f"no rule that is seen from the agent's pod on {where} says no"] = None
    return list(told)


def _remedy(found: Sequence[Row], guards: Mapping[Row, Guard]) -> str:
    one = found[0].attempt
    ways: dict[str, list[str]] = {}
    for row in found:
        guard = guards.get(row)
        words = opens(guard, one.port.protocol, one.number) if guard is not None else ""
        if words:
            ways.setdefault(words, []).append(row.attempt.peer_node or "")
    if ways:
        return "; ".join(f"on {', '.join(sorted(set(nodes)))}: {words}" for words, nodes in ways.items())
    if one.port.name == SERVER.name:
        return (
            "see whether the mesh API server runs and its Service has this port, and what stands between the clusters: "
            "security groups, firewalls of the network, of the nodes (nft list ruleset)"
        )
    return (
        "let this port through between the nodes of both clusters: security groups, firewalls of the network and of "
        "the nodes (nft list ruleset); if the port is let through, see whether the agent there runs"
    )


def _shown(found: Sequence[Row]) -> list[Json]:
    return [
        {"from": row.attempt.node, "to": row.attempt.address, "node": row.attempt.peer_node, "state": row.outcome.state}
        for row in found
    ]


def _not_tried(name: str, site: Site, rows: Sequence[Row]) -> Finding:
    told = sorted({row.outcome.reason for row in rows if row.attempt.cluster == name and row.outcome.reason})
    faults = [f"{node.name}: {node.fault}" for node in site.nodes if node.fault]
    reason = site.fault or "; ".join(told or faults) or "it has no agents from whose pods ports could be tried"
    return Finding(
        "mesh_ports_not_tried",
        WARNING,
        {"cluster": name},
        f"nothing could be tried from this cluster: {reason}",
        "install Cilium there first, or correct what keeps its agents from answering, and run again",
    )
