# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Seeing a mesh: asking all agents of all clusters, and the pods of the mesh API servers. PRIVATE to the collection.

Agents tell of each other cluster whether its data has arrived (`status`); that lags behind a peer that is gone by some
seconds; closer.py has them go the way anew.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .._catalogue.mesh import ID, IDENTITY, NAME
from .._errors import FleetError, Forbidden, NotFound
from .._json import get_object
from .._release.rollout import CONFIG_MAP
from .._status.agents import Agent, agents, ask_status, json_of
from .._status.parts import cluster_mesh
from . import reasons
from .reasons import Fault
from .seen import AgentSeen, ClusterSeen, StoreSeen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .._kubernetes import Client
    from .._status.model import AgentStatus, RemoteCluster

MESH_SELECTOR = "k8s-app=clustermesh-apiserver"
# Containers of such a pod.
RELAY, SERVER, STORE = "kvstoremesh", "apiserver", "etcd"

_RELAY_STATUS = ["clustermesh-apiserver", "kvstoremesh-dbg", "status", "-o", "json"]
# The agent's background jobs for a peer.
_JOBS = ("remote-etcd-{}", "remote-etcd-{}-cluster-config")


@dataclass(frozen=True)
class How:
    """How to ask.

    Attributes:
        namespace: of the agents and the mesh API servers.
        timeout: seconds for one command in one pod.
        parallel: how many pods are asked at the same time.
        probe: go the way to every peer anew, not only to those that are not connected.
    """

    namespace: str
    timeout: int = 30
    parallel: int = 16
    probe: bool = False


@dataclass(frozen=True)
class _Pods:
    """One cluster before its pods are asked."""

    seen: ClusterSeen
    agents: tuple[Agent, ...] = ()
    relays: tuple[Agent, ...] = ()


def look(clients: Mapping[str, Client], expected: Mapping[str, Sequence[str]], how: How) -> dict[str, ClusterSeen]:
    """Return what the agents of all clusters say. A cluster or an agent that does not answer is a fault in it.

    Args:
        clients: by the cluster's name. A client is used by one thread at a time, but for its execute().
        expected: whom the agents of each cluster are to be connected with; clusters without a client are faults.
        how: to ask.
    """
    with ThreadPoolExecutor(max_workers=how.parallel) as pool:
        found = dict(zip(clients, pool.map(lambda name: _pods(name, clients[name], how), clients)))
        jobs = [(name, agent) for name, pods in found.items() for agent in pods.agents + pods.relays]
        answers = dict(zip(jobs, pool.map(lambda job: _asked(clients[job[0]], job[1], how), jobs)))
    seen = {
        name: replace(
            pods.seen,
            agents=tuple(answers[name, agent] for agent in pods.agents),
            relays=tuple(answers[name, agent] for agent in pods.relays),
        )
        for name, pods in found.items()
    }
    missing = Fault(reasons.CLUSTER_UNREACHABLE, "nothing says the way to its API server")
    return {**seen, **{name: ClusterSeen(name, fault=missing) for name in expected if name not in seen}}


def _pods(name: str, client: Client, how: How) -> _Pods:
    """Return a cluster's agents and mesh API servers, and what it is called; a fault if it does not tell."""
    try:
        own_name, number = identity(client, how.namespace)
        found = agents(client, how.namespace)
        servers = agents(client, how.namespace, selector=MESH_SELECTOR, container=RELAY)
    except FleetError as error:
        return _Pods(ClusterSeen(name, fault=Fault(reasons.CLUSTER_UNREACHABLE, error.message)))
    stores = tuple(StoreSeen(server.pod.name, server.ready, server.reason) for server in servers)
    relays = tuple(server for server in servers if server.pod.container == RELAY)
    return _Pods(ClusterSeen(name, own_name, number, stores=stores), tuple(found), relays)


def identity(client: Client, namespace: str) -> tuple[str | None, int | None]:
    """Return the name and the id that a cluster's agents are given; None for what is not told.

    Raises:
        ApiError, ConnectionFailed: as Client.get(), but for an object that is not there or may not be read.
    """
    try:
        answer = client.get(f"/api/v1/namespaces/{namespace}/configmaps/{CONFIG_MAP}")
    except (NotFound, Forbidden):
        return None, None
    data = get_object(answer, "data")
    told = {carrier.setting: data.get(carrier.target) for carrier in IDENTITY.keys}
    name, number = told.get(NAME), str(told.get(ID) or "")
    return (name if isinstance(name, str) and name else None), (int(number) if number.isdecimal() else None)


def _asked(client: Client, agent: Agent, how: How) -> AgentSeen:
    """Return what one agent, or one replica of KVStoreMesh, says of the other clusters."""
    bare = AgentSeen(agent.node, agent.pod.name)
    if not agent.ready:
        return replace(bare, fault=Fault(reasons.AGENT_UNREACHABLE, f"pod {agent.pod.name}: {agent.reason}"))
    try:
        if agent.pod.container == RELAY:
            return replace(bare, peers=_relayed(client, agent, how))
        return _of_status(bare, ask_status(client, agent, timeout=how.timeout)[1])
    except FleetError as error:
        return replace(bare, fault=Fault(reasons.AGENT_UNREACHABLE, error.message))


def _of_status(bare: AgentSeen, status: AgentStatus) -> AgentSeen:
    """Return what an agent's status tells of the mesh."""
    mesh, failing = status.cluster_mesh, status.controllers.failing if status.controllers else None
    peers = {remote.name: remote for remote in (mesh.clusters if mesh else None) or []}
    messages = {job.name: job.message for job in failing or [] if job.message}
    complaints = {
        peer: message for peer in peers for job in _JOBS if (message := messages.get(job.format(peer))) is not None
    }
    return replace(bare, peers=peers, complaints=complaints)


def _relayed(client: Client, relay: Agent, how: How) -> dict[str, RemoteCluster]:
    """Return what a replica of KVStoreMesh says of the other clusters. Errors as ask_status()."""
    answer = client.execute(relay.pod, _RELAY_STATUS, timeout=how.timeout)
    mesh = cluster_mesh({"cluster-mesh": {"clusters": json_of(answer, relay, _RELAY_STATUS)}})
    return {remote.name: remote for remote in (mesh.clusters if mesh else None) or []}
