# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The services that kube-proxy's rules serve, and the tracked connections that they made. PRIVATE to the collection."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Optional

from .. import programs
from .model import IPV4, IPV6
from .xtables import words

if TYPE_CHECKING:
    from .model import Plan

# A port of a service: protocol in small letters, its address (None: a port of the node itself), its number.
Service = tuple[str, Optional[str], int]

# A rule of one of these chains stands for a port of a service.
_CHAINS = re.compile(r"-A (KUBE-SERVICES|KUBE-NODEPORTS) .*--dport")
# Elements of the maps of kube-proxy's nftables mode, such as "10.96.0.1 . tcp . 443 : goto service-…".
_NFT_MAPS = {
    "service-ips": re.compile(r"([0-9a-f.:]+) \. (tcp|udp|sctp) \. (\d+)\b"),
    "service-nodeports": re.compile(r"()\b(tcp|udp|sctp) \. (\d+)\b"),
}
_FIELD = re.compile(r"\b(src|dst|dport)=(\S+)")
_PACKAGE = "conntrack (conntrack-tools)"
_PURPOSE = "remove the connections of services (option flush_conntrack)"


@dataclass(frozen=True)
class Connection:
    """Tracked connections to one port of a service that one backend answers; family is "ipv4" or "ipv6"."""

    family: str
    protocol: str
    destination: str
    port: int
    backend: str


def services_in(plan: Plan) -> Iterator[Service]:
    """Yield the services in the rules and virtual servers that are to go; those of nftables are not in a plan."""
    for _programs, table in plan.tables:
        for line in table.rules:
            if _CHAINS.search(line):
                yield from _service(words(line))
    for server in plan.servers:
        yield server.protocol.lower(), server.address, server.port


def _service(parts: list[str]) -> Iterator[Service]:
    values = {name: parts[parts.index(name) + 1] for name in ("-d", "-p", "--dport") if name in parts[:-1]}
    if "-p" in values and values.get("--dport", "").isdigit():
        address = values["-d"].partition("/")[0] if "-d" in values else None
        yield values["-p"], address, int(values["--dport"])


def services_in_map(name: str, text: str) -> Iterator[Service]:
    """Yield the services in one of kube-proxy's maps, as nft lists it."""
    for address, protocol, port in _NFT_MAPS[name].findall(text):
        yield protocol, address or None, int(port)


def services_of(plan: Plan, *, timeout: float) -> set[Service]:
    """Return the services of all that is to go, before it goes.

    Raises:
        NodeError, Timeout: nft failed.
    """
    found = set(services_in(plan))
    for family, table in plan.nft_tables:
        nft = programs.need("nft", purpose=_PURPOSE, package="nftables")
        for name in _NFT_MAPS:
            done = programs.run([nft, "list", "map", family, table, name], timeout=timeout)
            found |= set(services_in_map(name, done.stdout))  # a release without that map has nothing in it
    return found


def translated(text: str, *, family: str, services: Iterable[Service]) -> list[Connection]:
    """Return the connections in the output of conntrack -L that went to a service and were sent on to a backend."""
    wanted = set(services)
    found = []
    for line in text.splitlines():
        fields = _FIELD.findall(line)
        first = dict(reversed(fields))
        answers = [value for name, value in fields if name == "src"][1:2]
        if "dport" not in first or not answers or answers[0] == first["dst"]:
            continue
        protocol, port = line.split(None, 1)[0], int(first["dport"])
        if (protocol, first["dst"], port) in wanted or (protocol, None, port) in wanted:
            found.append(Connection(family, protocol, first["dst"], port, answers[0]))
    return found


def require_programs() -> None:
    """Make sure that conntrack is there, before anything is changed.

    Raises:
        NodeError: it is not.
    """
    programs.need("conntrack", purpose=_PURPOSE, package=_PACKAGE)


def fetch(services: Iterable[Service], *, timeout: float) -> list[Connection]:
    """Return the tracked connections to services on this node.

    Raises:
        NodeError, Timeout: conntrack is not installed or failed.
    """
    wanted = set(services)
    conntrack = programs.need("conntrack", purpose=_PURPOSE, package=_PACKAGE)
    return [
        connection
        for family in (IPV4, IPV6)
        for connection in translated(
            programs.output_of([conntrack, "-L", "-f", family], timeout=timeout), family=family, services=wanted
        )
    ]


def delete(connections: Iterable[Connection], *, timeout: float) -> None:
    """Remove tracked connections; one that has ended meanwhile is none to remove."""
    conntrack = programs.need("conntrack", purpose=_PURPOSE, package=_PACKAGE)
    for each in dict.fromkeys(connections):
        command = [conntrack, "-D", "-f", each.family, "-p", each.protocol, "--orig-dst", each.destination]
        command += ["--orig-port-dst", str(each.port), "--reply-src", each.backend]
        programs.run(command, timeout=timeout)
