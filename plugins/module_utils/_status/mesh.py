# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's view of the mesh: from `clustermesh status -o json` to the model. PRIVATE to the collection.

The client prints the private key of the mesh's authority, some versions also certificates: only what is named here is
read. Numbers that are 0 are left out by the client.
"""

from __future__ import annotations

from .._json import Json, JsonObject, get_bool, get_int, get_list, get_object, get_path, get_text
from .fields import count, texts
from .model_mesh import Access, Connected, Connection, Link, MeshError, MeshStatus, Spread
from .splitting import number


def parse_json(content: JsonObject) -> MeshStatus:
    """Return what the client says.

    Args:
        content: the JSON of `cilium clustermesh status -o json`.
    """
    nodes = get_object(content, "connectivity")
    mesh = get_object(content, "kvstoremesh", "status")
    return MeshStatus(
        access=_access(get_object(content, "access_information")),
        kvstoremesh_enabled=bool(get_bool(content, "kvstoremesh", "enabled")) if "kvstoremesh" in content else None,
        nodes=_connected(nodes) if nodes else None,
        kvstoremesh=_connected(mesh) if mesh else None,
        connections=_connections(nodes, mesh) if nodes else None,
        global_services=_spread(get_path(nodes, "global_services")),
        errors=_errors(nodes) + _errors(mesh) if nodes else None,
    )


def _access(part: JsonObject) -> Access | None:
    if not part:
        return None
    port = get_int(part, "service_port")
    return Access(
        type=get_text(part, "service_type"),
        addresses=[f"{ip}:{port}" if ":" not in ip else f"[{ip}]:{port}" for ip in texts(part, "service_ips") or []],
        cluster_name=get_text(part, "cluster_name"),
        cluster_id=number(str(part.get("cluster_id"))),
        tunnel=get_text(part, "tunnel"),
        max_connected_clusters=get_int(part, "max_connected_clusters"),
    )


def _connected(part: JsonObject) -> Connected:
    return Connected(
        count(part, "total"), count(part, "not_ready"), _spread(part.get("connected")) or Spread(0, 0.0, 0)
    )


def _spread(part: Json) -> Spread | None:
    if not isinstance(part, dict):
        return None
    average = part.get("avg")
    return Spread(count(part, "min"), float(average) if isinstance(average, (int, float)) else 0.0, count(part, "max"))


def _connections(nodes: JsonObject, mesh: JsonObject) -> list[Connection]:
    """Return the clusters; which pair is not connected, the agents' part and the mesh's say apart."""
    names = sorted({*get_object(nodes, "clusters"), *get_object(mesh, "clusters")})
    return [Connection(name, _link(nodes, name), _link(mesh, name)) for name in names]


def _link(part: JsonObject, name: str) -> Link | None:
    found = get_path(part, "clusters", name)
    if not isinstance(found, dict):
        return None
    return Link(count(found, "configured"), count(found, "connected"), count(part, "total"))


def _errors(part: JsonObject) -> list[MeshError]:
    """Return an error for each that is counted: the client writes most of them as empty objects."""
    return [
        MeshError(pod, cluster, entry if isinstance(entry, str) else None)
        for pod, clusters in get_object(part, "errors").items()
        for cluster, found in get_object(clusters).items()
        for entry in get_list(found, "Errors")
    ]
