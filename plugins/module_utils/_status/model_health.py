# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom a node reaches, by its health daemon. PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import dataclass

from .model_part import Flag, Number, Part, Text


@dataclass(frozen=True)
class Probe(Part):
    """One question and its answer: round-trip time in nanoseconds, the agent's message where it failed."""

    ok: Flag = None
    rtt: Number = None
    message: Text = None
    last_probed: Text = None


@dataclass(frozen=True)
class Path(Part):
    """One address that the health daemon asks, by ICMP and by HTTP; a missing answer is not known yet."""

    ip: Text = None
    primary: Flag = None
    icmp: Probe | None = None
    http: Probe | None = None


@dataclass(frozen=True)
class Side(Part):
    """One side of a node, its host or its health endpoint.

    The status is reachable, unreachable or unknown: unreachable when a probe of any address failed, unknown when none
    failed but one has no answer yet. Newer agents count addresses instead of saying a word.
    """

    status: Text = None
    reachable: Number = None
    total: Number = None
    paths: list[Path] | None = None


@dataclass(frozen=True)
class HealthNode(Part):
    """A node as the health daemon of another (or the same: local) node sees it."""

    name: str
    local: Flag = None
    ips: list[str] | None = None
    node: Side | None = None
    endpoints: Side | None = None


@dataclass(frozen=True)
class Health(Part):
    """The health daemon beside the agent, and whom it reaches; times as the agent writes them."""

    daemon: Text = None
    message: Text = None
    error: Text = None
    reachable: Number = None
    total: Number = None
    time: Text = None
    interval: Text = None
    local: Text = None
    nodes: list[HealthNode] | None = None
    unparsed: list[str] | None = None
