# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which ports a mesh needs open, who tries which, and what came of it. PRIVATE to the collection. Pure.

Which ports there are stands in the catalogue with the features that need them; that of the mesh API server is part of
the declaration.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._catalogue import FEATURES
from .._catalogue._model import TCP, UDP, Port
from .._catalogue.routing import DIRECT, NATIVE
from .._json import get_int

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .._catalogue._model import View
    from .._exec import PodRef
    from .._json import JsonObject

OPEN, REFUSED, TIMEOUT, NOT_TRIED = "open", "refused", "timeout", "not_tried"
SERVER = Port("mesh_api", TCP, "agents read from the mesh API server")
# An answer that comes later than this many seconds is the node's own: nobody has the address (ARP gives up after 3).
_AT_ONCE = 2.0
_KILLED = 124  # timeout(1)
_TRIED = (TCP, UDP)
_LATER = "there is a way to pods only when the clusters are connected"


@dataclass(frozen=True)
class Node:
    """One node of a cluster.

    Attributes:
        name: in Kubernetes.
        addresses: at which other nodes reach it.
        pods: addresses of the pod that answers for it, in the pods' network.
        agent: where to run commands in its network; None if there is no agent that answers, then `fault` says why.
    """

    name: str
    addresses: tuple[str, ...] = ()
    pods: tuple[str, ...] = ()
    agent: PodRef | None = None
    fault: str = ""


@dataclass(frozen=True)
class Site:
    """One cluster as far as its ports are concerned.

    Attributes:
        view: what is asked of it; None where that is not known.
        peers: the clusters that it is connected with.
        endpoints: addresses and port at which the others reach its mesh API server.
        served: whether its mesh API server is there.
        nodes: its nodes; none where it cannot be reached, then `fault` says why.
    """

    view: View | None = None
    peers: tuple[str, ...] = ()
    endpoints: tuple[tuple[str, int], ...] = ()
    served: bool = True
    nodes: tuple[Node, ...] = ()
    fault: str = ""


@dataclass(frozen=True)
class Limits:
    """How much is tried.

    Attributes:
        namespace: of the agents.
        timeout: seconds that an attempt may take.
        parallel: pods that are asked at a time.
        sources: nodes of a cluster that try.
        targets: nodes of a cluster that are tried.
    """

    namespace: str = "kube-system"
    timeout: float = 5
    parallel: int = 8
    sources: int = 3
    targets: int = 3


@dataclass(frozen=True)
class Attempt:
    """One node that is to reach one address; `skip` says why that cannot be tried, empty where it can."""

    cluster: str
    node: str
    peer: str
    peer_node: str | None
    address: str
    port: Port
    number: int | None
    skip: str = ""


@dataclass(frozen=True)
class Outcome:
    """What came of an attempt; `reason` is empty where it says nothing that the state does not."""

    state: str
    seconds: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class Row:
    """An attempt and what came of it."""

    attempt: Attempt
    outcome: Outcome

    def as_dict(self) -> JsonObject:
        """Return the row as it stands in a result."""
        tried, came = self.attempt, self.outcome
        return {
            "from": {"cluster": tried.cluster, "node": tried.node},
            "to": {"cluster": tried.peer, "node": tried.peer_node, "address": tried.address},
            "name": tried.port.name,
            "protocol": tried.port.protocol,
            "port": tried.number,
            "why": tried.port.why,
            "state": came.state,
            "seconds": came.seconds,
            "reason": came.reason or None,
        }


def needed(view: View) -> list[tuple[Port, int | None]]:
    """Return what a cluster's settings need of the other clusters' nodes: the ports, each with its number."""
    wanted = (port for feature in FEATURES for port in feature.ports if port.when is None or port.when(view))
    effective = dict(view.effective)
    return [(port, get_int(effective, port.setting) if port.setting else port.number) for port in wanted]


def attempts(sites: Mapping[str, Site], limits: Limits, *, connected: bool) -> list[Attempt]:
    """Return who tries what, for each ordered pair of clusters that are to be connected.

    Args:
        sites: the clusters, by name.
        limits: how many nodes of each take part.
        connected: whether the clusters are connected already. Before, most ways to pods are not there.
    """
    targets = {name: spread(site.nodes, limits.targets) for name, site in sites.items()}
    found: list[Attempt] = []
    for cluster, site in sites.items():
        sources = spread([node for node in site.nodes if node.agent], limits.sources)
        for peer in (name for name in site.peers if name in sites):
            for source in sources:
                found += _of_server(cluster, source, peer, sites[peer])
                if site.view is not None:
                    found += _of_nodes((cluster, source), (peer, targets[peer]), site.view, connected=connected)
    return found


