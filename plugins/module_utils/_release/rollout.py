# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether running pods have seen a changed configuration. PRIVATE to the collection.

Cilium's chart restarts its pods on a changed ConfigMap only with ``rollOutCiliumPods`` and ``operator.rollOutPods``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._catalogue.rollout import AGENTS, OPERATOR
from .._errors import NotFound
from .._findings import WARNING, Finding
from .._json import get_object
from .values import digest
from .workloads import Workload

if TYPE_CHECKING:
    from .._json import JsonObject
    from .._kubernetes import Client

RULE = "restart_needed"
CONFIG_MAP = "cilium-config"
# The workloads that read it at their start, kind and name, and the value that ties their pods to it.
READERS = (
    ("DaemonSet", "cilium", AGENTS),
    ("Deployment", "cilium-operator", OPERATOR),
)


@dataclass(frozen=True)
class Snapshot:
    """Digests of the configuration and of the pod template of each workload that reads it; None for what is absent."""

    configuration: str | None
    templates: dict[str, str | None]


def readers(namespace: str) -> list[Workload]:
    """Return the workloads that read the configuration at their start."""
    return [Workload(kind, name, namespace) for kind, name, _value in READERS]


def snapshot(client: Client, namespace: str) -> Snapshot:
    """Return what is there now."""
    config_map = _get(client, f"/api/v1/namespaces/{namespace}/configmaps/{CONFIG_MAP}")
    found = {str(item): _get(client, item.path) for item in readers(namespace)}
    return Snapshot(
        configuration=None if config_map is None else digest(get_object(config_map, "data")),
        templates={
            name: None if item is None else digest(get_object(item, "spec", "template")) for name, item in found.items()
        },
    )


def _get(client: Client, path: str) -> JsonObject | None:
    try:
        return client.get(path)
    except NotFound:
        return None


def restarts_needed(before: Snapshot, after: Snapshot) -> list[Finding]:
    """Return a finding for each workload whose pods still run with the configuration of before."""
    if before.configuration is None or before.configuration == after.configuration:
        return []
    return [
        needed(name, f"ConfigMap {CONFIG_MAP} changed, and the pods of {name} read it at their start only")
        for name, template in before.templates.items()
        if template is not None and template == after.templates[name]
    ]


def needed(name: str, reason: str) -> Finding:
    """Return the finding that a workload that reads the configuration (``daemonset cilium``) has to be restarted."""
    values = {f"{kind.lower()} {workload}": value for kind, workload, value in READERS}
    return Finding(
        rule=RULE,
        severity=WARNING,
        subject={"object": name},
        reason=reason,
        remedy="restart them (kubectl rollout restart, or restart_stale; role: cilium_rollout restart_needed), or set "
        f"{values[name]} to true",
    )
