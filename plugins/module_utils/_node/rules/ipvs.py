# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual servers of IPVS: whose they are, and how the kernel lists them. PRIVATE to the collection.

Others use IPVS too, keepalived and kube-router among them. kube-proxy's own virtual servers are those at an address
that it put on its device kube-ipvs0, those in its ipsets of services, and those at a port in its ipsets of node ports.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from .model import Server

if TYPE_CHECKING:
    from collections.abc import Iterator

# Sets of services, with entries such as "10.96.0.1,tcp:443".
_SERVICE_SETS = ("CLUSTER-IP", "EXTERNAL-IP", "EXTERNAL-IP-LOCAL", "LOAD-BALANCER", "LOAD-BALANCER-LOCAL")
# Sets of node ports, with entries such as "30080" (or "192.0.2.1,sctp:30080"), by protocol.
_PORT_SETS = {
    "TCP": ("NODE-PORT-TCP", "NODE-PORT-LOCAL-TCP"),
    "UDP": ("NODE-PORT-UDP", "NODE-PORT-LOCAL-UDP"),
    "SCTP": ("NODE-PORT-SCTP", "NODE-PORT-LOCAL-SCTP", "NODE-PORT-SCTP-HASH", "NODE-PORT-LOCAL-SCTP-HASH"),
}
_PREFIXES = ("KUBE-", "KUBE-6-")


def parse(text: str) -> tuple[Server, ...]:
    """Return the virtual servers in the text of /proc/net/ip_vs; those of a firewall mark are left out.

    Addresses and ports are in hexadecimal there: "TCP  0A600001:01BB rr", "TCP  [fd00:…:0001]:01BB rr".
    """
    found = []
    for line in text.splitlines():
        parts = line.split()
        if len(parts) > 1 and parts[0] in _PORT_SETS:
            address, _colon, port = parts[1].rpartition(":")
            found.append(Server(parts[0], _address(address), int(port, 16), parts[2] if len(parts) > 2 else ""))
    return tuple(found)


def _address(text: str) -> str:
    if text.startswith("["):
        return str(ipaddress.IPv6Address(text.strip("[]")))
    return str(ipaddress.IPv4Address(int(text, 16)))


def kube_proxy_servers(
    servers: Iterable[Server], *, device: Iterable[str], entries: Mapping[str, Iterable[str]]
) -> tuple[Server, ...]:
    """Return those virtual servers that are kube-proxy's.

    Args:
        servers: all of the node.
        device: the addresses on kube-ipvs0.
        entries: the entries of kube-proxy's ipsets, by name of the set.
    """
    addresses = {str(ipaddress.ip_address(address)) for address in device}
    services = set(_services(entries))
    ports = {(protocol, port) for protocol in _PORT_SETS for port in _node_ports(entries, protocol)}
    return tuple(
        server
        for server in servers
        if server.address in addresses
        or (server.protocol, server.address, server.port) in services
        or (server.protocol, server.port) in ports
    )


def _services(entries: Mapping[str, Iterable[str]]) -> Iterator[tuple[str, str, int]]:
    for prefix in _PREFIXES:
        for name in _SERVICE_SETS:
            for entry in entries.get(prefix + name, ()):
                address, _comma, port = entry.partition(",")
                protocol, _colon, number = port.partition(":")
                if number.isdigit():
                    yield protocol.upper(), str(ipaddress.ip_address(address)), int(number)


def _node_ports(entries: Mapping[str, Iterable[str]], protocol: str) -> Iterator[int]:
    for prefix in _PREFIXES:
        for name in _PORT_SETS[protocol]:
            for entry in entries.get(prefix + name, ()):
                number = entry.rpartition(":")[2]
                if number.isdigit():
                    yield int(number)