def spread(nodes: Sequence[Node], most: int) -> list[Node]:
    """Return at most so many nodes, spread evenly over the order of their names."""
    ordered = sorted(nodes, key=lambda node: node.name)
    if len(ordered) <= most:
        return ordered
    step = (len(ordered) - 1) / max(most - 1, 1)
    return [ordered[round(number * step)] for number in range(most)]


def _of_server(cluster: str, source: Node, peer: str, site: Site) -> Iterator[Attempt]:
    owners = {address: node.name for node in site.nodes for address in node.addresses}
    skip = "" if site.served else "the mesh API server is not there yet"
    for address, number in site.endpoints:
        missing = skip or _family(source, address)
        yield Attempt(cluster, source.name, peer, owners.get(address), address, SERVER, number, missing)


def _of_nodes(
    here: tuple[str, Node], there: tuple[str, Sequence[Node]], view: View, *, connected: bool
) -> Iterator[Attempt]:
    (cluster, source), (peer, nodes) = here, there
    pods_later = "" if connected or (NATIVE(view) and not view.effective.get(DIRECT)) else _LATER
    for port, number in needed(view):
        skip = "" if port.protocol in _TRIED else f"nothing tells whether {port.protocol} gets through"
        for node in nodes:
            for address in node.pods if port.pods else node.addresses:
                missing = skip or (pods_later if port.pods else "") or _family(source, address)
                yield Attempt(cluster, source.name, peer, node.name, address, port, number, missing)


def _family(source: Node, address: str) -> str:
    """Return why a node cannot try an address of a family that it has none of."""
    wanted = family(address)
    if wanted is None or not source.addresses or wanted in {family(own) for own in source.addresses}:
        return ""
    return f"node {source.name} has no IPv{wanted} address"


def family(address: str) -> int | None:
    """Return 4 or 6; None for a name."""
    try:
        return ipaddress.ip_address(address).version
    except ValueError:
        return None


# What the C library says of errors, in part of bash's message, and what it means for an attempt.
_SAID = (
    ("Connection refused", REFUSED, ""),
    ("Operation not permitted", REFUSED, "the trying node's own firewall does not let it out"),
    ("Permission denied", REFUSED, "the trying node's own firewall does not let it out"),
    ("Connection reset", REFUSED, "the connection was reset"),
    ("Network is unreachable", TIMEOUT, "the trying node has no route to it"),
    ("Connection timed out", TIMEOUT, ""),
    ("not known", NOT_TRIED, "the name is not resolved on the trying node"),
    ("name resolution", NOT_TRIED, "the name is not resolved on the trying node"),
)
_REJECTED = "a firewall or router on the way says no (ICMP: prohibited or unreachable)"
_NOBODY = "nobody on the trying node's network has the address"
# An agent that masquerades in BPF drops most ICMP errors of its own node (seen with 1.15.19: "Unknown ICMPv4 code"), so
# there a refused datagram, and a connection that a firewall refuses by ICMP, look like ones without an answer.
UNTOLD = "a datagram without an answer tells nothing: the port may be open, or something may drop it in silence"


def read(attempt: Attempt, code: int, microseconds: int, said: str) -> Outcome:
    """Return what came of an attempt.

    Args:
        attempt: what was tried.
        code: exit code of the shell that tried it.
        microseconds: that it took; 0 if the shell has no clock.
        said: what it wrote, in English.
    """
    seconds = round(microseconds / 1e6, 3) if microseconds > 0 else None
    if code == 0:
        return Outcome(OPEN, seconds) if attempt.port.protocol == TCP else Outcome(NOT_TRIED, None, UNTOLD)
    if code == _KILLED:
        return Outcome(TIMEOUT, seconds)
    if "No route to host" in said:
        late = seconds is not None and seconds > _AT_ONCE
        return Outcome(TIMEOUT, seconds, _NOBODY) if late else Outcome(REFUSED, seconds, _REJECTED)
    for words, state, reason in _SAID:
        if words in said:
            return Outcome(state, seconds, reason)
    return Outcome(NOT_TRIED, None, said.strip()[-200:] or f"the shell ended with exit code {code}")


def with_tunnels(rows: Sequence[Row]) -> list[Row]:
    """Return the rows; a tunnel through which a node reached a pod of another is open, whatever a datagram tells."""
    through = {
        (row.attempt.cluster, row.attempt.node, row.attempt.peer, row.attempt.peer_node)
        for row in rows
        if row.attempt.port.pods and row.outcome.state == OPEN
    }
    return [_proved(row) if _key(row) in through and row.attempt.port.name == "tunnel" else row for row in rows]


def _key(row: Row) -> tuple[str, str, str, str | None]:
    return row.attempt.cluster, row.attempt.node, row.attempt.peer, row.attempt.peer_node


def _proved(row: Row) -> Row:
    return Row(row.attempt, Outcome(OPEN, None, "a connection to a pod of that node went through it"))
