# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way to another cluster's store, gone anew from where it does not work. PRIVATE to the collection.

The agent's own program goes it step by step, and so do those in the pod of the mesh API server. Where they do not exist
(before 1.16 and the later releases of 1.15), nothing is added to what was seen.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from .._errors import FleetError
from .._exec import PodRef
from .._status.agents import CONTAINER, Agent, run
from .observe import RELAY, SERVER
from .troubleshoot import parse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._kubernetes import Client
    from .observe import How
    from .seen import AgentSeen, ClusterSeen, StoreSeen

_AGENT = ["troubleshoot", "clustermesh"]
_RELAY = ["clustermesh-apiserver", "kvstoremesh-dbg", "troubleshoot"]
_STORE = ["clustermesh-apiserver", "clustermesh-dbg", "troubleshoot"]
# For one cluster; the program's own 5 s are long with many clusters that are gone.
_STEP = ["--timeout", "3s"]
_STEP_SECONDS = 3


def look_closer(
    clients: Mapping[str, Client], seen: Mapping[str, ClusterSeen], wanted: Mapping[str, Sequence[str]], how: How
) -> dict[str, ClusterSeen]:
    """Return what was seen with the way to each peer in `wanted` gone anew, by all agents that are not connected.

    Args:
        clients: as look().
        seen: what look() has returned.
        wanted: the peers of each cluster whose way is to be gone.
        how: to ask. With `probe`, agents that are connected go it too.
    """
    jobs = [
        (name, asked, peers)
        for name, cluster in seen.items()
        for asked in cluster.agents + cluster.relays
        if not asked.fault and (peers := _open(seen, asked, wanted.get(name, ()), how))
    ]
    with ThreadPoolExecutor(max_workers=how.parallel) as pool:
        checked = dict(
            zip(
                [(name, asked.pod) for name, asked, _peers in jobs],
                pool.map(lambda job: _checked(clients[job[0]], job[1], job[2], seen[job[0]], how), jobs),
            )
        )
        stores = {name: cluster.stores or () for name, cluster in seen.items()} if checked else {}
        found = dict(zip(stores, pool.map(lambda name: _identified(clients.get(name), stores[name], how), stores)))
    return {
        name: replace(
            cluster,
            agents=tuple(checked.get((name, asked.pod), asked) for asked in cluster.agents),
            relays=tuple(checked.get((name, asked.pod), asked) for asked in cluster.relays),
            stores=found.get(name) or cluster.stores,
        )
        for name, cluster in seen.items()
    }


def _open(seen: Mapping[str, ClusterSeen], asked: AgentSeen, peers: Sequence[str], how: How) -> list[str]:
    """Return the peers that an agent is to try: not ready, or their store is gone."""
    return [peer for peer in peers if peer in asked.peers and (how.probe or _doubtful(seen, asked, peer))]


def _doubtful(seen: Mapping[str, ClusterSeen], asked: AgentSeen, peer: str) -> bool:
    stores = seen[peer].stores if peer in seen else None
    return not asked.peers[peer].ready or (stores is not None and not any(store.ready for store in stores))


def _checked(client: Client, asked: AgentSeen, peers: list[str], cluster: ClusterSeen, how: How) -> AgentSeen:
    """Return an agent, or a replica of KVStoreMesh, with the ways that it has tried; none if it cannot."""
    timeout = how.timeout + _STEP_SECONDS * len(peers)
    try:
        if asked in cluster.relays:
            pod = PodRef(how.namespace, asked.pod, RELAY)
            text = client.execute(pod, [*_RELAY, *peers, *_STEP], timeout=timeout).stdout
        else:
            agent = Agent(PodRef(how.namespace, asked.pod, CONTAINER), asked.node, True, "")
            text = run(client, agent, [*_AGENT, *peers, *_STEP], timeout=timeout)[1].stdout
    except FleetError:
        return asked
    checks = {peer: check for peer, check in parse(text).clusters.items() if peer in peers}
    return replace(asked, checks=checks)


def _identified(client: Client | None, stores: Sequence[StoreSeen], how: How) -> tuple[StoreSeen, ...]:
    """Return the stores of a cluster, each with the id by which it can be told from others, where it tells."""
    return tuple(replace(store, etcd_id=_etcd_id(client, store, how)) for store in stores)


def _etcd_id(client: Client | None, store: StoreSeen, how: How) -> str | None:
    if client is None or not store.ready:
        return None
    try:
        answer = client.execute(PodRef(how.namespace, store.pod, SERVER), [*_STORE, *_STEP], timeout=how.timeout)
    except FleetError:
        return None
    told = parse(answer.stdout).store
    return told.etcd_id if told else None
