# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a cluster can give the mesh API server its NodePort. PRIVATE to the collection. Pure.

An API server refuses a port that another Service has, and helm then fails in this cluster when others are done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._findings import ERROR, Finding
from .._json import get_int, get_objects, get_text
from .fetch import SERVICE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._json import JsonObject


def owner(port: int, services: Iterable[JsonObject], namespace: str) -> str | None:
    """Return the Service that has a NodePort, as "namespace/name"; None if it is free, or the mesh API server's own.

    Args:
        port: the NodePort.
        services: all Services of the cluster.
        namespace: of the mesh API server.
    """
    for service in services:
        own = (get_text(service, "metadata", "namespace") or "", get_text(service, "metadata", "name") or "")
        given = [get_int(entry, "nodePort") for entry in get_objects(service, "spec", "ports")]
        given.append(get_int(service, "spec", "healthCheckNodePort"))
        if port in given and own != (namespace, SERVICE):
            return "/".join(own)
    return None


def judge(cluster: str, port: int, services: Iterable[JsonObject], namespace: str) -> list[Finding]:
    """Return the finding that another Service has the port, if so. Arguments as in owner(), and the cluster's name."""
    other = owner(port, services, namespace)
    if other is None:
        return []
    return [
        Finding(
            "mesh_port_in_use",
            ERROR,
            {"cluster": cluster},
            f"the NodePort {port} that its mesh API server is to have is that of Service {other}",
            f"set port of {cluster} to a NodePort that is free there, and that no other member has",
            "clustermesh",
            asked=port,
            found=other,
        )
    ]
