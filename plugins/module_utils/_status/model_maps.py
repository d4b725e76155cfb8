# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies in the agent's BPF maps. PRIVATE to the collection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .model_part import Number, Part, Text


@dataclass(frozen=True)
class MapBackend(Part):
    """A backend of a service, by its slot."""

    slot: Number = None
    ip: Text = None
    port: Number = None
    protocol: Text = None


@dataclass(frozen=True)
class NumberedBackend(Part):
    """An entry of the table of all backends, by its number."""

    id: Number = None
    ip: Text = None
    port: Number = None
    protocol: Text = None


@dataclass(frozen=True)
class MapService(Part):
    """A frontend with its backends; the number of its reverse NAT is the number of the service."""

    ip: Text = None
    port: Number = None
    protocol: Text = None
    scope: Text = None
    rev_nat: Number = None
    type: Text = None
    flags: list[str] | None = None
    l7_proxy_port: Number = None
    backends: list[MapBackend] | None = None


@dataclass(frozen=True)
class LbMaps(Part):
    """The maps of the load balancer; backends that are named but not there stand in `missing`, by their number."""

    services: list[MapService] | None = None
    backends: list[NumberedBackend] | None = None
    missing: list[int] | None = None
    error: Text = None
    unparsed: list[str] | None = None


@dataclass(frozen=True)
class MaglevTable(Part):
    """The look-up table of a service: its size, how often each backend is in it, and a digest of the whole.

    Tables of one service are equal on all nodes, if all have the same seed and the same numbers of backends.
    """

    service_id: Number = None
    family: Text = None
    size: Number = None
    backends: Mapping[str, int] | None = None
    digest: Text = None


@dataclass(frozen=True)
class MaglevTables(Part):
    """The look-up tables of an agent."""

    tables: list[MaglevTable] | None = None
    error: Text = None
    unparsed: list[str] | None = None


@dataclass(frozen=True)
class EgressEntry(Part):
    """Where traffic of a pod to a network leaves: by the gateway, with the egress address (0.0.0.0: not here)."""

    source: Text = None
    destination: Text = None
    egress: Text = None
    gateway: Text = None


@dataclass(frozen=True)
class EgressEntries(Part):
    """The policy map of the egress gateway."""

    entries: list[EgressEntry] | None = None
    error: Text = None
    unparsed: list[str] | None = None
