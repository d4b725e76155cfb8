# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks that collide, inside a cluster and within a mesh. PRIVATE to the collection."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Union

from .._catalogue._networks import network_of
from .._catalogue.ipam import POOL4, pod_networks
from .._catalogue.routing import CIDR4
from .._findings import ERROR, Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .._catalogue._model import View

Network = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]
PODS = "pods"
# Facts that hold the networks of a cluster's services and nodes.
FACTS = {"services": "service_cidrs", "nodes": "node_cidrs"}


@dataclass(frozen=True)
class Claim:
    """A network, and what uses it: pods, services or nodes of a cluster."""

    network: Network
    cluster: str
    use: str

    @property
    def bounds(self) -> tuple[int, int, int]:
        """Return the family, the first and the last address, as numbers."""
        first, last = self.network.network_address, self.network.broadcast_address
        return (self.network.version, int(first), int(last))

    def __str__(self) -> str:
        owner = f" of {self.cluster}" if self.cluster else ""
        return f"{self.network} ({self.use}{owner})"


def claims(cluster: str, view: View) -> list[Claim]:
    """Return the networks that a cluster uses, as far as they are known."""
    texts = {PODS: pod_networks(view)}
    for use, name in FACTS.items():
        known = view.facts.get(name)
        texts[use] = known if isinstance(known, list) else []
    found = ((use, network_of(text)) for use, networks in texts.items() for text in networks)
    return [Claim(network, cluster, use) for use, network in found if network is not None]


def overlaps(found: Iterable[Claim]) -> Iterator[Finding]:
    """Yield a finding for each network that begins within another one."""
    widest: Claim | None = None
    for claim in sorted(found, key=lambda one: one.bounds):
        family, first, last = claim.bounds
        if widest is not None and widest.bounds[0] == family and first <= widest.bounds[2]:
            yield _overlap(widest, claim)
            if last <= widest.bounds[2]:
                continue
        widest = claim


def _overlap(one: Claim, other: Claim) -> Finding:
    return Finding(
        rule="networks_overlap",
        severity=ERROR,
        subject={"cluster": other.cluster} if other.cluster else {},
        asked=str(other),
        found=str(one),
        reason=f"{other} overlaps {one}, so packets for one of them do not arrive",
        remedy=f"give each its own range; that of pods is {POOL4}",
    )


def uncovered(native: Mapping[str, list[Network]], found: Iterable[Claim]) -> Iterator[Finding]:
    """Yield a finding for each cluster whose native routing CIDR does not cover all pods of the mesh.

    Args:
        native: the networks that a cluster routes natively, for each cluster that does.
        found: the networks of the mesh.
    """
    pods = [claim for claim in found if claim.use == PODS]
    for cluster, networks in native.items():
        families = {network.version for network in networks}
        same_family = [claim for claim in pods if claim.network.version in families]
        outside = [claim for claim in same_family if not any(_within(claim.network, network) for network in networks)]
        if outside:
            yield Finding(
                rule="mesh_native_cidr_narrow",
                severity=ERROR,
                subject={"cluster": cluster},
                asked=[str(network) for network in networks],
                found=[str(claim) for claim in outside],
                reason=f"the native routing CIDR of {cluster} does not cover all pods of the mesh, so packets to "
                f"{outside[0]} would be masqueraded",
                remedy=f"set {CIDR4} in each cluster to a network that holds the pods of all",
            )


def _within(network: Network, other: Network) -> bool:
    if isinstance(network, ipaddress.IPv4Network):
        return isinstance(other, ipaddress.IPv4Network) and network.subnet_of(other)
    return isinstance(other, ipaddress.IPv6Network) and network.subnet_of(other)
