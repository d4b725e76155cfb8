# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's view of the mesh: from the text of `clustermesh status` to the model. PRIVATE to the collection.

Also `clustermesh-apiserver kvstoremesh-dbg status`, which the mesh's own pod answers. Lines are known by their words;
the signs before them differ between versions and get lost in copies.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from . import text_values
from .cleaning import lines_of, sort_out
from .health_text import LONGEST
from .model import ClusterMesh
from .model_mesh import Access, Connected, Connection, Link, MeshError, MeshStatus, Spread
from .splitting import address, collapsed, of
from .text_rows import remote_clusters

_SIGNS = re.compile(r"^(?:[^\w\"\[(]|ℹ|i )+")
_SERVICE = re.compile(r'Service "(?P<name>[^"]{1,100})" of type "(?P<type>\w{1,40})" found')
_DEPLOYMENT = re.compile(r"Deployment \S{1,100} is ready")
_EXTERNAL = "Cilium is configured with an external kvstore"
_KVSTOREMESH = re.compile(r"KVStoreMesh is (?P<state>enabled|disabled)")
_SPREAD = r"\[ ?min: ?(?P<min>\d{1,9}) ?/ ?avg: ?(?P<avg>\d{1,9}(?:\.\d{1,9})?) ?/ ?max: ?(?P<max>\d{1,9}) ?\]"
_CONNECTED = re.compile(
    r"(?P<all>All )?(?:(?P<missing>\d{1,9})/)?(?P<total>\d{1,9}) (?P<who>nodes|KVStoreMesh replicas) are "
    r"(?:not )?connected to all clusters(?: " + _SPREAD + ")?"
)
_GLOBAL = re.compile(r"Global services: " + _SPREAD)
_ACCESS = re.compile(r"Cluster access information is available:?(?P<rest>.*)")
_CONNECTIONS = re.compile(r"Cluster Connections:?|No cluster connected")
_CONNECTION = re.compile(
    r"(?P<name>[\w.-]{1,100}): (?P<configured>\d{1,9})/(?P<total>\d{1,9}) configured, "
    r"(?P<connected>\d{1,9})/\d{1,9} connected(?: - KVStoreMesh: (?P<mesh>.*))?"
)
_MESH_LINK = re.compile(r"(\d{1,9})/(\d{1,9}) configured, (\d{1,9})/\d{1,9} connected")
_ERRORS = re.compile(r"\d{1,9} Errors:")
_ERROR = re.compile(r"(?P<pod>\S{1,260}) is not connected to cluster (?P<cluster>[^\s:]{1,100}): ?(?P<message>.*)")
_HINT = re.compile(r"(?:Run '.*|This is likely caused by .*|Double check .*)")
_WAITING = re.compile(r"(?:\[[^\]]{1,100}\] )?Waiting for .*|Trying to get secret .*|Hostname .*")
_WARNING = re.compile(r"(?:Service type NodePort detected!|Service is of type LoadBalancer but has no IPs|Cilium CA).*")
_UNABLE = re.compile(r"Unable to .*|Cluster access information not found.*|.* timed out.*")


@dataclass
class _Growing:
    """The status while its lines are read."""

    status: MeshStatus = field(default_factory=MeshStatus)
    access: Access | None = None
    addresses: list[str] = field(default_factory=list)
    connections: list[Connection] | None = None
    errors: list[MeshError] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


def parse(text: str) -> MeshStatus:
    """Return what the client says.

    Args:
        text: what `cilium clustermesh status` of the command-line client prints, in any of its versions; or
            `kvstoremesh-dbg status` in the mesh's pod.
    """
    growing = _Growing()
    rows: list[str] = []
    mesh: ClusterMesh | None = None
    for line in lines_of(text):
        label, _colon, value = line.strip().partition(":")
        words = _SIGNS.sub("", collapsed(line)) if len(line) < LONGEST else ""
        if label == "KVStoreMesh" and of(value):
            mesh = text_values.cluster_mesh(collapsed(value))
        elif not words or not (_fact(growing, words) or _item(growing, words) or _remark(growing, words)):
            rows.append(line)
    clusters, unread = remote_clusters(rows) if mesh else ([], rows)
    left = sort_out(unread)
    access = growing.access or (Access() if growing.addresses else None)
    return replace(
        growing.status,
        access=replace(access, addresses=growing.addresses) if access else None,
        connections=growing.connections,
        errors=growing.errors,
        warnings=growing.warnings,
        waiting=growing.waiting,
        kvstoremesh_status=replace(mesh, clusters=clusters) if mesh else None,
        error=" ".join([*growing.said, *left.errors]) or None,
        unparsed=left.unparsed,
    )


def _fact(growing: _Growing, words: str) -> bool:
    """Take in a line that says one thing; return whether it is one."""
    service, connected, spread = _SERVICE.match(words), _CONNECTED.match(words), _GLOBAL.match(words)
    mesh = _KVSTOREMESH.match(words)
    if service:
        growing.access = replace(growing.access or Access(), service=service["name"], type=service["type"])
    elif connected:
        _take_connected(growing, connected)
    elif spread:
        growing.status = replace(growing.status, global_services=_spread(spread))
    elif mesh:
        growing.status = replace(growing.status, kvstoremesh_enabled=mesh["state"] == "enabled")
    elif _DEPLOYMENT.match(words):
        growing.status = replace(growing.status, deployment_ready=True)
    elif words.startswith(_EXTERNAL):
        growing.status = replace(growing.status, external_kvstore=True)
    else:
        return False
    return True


def _take_connected(growing: _Growing, found: re.Match[str]) -> None:
    missing = 0 if found["all"] else int(found["missing"] or 0)
    known = Connected(int(found["total"]), missing, _spread(found) if found["min"] else None)
    if found["who"] == "nodes":
        growing.status = replace(growing.status, nodes=known)
    else:
        growing.status = replace(growing.status, kvstoremesh=known)


def _spread(found: re.Match[str]) -> Spread:
    return Spread(int(found["min"]), float(found["avg"]), int(found["max"]))


def _item(growing: _Growing, words: str) -> bool:
    """Take in a line of a list, or the head of one; return whether it is one."""
    access, connection, error = _ACCESS.match(words), _CONNECTION.fullmatch(words), _ERROR.fullmatch(words)
    if address(words):
        growing.addresses.append(words)
    elif access:
        growing.access = growing.access or Access()
        rest = access["rest"].strip(" -")
        if address(rest):
            growing.addresses.append(rest)
    elif connection:
        growing.connections = growing.connections or []
        growing.connections.append(_connection(connection))
    elif error:
        growing.errors.append(MeshError(error["pod"], error["cluster"], error["message"] or None))
    elif _CONNECTIONS.fullmatch(words):
        growing.connections = growing.connections or []
    else:
        return _ERRORS.fullmatch(words) is not None
    return True


def _connection(found: re.Match[str]) -> Connection:
    mesh = _MESH_LINK.match(found["mesh"] or "")
    nodes = Link(int(found["configured"]), int(found["connected"]), int(found["total"]))
    there = Link(int(mesh[1]), int(mesh[3]), int(mesh[2])) if mesh else None
    return Connection(found["name"], nodes, there)


def _remark(growing: _Growing, words: str) -> bool:
    """Take in a line that the client says beside the state; return whether it is one."""
    if _WARNING.match(words):
        growing.warnings.append(words)
    elif _WAITING.match(words):
        growing.waiting.append(words)
    elif _UNABLE.match(words):
        growing.said.append(words)
    elif _HINT.fullmatch(words) and growing.errors:
        growing.errors[-1] = replace(growing.errors[-1], hint=words)
    else:
        return False
    return True
