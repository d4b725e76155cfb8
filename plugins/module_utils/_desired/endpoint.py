# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where nodes reach the API server, when nobody says it. PRIVATE to the collection."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from .._catalogue.kube_proxy_replacement import HOST, KPR, MODE, PORT
from .._errors import InputError
from .._json import get_list, get_objects, get_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._json import Json, JsonObject

AUTO = "auto"
DEFAULT_PORT = 6443
# Words of the two settings that ask for the whole of kube-proxy's work; as people and Kubespray write them.
_REPLACING = {KPR: {"full", "strict", "probe", "true"}, MODE: {"kube_proxy_replacement", "bpf_host_routing"}}


@dataclass(frozen=True)
class Endpoint:
    """An address of the API server, and in words where it was found."""

    host: str
    port: int
    source: str


def wanted(settings: Mapping[str, Json]) -> bool:
    """Tell whether the endpoint is to be looked up: it is asked for, or nothing is said and kube-proxy is replaced."""
    host = settings.get(HOST)
    if isinstance(host, str) and host.strip().lower() == AUTO:
        return True
    replaces = any(str(settings.get(name, "")).strip().lower() in words for name, words in _REPLACING.items())
    return host in (None, "") and replaces


def with_endpoint(settings: JsonObject) -> JsonObject:
    """Return the settings with the endpoint to be looked up, where it is needed and nothing is said."""
    return {**settings, HOST: AUTO} if wanted(settings) else dict(settings)


def find(cluster: JsonObject) -> Endpoint:
    """Return the first of: kubeadm's controlPlaneEndpoint, the kubeconfig's server, a control-plane node's address.

    The kubeconfig's server does not count where it is the machine itself (a loopback address), which every node would
    take for its own. Kubespray's global endpoint comes before all of these, and is read with the settings.

    Args:
        cluster: what cluster_info returned.

    Raises:
        InputError: there is none of them.
    """
    server = _split(get_text(cluster, "server") or "")
    declared = _split(get_text(cluster, "control_plane_endpoint") or "")
    if declared.hostname:
        return Endpoint(declared.hostname, declared.port or DEFAULT_PORT, "kubeadm's controlPlaneEndpoint")
    if server.hostname and not is_loopback(server.hostname):
        return Endpoint(server.hostname, server.port or 443, "the kubeconfig's server")
    for node in get_objects(cluster, "nodes"):
        addresses = get_list(node, "addresses")
        if node.get("control_plane") and addresses:
            source = f"the control-plane node {node.get('name')}"
            return Endpoint(str(addresses[0]), server.port or DEFAULT_PORT, source)
    raise InputError(
        f"{HOST}: auto found no address of the API server that nodes can reach: kubeadm was told no "
        f"controlPlaneEndpoint, the kubeconfig's server is {get_text(cluster, 'server')!r}, and no node of the control "
        f"plane is known to the API; set {HOST} and {PORT}"
    )


def is_loopback(host: str) -> bool:
    """Tell whether a host is the machine itself."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _split(address: str) -> SplitResult:
    """Return the parts of a URL, or of host and port alone. Raises InputError for a port that is no number."""
    parts = urlsplit(address if "://" in address else f"//{address}")
    _host, _colon, port = parts.netloc.rpartition("]")[2].partition(":")
    if port and not (port.isdigit() and int(port) < 65536):  # else asking for it would raise
        raise InputError(f"{address!r}: found no address of an API server, expected e.g. 10.0.0.1:6443")
    return parts
