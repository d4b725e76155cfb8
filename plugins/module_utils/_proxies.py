# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which proxy, if any, is on the way to an API server. PRIVATE to the collection."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping


def proxy_for(server: str, environment: Mapping[str, str], *, proxy: str | None, no_proxy: str | None) -> str | None:
    """Return the URL of the proxy to use for a server, or None.

    As kubectl and helm do: what is given wins over HTTPS_PROXY (HTTP_PROXY for http), NO_PROXY is honoured, and the
    environment's proxy is never used for the machine itself (Go, net/http/httpproxy).

    Args:
        server: URL of the API server.
        environment: the process's environment.
        proxy: what the option or the kubeconfig says.
        no_proxy: what the option says.
    """
    exceptions = no_proxy if no_proxy is not None else _variable(environment, "no_proxy")
    if exceptions and bypasses(server, exceptions):
        return None
    if proxy:
        return proxy
    parts = urlsplit(server)
    return None if _is_local(parts.hostname or "") else _variable(environment, f"{parts.scheme}_proxy")


def bypasses(server: str, no_proxy: str) -> bool:
    """Tell whether a comma-separated list of hosts, domains, addresses and networks covers the server's URL."""
    parts = urlsplit(server)
    host = (parts.hostname or "").lower()
    names = {host, f"{host}:{parts.port or (80 if parts.scheme == 'http' else 443)}"}
    return any(_covers(entry.strip().lower(), host, names) for entry in no_proxy.split(",") if entry.strip())


def _covers(entry: str, host: str, names: set[str]) -> bool:
    if entry == "*" or entry in names:
        return True
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return host.endswith("." + entry.lstrip("*").lstrip("."))


def _is_local(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _variable(environment: Mapping[str, str], name: str) -> str | None:
    return environment.get(name) or environment.get(name.upper()) or None
