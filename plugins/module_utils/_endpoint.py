# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""By which address agents reach the API server without kube-proxy. PRIVATE to the collection."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ._catalogue.kube_proxy_replacement import HOST, PORT
from ._errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._json import Json, JsonObject

# What is asked, in this order, and in words.
SOURCES: dict[str, str] = {
    "kubespray": "Kubespray's kube_apiserver_global_endpoint",
    "kubeadm": "kubeadm's controlPlaneEndpoint",
    "kubeconfig": "the kubeconfig's server",
    "node": "the address of the control-plane node",
}
_DEFAULT_PORT = 6443


@dataclass(frozen=True)
class Endpoint:
    """An address of the API server, and in words where it is from."""

    host: str
    port: int
    source: str

    def as_dict(self) -> JsonObject:
        """Return the endpoint as it stands in a result."""
        return {"host": self.host, "port": self.port, "source": self.source}


def resolve(candidates: Mapping[str, Json]) -> Endpoint:
    """Return the first address that agents on every node can use.

    Args:
        candidates: by source, each a URL, host:port or host; what is not known is empty or absent. A kubeconfig that
            names its own machine is passed over: it says nothing about other nodes.

    Raises:
        InputError: a candidate cannot be read, its name is not known, or none is left.
    """
    unknown = [name for name in candidates if name not in SOURCES]
    if unknown:
        raise InputError(f"endpoint: found {', '.join(unknown)}, expected some of {', '.join(SOURCES)}")
    for name, words in SOURCES.items():
        text = candidates.get(name)
        if not text:
            continue
        host, port = _split(text, words)
        if not (name == "kubeconfig" and _is_loopback(host)):
            return Endpoint(host, port, words)
    raise InputError(f"endpoint: none of {', '.join(SOURCES.values())} is known; set {HOST} and {PORT} yourself")


def _split(text: Json, words: str) -> tuple[str, int]:
    """Return host and port of a URL, host:port or host."""
    try:
        parts = urlsplit(text if "://" in text else f"//{_bracketed(text)}") if isinstance(text, str) else None
        host, port = (parts.hostname, parts.port) if parts else (None, None)
    except ValueError:
        host, port = None, None
    if not host:
        raise InputError(f"{words}: found {text!r}, expected an address such as https://192.0.2.1:6443")
    by_scheme = 443 if isinstance(text, str) and text.startswith("https://") else _DEFAULT_PORT
    return host, port or by_scheme


def _bracketed(text: str) -> str:
    """Return an address of IPv6 in the brackets that it needs beside a port."""
    try:
        return f"[{ipaddress.IPv6Address(text)}]"
    except ValueError:
        return text


def _is_loopback(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return address.is_loopback or address.is_unspecified
