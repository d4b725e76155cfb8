# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the command-line client says about a cluster. PRIVATE to the collection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .model import AgentStatus
from .model_part import Flag, Number, Part, Text


@dataclass(frozen=True)
class ComponentState(Part):
    """A part of Cilium: OK, disabled, errors or warnings, and how many; the client's remark, if there is one."""

    state: Text = None
    errors: Number = None
    warnings: Number = None
    message: Text = None


@dataclass(frozen=True)
class Workload(Part):
    """A Deployment or DaemonSet, and its pods."""

    kind: Text = None
    desired: Number = None
    ready: Number = None
    available: Number = None
    unavailable: Number = None


@dataclass(frozen=True)
class ClusterPods(Part):
    """Pods of the cluster that are not in the host's network: those with Cilium's, of how many."""

    managed: Number = None
    total: Number = None


@dataclass(frozen=True)
class Image(Part):
    """An image, the part that runs it, and in how many pods; the name without its digest."""

    name: str
    component: Text = None
    digest: Text = None
    count: Number = None


@dataclass(frozen=True)
class Complaint(Part):
    """An error or a warning."""

    component: Text = None
    pod: Text = None
    message: Text = None


@dataclass(frozen=True)
class CliStatus(Part):
    """The state of a cluster; `agents` by the name of the pod, from JSON only."""

    components: Mapping[str, ComponentState] | None = None
    workloads: Mapping[str, Workload] | None = None
    containers: Mapping[str, Mapping[str, int]] | None = None
    cluster_pods: ClusterPods | None = None
    helm_chart_version: Text = None
    images: list[Image] | None = None
    errors: list[Complaint] | None = None
    warnings: list[Complaint] | None = None
    agents: Mapping[str, AgentStatus] | None = None
    healthy: Flag = None
    error: Text = None
    unparsed: list[str] | None = None
