# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What only the inside of an agent's pod tells: running configuration, CNI folder. PRIVATE to the collection."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .._catalogue._agent_fields import fields_of
from .._errors import FleetError
from .._status.agents import object_of, run

if TYPE_CHECKING:
    from .._json import JsonObject
    from .._kubernetes import Client
    from .._status.agents import Agent

_CONFIGURATION = ["config", "--read-only", "-o", "json"]
# Where the agent's container has the node's CNI folder.
_CNI_FILES = ["ls", "-1", "/host/etc/cni/net.d"]


@dataclass
class Inside:
    """What was read, by node; a node that does not tell is left out."""

    configuration: dict[str, JsonObject] = field(default_factory=dict)
    cni_files: dict[str, list[str]] = field(default_factory=dict)


def inside(client: Client, agents: list[Agent], *, timeout: float, parallel: int, files: bool = True) -> Inside:
    """Return what agents run with, and the names of the files in their nodes' CNI folders.

    Agents that do not answer are left out: that they are silent is found out with their status.
    """
    found = Inside()

    def one(agent: Agent) -> None:
        with suppress(FleetError):
            program, answer = run(client, agent, _CONFIGURATION, timeout=timeout)
            content = object_of(answer, agent, [program, *_CONFIGURATION])
            found.configuration[agent.node] = fields_of(content)
        if files:
            with suppress(FleetError):
                listed = client.execute(agent.pod, _CNI_FILES, timeout=timeout)
                if listed.code == 0:
                    found.cni_files[agent.node] = [name for name in listed.stdout.splitlines() if name]

    ready = [agent for agent in agents if agent.ready]
    with ThreadPoolExecutor(max_workers=min(parallel, len(ready)) or 1) as pool:
        list(pool.map(one, ready))  # list(): errors of our own making come to light here
    return found
