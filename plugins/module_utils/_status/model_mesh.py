# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the command-line client says about the mesh of a cluster. PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import dataclass

from .model import ClusterMesh
from .model_part import Flag, Number, Part, Text


@dataclass(frozen=True)
class Access(Part):
    """Where other clusters reach this one: the service, and its addresses as "192.0.2.1:2379"."""

    service: Text = None
    type: Text = None
    addresses: list[str] | None = None
    cluster_name: Text = None
    cluster_id: Number = None
    tunnel: Text = None
    max_connected_clusters: Number = None


@dataclass(frozen=True)
class Spread(Part):
    """A number that agents may differ in."""

    min: Number = None
    avg: float | None = None
    max: Number = None


@dataclass(frozen=True)
class Connected(Part):
    """How many of the agents, or of the replicas of KVStoreMesh, are connected to all clusters, and to how many."""

    total: Number = None
    not_ready: Number = None
    clusters: Spread | None = None


@dataclass(frozen=True)
class Link(Part):
    """In how many of all agents (or replicas) a cluster is configured and connected."""

    configured: Number = None
    connected: Number = None
    total: Number = None


@dataclass(frozen=True)
class Connection(Part):
    """Another cluster, as the agents and the replicas of KVStoreMesh see it."""

    name: str
    nodes: Link | None = None
    kvstoremesh: Link | None = None


@dataclass(frozen=True)
class MeshError(Part):
    """A connection that is not there."""

    pod: Text = None
    cluster: Text = None
    message: Text = None
    hint: Text = None


@dataclass(frozen=True)
class MeshStatus(Part):
    """The mesh of a cluster; `kvstoremesh_status` is what the mesh's own pod says with kvstoremesh-dbg."""

    access: Access | None = None
    external_kvstore: Flag = None
    deployment_ready: Flag = None
    kvstoremesh_enabled: Flag = None
    nodes: Connected | None = None
    kvstoremesh: Connected | None = None
    connections: list[Connection] | None = None
    global_services: Spread | None = None
    errors: list[MeshError] | None = None
    warnings: list[str] | None = None
    waiting: list[str] | None = None
    kvstoremesh_status: ClusterMesh | None = None
    error: Text = None
    unparsed: list[str] | None = None
