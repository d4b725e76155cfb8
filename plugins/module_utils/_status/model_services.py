# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The services that an agent balances. PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import dataclass

from .model_part import Flag, Number, Part, Text


@dataclass(frozen=True)
class Backend(Part):
    """One backend of a service."""

    ip: Text = None
    port: Number = None
    protocol: Text = None
    state: Text = None
    preferred: Flag = None
    weight: Number = None
    node: Text = None
    zone: Text = None


@dataclass(frozen=True)
class Service(Part):
    """One frontend that the agent balances; scope is "internal" where only the cluster uses it."""

    id: Number = None
    ip: Text = None
    port: Number = None
    protocol: Text = None
    scope: Text = None
    type: Text = None
    name: Text = None
    namespace: Text = None
    cluster: Text = None
    remote: Flag = None
    external_traffic_policy: Text = None
    internal_traffic_policy: Text = None
    nat_policy: Text = None
    health_check_node_port: Number = None
    backends: list[Backend] | None = None


@dataclass(frozen=True)
class ServiceList(Part):
    """What a text about services says."""

    services: list[Service] | None = None
    error: Text = None
    unparsed: list[str] | None = None
