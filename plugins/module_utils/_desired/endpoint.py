# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where nodes reach the API server, when nobody says it. PRIVATE to the collection."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .._catalogue.kube_proxy_replacement import HOST, KPR, MODE
from .._endpoint import Endpoint, resolve
from .._json import get_list, get_objects, get_text
from . import AUTO

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._json import Json, JsonObject

# Words of the two settings that ask for the whole of kube-proxy's work; as people and Kubespray write them.
_REPLACING = {KPR: {"full", "strict", "probe", "true"}, MODE: {"kube_proxy_replacement", "bpf_host_routing"}}


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
    """Return the address of the API server that a cluster leads to, by kubeadm, the kubeconfig or its nodes.

    Kubespray's global endpoint comes before all of these, and is read with the settings.

    Args:
        cluster: what cluster_info returned.

    Raises:
        InputError: there is none.
    """
    return resolve(
        {
            "kubeadm": cluster.get("control_plane_endpoint"),
            "kubeconfig": cluster.get("server"),
            "node": _control_plane_node(cluster),
        }
    )


def _control_plane_node(cluster: JsonObject) -> str | None:
    """Return the address of the first control-plane node, with the port that the kubeconfig has; None without one."""
    port = urlsplit(get_text(cluster, "server") or "").port
    for node in get_objects(cluster, "nodes"):
        addresses = get_list(node, "addresses")
        if node.get("control_plane") and addresses:
            address = str(addresses[0])
            host = f"[{address}]" if ":" in address else address
            return f"{host}:{port}" if port else host
    return None
