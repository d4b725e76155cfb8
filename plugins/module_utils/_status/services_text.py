# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The services of an agent: from the text of `service list` to the model. PRIVATE to the collection.

A line with a number begins a service; a line with a backend only belongs to the service above it. Backends carry their
state since 1.11, addresses their protocol since 1.17; the kind of service is told since 1.2.
"""

from __future__ import annotations

import re

from .cleaning import lines_of, sort_out
from .health_text import LONGEST
from .model_services import Backend, Service, ServiceList
from .splitting import address, collapsed

_SERVICE = re.compile(
    r"(?P<id>\d{1,10}) (?P<frontend>\S+:\d{1,5}\S*)(?: (?P<type>[A-Za-z]\w*))?(?P<remote> \(Remote\))?"
    r"(?: (?P<backend>\d.*))?"
)
_BACKEND = re.compile(r"\d{1,6} => (?P<address>\S+)(?P<words>(?: \([a-z-]{1,30}\))*)")
_WORD = re.compile(r"\(([a-z-]{1,30})\)")
_HEAD = "ID Frontend "
_PREFERRED = "preferred"


def parse(text: str) -> ServiceList:
    """Return the services that a text lists, in its order.

    Args:
        text: what `cilium service list` or `cilium-dbg service list` prints in the agent's pod, also with
            --clustermesh-affinity, in any version of Cilium.
    """
    services: list[Service] = []
    backends: list[Backend] | None = None
    unread: list[str] = []
    for line in lines_of(text):
        words = collapsed(line) if len(line) < LONGEST else ""
        backend = _backend(words)
        found = None if backend else _service(words)
        if backend and backends is not None:
            backends.append(backend)
        elif found:
            services.append(found)
            backends = found.backends
        elif not words.startswith(_HEAD):
            unread.append(line)
    left = sort_out(unread)
    return ServiceList(services, left.error, left.unparsed)


def _service(words: str) -> Service | None:
    found = _SERVICE.fullmatch(words)
    frontend = address(found.group("frontend")) if found else None
    if not found or frontend is None:
        return None
    backend = _backend(found.group("backend")) if found.group("backend") else None
    if found.group("backend") and backend is None:
        return None
    ip, port, protocol, scope = frontend
    return Service(
        id=int(found.group("id")),
        ip=ip,
        port=port,
        protocol=protocol,
        scope=scope,
        type=found.group("type"),
        remote=found.group("remote") is not None,
        backends=[backend] if backend else [],
    )


def _backend(words: str) -> Backend | None:
    found = _BACKEND.fullmatch(words)
    there = address(found.group("address")) if found else None
    if not found or there is None:
        return None
    ip, port, protocol, _scope = there
    signs = _WORD.findall(found.group("words"))
    states = [sign for sign in signs if sign != _PREFERRED]
    return Backend(ip, port, protocol, states[0] if states else None, True if _PREFERRED in signs else None)
