# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is connected with whom, judged from what was seen. Pure. PRIVATE to the collection."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._findings import ERROR, INFO, Finding
from . import reasons
from .reasons import REMEDIES, Fault, of_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .._json import Json, JsonObject
    from .._status.model import RemoteCluster
    from .seen import AgentSeen, ClusterSeen, StoreSeen
    from .troubleshoot import Check


COUNTS = ("nodes", "endpoints", "identities", "services")
_PREFIX = "mesh_pair_"
# The rule on pairs of which one side does not trust the other's certificate.
MISTRUSTED = _PREFIX + reasons.TLS_CA
# What a way to a store ends with when nobody is at its end.
_NOBODY = (reasons.TCP_REFUSED, reasons.TCP_TIMEOUT, reasons.UNKNOWN)
_TEXT_LENGTH = 500


@dataclass(frozen=True)
class Link:
    """One agent and another cluster; the fault says why they are not connected."""

    node: str
    pod: str
    fault: Fault | None

    def as_dict(self) -> JsonObject:
        """Return the form that stands in a result."""
        return {
            "node": self.node,
            "pod": self.pod,
            "connected": self.fault is None,
            "reason": self.fault.reason if self.fault else None,
            "message": self.fault.text if self.fault else None,
        }


@dataclass(frozen=True)
class Pair:
    """One cluster and one of its peers, in this direction.

    Attributes:
        cluster: whose agents.
        peer: with whom.
        links: each agent.
        fault: why the pair is not connected: what most of its agents say.
        counts: what has arrived from the peer, by COUNTS; None where no agent tells.
    """

    cluster: str
    peer: str
    links: tuple[Link, ...]
    fault: Fault | None
    counts: Mapping[str, int | None]

    def as_dict(self) -> JsonObject:
        """Return the form that stands in a result."""
        details: list[Json] = [link.as_dict() for link in self.links]
        counts: JsonObject = {name: self.counts[name] for name in COUNTS}
        return {
            "cluster": self.cluster,
            "peer": self.peer,
            "connected": self.fault is None,
            "reason": self.fault.reason if self.fault else None,
            "message": self.fault.text if self.fault else None,
            "agents": {"total": len(self.links), "connected": sum(link.fault is None for link in self.links)},
            "agents_detail": details,
            **counts,
        }


def pairs(seen: Mapping[str, ClusterSeen], expected: Mapping[str, Sequence[str]]) -> list[Pair]:
    """Return every ordered pair that is expected, judged.

    Args:
        seen: what was seen, by the cluster's name; every cluster of `expected` is there, peers need not be.
        expected: whom the agents of each cluster are to be connected with.
    """
    return [_pair(seen, cluster, peer) for cluster, peers in expected.items() for peer in peers]


def _pair(seen: Mapping[str, ClusterSeen], cluster: str, peer: str) -> Pair:
    own = seen[cluster]
    none = dict.fromkeys(COUNTS)
    if own.fault:
        return Pair(cluster, peer, (), own.fault, none)
    if not own.agents:
        return Pair(cluster, peer, (), Fault(reasons.AGENT_UNREACHABLE, "the cluster has no agents"), none)
    links = tuple(Link(agent.node, agent.pod, _shortened(_fault(seen, own, agent, peer))) for agent in own.agents)
    faults = Counter(link.fault.reason for link in links if link.fault)
    most = faults.most_common(1)[0][0] if faults else None
    fault = next((link.fault for link in links if link.fault and link.fault.reason == most), None)
    told = [agent.peers[peer] for agent in own.agents if peer in agent.peers]
    return Pair(cluster, peer, links, fault, {name: _count(told, name) for name in COUNTS})


def _count(told: Sequence[RemoteCluster], name: str) -> int | None:
    """Return the highest number that an agent tells: all get the same, one after the other."""
    return max((number for number in (getattr(remote, name) for remote in told) if number is not None), default=None)


def _shortened(fault: Fault | None) -> Fault | None:
    return Fault(fault.reason, fault.text[:_TEXT_LENGTH]) if fault else None


def _fault(seen: Mapping[str, ClusterSeen], own: ClusterSeen, agent: AgentSeen, peer: str) -> Fault | None:
    """Return why an agent is not connected with a peer; None if it is.

    With KVStoreMesh an agent reads the peer's data in its own cluster's store, so both parts of the way count.
    """
    if agent.fault:
        return agent.fault
    clash = _same_id(seen, own, peer)
    found = clash or _one_way(seen, own, agent, peer, direct=not own.relays)
    if found is None or found.reason == reasons.REMOTE_NOT_READY:
        for relay in own.relays if clash is None else ():
            further = relay.fault or _one_way(seen, own, relay, peer, direct=True)
            if further:
                return Fault(further.reason, f"KVStoreMesh ({relay.pod}): {further.text}")
    return found


def _same_id(seen: Mapping[str, ClusterSeen], own: ClusterSeen, peer: str) -> Fault | None:
    other = seen.get(peer)
    if other is None or own.id is None or own.id != other.id:
        return None
    return Fault(reasons.ID_CLASH, f"{own.name} and {peer} have the same id {own.id}")


