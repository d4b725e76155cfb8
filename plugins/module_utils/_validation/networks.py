# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks that collide, inside a cluster and within a mesh. PRIVATE to the collection."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Union

from .._catalogue._networks import network_of
from .._catalogue.ipam import POOL4, is_chosen, pod_networks
from .._catalogue.routing import CIDR4
from .._findings import ERROR, WARNING, Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .._catalogue._model import View

Network = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]
PODS, SERVICES, NODES = "pods", "services", "nodes"
# Facts that hold the networks of a cluster's services and nodes.
FACTS = {SERVICES: "service_cidrs", NODES: "node_cidrs"}
# Facts that are there where Cilium runs: the networks that its nodes have for pods, and its version.
TAKEN, RUNNING = "cilium_pod_cidrs", "cilium_version"


@dataclass(frozen=True)
class Claim:
    """A network, and what uses it: pods, services or nodes of a cluster.

    Attributes:
        settled: nobody is about to choose it: it is in use, Kubernetes has it, or it is a pool that nobody set.
        taken: the parts of it that nodes have for pods already.
    """

    network: Network
    cluster: str
    use: str
    settled: bool = False
    taken: tuple[Network, ...] = ()

    @property
    def bounds(self) -> tuple[int, int, int]:
        """Return the family, the first and the last address, as numbers."""
        first, last = self.network.network_address, self.network.broadcast_address
        return (self.network.version, int(first), int(last))

    def __str__(self) -> str:
        owner = f" of {self.cluster}" if self.cluster else ""
        return f"{_short(self.network)} ({self.use}{owner})"


Pair = tuple[Claim, Claim]


def claims(cluster: str, view: View) -> list[Claim]:
    """Return the networks that a cluster uses, as far as they are known."""
    found = _claims_of_pods(cluster, view)
    for use, name in FACTS.items():
        found += [Claim(network, cluster, use, settled=True) for network in _networks(view.facts.get(name))]
    return found


def _claims_of_pods(cluster: str, view: View) -> list[Claim]:
    taken = _networks(view.facts.get(TAKEN))
    pools = []
    for text in pod_networks(view):
        for network in _networks([text]):
            inside = _joined(one for one in taken if _within(one, network))
            used = bool(inside) if taken else bool(view.facts.get(RUNNING))
            pools.append(Claim(network, cluster, PODS, used or not is_chosen(text, view), inside))
    outside = _joined(one for one in taken if not any(one.overlaps(pool.network) for pool in pools))
    return [*pools, *(Claim(one, cluster, PODS, settled=True, taken=(one,)) for one in outside)]


def _networks(texts: object) -> list[Network]:
    found = map(network_of, texts if isinstance(texts, list) else [])
    return [network for network in found if network is not None]


def _joined(networks: Iterable[Network]) -> tuple[Network, ...]:
    """Return networks with neighbours made one, in order."""
    found = list(networks)
    ipv4 = [network for network in found if isinstance(network, ipaddress.IPv4Network)]
    ipv6 = [network for network in found if isinstance(network, ipaddress.IPv6Network)]
    return (*ipaddress.collapse_addresses(ipv4), *ipaddress.collapse_addresses(ipv6))


def overlaps(found: Iterable[Claim]) -> Iterator[Finding]:
    """Yield a finding for every two uses whose networks overlap, however many networks that are."""
    groups: dict[tuple[str, ...], list[Pair]] = {}
    for pair in _collisions(found):
        one, other = sorted(pair, key=lambda claim: (claim.cluster, claim.use))
        alike = one.cluster != other.cluster and one.use == other.use == SERVICES
        key = (SERVICES,) if alike else (one.cluster, one.use, other.cluster, other.use)
        groups.setdefault(key, []).append((one, other))
    for pairs in groups.values():
        yield _overlap(pairs)


def _collisions(found: Iterable[Claim]) -> Iterator[Pair]:
    """Yield for each network that begins within others the worst of these pairs."""
    around: list[tuple[int, int, Claim]] = []
    for (family, first, last), claim in sorted(((one.bounds, one) for one in found), key=_wide_first):
        around = [entry for entry in around if entry[0] == family and entry[1] >= first]
        worst = next((one for _family, _last, one in around if _severity(one, claim) == ERROR), None)
        if around:
            yield worst or around[0][2], claim
        around.append((family, last, claim))


def _wide_first(entry: tuple[tuple[int, int, int], Claim]) -> tuple[int, int, int]:
    family, first, last = entry[0]
    return family, first, -last


def _severity(one: Claim, other: Claim) -> str:
    """Return how bad it is that two networks overlap.

    A cluster that runs so is not refused for it, and no setting of Cilium changes what Kubernetes has. Addresses of
    services mean something in their own cluster only.
    """
    if one.cluster == other.cluster:
        return WARNING if one.settled and other.settled else ERROR
    return WARNING if one.use == other.use == SERVICES else ERROR


def _overlap(pairs: list[Pair]) -> Finding:
    severity = min(_severity(*pair) for pair in pairs)  # "error" comes before "warning"
    one = list(dict.fromkeys(pair[0] for pair in pairs))
    other = list(dict.fromkeys(pair[1] for pair in pairs))
    remedy = f"give each its own range; that of pods is {POOL4}"
    return Finding(
        rule="networks_overlap",
        severity=severity,
        subject={"cluster": other[0].cluster} if other[0].cluster else {},
        asked=_shown(other),
        found=_shown(one),
        reason=f"{_shown(one)} and {_shown(other)} overlap: {_consequence(pairs, severity)}",
        remedy=remedy if severity == ERROR else f"in a cluster that is new, {remedy}; else know of it",
    )


def _shown(found: list[Claim]) -> str:
    """Return claims in words, however many they are."""
    first = found[0]
    if len(found) == 1:
        return str(first)
    owner = f" of {first.cluster}" if first.cluster else ""
    if len({claim.cluster for claim in found}) > 1:
        owner = " of several clusters"
    return f"{len(found)} networks ({first.use}{owner}), such as {_short(first.network)},"


def _short(network: Network) -> str:
    """Return a network as text, that of one address as the address."""
    return str(network.network_address) if network.prefixlen == network.max_prefixlen else str(network)


def _consequence(pairs: list[Pair], severity: str) -> str:
    """Return in words what comes of it."""
    uses = {claim.use for pair in pairs for claim in pair}
    lost = "packets for one of them do not arrive"
    if severity == ERROR:
        return lost
    if PODS not in uses and uses != {SERVICES}:
        return f"{lost}; Kubernetes has both, and no setting of Cilium changes it"
    if PODS not in uses:
        return "that works, as they mean something in their own cluster only, but nobody can tell them apart"
    taken = [(claim, part) for pair in pairs for claim in pair for part in claim.taken]
    others = {claim.network for pair in pairs for claim in pair}
    hit = any(part.overlaps(network) for claim, part in taken for network in others - {claim.network})
    if hit or not taken:
        return f"{lost} where a node's share of it collides"
    return f"no node has a share that collides yet; when one gets it, {lost}"


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
