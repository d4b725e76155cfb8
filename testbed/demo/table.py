"""The table at the demo's end: one row per node, as its agent tells it; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from testbed.api import Object

# Column → path in what status_info returns for a node.
COLUMNS = {
    "Cilium": "version",
    "kube-proxy replacement": "kube_proxy_replacement.mode",
    "mode": "kube_proxy_replacement.load_balancer_mode",
    "algorithm": "kube_proxy_replacement.algorithm",
    "table size": "kube_proxy_replacement.maglev_table_size",
    "routing": "routing.mode",
    "host routing": "routing.host",
    "masquerading": "masquerading.mode",
}


def rows(clusters: Mapping[str, Mapping[str, Object]]) -> list[list[str]]:
    """Return heading and rows; what an agent does not tell is ``-``."""
    table = [["cluster", "node", *COLUMNS]]
    for cluster, nodes in sorted(clusters.items(), reverse=True):
        for node, facts in sorted(nodes.items()):
            table.append([cluster, node, *(_look_up(facts, path) for path in COLUMNS.values())])
    return table


def draw(table: Sequence[Sequence[str]]) -> str:
    """Return rows as aligned text with a line under the heading."""
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]
    return "\n".join([lines[0], "  ".join("─" * width for width in widths), *lines[1:]])


def _look_up(facts: Object, path: str) -> str:
    found: object = facts
    for step in path.split("."):
        found = found.get(step) if isinstance(found, dict) else None
    return "-" if found is None else str(found)