def _one_way(
    seen: Mapping[str, ClusterSeen], own: ClusterSeen, agent: AgentSeen, peer: str, *, direct: bool
) -> Fault | None:
    """Return why an agent, or KVStoreMesh, has no state of a peer that is complete.

    Args:
        seen: all clusters.
        own: whose agent it is.
        agent: it.
        peer: the other cluster.
        direct: whether it reads the peer's own store, not a copy of it.
    """
    remote, check = agent.peers.get(peer), agent.checks.get(peer)
    if remote is None:
        return Fault(reasons.NO_CONFIG, f"{agent.pod} has no configuration for {peer}")
    there = seen.get(peer) if direct else own
    if check and check.fault:
        return _nobody_there(there, check.fault)
    if remote.ready and remote.connected is not False:
        return None if check else _gone(there)
    wrong = _wrong_store(seen, own, peer, check) if direct else None
    return wrong or _told(agent, remote, check, peer)


def _gone(other: ClusterSeen | None) -> Fault | None:
    """Return that a store is gone which an agent still calls ready, as it does for some seconds."""
    if other is None or not other.stores or any(store.ready for store in other.stores):
        return None
    return Fault(reasons.REMOTE_NOT_READY, _absence(other.name, other.stores))


def _nobody_there(other: ClusterSeen | None, fault: Fault) -> Fault:
    """Return a fault of the way to a store, or that the store itself is not there, which explains it."""
    if other is None or other.stores is None or fault.reason not in _NOBODY:
        return fault
    if any(store.ready for store in other.stores):
        return fault
    return Fault(reasons.REMOTE_NOT_READY, f"{_absence(other.name, other.stores)} ({fault.text})")


def _absence(name: str, stores: Sequence[StoreSeen]) -> str:
    if not stores:
        return f"{name} has no mesh API server"
    return f"the mesh API server of {name} is not ready: {stores[0].pod}: {stores[0].reason}"


def _wrong_store(seen: Mapping[str, ClusterSeen], own: ClusterSeen, peer: str, check: Check | None) -> Fault | None:
    """Return that another store than the peer's answers at its address, as the ids of the stores tell."""
    if check is None or not check.etcd_id:
        return None
    addresses = ", ".join(endpoint.url for endpoint in check.endpoints)
    for cluster in seen.values():
        if check.etcd_id in {store.etcd_id for store in cluster.stores or ()} and cluster.name != peer:
            if cluster is own:
                text = f"at {addresses} the store of {own.name} itself answers, not that of {peer}"
                return Fault(reasons.OWN_CLUSTER, text)
            return Fault(reasons.OTHER_CLUSTER, f"at {addresses} the store of {cluster.name} answers, not {peer}'s")
    return None


def _told(agent: AgentSeen, remote: RemoteCluster, check: Check | None, peer: str) -> Fault:
    """Return the fault that an agent's own words tell."""
    for text in (agent.complaints.get(peer), remote.status):
        reason = of_text(text)
        if reason and text:
            return Fault(reason, text)
    status = remote.status or "the agent gives no reason"
    if remote.expected and remote.retrieved is False:
        return Fault(reasons.REMOTE_NOT_READY, f"the store has no configuration of {peer} yet: {status}")
    if remote.connected or (check and check.connected):
        late = sorted(kind for kind, arrived in (remote.synced or {}).items() if not arrived)
        missing = f"not all has arrived yet ({', '.join(late)})" if late else "not ready yet"
        return Fault(reasons.REMOTE_NOT_READY, f"{missing}: {status}")
    return Fault(reasons.UNKNOWN, agent.complaints.get(peer) or status)


def findings(judged: Sequence[Pair]) -> list[Finding]:
    """Return one finding for each fault of a pair, and one for each agent where they do not all say the same."""
    return [found for pair in judged for found in _of_pair(pair)]


def _of_pair(pair: Pair) -> Iterator[Finding]:
    if pair.fault is None:
        return
    subject = {"cluster": pair.cluster, "peer": pair.peer}
    told = {link.fault.reason if link.fault else None for link in pair.links}
    if len(told) <= 1:
        yield _finding(subject, pair.fault)
        return
    for link in pair.links:
        if link.fault:
            yield _finding({**subject, "node": link.node}, link.fault)


def _finding(subject: dict[str, str], fault: Fault) -> Finding:
    who = f"{subject['cluster']} ({subject['node']})" if "node" in subject else subject["cluster"]
    return Finding(
        _PREFIX + fault.reason,
        ERROR,
        subject,
        f"{who} is not connected with {subject['peer']}: {fault.text}.".replace("..", "."),
        REMEDIES[fault.reason],
        asked="connected",
        found=fault.reason,
    )


def membership(seen: Mapping[str, ClusterSeen], expected: Mapping[str, Sequence[str]]) -> list[Finding]:
    """Return what is not wrong with a pair: clusters that call themselves otherwise, and peers that nobody expects."""
    return [found for name in expected for found in _of_cluster(seen[name], expected[name])]


def _of_cluster(own: ClusterSeen, peers: Sequence[str]) -> Iterator[Finding]:
    if own.own_name and own.own_name != own.name:
        yield Finding(
            "mesh_member_name",
            ERROR,
            {"cluster": own.name},
            f"The agents of {own.name} are given the name {own.own_name}, by which the other clusters have to know it.",
            "Declare the member by this name.",
            asked=own.name,
            found=own.own_name,
        )
    for peer in sorted({peer for agent in own.agents + own.relays for peer in agent.peers} - {*peers, own.name}):
        yield Finding(
            "mesh_peer_not_declared",
            INFO,
            {"cluster": own.name, "peer": peer},
            f"{own.name} is configured for {peer}, which is not among its peers in this declaration.",
            "Declare it, or disconnect it.",
            found=peer,
        )
