# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether running pods have seen a changed configuration. PRIVATE to the collection.

Cilium's chart restarts its pods on a changed ConfigMap only with ``rollOutCiliumPods`` and ``operator.rollOutPods``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._errors import NotFound
from .._findings import WARNING, Finding
from .._json import get_int, get_object
from .values import digest

if TYPE_CHECKING:
    from .._json import JsonObject
    from .._kubernetes import Client

CONFIG_MAP = "cilium-config"
# The workload that reads it, its API path, and the value that ties its pods to it.
READERS = (
    ("daemonset cilium", "daemonsets/cilium", "rollOutCiliumPods"),
    ("deployment cilium-operator", "deployments/cilium-operator", "operator.rollOutPods"),
)


@dataclass(frozen=True)
class Snapshot:
    """The configuration's digest and the generation of each workload that reads it; None for what is not there."""

    configuration: str | None
    generations: dict[str, int | None]


def snapshot(client: Client, namespace: str) -> Snapshot:
    """Return what is there now."""
    config_map = _get(client, f"/api/v1/namespaces/{namespace}/configmaps/{CONFIG_MAP}")
    found = {name: _get(client, f"/apis/apps/v1/namespaces/{namespace}/{path}") for name, path, _value in READERS}
    return Snapshot(
        configuration=None if config_map is None else digest(get_object(config_map, "data")),
        generations={
            name: None if item is None else get_int(item, "metadata", "generation") for name, item in found.items()
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
        Finding(
            rule="restart_needed",
            severity=WARNING,
            subject={"object": name},
            reason=f"ConfigMap {CONFIG_MAP} changed, and the pods of {name} read it at their start only",
            remedy=f"restart them (kubectl rollout restart), or set {value} to true",
        )
        for name, _path, value in READERS
        if before.generations[name] is not None and before.generations[name] == after.generations[name]
    ]
