# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom a node reaches: from the texts of `cilium-health status` to the model. PRIVATE to the collection.

Two shapes: a table with a line for each node, under "Cluster health", and a tree with every address and probe, under
"Nodes" or, in newer agents, under the table's own heads.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from .cleaning import lines_of, sort_out
from .health import REACHABLE, UNREACHABLE, is_reachable, side
from .model_health import Health, HealthNode, Path, Probe, Side
from .splitting import collapsed, nanoseconds, of

# Longer lines are no line of these texts.
LONGEST = 100_000

_HEADS = frozenset({"Name IP Node Endpoints", "Name IP Reachable Endpoints reachable", "Name IP", "Nodes:"})
# A line of the table, single spaces between words: words since 1.12, true and false before, counts since 1.18.
_ROW = re.compile(
    r"(?P<name>\S+)(?P<local> \(localhost\))? (?P<ips>\S+) "
    r"(?P<node>reachable|unreachable|unknown|true|false|\d{1,9}/\d{1,9}) "
    r"(?P<endpoints>reachable|unreachable|unknown|true|false|\d{1,9}/\d{1,9})"
)
_WORDS = {"true": REACHABLE, "false": UNREACHABLE}
_NODE = re.compile(r"(?P<name>[^\s:][^\s]*)(?P<local> \(localhost\))?:")
_PATH = re.compile(r"(?P<kind>Host|Endpoint|Secondary) connectivity(?: to (?P<ip>\S+))?:(?: nil)?")
_PROBE = re.compile(r"(?P<kind>ICMP|HTTP)(?: to stack| to agent| via L3)?: (?P<answer>.+)")
_PROBED = re.compile(r" \(Last probed: (?P<when>[^()]*)\)$")
_RTT = "OK, RTT="
_TIME = re.compile(r"\((?P<time>\d{4}-[^()]*)\)")
_INTERVAL = re.compile(r"\(Probe interval: (?P<interval>[^()]*)\)")
_UNAVAILABLE = "Unavailable"


@dataclass
class _GrowingPath:
    """An address while the lines below it are read."""

    ip: str
    primary: bool
    icmp: Probe | None = None
    http: Probe | None = None


@dataclass
class _Growing:
    """A node of the tree while its lines are read."""

    name: str
    local: bool
    hosts: list[_GrowingPath] = field(default_factory=list)
    endpoints: list[_GrowingPath] = field(default_factory=list)
    last: list[_GrowingPath] | None = None

    def done(self) -> HealthNode:
        """Return the node as far as it was told."""
        return HealthNode(
            name=self.name,
            local=self.local,
            ips=[path.ip for path in self.hosts if path.ip] or None,
            node=_side_of(self.hosts),
            endpoints=_side_of(self.endpoints),
        )


def _side_of(paths: list[_GrowingPath]) -> Side | None:
    return side([Path(path.ip, path.primary, path.icmp, path.http) for path in paths]) if paths else None


def parse(text: str) -> Health:
    """Return what the health daemon says.

    Args:
        text: what `cilium-health status` prints, also with --probe or --verbose, in any version of Cilium.
    """
    health = Health()
    rows: list[str] = []
    for line in lines_of(text):
        label, _colon, value = line.strip().partition(":")
        if label == "Cluster health" and len(line) < LONGEST:
            health = summary(collapsed(value))
        elif label == "Probe time" and len(line) < LONGEST:
            health = replace(health, time=collapsed(value) or None)
        else:
            rows.append(line)
    nodes, unread = read_nodes(rows)
    left = sort_out(unread)
    return replace(with_nodes(health, nodes), error=health.error or left.error, unparsed=left.unparsed)


def summary(value: str) -> Health:
    """Return what stands behind "Cluster health:", single spaces between its words."""
    counts = of(value.partition(" ")[0])
    time, interval = _TIME.search(value), _INTERVAL.search(value)
    return Health(
        reachable=counts[0] if counts else None,
        total=counts[1] if counts else None,
        error=None if counts else value or None,
        time=time.group("time") if time else None,
        interval=interval.group("interval") if interval else None,
    )


def with_nodes(health: Health, nodes: list[HealthNode]) -> Health:
    """Return the health with its nodes; without a summary's counts, the nodes are counted."""
    if not nodes:
        return health
    local = next((node.name for node in nodes if node.local), None)
    if health.total is None:
        health = replace(health, reachable=sum(is_reachable(node) for node in nodes), total=len(nodes))
    return replace(health, local=local, nodes=nodes)


def read_nodes(rows: list[str]) -> tuple[list[HealthNode], list[str]]:
    """Return the nodes of a table or a tree, and the lines that belong to neither."""
    nodes: list[HealthNode | _Growing] = []
    unread: list[str] = []
    for line in rows:
        text = collapsed(line) if len(line) < LONGEST else ""
        if text in _HEADS:
            continue
        row = _ROW.fullmatch(text) if text[-1:] != ":" else None
        if row:
            nodes.append(_row(row))
        elif not text or not _grow(nodes, text):
            unread.append(line)
    return [node.done() if isinstance(node, _Growing) else node for node in nodes], unread


def _row(found: re.Match[str]) -> HealthNode:
    ips = found.group("ips")
    return HealthNode(
        name=found.group("name"),
        local=found.group("local") is not None,
        ips=[ip for ip in ips.split(",") if ip] if ips != _UNAVAILABLE else None,
        node=_side(found.group("node")),
        endpoints=_side(found.group("endpoints")),
    )


def _side(word: str) -> Side:
    counts = of(word)
    if counts is None:
        return Side(_WORDS.get(word, word))
    return Side(REACHABLE if counts[0] == counts[1] else UNREACHABLE, *counts)


def _grow(nodes: list[HealthNode | _Growing], text: str) -> bool:
    """Add a line of the tree to its node; return whether it is one."""
    last = nodes[-1] if nodes else None
    probe = _PROBE.fullmatch(text)
    if probe:
        if isinstance(last, _Growing) and last.last:
            _add_probe(last.last[-1], probe)
            return True
        return False
    path = _PATH.fullmatch(text)
    if path:
        if isinstance(last, _Growing):
            _add_path(last, path)
        return isinstance(last, _Growing)
    node = _NODE.fullmatch(text)
    if node:
        nodes.append(_Growing(node.group("name"), node.group("local") is not None))
    return node is not None


def _add_path(node: _Growing, found: re.Match[str]) -> None:
    kind = found.group("kind")
    if kind != "Secondary":
        node.last = node.hosts if kind == "Host" else node.endpoints
    if found.group("ip") and node.last is not None:
        node.last.append(_GrowingPath(found.group("ip"), kind != "Secondary"))


def _add_probe(path: _GrowingPath, found: re.Match[str]) -> None:
    answer = found.group("answer")
    probed = _PROBED.search(answer) if answer[-1] == ")" else None
    answer = answer[: probed.start()] if probed else answer
    when = probed.group("when") if probed else None
    if answer.startswith(_RTT):
        probe = Probe(ok=True, rtt=nanoseconds(answer[len(_RTT) :]), last_probed=when)
    else:
        probe = Probe(ok=answer == "OK", message=None if answer == "OK" else answer, last_probed=when)
    if found.group("kind") == "ICMP":
        path.icmp = probe
    else:
        path.http = probe
