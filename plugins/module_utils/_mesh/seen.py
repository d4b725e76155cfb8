# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was seen of a mesh: cluster by cluster, agent by agent. PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._status.model import RemoteCluster
    from .reasons import Fault
    from .troubleshoot import Check


@dataclass(frozen=True)
class AgentSeen:
    """What one agent, or one replica of KVStoreMesh, tells of the other clusters.

    Attributes:
        node: name of its node.
        pod: its name.
        fault: why nothing is known of it.
        peers: its state of each other cluster, by the cluster's name.
        complaints: what its background jobs last failed with, by the cluster's name.
        checks: the way to each cluster's store gone just now, by the cluster's name; only of those that were tried.
    """

    node: str
    pod: str
    fault: Fault | None = None
    peers: Mapping[str, RemoteCluster] = field(default_factory=dict)
    complaints: Mapping[str, str] = field(default_factory=dict)
    checks: Mapping[str, Check] = field(default_factory=dict)


@dataclass(frozen=True)
class StoreSeen:
    """One replica of a cluster's mesh API server, which holds its store.

    Attributes:
        pod: its name.
        ready: whether Kubernetes calls it ready.
        reason: why it is not.
        etcd_id: by which stores can be told apart; None where it is not known.
    """

    pod: str
    ready: bool
    reason: str = ""
    etcd_id: str | None = None


@dataclass(frozen=True)
class ClusterSeen:
    """What was seen in one cluster.

    Attributes:
        name: by which it is called here.
        own_name: as its agents are given it; None where it is not known.
        id: as its agents are given it; None where it is not known.
        fault: why nothing is known of it.
        agents: its agents.
        relays: its replicas of KVStoreMesh; empty where the agents reach the other clusters themselves.
        stores: the replicas of its mesh API server; None where they cannot be listed.
    """

    name: str
    own_name: str | None = None
    id: int | None = None
    fault: Fault | None = None
    agents: tuple[AgentSeen, ...] = ()
    relays: tuple[AgentSeen, ...] = ()
    stores: tuple[StoreSeen, ...] | None = None
